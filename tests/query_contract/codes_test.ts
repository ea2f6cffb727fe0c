import assert from "node:assert/strict";
import type { FlowRow } from "../../core/flow/schema.ts";
import { SegmentRows } from "../../core/flow/segment/segment_rows.ts";
import { HistoryArchive } from "../../core/history/history_archive.ts";
import { QueryEngine } from "../../core/query/engine/run_query.ts";
import { NameDirectory } from "../../core/names/name_directory.ts";
import { NAME_DATA } from "../support/filter/sample_names.ts";
import { SealedRings } from "../support/sealed_rings.ts";
import { closeTo } from "./close_to.ts";
import { CONTRACT_NAMES, type ContractEngine, type ContractRows } from "./contract_engine.ts";
import { recordsOf, together } from "./contract_records.ts";
import { testQueryContract } from "./query_contract.ts";
import { wholeContractRows } from "./random_contract_rows.ts";
import { randomQueryOfCodes } from "./random_query.ts";

/** Rows that are sealed at a time. */
const TURN = 125;

/** Segments whose rows know all that is asked, so that they can be summed by their codes. */
function sealed(
  collectors: readonly ContractRows[],
  { inMemory }: { inMemory: (rings: SealedRings) => void },
): ContractEngine {
  const rings = new SealedRings(collectors.map(({ capability }, i) => ({ capability, port: i })));
  collectors.forEach(({ rows }, i) => {
    for (let from = 0; from < rows.length; from += TURN) {
      rings.add(i, rows.slice(from, from + TURN));
      rings.work({ all: true });
    }
  });
  inMemory(rings);
  const archive = new HistoryArchive(rings.folder);
  const directory = new NameDirectory(NAME_DATA);
  const names = CONTRACT_NAMES;
  const engine = new QueryEngine();
  const { choose } = SegmentRows.prototype;
  let chosen = 0;
  SegmentRows.prototype.choose = function (
    this: SegmentRows<FlowRow>,
    ...given: Parameters<typeof choose>
  ) {
    chosen++;
    return choose.apply(this, given);
  } as typeof choose;
  return {
    records: collectors.flatMap(recordsOf),
    run: async (query) => {
      const ask = () => engine.run(rings.sources, query, { names, directory, archive });
      const first = await ask();
      // What is remembered of segments and their groups changes nothing.
      const again = await ask();
      const cells = ({ rows, totals }: typeof first) => {
        const keyOf = (row: readonly unknown[]) => String(row.slice(0, query.group_by.length));
        const sorted = rows.toSorted((a, b) => keyOf(a) < keyOf(b) ? -1 : 1);
        return [...sorted.flat(), totals.groups, ...Object.values(totals.metrics)];
      };
      // But for the order in which what is remembered is added.
      closeTo(cells(again), cells(first), "asked again");
      return again;
    },
    close: () => {
      SegmentRows.prototype.choose = choose;
      archive.close();
      rings.close();
      assert.ok(chosen > 100, `${chosen} segments were summed by their codes`);
    },
  };
}

testQueryContract(
  "segments whose rows are summed by code",
  (collectors) => sealed(collectors, { inMemory: (rings) => rings.forget() }),
  { collectors: 3, seed: 31, rows: wholeContractRows, query: randomQueryOfCodes },
);

testQueryContract(
  "segments whose rows are summed by code, and a ring",
  (collectors) => sealed(together(collectors), { inMemory: () => {} }),
  { collectors: 4, seed: 32, rows: wholeContractRows, query: randomQueryOfCodes },
);
