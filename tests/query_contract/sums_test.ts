import assert from "node:assert/strict";
import type { HistoryPolicy } from "../../core/history/history_policy.ts";
import { HistoryArchive } from "../../core/history/history_archive.ts";
import { NameDirectory } from "../../core/names/name_directory.ts";
import { DEFAULT_BUDGET, QueryEngine } from "../../core/query/engine/run_query.ts";
import { NAME_DATA } from "../support/filter/sample_names.ts";
import { SealedRings } from "../support/sealed_rings.ts";
import { CONTRACT_NAMES, type ContractEngine, type ContractRows } from "./contract_engine.ts";
import { recordsOf, together } from "./contract_records.ts";
import { testQueryContract } from "./query_contract.ts";
import { SUMMED_FROM_MS, SUMMED_MS, summedQuery, summedRows } from "./summed_queries.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** After this long history looks again. */
const TURN_MS = 7 * MINUTE_MS;
/** Nothing of before is held longer: raw flows of the last two hours and a half. */
const LATE_MS = 2.5 * HOUR_MS;

interface Summed {
  /** What history keeps. */
  readonly policy: Partial<HistoryPolicy>;
  /** How many rings are gone from memory. */
  readonly forget?: number;
  /** How long after the last row it is. */
  readonly afterMs?: number;
  /** For how long history has not come to its work. */
  readonly lateMs?: number;
  /** Rows after which history comes to its work (default 0): so many that it leaves some out. */
  readonly slowRows?: number;
  readonly maxRows?: number;
  /** Tiers that must have answered something in the run. */
  readonly tiers: readonly string[];
}

/** Rows of a ring that began at its `epoch` (default: the begin of all). */
interface Life extends ContractRows {
  readonly epoch?: number;
}

/** Rows of which the real history keeps sums, and only some as they were. */
function summed(
  collectors: readonly Life[],
  {
    policy,
    forget = 0,
    afterMs = 10 * MINUTE_MS,
    lateMs = 0,
    slowRows = 0,
    maxRows = DEFAULT_BUDGET.maxRows,
    tiers,
  }: Summed,
): ContractEngine {
  const sealed = new SealedRings(
    collectors.map(({ capability, epoch = SUMMED_FROM_MS }, port) => ({ capability, port, epoch })),
    { nowMs: SUMMED_FROM_MS, namedPorts: CONTRACT_NAMES.namedPorts, ...policy },
  );
  // As time goes by: history sees rows of all rings before what is old is gone.
  const nowMs = SUMMED_FROM_MS + SUMMED_MS + afterMs;
  const turnMs = slowRows > 0 ? MINUTE_MS : TURN_MS;
  let waiting = 0;
  for (let at = SUMMED_FROM_MS; at < nowMs; at += turnMs) {
    collectors.forEach(({ rows }, ring) => {
      const due = rows.filter(({ received_at }) =>
        Number(received_at) >= at && Number(received_at) < at + turnMs
      );
      sealed.add(ring, due);
      waiting += due.length;
    });
    sealed.clock.step(turnMs);
    if (at >= nowMs - lateMs || waiting < slowRows) continue;
    sealed.work({ all: true });
    waiting = 0;
  }
  const { skippedRows, unsummedRows } = sealed.history.status();
  assert.deepEqual([skippedRows > 0, unsummedRows], [slowRows > 0, 0]);
  if (forget > 0) sealed.forget(forget);
  const archive = new HistoryArchive(sealed.folder);
  const engine = new QueryEngine();
  const directory = new NameDirectory(NAME_DATA);
  const answered = new Set<string>();
  return {
    records: collectors.flatMap(recordsOf),
    run: async (query) => {
      const answer = await engine.run(sealed.sources, query, {
        names: CONTRACT_NAMES,
        directory,
        archive,
        budget: { ...DEFAULT_BUDGET, maxRows },
      });
      const { scan, notes } = answer;
      assert.deepEqual(
        [scan.rows_missed, scan.window_overwritten, scan.notes, notes],
        [0, false, [], []],
      );
      let at = query.window.fromMs;
      for (const { tier, from, to } of scan.tiers) {
        answered.add(tier);
        assert.equal(from, at, "parts meet");
        at = to;
      }
      if (scan.tiers.length > 0) assert.equal(at, query.window.toMs);
      return answer;
    },
    close: () => {
      assert.deepEqual([...answered].sort(), [...tiers].sort());
      archive.close();
      sealed.close();
    },
  };
}

