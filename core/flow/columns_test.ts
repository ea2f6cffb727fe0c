import assert from "node:assert/strict";
import { type Column, columnBytes, isPresent, layColumns } from "./columns.ts";
import { FLOW_TABLE, PRESENCE_WORDS, presenceBit, STORED_FIELDS } from "./schema.ts";
import { elementsPerRow } from "./table_columns.ts";

// Octets a row that each storage needs, from the schema's description of it.
const OCTETS: Record<string, number> = {
  u8: 1,
  enum: 1,
  u16: 2,
  string: 2,
  u32: 4,
  address: 16,
  f64: 8,
  time: 8,
  mac: 8,
};

function lay(capacity: number, offset = 0): [string, Column][] {
  const buffer = new SharedArrayBuffer(offset + columnBytes(capacity));
  return Object.entries(layColumns(buffer, { offset, capacity }));
}

for (const [capacity, offset] of [[1, 0], [3, 64], [1000, 128], [1024, 4096], [4097, 0]]) {
  Deno.test(`the columns of ${capacity} rows at ${offset} overlap nowhere and stay inside`, () => {
    const columns = lay(capacity, offset);
    assert.equal(columns.length, STORED_FIELDS.length + 1);
    const spans = columns.map(([name, column]) => ({
      name,
      from: column.byteOffset,
      to: column.byteOffset + column.byteLength,
    })).sort((a, b) => a.from - b.from);
    let end = offset;
    for (const { name, from, to } of spans) {
      assert.ok(from >= end, `${name} begins at ${from}, within the column before it`);
      assert.equal(from % 64, 0, `${name} shares a cache line`);
      end = to;
    }
    assert.ok(end <= offset + columnBytes(capacity));
  });
}

Deno.test("every column has the room that its storage needs", () => {
  const columns = new Map(lay(100));
  for (const { name, storage } of STORED_FIELDS) {
    assert.equal(columns.get(name)!.byteLength, 100 * OCTETS[storage], name);
    assert.equal(columns.get(name)!.length, 100 * elementsPerRow(FLOW_TABLE, name), name);
  }
  assert.equal(columns.get("presence")!.length, 100 * PRESENCE_WORDS);
  assert.equal(elementsPerRow(FLOW_TABLE, "presence"), 2);
  assert.equal(elementsPerRow(FLOW_TABLE, "src_addr"), 4);
});

Deno.test("isPresent() reads each bit of each row alone", () => {
  const capacity = 5;
  const columns = layColumns(new SharedArrayBuffer(columnBytes(capacity)), { offset: 0, capacity });
  for (const { name } of STORED_FIELDS) {
    const bit = presenceBit(name);
    columns.presence.fill(0);
    columns.presence[3 * PRESENCE_WORDS + (bit >> 5)] = 2 ** (bit % 32);
    for (let slot = 0; slot < capacity; slot++) {
      for (const other of STORED_FIELDS) {
        assert.equal(
          isPresent(columns, { slot, bit: presenceBit(other.name) }),
          slot === 3 && other.name === name,
          `${name}: ${other.name} of row ${slot}`,
        );
      }
    }
  }
});
