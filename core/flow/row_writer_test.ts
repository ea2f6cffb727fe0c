import assert from "node:assert/strict";
import { parseAddress } from "./address.ts";
import { Dictionary } from "./dictionary.ts";
import {
  DEVICE_COUNTER_TABLE,
  INTERFACE_FIELDS,
  INTERFACE_TABLE,
  type InterfaceRow,
} from "./interface_schema.ts";
import { readRow } from "./record_reader.ts";
import { firstRowSince, RingReader } from "./ring_reader.ts";
import { RingWriter } from "./ring_writer.ts";
import { blankRow, type RowInput, RowWriter } from "./row_writer.ts";
import { allocateRing, TableRing } from "./table_ring.ts";

const AT = Date.UTC(2024, 0, 1);

function house() {
  const ring = new TableRing(INTERFACE_TABLE, allocateRing(INTERFACE_TABLE, 1024));
  const dictionary = new Dictionary(Dictionary.allocate());
  const writer = new RowWriter(INTERFACE_TABLE, { rows: new RingWriter(ring), dictionary });
  const read = (row: number) =>
    readRow(INTERFACE_TABLE, ring.columns, { slot: row & ring.mask, dictionary });
  return { ring, writer, read };
}

/** A row with every field known, each with another value. */
function fullRow(): RowInput<InterfaceRow> {
  const exporter = new Uint32Array(4);
  parseAddress("192.0.2.1", exporter);
  const row = blankRow(INTERFACE_TABLE);
  const numbers = row as Record<string, unknown>;
  INTERFACE_FIELDS.forEach((field, i) => numbers[field.name] = 1000 + i);
  return Object.assign(row, {
    exporter,
    received_at: AT,
    if_name: "Gi0/1",
    duplex: "half",
    admin_status: "up",
    oper_status: "down",
    promiscuous: "no",
  });
}

Deno.test("RowWriter writes every field of an interface sample, and it is read back", () => {
  const { writer, read } = house();
  const row = fullRow();
  writer.write(row);
  const expected = {
    ...row,
    exporter: "192.0.2.1",
    received_at: "2024-01-01T00:00:00.000Z",
  };
  assert.deepEqual(read(0), expected);
  assert.equal(writer.written, 1);
});

Deno.test("RowWriter leaves out what is unknown, whatever lay in the slot before", () => {
  const { writer, read } = house();
  for (let i = 0; i < 1024; i++) writer.write(fullRow());
  writer.write(blankRow(INTERFACE_TABLE));
  assert.ok(Object.values(read(1024)).every((value) => value === null));
});

Deno.test("RowWriter takes all ones, and what does not fit, for unknown", () => {
  const { writer, read } = house();
  const row = fullRow();
  row.in_octets = Number(2n ** 64n - 1n);
  row.out_octets = 2 ** 53;
  row.in_errors = 0xffffffff;
  row.out_errors = 0xfffffffe;
  row.if_index = 0xffffffff;
  row.speed_bps = 0;
  row.if_type = -1;
  row.in_discards = NaN;
  row.if_name = "\u0000";
  writer.write(row);
  const sample = read(0);
  for (const name of ["in_octets", "in_errors", "speed_bps", "if_type", "in_discards", "if_name"]) {
    assert.equal(sample[name as keyof typeof sample], null, name);
  }
  assert.deepEqual(
    [sample.out_octets, sample.out_errors, sample.if_index],
    [2 ** 53, 0xfffffffe, 0xffffffff],
  );
});

Deno.test("a ring of interface samples is searched by time and copied like any other", () => {
  const { ring, writer } = house();
  const row = fullRow();
  for (let i = 0; i < 100; i++) {
    row.received_at = AT + i * 1000;
    row.in_octets = i;
    writer.write(row);
  }
  const reader = new RingReader(ring, { fields: ["in_octets", "if_index"], blockRows: 8 });
  const first = firstRowSince(ring, AT + 42_000);
  const { start, end, missed } = reader.read(first);
  assert.deepEqual([first, start, end, missed], [42, 0, 8, 0]);
  assert.deepEqual([...reader.block.in_octets.subarray(start, end)], [
    42,
    43,
    44,
    45,
    46,
    47,
    48,
    49,
  ]);
});

Deno.test("arrival never goes back, also where it is not known", () => {
  const { ring, writer, read } = house();
  const row = fullRow();
  for (const at of [AT + 5000, AT, null, AT + 6000]) {
    row.received_at = at;
    writer.write(row);
  }
  assert.deepEqual([...ring.times.subarray(0, 4)].map((at) => at - AT), [5000, 5000, 5000, 6000]);
  assert.equal(read(2).received_at, null);
});

Deno.test("device counters are rows of one value each", () => {
  const ring = new TableRing(DEVICE_COUNTER_TABLE, allocateRing(DEVICE_COUNTER_TABLE, 1024));
  const dictionary = new Dictionary(Dictionary.allocate());
  const writer = new RowWriter(DEVICE_COUNTER_TABLE, { rows: new RingWriter(ring), dictionary });
  const row = blankRow(DEVICE_COUNTER_TABLE);
  Object.assign(row, { received_at: AT, source_class: 2, source_index: 1, group: "processor" });
  row.counter = "cpu_5s";
  row.value = 12.5;
  writer.write(row);
  row.counter = "memory_free";
  row.value = null;
  writer.write(row);
  const [cpu, memory] = [0, 1].map((slot) =>
    readRow(DEVICE_COUNTER_TABLE, ring.columns, { slot, dictionary })
  );
  assert.deepEqual([cpu.group, cpu.counter, cpu.value], ["processor", "cpu_5s", 12.5]);
  assert.deepEqual([memory.counter, memory.value, memory.text], ["memory_free", null, null]);
});
