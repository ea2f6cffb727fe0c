import assert from "node:assert/strict";
import {
  InterfaceNames,
  type InterfaceNameTeller,
  MAX_INTERFACE_NAMES,
} from "../flow/interface_names.ts";
import { InterfaceNameKeeper } from "./interface_name_keeper.ts";
import { LIMITS } from "./limits.ts";

const device = (n: number) => Uint32Array.of(0, 0, 0xffff, 0x0a00_0000 + n);

function house() {
  const table = new InterfaceNames();
  return { table, keeper: new InterfaceNameKeeper(table) };
}

/** Tells the names of so many interfaces of a device. */
function tell(
  keeper: InterfaceNameKeeper,
  n: number,
  { names = 1, nowMs = 0, teller = "port_name", confirmed = true }: {
    names?: number;
    nowMs?: number;
    teller?: InterfaceNameTeller;
    confirmed?: boolean;
  } = {},
): number {
  if (confirmed) keeper.confirm(device(n), nowMs);
  for (let index = 0; index < names; index++) {
    keeper.learn(device(n), index, { nameId: n, teller, nowMs });
  }
  return keeper.takeLosses();
}

Deno.test("a name waits until flows of its exporter have been decoded", () => {
  const { table, keeper } = house();
  assert.equal(tell(keeper, 1, { names: 3, confirmed: false }), 0);
  assert.equal(table.size, 0);
  keeper.confirm(device(2), 0);
  assert.equal(table.size, 0);
  keeper.confirm(device(1), 0);
  assert.deepEqual([0, 1, 2, 3].map((index) => keeper.find(device(1), index)), [1, 1, 1, -1]);
});

Deno.test("of names that wait that of options data stands above a port's as well", () => {
  const { keeper } = house();
  for (const [nameId, teller] of [[1, "port_name"], [2, "options"], [3, "port_name"]] as const) {
    keeper.learn(device(1), 7, { nameId, teller, nowMs: 0 });
  }
  keeper.confirm(device(1), 0);
  assert.equal(keeper.find(device(1), 7), 2);
});

Deno.test("names that wait push out each other, the longest unheard first, and are counted", () => {
  const { keeper } = house();
  tell(keeper, 0, { names: 5, confirmed: false });
  tell(keeper, 1, { confirmed: false });
  tell(keeper, 0, { names: 5, confirmed: false });
  let lost = 0;
  for (let n = 2; n <= LIMITS.probationExporters; n++) {
    lost += tell(keeper, n, { confirmed: false });
  }
  assert.equal(lost, 1);
  for (const n of [0, 1]) keeper.confirm(device(n), 0);
  assert.deepEqual([keeper.find(device(0), 4), keeper.find(device(1), 0)], [0, -1]);
  // Their names are bounded as their number is.
  const many = { names: LIMITS.interfaceNames, confirmed: false };
  const { keeper: other } = house();
  assert.deepEqual([1, 2, 3].map((n) => tell(other, n, many)), [0, 0, LIMITS.interfaceNames]);
});

Deno.test("one exporter has a cap of its own, waiting or not", () => {
  const names = LIMITS.interfaceNames + 10;
  for (const confirmed of [true, false]) {
    const { table, keeper } = house();
    assert.equal(tell(keeper, 1, { names, confirmed }), 10);
    keeper.confirm(device(1), 0);
    assert.equal(table.size, LIMITS.interfaceNames);
  }
});

Deno.test("a full table takes in no more, until somebody has long been silent", () => {
  const { table, keeper } = house();
  const names = LIMITS.interfaceNames;
  const full = MAX_INTERFACE_NAMES / names;
  for (let n = 0; n < full; n++) tell(keeper, n, { names, nowMs: n });
  assert.ok(table.isFull);
  // The longest unheard is not the first that came.
  keeper.confirm(device(0), 1000);
  const late = LIMITS.reuseAfterMs;
  assert.equal(tell(keeper, 99, { nowMs: late }), 1);
  assert.equal(table.size, MAX_INTERFACE_NAMES);
  assert.equal(tell(keeper, 99, { nowMs: late + 1 }), names);
  assert.deepEqual([0, 1, 2, 99].map((n) => keeper.find(device(n), 0)), [0, -1, 2, 99]);
  assert.equal(table.size, MAX_INTERFACE_NAMES - names + 1);
});

Deno.test("forged exporters that were heard of last push out no name of one that goes on", () => {
  const { table, keeper } = house();
  let nowMs = 0;
  for (let n = 0; n < 50; n++) tell(keeper, n, { names: 48 });
  for (let n = 1000; n < 40_000; n++) {
    tell(keeper, n, { nowMs: nowMs += 50 });
    if (nowMs % 30_000 < 50) { for (let r = 0; r < 50; r++) tell(keeper, r, { names: 48, nowMs }); }
  }
  for (let n = 0; n < 50; n++) {
    for (let index = 0; index < 48; index++) assert.equal(table.find(device(n), index), n);
  }
});

Deno.test("a writer that takes over knows who has names, and gives their places to others", () => {
  const { table, keeper } = house();
  const names = LIMITS.interfaceNames;
  for (let n = 0; n < MAX_INTERFACE_NAMES / names; n++) tell(keeper, n, { names });
  // By chance a name or two found the places full that it may have.
  for (let n = 200; n < 300 && !table.isFull; n++) tell(keeper, n);
  assert.ok(table.isFull);
  keeper.takeLosses();
  const next = new InterfaceNameKeeper(new InterfaceNames(table.memory));
  assert.equal(tell(next, 1, { nowMs: 5000, names: names + 1, confirmed: false }), 1);
  assert.equal(tell(next, 99, { nowMs: 5000 }), 1, "nobody has been silent that long");
  assert.equal(tell(next, 99, { nowMs: 5000 + LIMITS.reuseAfterMs }), names);
  assert.equal(next.find(device(99), 0), 99);
});
