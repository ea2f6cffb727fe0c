import assert from "node:assert/strict";
import { HEAD_OCTETS, MAX_STRANGERS, StrangerTable } from "./stranger_table.ts";

const octets = (length: number, fill = 7) => new Uint8Array(length).fill(fill);

Deno.test("StrangerTable counts what an address sends, and keeps how the last of it begins", () => {
  const table = new StrangerTable(StrangerTable.allocate());
  table.note(octets(100, 1), { address: "192.0.2.1", port: 1 }, { kind: "unread", nowMs: 1000 });
  table.note(octets(3, 2), { address: "::ffff:192.0.2.1", port: 2 }, {
    kind: "unread",
    nowMs: 2000,
  });
  table.note(octets(9), { address: "192.0.2.1", port: 3 }, { kind: "refused", nowMs: 3000 });
  assert.deepEqual(table.all(), [
    {
      address: "192.0.2.1",
      port: 3,
      kind: "refused",
      datagrams: 1,
      last_seen_ms: 3000,
      head: octets(9),
    },
    {
      address: "192.0.2.1",
      port: 2,
      kind: "unread",
      datagrams: 2,
      last_seen_ms: 2000,
      head: octets(3, 2),
    },
  ]);
});

Deno.test("StrangerTable gives the place of the one silent for longest to a new one", () => {
  const table = new StrangerTable(StrangerTable.allocate());
  for (let n = 0; n < MAX_STRANGERS + 3; n++) {
    table.note(octets(100), { address: `10.0.0.${n}`, port: 1 }, { kind: "unread", nowMs: n });
  }
  const all = table.all();
  assert.equal(all.length, MAX_STRANGERS);
  assert.equal(all[0].address, `10.0.0.${MAX_STRANGERS + 2}`);
  assert.equal(all.at(-1)!.address, "10.0.0.3");
  assert.equal(all[0].head.length, HEAD_OCTETS);
});

Deno.test("StrangerTable is not read while it is written, nor told by what is no address", () => {
  const memory = StrangerTable.allocate();
  const table = new StrangerTable(memory);
  table.note(octets(1), { address: "", port: 1 }, { kind: "unread", nowMs: 1 });
  assert.deepEqual(table.all(), []);
  table.note(octets(1), { address: "10.0.0.1", port: 1 }, { kind: "unread", nowMs: 1 });
  const version = new Int32Array(memory, 0, 1);
  version[0]++;
  assert.deepEqual(table.all(), []);
  version[0]++;
  assert.equal(table.all().length, 1);
});
