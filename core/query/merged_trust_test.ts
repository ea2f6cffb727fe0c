import assert from "node:assert/strict";
import { HEALTHY } from "../../tests/support/fixture_ground.ts";
import { mergedTrust } from "./merged_trust.ts";
import { emptyReport, type ScanReport } from "./scan.ts";
import { type Trust, trustBlock } from "./trust.ts";

const NOW = { fromMs: 1000, toMs: 2000, untilNow: true };
const BEFORE = { fromMs: 0, toMs: 1000, untilNow: false };
const scan = (window: typeof NOW, changes: Partial<ScanReport> = {}): ScanReport => ({
  ...emptyReport(window),
  rows_scanned: 10,
  sampling_rows: [0, 0, 0, 10],
  ...changes,
});
const healthy = () => HEALTHY;

/** Loss as the log of collectors tells it: of events, up to both ends of a window. */
const lossy = (...events: readonly { at: number; lost: number; exporter?: string }[]) =>
(
  from: number,
  to: number,
) => ({
  ...HEALTHY,
  loss: [
    ...Map.groupBy(
      events.filter(({ at }) => at >= from && at <= to),
      ({ exporter = "a" }) => exporter,
    ),
  ].map(([exporter, list]) => ({
    ...{ exporter, observation_domain: null, unit: "flows" as const },
    lost: list.reduce((sum, { lost }) => sum + lost, 0),
  })),
});

Deno.test("of one query it is that query's own trust block", () => {
  const one = { scan: scan(NOW), notes: ["a"], approximate: [{ figure: "f", error: "e" }] };
  assert.deepEqual(mergedTrust([one], healthy), trustBlock(one.scan, HEALTHY, one));
});

Deno.test("queries over one window read its rows once, and the worst of them holds for all", () => {
  const trust = mergedTrust([
    { scan: scan(NOW) },
    { scan: scan(NOW, { rows_scanned: 12, sampling_rows: [2, 0, 0, 10], rows_missed: 3 }) },
    { scan: scan(NOW, { stopped_at: 1500 }) },
    { scan: scan(NOW, { window_overwritten: true, oldest_row_at: 1200 }) },
  ], healthy);
  assert.deepEqual([trust.rows_scanned, trust.rows_missed], [12, 3]);
  assert.deepEqual(trust.sampling, [{ source: "announced", rows: 2 }, {
    source: "assumed",
    rows: 10,
  }]);
  assert.deepEqual(
    [trust.covered_from, trust.covered_to],
    [new Date(1200).toISOString(), new Date(1500).toISOString()],
  );
  assert.equal(trust.notes.length, 2);
  assert.equal(trust.complete, false);
});

Deno.test("where sums are kept of a part alone it is said once, of all queries that sums answer", () => {
  const tiers = [{ tier: "hours" as const, from: 1400, to: 2000, rows: 3 }];
  const sums = scan(NOW, { tiers, sums_from: 1400, held_since: 1400 });
  const untold = {
    ...{ fromMs: 1000, toMs: 1800, lacking: ["tcp_flags"], sumsFromMs: 1400, minutesFromMs: null },
  };
  const flows = scan(NOW, { untold, tiers: [{ tier: "flows", from: 1800, to: 2000, rows: 1 }] });
  const trust = mergedTrust([{ scan: flows }, { scan: sums }, { scan: sums }], healthy);
  assert.equal(trust.covered_from, new Date(1400).toISOString());
  assert.equal(trust.notes.length, 2);
  assert.match(trust.notes[0], /^Of what arrived before .* they do not tell tcp_flags/);
  assert.match(trust.notes[1], /^Neither flows nor sums are kept of what arrived before /);
});

Deno.test("rates of any query are said to be too low where one collector of several was down", () => {
  const down = () => ({ ...HEALTHY, downtime: [{ collector: "a", from: 1200, to: 1300 }] });
  const notes = (rates: boolean) =>
    mergedTrust([{ scan: scan(NOW) }, { scan: scan(NOW), rates }], down).notes;
  assert.equal(notes(false).length, 1);
  assert.match(notes(true)[1], /^Rates count the time in which a collector did not listen/);
});

