import assert from "node:assert/strict";
import { HistoryArchive } from "../../core/history/history_archive.ts";
import { NameDirectory } from "../../core/names/name_directory.ts";
import { QueryEngine } from "../../core/query/engine/run_query.ts";
import { NAME_DATA } from "../support/filter/sample_names.ts";
import { SealedRings } from "../support/sealed_rings.ts";
import { CONTRACT_NAMES, type ContractEngine, type ContractRows } from "./contract_engine.ts";
import { recordsOf, together } from "./contract_records.ts";
import { testQueryContract } from "./query_contract.ts";

/** Rows that are written before history looks again: a part of a block, and no multiple of one. */
const TURN = 150;

/** Rows in rings that go round, sealed as they come. */
function archived(
  collectors: readonly ContractRows[],
  { inMemory }: { inMemory: (sealed: SealedRings) => void },
): ContractEngine {
  const sealed = new SealedRings(collectors.map(({ capability }, i) => ({ capability, port: i })));
  collectors.forEach(({ rows }, i) => {
    for (let from = 0; from < rows.length; from += TURN) {
      sealed.add(i, rows.slice(from, from + TURN));
      sealed.work({ all: from % (2 * TURN) === 0 });
    }
  });
  inMemory(sealed);
  const archive = new HistoryArchive(sealed.folder);
  const engine = new QueryEngine();
  const directory = new NameDirectory(NAME_DATA);
  return {
    records: collectors.flatMap(recordsOf),
    run: async (query) => {
      const answer = await engine.run(sealed.sources, query, {
        names: CONTRACT_NAMES,
        directory,
        archive,
      });
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

testQueryContract(
  "segments alone",
  (collectors) => archived(collectors, { inMemory: (sealed) => sealed.forget() }),
  { collectors: 3, seed: 14 },
);

testQueryContract(
  "segments and a ring that has gone round often",
  (collectors) => archived(together(collectors), { inMemory: () => {} }),
  { collectors: 5, seed: 15 },
);

testQueryContract(
  "segments of earlier lives, and rings that go on",
  (collectors) =>
    archived(collectors, {
      inMemory: (sealed) => sealed.forget(2),
    }),
  { collectors: 4, seed: 16 },
);
