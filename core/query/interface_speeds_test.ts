import assert from "node:assert/strict";
import { parseAddress } from "../flow/address.ts";
import { INTERFACE_TABLE } from "../flow/interface_schema.ts";
import { RingWriter } from "../flow/ring_writer.ts";
import { allocateRing, TableRing } from "../flow/table_ring.ts";
import { InterfaceSpeeds } from "./interface_speeds.ts";

function write(memory: SharedArrayBuffer) {
  const writer = new RingWriter(new TableRing(INTERFACE_TABLE, memory));
  return (exporter: string, ifIndex: number, speed: number | null) => {
    const { columns, mask } = writer;
    const slot = writer.reserve(1) & mask;
    const words = INTERFACE_TABLE.presenceWords;
    columns.presence.fill(0, slot * words, (slot + 1) * words);
    parseAddress(exporter, columns.exporter, slot * 4);
    columns.if_index[slot] = ifIndex;
    columns.speed_bps[slot] = speed ?? 0;
    const known = ["exporter", "if_index", ...(speed === null ? [] : ["speed_bps"])] as const;
    for (const name of known as readonly ("exporter" | "if_index" | "speed_bps")[]) {
      const bit = INTERFACE_TABLE.presenceBit(name);
      columns.presence[slot * words + (bit >> 5)] |= 1 << (bit & 31);
    }
    writer.commit(1);
  };
}

Deno.test("the newest speed of an interface counts, of whichever collector", () => {
  const [a, b] = [1, 2].map(() => allocateRing(INTERFACE_TABLE, 1024));
  const speeds = new InterfaceSpeeds();
  speeds.follow(a);
  const [toA, toB] = [write(a), write(b)];
  toA("192.0.2.1", 1, 1e9);
  toA("192.0.2.1", 2, null);
  toB("192.0.2.2", 1, 1e8);
  assert.deepEqual(
    [speeds.speed("192.0.2.1", 1), speeds.speed("192.0.2.1", 2), speeds.speed("192.0.2.2", 1)],
    [1e9, null, null],
  );
  speeds.follow(b);
  toA("192.0.2.1", 1, 1e10);
  assert.deepEqual([speeds.speed("192.0.2.1", 1), speeds.speed("192.0.2.2", 1)], [1e10, 1e8]);
});

Deno.test("samples that were overwritten are passed over", () => {
  const memory = allocateRing(INTERFACE_TABLE, 1024);
  const speeds = new InterfaceSpeeds();
  speeds.follow(memory);
  const add = write(memory);
  for (let i = 0; i < 5000; i++) add("192.0.2.1", i, 1e9);
  assert.deepEqual([speeds.speed("192.0.2.1", 0), speeds.speed("192.0.2.1", 4999)], [null, 1e9]);
});