Deno.test("how many rows say no rate is of the query that looked at most, not of one with a filter", () => {
  // By flows' own time rows that match the filter alone are looked at, and more came meanwhile.
  const filtered = scan(NOW, { rows_scanned: 12, sampling_rows: [0, 0, 0, 3] });
  const health = () => ({ ...HEALTHY, unknown_sampling: ["192.0.2.1"] });
  const trust = mergedTrust([{ scan: scan(NOW) }, { scan: filtered }], health);
  assert.deepEqual(trust.sampling, [{ source: "assumed", rows: 10 }]);
  assert.match(
    trust.notes.join(),
    /10 flow records without one, whoever sent them, count as exported/,
  );
});

Deno.test("where sums answered one query of a window and not another, both are told", () => {
  const window = { fromMs: 0, toMs: 1000, untilNow: false };
  const flows = { tier: "flows" as const, from: 600, to: 1000, rows: 10 };
  const minutes = { tier: "minutes" as const, from: 0, to: 600, rows: 4 };
  const summed = { scan: scan(window, { tiers: [minutes, flows] }) };
  const began = { ...HEALTHY, collecting_since: 0 };
  const merged = (...scans: ScanReport[]) =>
    mergedTrust([summed, ...scans.map((one) => ({ scan: one }))], () => began);
  // Flows that reach less far were read for more, and hold up the answer.
  const beyond = merged(scan(window, { rows_scanned: 50, tiers: [{ ...flows, rows: 50 }] }));
  assert.deepEqual(beyond.tiers.map(({ tier, rows }) => [tier, rows]), [["minutes", 4], [
    "flows",
    50,
  ]]);
  assert.deepEqual(
    [beyond.covered_from, beyond.covered_to],
    [new Date(600).toISOString(), new Date(1000).toISOString()],
  );
  // Of a query that flows alone answer its cover is the part that they are of.
  const alone = merged(scan(window, { rows_scanned: 90, earlier_until: 100 }));
  const times = ({ tiers }: Trust) =>
    tiers.map(({ tier, from, to, rows }) => [tier, Date.parse(from!), Date.parse(to!), rows]);
  assert.deepEqual(times(alone), [["minutes", 0, 600, 4], ["flows", 0, 1000, 90]]);
  // Sums of another question end earlier, within those of this one.
  const narrow = merged(
    scan(window, { tiers: [{ ...minutes, from: 60, rows: 9 }, { ...flows, from: 660 }] }),
  );
  assert.deepEqual(times(narrow), [["minutes", 0, 600, 9], ["flows", 600, 1000, 10]]);
  assert.equal(alone.covered_from, new Date(0).toISOString());
  assert.equal(alone.notes.length, 1);
  // A moment of flows that both queries read is one.
  const moment = { scan: scan(window, { tiers: [minutes, { ...flows, to: 600, rows: 1 }] }) };
  const twice = mergedTrust([moment, moment], () => began);
  assert.deepEqual(times(twice), [["minutes", 0, 600, 4], ["flows", 600, 600, 1]]);
  // What was found in memory is no factor of what sums stand for.
  const found = { scan: scan(window), dedup_factor: 2 };
  assert.equal(mergedTrust([summed, found], () => began).dedup_factor, null);
});

Deno.test("what several queries say of one thing is told once", () => {
  const { notes } = mergedTrust([
    { scan: scan(NOW), notes: ["12 flows say no time."] },
    { scan: scan(NOW), notes: ["5 flows say no time.", "Another thing."] },
    { scan: scan(NOW), notes: ["1 flow say no time."] },
  ], healthy);
  assert.deepEqual(notes, ["12 flows say no time.", "Another thing."]);
});

Deno.test("what a restart cost two windows is told once, as one time", () => {
  const gap = (fromMs: number, toMs: number) => ({ not_collected: [{ fromMs, toMs }] });
  const health = () => ({ ...HEALTHY, unknown_sampling: ["192.0.2.1"] });
  const { notes } = mergedTrust([
    { scan: scan(NOW, { ...gap(1000, 1300), held_since: 0, earlier_until: 900 }) },
    { scan: scan(NOW, { ...gap(1000, 1300), held_since: 0, earlier_until: 900 }) },
    {
      scan: scan(BEFORE, {
        ...gap(900, 1300),
        held_since: 0,
        earlier_until: 900,
        sampling_rows: [3, 0, 0, 7],
      }),
    },
  ], health);
  assert.deepEqual(notes.map((note) => note.split(":00:0")[0]), [
    "Nothing is held from 1970-01-01T00",
    "What was lost on the way, could not be decoded or told no sampling rate before 1970-01-01T00",
    "Some exporters sample, and no rate is said by 192.0.2.1: 10 flow records without one, whoever " +
    "sent them, count as exported. Set exporter.sampling_rates: to the rate where they sample too, " +
    "to 1 where they do not.",
  ]);
  assert.match(notes[0], /from \S+:00:00\.900Z to \S+:00:01\.300Z:/);
});

