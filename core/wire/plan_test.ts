import assert from "node:assert/strict";
import { columnBytes, isPresent, layColumns } from "../flow/columns.ts";
import { presenceBit, STORED_FIELDS } from "../flow/schema.ts";
import { hex } from "../../tests/support/hex.ts";
import { compilePlan, type PlanContext, type WireField } from "./plan.ts";

const CONTEXT: PlanContext = {
  receivedAt: 1000,
  exportFormat: 4,
  exporter: null,
  domain: -1,
  uptimeMs: 0,
  exportMs: 0,
  samplingRate: 0,
  samplingSource: 3,
};

function run(
  fields: readonly WireField[],
  stride: number,
  { octets, context = CONTEXT, firstRow = 0, capacity = 4 }: {
    octets: Uint8Array;
    context?: PlanContext;
    firstRow?: number;
    capacity?: number;
  },
) {
  const columns = layColumns(new SharedArrayBuffer(columnBytes(capacity)), { offset: 0, capacity });
  columns.presence.fill(0xffffffff);
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length);
  compilePlan(fields, stride)(
    view,
    columns,
    context,
    0,
    octets.length / stride,
    firstRow,
    capacity - 1,
  );
  const present = (slot: number) =>
    STORED_FIELDS.map(({ name }) => name).filter((name) =>
      isPresent(columns, { slot, bit: presenceBit(name) })
    );
  return { columns, present };
}

const BYTES: WireField = {
  name: "octets",
  offset: 0,
  width: 4,
  kind: "counter",
  column: "bytes",
  spec: "test",
};

Deno.test("compilePlan() refuses a field that ends beyond its record", () => {
  assert.throws(
    () => compilePlan([{ ...BYTES, offset: 2 }], 5),
    /octets ends at 6, the record at 5/,
  );
});

Deno.test("compilePlan() refuses two fields for one column", () => {
  assert.throws(
    () => compilePlan([BYTES, { ...BYTES, name: "octets2", offset: 4 }], 8),
    /octets2 writes bytes, which another field writes already/,
  );
});

Deno.test("a plan steps by the stride, wraps with the mask and marks what it wrote alone", () => {
  const { columns, present } = run([BYTES], 6, {
    octets: hex("00000001 ffff 00000002 ffff 00000003 ffff"),
    firstRow: 6,
  });
  // Rows 6, 7 and 8 lie in slots 2, 3 and 0.
  assert.deepEqual([...columns.bytes], [3, 0, 1, 2]);
  for (const slot of [2, 3, 0]) {
    assert.deepEqual(present(slot), ["export_format", "received_at", "bytes", "sampling_source"]);
  }
  assert.equal(columns.presence[2], 0xffffffff, "slot 1 is left alone");
  assert.deepEqual([...columns.export_format], [4, 0, 4, 4]);
  assert.deepEqual([...columns.received_at], [1000, 0, 1000, 1000]);
});

Deno.test("a plan reads 1, 2 and 4 octets, big-endian and unsigned", () => {
  const fields: WireField[] = [
    { name: "a", offset: 0, width: 1, kind: "unsigned", column: "protocol", spec: "" },
    { name: "b", offset: 1, width: 2, kind: "unsigned", column: "src_port", spec: "" },
    { name: "c", offset: 3, width: 4, kind: "unsigned", column: "in_if", spec: "" },
    { name: "d", offset: 7, width: 2, kind: "counter", column: "packets", spec: "" },
  ];
  const { columns } = run(fields, 9, { octets: hex("fe fffd fffffffc fffb") });
  assert.deepEqual(
    [columns.protocol[0], columns.src_port[0], columns.in_if[0], columns.packets[0]],
    [0xfe, 0xfffd, 0xfffffffc, 0xfffb],
  );
});

Deno.test("a plan scales counters once, and only counters, by a rate that is known", () => {
  const fields: WireField[] = [
    BYTES,
    { name: "port", offset: 4, width: 2, kind: "unsigned", column: "src_port", spec: "" },
  ];
  const octets = hex("ffffffff 0007");
  const scaled = run(fields, 6, { octets, context: { ...CONTEXT, samplingRate: 1000 } });
  assert.equal(scaled.columns.bytes[0], 4_294_967_295_000);
  assert.equal(scaled.columns.src_port[0], 7);
  assert.equal(scaled.columns.sampling_rate[0], 1000);
  assert.ok(scaled.present(0).includes("sampling_rate"));
  const plain = run(fields, 6, { octets });
  assert.equal(plain.columns.bytes[0], 4_294_967_295);
  assert.ok(!plain.present(0).includes("sampling_rate"));
});

Deno.test("a plan writes exporter and domain where they are known", () => {
  const context = { ...CONTEXT, exporter: Uint32Array.of(1, 2, 3, 4), domain: 0 };
  const { columns, present } = run([BYTES], 4, { octets: hex("00000001"), firstRow: 2, context });
  assert.deepEqual([...columns.exporter.subarray(8, 12)], [1, 2, 3, 4]);
  assert.equal(columns.observation_domain[2], 0);
  assert.ok(present(2).includes("exporter") && present(2).includes("observation_domain"));
});