/** The first two took flows in until half of the time was over, the others from then on. */
function halves(collectors: readonly ContractRows[]): Life[] {
  const half = SUMMED_FROM_MS + SUMMED_MS / 2;
  return collectors.map(({ capability, rows }, i) => ({
    capability,
    epoch: i < 2 ? SUMMED_FROM_MS : half,
    rows: rows.filter(({ received_at }) => (Number(received_at) < half) === i < 2),
  }));
}

const byMinute = (random: () => number) => summedQuery(random, MINUTE_MS);
const byHour = (random: () => number) => summedQuery(random, HOUR_MS);

testQueryContract(
  "minutes alone",
  (collectors) =>
    summed(collectors, {
      policy: { keepMs: HOUR_MS },
      afterMs: 2 * HOUR_MS,
      forget: 3,
      tiers: ["minutes"],
    }),
  { collectors: 3, seed: 21, rows: summedRows, query: byMinute },
);

testQueryContract(
  "hours alone, of whose flows and minutes nothing is left",
  (collectors) =>
    summed(collectors, {
      policy: { keepMs: HOUR_MS, keepMinutesMs: 3 * HOUR_MS },
      afterMs: 4 * HOUR_MS,
      forget: 2,
      tiers: ["hours"],
    }),
  { collectors: 2, seed: 22, rows: summedRows, query: byHour },
);

testQueryContract(
  "minutes, then segments and a ring",
  (collectors) =>
    summed(together(collectors), { policy: { keepMs: LATE_MS }, tiers: ["minutes", "flows"] }),
  { collectors: 8, seed: 23, rows: summedRows, query: byMinute },
);

testQueryContract(
  "hours, then minutes, then flows",
  (collectors) =>
    summed(together(collectors), {
      policy: { keepMs: LATE_MS, keepMinutesMs: 4.5 * HOUR_MS },
      tiers: ["hours", "minutes", "flows"],
    }),
  { collectors: 8, seed: 24, rows: summedRows, query: byHour },
);

testQueryContract(
  "minutes rather than more flows than a query may read, and flows at the ends of the window",
  (collectors) =>
    summed(together(collectors), { policy: {}, maxRows: 1000, tiers: ["minutes", "flows"] }),
  { collectors: 8, seed: 25, rows: summedRows, query: (random) => summedQuery(random, 1) },
);

testQueryContract(
  "minutes rather than too many flows, as far as history has come to sum them",
  (collectors) =>
    summed(together(collectors), {
      policy: {},
      maxRows: 1000,
      lateMs: 1.5 * HOUR_MS,
      tiers: ["minutes", "flows"],
    }),
  { collectors: 8, seed: 26, rows: summedRows, query: byMinute },
);

testQueryContract(
  "hours, minutes, segments of an earlier process, and rings of this one",
  (collectors) =>
    summed(halves(collectors), {
      policy: { keepMs: 4.6 * HOUR_MS, keepMinutesMs: 6 * HOUR_MS },
      forget: 2,
      tiers: ["hours", "minutes", "flows"],
    }),
  { collectors: 4, seed: 27, rows: summedRows, query: byHour },
);

testQueryContract(
  "minutes of flows that were never written, between segments and two rings",
  (collectors) => {
    const [one] = together(collectors.slice(0, 4));
    const [other] = together(collectors.slice(4));
    const rings = [one, { ...other, capability: "another" }];
    return summed(rings, { policy: {}, slowRows: 1480, tiers: ["minutes", "flows"] });
  },
  { collectors: 8, seed: 28, rows: summedRows, query: byMinute },
);