Deno.test("different windows add up, and each is said to lack what it lacks", () => {
  const trust = mergedTrust([{ scan: scan(NOW) }, { scan: scan(BEFORE) }], (from, to) => ({
    ...lossy({ at: 600, lost: 1 }, { at: 1500, lost: 2 })(from, to),
    collecting_since: 500,
  }));
  assert.equal(trust.rows_scanned, 20);
  assert.deepEqual(trust.loss.map(({ lost }) => lost), [3]);
  assert.deepEqual(
    [trust.asked_from, trust.covered_from, trust.asked_to].map((t) => Date.parse(t!)),
    [1000, 1000, 2000],
  );
  assert.deepEqual(trust.notes, [
    "2 flows from a never arrived.",
    "1970-01-01T00:00:00.000Z/1970-01-01T00:00:01.000Z: Collection began only at 1970-01-01T00:00:00.500Z, as far as is known: " +
    "the answer has nothing of what came before.",
    "1970-01-01T00:00:00.000Z/1970-01-01T00:00:01.000Z: 1 flow from a never arrived.",
  ]);
});

Deno.test("loss in the time that windows share is told once", () => {
  const window = (fromMs: number, toMs: number) => ({
    scan: scan({ fromMs, toMs, untilNow: false }),
  });
  const health = lossy({ at: 500, lost: 5 }, { at: 1000, lost: 30 }, { at: 1800, lost: 2 });
  for (
    const [title, windows, lost] of [
      ["one within the other", [[0, 2000], [900, 1100]], 37],
      ["one after the other", [[1000, 2000], [0, 1000]], 37],
      ["in part the same", [[600, 2000], [0, 1200]], 37],
      ["apart", [[1700, 2000], [0, 600]], 7],
      ["three", [[1700, 2000], [400, 1000], [0, 600]], 37],
    ] as const
  ) {
    const trust = mergedTrust(windows.map(([from, to]) => window(from, to)), health);
    assert.deepEqual(trust.loss.map((entry) => entry.lost), [lost], title);
  }
});

Deno.test("of many exporters that lost data in several windows the worst are listed", () => {
  const events = Array.from(
    { length: 60 },
    (_, n) => ({ at: 500, lost: 60 - n, exporter: `${n}` }),
  );
  const trust = mergedTrust(
    [{ scan: scan(NOW) }, { scan: scan({ fromMs: 0, toMs: 900, untilNow: false }) }],
    lossy(...events, { at: 1500, lost: 100, exporter: "59" }),
  );
  assert.deepEqual(trust.loss.slice(0, 2).map(({ exporter, lost }) => [exporter, lost]), [
    ["59", 101],
    ["0", 60],
  ]);
});

Deno.test("how often conversations count is what the first query that knows it says", () => {
  const one = { scan: scan(NOW), dedup_factor: null };
  const two = { scan: scan(NOW), dedup_factor: 2 };
  const narrower = { scan: scan(NOW), dedup_factor: 3 };
  assert.equal(mergedTrust([one, two, narrower], healthy).dedup_factor, 2);
  assert.equal(
    mergedTrust([two, { scan: scan(BEFORE), dedup_factor: 1 }], healthy).dedup_factor,
    2,
  );
  assert.equal(mergedTrust([one], healthy).dedup_factor, null);
});

Deno.test("a figure that several queries doubt is doubted once", () => {
  const doubt = (share: number) => ({ figure: "f", error: `${share} % of it` });
  const trust = mergedTrust([
    { scan: scan(NOW), approximate: [doubt(3)] },
    { scan: scan(NOW), approximate: [doubt(4), { figure: "g", error: "e" }] },
  ], healthy);
  assert.deepEqual(trust.approximate, [doubt(3), { figure: "g", error: "e" }]);
});
