import assert from "node:assert/strict";
import { LIMITS } from "../limits.ts";
import { FlowTotals } from "./flow_totals.ts";

/** Takes totals of the flow `key`; what is new. */
function take(
  totals: FlowTotals,
  key: number | Uint8Array,
  { octets, packets = NaN, nowMs = 0, ended = false, exporter = null, domain = 0, row = 0 }: {
    octets: number;
    packets?: number;
    nowMs?: number;
    ended?: boolean;
    exporter?: Uint32Array | null;
    domain?: number;
    row?: number;
  },
): [octets: number, packets: number] {
  const octetsOfKey = typeof key === "number" ? new Uint8Array(Uint32Array.of(key).buffer) : key;
  totals.begin(exporter, domain, row);
  totals.key(new DataView(octetsOfKey.buffer), 0, octetsOfKey.length);
  totals.take(octets, packets, nowMs, ended);
  return [totals.octets, totals.packets];
}

Deno.test("FlowTotals tells what is new of octets and packets", () => {
  const totals = new FlowTotals();
  assert.deepEqual(take(totals, 1, { octets: 10, packets: 2 }), [10, 2]);
  assert.deepEqual(take(totals, 1, { octets: 25, packets: 3 }), [15, 1]);
  assert.deepEqual(take(totals, 1, { octets: 25, packets: 3 }), [0, 0]);
});

Deno.test("FlowTotals takes a fall of either for another flow", () => {
  const totals = new FlowTotals();
  take(totals, 1, { octets: 10, packets: 2 });
  assert.deepEqual(take(totals, 1, { octets: 11, packets: 1 }), [11, 1]);
  assert.deepEqual(take(totals, 1, { octets: 5, packets: 2 }), [5, 2]);
});

Deno.test("FlowTotals keeps a counter that is not there out of it", () => {
  const totals = new FlowTotals();
  assert.deepEqual(take(totals, 1, { octets: 10 }), [10, NaN]);
  assert.deepEqual(take(totals, 1, { octets: 14 }), [4, NaN]);
  // Another template of the same flow has it: nothing is known of what it was.
  assert.deepEqual(take(totals, 1, { octets: 20, packets: 3 }), [6, 3]);
});

Deno.test("FlowTotals tells flows apart by exporter, domain, direction and every octet of the key", () => {
  const totals = new FlowTotals();
  const key = Uint8Array.from({ length: 7 }, (_, i) => i);
  const all = { octets: 10, exporter: Uint32Array.of(0, 0, 0xffff, 1), domain: 1, row: 0 };
  take(totals, key, all);
  assert.deepEqual(take(totals, key, { ...all, octets: 12 })[0], 2);
  const others = [
    { ...all, exporter: Uint32Array.of(0, 0, 0xffff, 2) },
    { ...all, exporter: null },
    { ...all, domain: 2 },
    { ...all, row: 1 },
  ];
  for (const other of others) assert.equal(take(totals, key, other)[0], 10);
  for (let i = 0; i < key.length; i++) {
    assert.equal(take(totals, key.map((octet, j) => i === j ? octet ^ 1 : octet), all)[0], 10);
  }
  assert.equal(take(totals, key.subarray(0, 6).slice(), all)[0], 10, "a shorter key");
});

Deno.test("FlowTotals forgets a flow that has ended", () => {
  const totals = new FlowTotals();
  take(totals, 1, { octets: 10 });
  assert.equal(take(totals, 1, { octets: 12, ended: true })[0], 2);
  assert.equal(take(totals, 1, { octets: 15 })[0], 15);
  assert.equal(take(totals, 2, { octets: 15, ended: true })[0], 15, "in its only record");
  assert.equal(take(totals, 2, { octets: 16 })[0], 16);
});

Deno.test("FlowTotals: the flow not seen for longest gives way, counted while it may go on", () => {
  const totals = new FlowTotals(8);
  for (let flow = 0; flow < 8; flow++) take(totals, flow, { octets: 10, nowMs: 1000 + flow });
  assert.equal(take(totals, 0, { octets: 11, nowMs: 2000 })[0], 1);
  assert.equal(totals.forgotten, 0);
  assert.equal(take(totals, 100, { octets: 10, nowMs: 2000 })[0], 10);
  assert.equal(totals.forgotten, 1);
  assert.equal(take(totals, 0, { octets: 12, nowMs: 2000 })[0], 1, "seen again, and kept");
  assert.equal(take(totals, 2, { octets: 12, nowMs: 2000 })[0], 2, "flow 1 gave way, not 2");
  const later = 3000 + LIMITS.totalledFlowMs;
  assert.equal(take(totals, 101, { octets: 10, nowMs: later })[0], 10);
  assert.equal(totals.forgotten, 1, "silent for so long, it has ended");
});

Deno.test("FlowTotals keeps within its room, whatever comes", () => {
  const totals = new FlowTotals(64);
  for (let flow = 0; flow < 10_000; flow++) {
    assert.equal(take(totals, flow, { octets: 10, nowMs: flow })[0], 10);
  }
  // Each of 10,000 flows came once; 64 are kept.
  assert.equal(totals.forgotten, 10_000 - 64);
});

Deno.test("FlowTotals differences as many flows as it has room for, but for a few", () => {
  const totals = new FlowTotals(LIMITS.totalledFlows);
  const flows = LIMITS.totalledFlows / 4;
  for (let flow = 0; flow < flows; flow++) take(totals, flow, { octets: 10 });
  let whole = 0;
  for (let flow = 0; flow < flows; flow++) {
    if (take(totals, flow, { octets: 11 })[0] !== 1) whole++;
  }
  // The hash is keyed at random: 20 or so are to be expected, each place has room for 8.
  assert.ok(whole <= flows / 100, `${whole} of ${flows} counted whole`);
});
