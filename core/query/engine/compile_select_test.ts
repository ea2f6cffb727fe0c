import { deepStrictEqual, ok } from "node:assert/strict";
import { PRESENCE_WORDS, presenceBit } from "../../flow/schema.ts";
import { readRecord } from "../../flow/record_reader.ts";
import { naiveMatch } from "../../../tests/support/filter/naive_filter.ts";
import { randomFilter } from "../../../tests/support/filter/random_filter.ts";
import { randomRows, type Rows } from "../../../tests/support/filter/random_rows.ts";
import { NAME_DATA } from "../../../tests/support/filter/sample_names.ts";
import { NameDirectory } from "../../names/name_directory.ts";
import { seededRandom } from "../../wire/encode/seeded_random.ts";
import type { FilterNode, NumberRange } from "../filter/filter_node.ts";
import { formatFilter } from "../filter/format_filter.ts";
import { BatchPresence } from "./batch_presence.ts";
import { compileSelect } from "./compile_select.ts";

const COUNT = 60;
const directory = new NameDirectory(NAME_DATA);

/** Rows of which some lack fields, and rows that have all but `event`. */
const BLOCKS: readonly [name: string, rows: Rows][] = [
  ["some", randomRows(seededRandom(5), COUNT)],
  ["whole", whole(randomRows(seededRandom(6), COUNT))],
];

function whole(rows: Rows): Rows {
  const { presence } = rows.columns;
  const bit = presenceBit("event");
  presence.fill(0xffff_ffff);
  for (let slot = 0; slot < rows.count; slot++) {
    presence[slot * PRESENCE_WORDS + (bit >> 5)] &= ~(1 << (bit & 31));
  }
  return rows;
}

function chosen({ columns, dictionary }: Rows, node: FilterNode, also: boolean): number[] {
  const isEven = (slot: number) => slot % 2 === 0;
  const select = compileSelect(node, { columns, dictionary, directory }, also ? isEven : null);
  const presence = new BatchPresence();
  presence.open(columns.presence);
  presence.take(10, COUNT);
  // Where all are wanted their slots need not be written.
  const rows = Int32Array.from({ length: COUNT - 10 }, (_, row) => 10 + row);
  return [...rows.subarray(0, select(10, COUNT, rows, presence))];
}

for (const [name, rows] of BLOCKS) {
  Deno.test(`compileSelect() agrees with the naive evaluator on ${name} rows`, () => {
    const random = seededRandom(7);
    const { columns, dictionary } = rows;
    const records = Array.from(
      { length: COUNT },
      (_, slot) => readRecord(columns, slot, { capability: "netflow_udp", dictionary }),
    );
    let matched = 0;
    for (let i = 0; i < 1000; i++) {
      const node = randomFilter(random, i % 3);
      const also = i % 2 === 1;
      const wanted = records.flatMap((record, slot) => {
        const isIn = slot >= 10 && (!also || slot % 2 === 0) && record.event === null;
        return isIn && naiveMatch(node, record) ? [slot] : [];
      });
      matched += wanted.length;
      deepStrictEqual(chosen(rows, node, also), wanted, formatFilter(node));
    }
    ok(matched > 2000, `${matched} matched`);
  });
}

Deno.test("a filter of many conditions is the same, called in parts", () => {
  const random = seededRandom(8);
  const all = Array.from({ length: 2000 }, () => randomFilter(random, 0));
  for (const [, rows] of BLOCKS) {
    const { columns, dictionary } = rows;
    const records = Array.from(
      { length: COUNT },
      (_, slot) => readRecord(columns, slot, { capability: "netflow_udp", dictionary }),
    );
    for (const kind of ["and", "or"] as const) {
      // What decides about few rows, and leaves one row out of that: else all or none were wanted.
      const kept = records.findIndex(({ event }, slot) => slot >= 10 && event === null);
      const few = all.filter((node) => {
        const decided = records.map((record) => naiveMatch(node, record) === (kind === "or"));
        const number = decided.slice(10).filter((is) => is).length;
        return number > 0 && number <= 8 && !decided[kept];
      }).slice(0, 4);
      const node: FilterNode = { kind, nodes: Array.from({ length: 150 }, () => few).flat() };
      for (const test of [node, { kind: "not", node } as const]) {
        const wanted = records.flatMap((record, slot) =>
          slot >= 10 && record.event === null && naiveMatch(test, record) ? [slot] : []
        );
        ok(few.length === 4 && wanted.length > 0, `${kind} ${few.length}`);
        deepStrictEqual(chosen(rows, test, false), wanted);
      }
    }
  }
});

Deno.test("a list beside a condition that is too long to be written out is of its column", () => {
  const random = seededRandom(9);
  const rows = randomRows(random, COUNT);
  const { columns, dictionary } = rows;
  const records = Array.from(
    { length: COUNT },
    (_, slot) => readRecord(columns, slot, { capability: "netflow_udp", dictionary }),
  );
  const long: FilterNode = {
    kind: "or",
    nodes: Array.from({ length: 300 }, () => randomFilter(random, 0)),
  };
  for (const field of ["protocol", "src_port", "port", "dscp"] as const) {
    for (const count of [2, 8, 9, 30]) {
      const ranges = Array.from({ length: count }, (_, i): NumberRange => [i * 2, i * 2]);
      const node: FilterNode = { kind: "and", nodes: [{ kind: "member", field, ranges }, long] };
      const wanted: number[] = records.flatMap((record, slot) =>
        slot >= 10 && record.event === null && naiveMatch(node, record) ? [slot] : []
      );
      deepStrictEqual(chosen(rows, node, false), wanted, `${field} ${count}`);
    }
  }
});
