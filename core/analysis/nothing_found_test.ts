import assert from "node:assert/strict";
import type { ScanReport } from "../query/scan.ts";
import { emptyReport } from "../query/scan.ts";
import type { CollectionTimes } from "../query/trust.ts";
import { nothingFound } from "./nothing_found.ts";

const TO = Date.UTC(2025, 2, 3, 10, 0, 0);
const FROM = TO - 600_000;
const WINDOW = { fromMs: FROM, toMs: TO, untilNow: false };
const RUNS: CollectionTimes = { collecting_since: FROM - 1e6, collecting_until: null };
const at = (ms: number) => new Date(ms).toISOString();
const WHEN = `the 10 minutes to ${at(TO)}`;

/** What was read of ten minutes, when collectors ran, and what is said where nothing was found. */
const CASES: readonly {
  what: string;
  scan?: Partial<ScanReport>;
  times?: CollectionTimes;
  filter?: string;
  said: string;
}[] = [
  { what: "collected and quiet", said: `There is no traffic in ${WHEN}.` },
  {
    what: "collected, and matches nothing",
    scan: { rows_scanned: 7 },
    filter: "port 53",
    said: `Nothing matches in ${WHEN}.`,
  },
  {
    what: "never collected",
    times: { collecting_since: null, collecting_until: null },
    said: `Nothing was collected in ${WHEN}: no collector has been started.`,
  },
  {
    what: "before the first collector",
    times: { collecting_since: TO + 5000, collecting_until: null },
    said: `Nothing was collected in ${WHEN}: collection, as far as is known, began only at ${
      at(TO + 5000)
    }.`,
  },
  {
    what: "after the last collector was stopped",
    times: { collecting_since: FROM - 9000, collecting_until: FROM - 5000 },
    said: `Nothing was collected in ${WHEN}: collection ended at ${at(FROM - 5000)}.`,
  },
  {
    what: "after what an earlier process wrote, without a collector",
    scan: { held_since: FROM - 9000, held_until: FROM - 5000 },
    times: { collecting_since: null, collecting_until: null },
    said: `Nothing is held of ${WHEN}: what is held ends at ${
      at(FROM - 5000)
    }, and no collector runs.`,
  },
  {
    what: "after what another process sealed last",
    scan: { held_since: FROM - 9000, held_until: FROM - 5000, elsewhere_until: FROM - 5000 },
    times: { collecting_since: null, collecting_until: null },
    said: `Nothing is held of ${WHEN}: another flow-agent collects, and what it received after ${
      at(FROM - 5000)
    } is not sealed yet.`,
  },
  {
    what: "within a downtime",
    scan: { not_collected: [{ fromMs: FROM, toMs: TO + 1000 }], held_since: FROM - 1e7 },
    said: `Nothing is held of ${WHEN}: no collector ran then, flow-agent was ended before it had ` +
      "written what it received, or wrote it to a history.db that is gone.",
  },
  {
    what: "older than what memory holds",
    scan: { window_overwritten: true, oldest_row_at: TO + 7000 },
    said: `Nothing is held of ${WHEN}: flows are held whole from ${at(TO + 7000)} on.`,
  },
  {
    what: "older than what history keeps",
    scan: { held_since: TO + 7000 },
    times: { collecting_since: TO + 9000, collecting_until: null },
    said: `Nothing is held of ${WHEN}: flows are held whole from ${at(TO + 7000)} on.`,
  },
  {
    what: "older than what is held of one of two collectors",
    scan: { window_overwritten: true, oldest_row_at: TO + 7000, rows_scanned: 3 },
    filter: "port 53",
    said:
      `Nothing matches in what was read. Not all is held of ${WHEN}: flows are held whole from ${
        at(TO + 7000)
      } on.`,
  },
  {
    what: "what history could not write",
    scan: { window_overwritten: true, oldest_row_at: TO + 7000, rows_unplaced: 5, held_since: 0 },
    said: `Nothing is held of ${WHEN}: history could not keep up, or write, before ${
      at(TO + 7000)
    }.`,
  },
  {
    what: "kept in sums that do not tell it",
    scan: {
      held_since: FROM,
      untold: { fromMs: FROM, toMs: TO, sumsFromMs: FROM, minutesFromMs: FROM, lacking: ["ports"] },
    },
    said: `Of ${WHEN} only sums are kept, and they do not tell ports.`,
  },
  {
    what: "kept in sums, and within one of them",
    scan: {
      held_since: FROM,
      untold: { fromMs: FROM, toMs: TO, sumsFromMs: FROM, minutesFromMs: null, lacking: [] },
    },
    said: `Of ${WHEN} only sums are kept, and of no whole hour in it.`,
  },
  {
    what: "not read: the budget was used up",
    scan: { stopped_at: FROM - 1 },
    filter: "port 53",
    said: `Nothing of ${WHEN} was read: the budget of a query was used up before.`,
  },
  {
    what: "read in part: the budget was used up",
    scan: { stopped_at: FROM + 60_000, rows_scanned: 8192 },
    filter: "port 53",
    said: "Nothing matches among the 8192 flow records that were read: the query reached its " +
      `budget, and what arrived after ${at(FROM + 60_000)} was not looked at.`,
  },
  {
    what: "held in part of what one collector took in, and quiet otherwise",
    scan: {
      earlier_until: FROM + 60_000,
      downtime: [{ collector: "ipfix_udp on port 4739", from: FROM, to: FROM + 60_000 }],
    },
    said: `There is no traffic in what is held of ${WHEN}.`,
  },
  {
    what: "after a time in which one collector took in nothing that is held",
    scan: { downtime: [{ collector: "ipfix_udp on port 4739", from: FROM - 9000, to: FROM }] },
    said: `There is no traffic in ${WHEN}.`,
  },
  {
    what: "collected in part",
    times: { collecting_since: TO - 36_000, collecting_until: null },
    filter: "port 53",
    said: `Nothing matches in ${WHEN} (of which 36 seconds were collected).`,
  },
  {
    what: "held in part",
    scan: { window_overwritten: true, oldest_row_at: TO - 60_000, rows_scanned: 9 },
    filter: "port 53",
    said: `Nothing matches in ${WHEN} (of which 1 minute is held).`,
  },
  {
    what: "held with gaps",
    scan: { rows_missed: 3 },
    filter: "port 53",
    said: `Nothing matches in ${WHEN}; 3 flow records could not be read.`,
  },
];

for (const { what, scan, times = RUNS, filter = "", said } of CASES) {
  Deno.test(`nothingFound() in a window that is ${what}`, () => {
    const report = { ...emptyReport(WINDOW), ...scan };
    assert.equal(nothingFound(WINDOW, { scan: report, times, filter }), said);
  });
}
