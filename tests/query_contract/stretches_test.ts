import assert from "node:assert/strict";
import type { FlowRecord } from "../../core/flow/schema.ts";
import { HistoryArchive } from "../../core/history/history_archive.ts";
import { NameDirectory } from "../../core/names/name_directory.ts";
import { DEFAULT_BUDGET, QueryEngine } from "../../core/query/engine/run_query.ts";
import { NAME_DATA } from "../support/filter/sample_names.ts";
import { FlowFixture } from "../support/flow_fixture.ts";
import { SealedRings } from "../support/sealed_rings.ts";
import {
  CONTRACT_NAMES,
  type ContractEngine,
  type ContractRows,
  type EngineFactory,
} from "./contract_engine.ts";
import { recordsOf } from "./contract_records.ts";
import { longStretches, stretchQuery } from "./long_stretches.ts";
import { type ContractOptions, testQueryContract } from "./query_contract.ts";

/** Rows that are written before history looks again: segments of more than one batch. */
const TURN = 700;
/** Rows that arrive between two queries: a batch of a ring is written anew every few. */
const BETWEEN = 60;
/** Rows of that ring before the first query: more than it holds. */
const FIRST = 6000;
const GIVEN = {
  names: CONTRACT_NAMES,
  directory: new NameDirectory(NAME_DATA),
  // Where queries take turns the clock runs fast.
  budget: { ...DEFAULT_BUDGET, maxMs: Infinity },
};

function inRings(collectors: readonly ContractRows[]): ContractEngine {
  const engine = new QueryEngine();
  const sources = collectors.map(({ capability, rows }) => {
    const fixture = new FlowFixture({ capability, capacity: 2 * rows.length });
    fixture.add(...rows);
    return fixture.source;
  });
  return {
    records: collectors.flatMap(recordsOf),
    run: (query) => engine.run(sources, query, GIVEN),
  };
}

/** A ring that takes rows in between queries, which are asked of the time that it then holds. */
function goingOn(): Pick<ContractOptions, "query"> & { build: EngineFactory } {
  const fixture = new FlowFixture({ capability: "collector", capacity: 4096 });
  const { source } = fixture;
  let rows: ContractRows["rows"] = [];
  let all: readonly FlowRecord[] = [];
  const held = () => all.slice(source.ring.oldest, source.ring.committed);
  const arrive = (count: number) => {
    const { committed } = source.ring;
    fixture.add(...rows.slice(committed, committed + count));
  };
  const engine = new QueryEngine();
  return {
    build: ([one]) => {
      rows = one.rows;
      all = recordsOf({ ...one, capability: source.capability });
      arrive(FIRST);
      return {
        get records() {
          return held();
        },
        get heldFromMs() {
          return arrivalOf(held()[0]);
        },
        run: (query) => engine.run([source], query, GIVEN),
      };
    },
    query: (random) => {
      arrive(BETWEEN);
      const records = held();
      const [fromMs, lastMs] = [records[0], records[records.length - 1]].map(arrivalOf);
      return stretchQuery(random, lastMs, fromMs);
    },
  };
}

function arrivalOf({ received_at }: FlowRecord): number {
  return Date.parse(received_at!);
}

function inSegments(collectors: readonly ContractRows[]): ContractEngine {
  const sealed = new SealedRings(collectors.map(({ capability }, i) => ({ capability, port: i })));
  collectors.forEach(({ rows }, i) => {
    for (let from = 0; from < rows.length; from += TURN) {
      sealed.add(i, rows.slice(from, from + TURN));
      sealed.work({ all: true });
    }
  });
  // One collector goes on.
  sealed.forget(collectors.length - 1);
  const archive = new HistoryArchive(sealed.folder);
  const engine = new QueryEngine();
  return {
    records: collectors.flatMap(recordsOf),
    run: async (query) => {
      const answer = await engine.run(sealed.sources, query, { ...GIVEN, archive });
      const { rows_missed, window_overwritten, notes } = answer.scan;
      assert.deepEqual([rows_missed, window_overwritten, notes], [0, false, []]);
      return answer;
    },
    close: () => {
      archive.close();
      sealed.close();
    },
  };
}

const STRETCHES = { rows: longStretches, query: stretchQuery };

testQueryContract(
  "rings of many groups, asked by four at a time,",
  inRings,
  { ...STRETCHES, collectors: 3, seed: 31, count: 1500, atATime: 4 },
);

const { build, query } = goingOn();
testQueryContract(
  "a ring that rows arrive in between queries",
  build,
  { ...STRETCHES, query, collectors: 1, seed: 32, count: FIRST + 300 * BETWEEN },
);

testQueryContract(
  "segments of many groups, asked by four at a time,",
  inSegments,
  { ...STRETCHES, collectors: 3, seed: 33, count: 1500, atATime: 4 },
);
