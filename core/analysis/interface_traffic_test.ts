import assert from "node:assert/strict";
import { Dictionary } from "../flow/dictionary.ts";
import { INTERFACE_TABLE } from "../flow/interface_schema.ts";
import { RingWriter } from "../flow/ring_writer.ts";
import { allocateRing, TableRing } from "../flow/table_ring.ts";
import { parseAddress } from "../flow/address.ts";
import { interfaceTraffic } from "./interface_traffic.ts";

interface Row {
  readonly exporter?: string;
  readonly if_index: number;
  readonly received_at: number;
  readonly in_octets: number;
  readonly out_octets?: number;
}

function memoryOf(rows: readonly Row[]) {
  const memory = {
    interfaces: allocateRing(INTERFACE_TABLE, 1024),
    dictionary: Dictionary.allocate(),
  };
  const writer = new RingWriter(new TableRing(INTERFACE_TABLE, memory.interfaces));
  const { columns, mask } = writer;
  for (const { exporter = "192.0.2.1", ...values } of rows) {
    const slot = writer.reserve(1) & mask;
    const words = INTERFACE_TABLE.presenceWords;
    columns.presence.fill(0, slot * words, (slot + 1) * words);
    const know = (name: Parameters<typeof INTERFACE_TABLE.presenceBit>[0]) => {
      const bit = INTERFACE_TABLE.presenceBit(name);
      columns.presence[slot * words + (bit >> 5)] |= 1 << (bit & 31);
    };
    parseAddress(exporter, columns.exporter, slot * 4);
    know("exporter");
    for (const name of ["if_index", "received_at", "in_octets", "out_octets"] as const) {
      const value = values[name];
      if (value === undefined) continue;
      columns[name][slot] = value;
      know(name);
    }
    writer.commit(1);
  }
  return memory;
}

Deno.test("interfaceTraffic() is what the counters moved on by within the window", () => {
  const memory = memoryOf([
    { if_index: 1, received_at: 1000, in_octets: 5 },
    { if_index: 1, received_at: 10_000, in_octets: 100, out_octets: 10 },
    { if_index: 2, received_at: 11_000, in_octets: 7 },
    { exporter: "192.0.2.2", if_index: 1, received_at: 12_000, in_octets: 1e9 },
    { if_index: 1, received_at: 20_000, in_octets: 300, out_octets: 10 },
    { if_index: 3, received_at: 20_000, in_octets: 9000 },
    { if_index: 1, received_at: 30_000, in_octets: 1100, out_octets: 60 },
    // Set back: the device began anew.
    { if_index: 3, received_at: 31_000, in_octets: 5 },
    { if_index: 1, received_at: 50_000, in_octets: 9999 },
  ]);
  const window = { fromMs: 10_000, toMs: 40_000, untilNow: false };
  assert.deepEqual(interfaceTraffic(memory, { address: "192.0.2.1", window }), [
    { if_index: 1, from_ms: 10_000, to_ms: 30_000, in_octets: 1000, out_octets: 50 },
  ]);
  assert.deepEqual(interfaceTraffic(memory, { address: "198.51.100.1", window }), []);
  assert.deepEqual(interfaceTraffic(memoryOf([]), { address: "192.0.2.1", window }), []);
});
