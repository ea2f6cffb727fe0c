import assert from "node:assert/strict";
import { separate } from "./merging.ts";
import { StorePool } from "./store_pool.ts";

const SHAPE = { keyWords: 2, cells: [] };
const MIB = 1024 * 1024;

Deno.test("a pool gives back what it was given, as large as it was and empty", () => {
  const pool = new StorePool();
  const store = pool.take(SHAPE, MIB);
  store.insert(5, 5);
  pool.give(store);
  assert.equal(pool.take(SHAPE, MIB), store);
  assert.equal(store.count, 0);
  assert.equal(store.slots.every((slot) => slot === 0), true);
  assert.notEqual(pool.take(SHAPE, MIB), store, "it is lent");
});

Deno.test("a pool keeps all stores of one query, also those that are alike", () => {
  const pool = new StorePool();
  const stores = [pool.take(SHAPE, MIB), pool.take(SHAPE, MIB)];
  for (const store of stores) pool.give(store);
  const again = [pool.take(SHAPE, MIB), pool.take(SHAPE, MIB)];
  assert.deepEqual(again.map((store) => stores.indexOf(store)), [0, 1]);
});

Deno.test("what a pool keeps holds nothing of the question: all that it holds is what it says", () => {
  const pool = new StorePool();
  const log = pool.takeLog(MIB);
  log.count = 2;
  log.values.set([5, 6]);
  log.groups.set([0, 1]);
  assert.deepEqual([...log.quantiles(separate(2), 1)], [5, 6]);
  pool.give(log);
  // Values in the order of their groups are forgotten, or these were 5 and 6.
  assert.deepEqual([log.count, ...log.quantiles(separate(2), 1)], [0, NaN, NaN]);
});

Deno.test("a pool tells shapes and bounds apart", () => {
  const pool = new StorePool();
  const store = pool.take(SHAPE, MIB);
  pool.give(store);
  assert.notEqual(pool.take({ keyWords: 2, cells: [0] }, MIB), store);
  assert.notEqual(pool.take({ keyWords: 3, cells: [] }, MIB), store);
  assert.notEqual(pool.take(SHAPE, 2 * MIB), store);
  assert.equal(pool.take(SHAPE, MIB), store);
});

Deno.test("a pool forgets the longest unused beyond its bound", () => {
  const pool = new StorePool();
  const logs = [1, 2, 3].map((n) => pool.takeLog(n * 1024 * MIB));
  // 12 octets a value: 24 MiB each.
  for (const log of logs) {
    log.reserve(2 * MIB);
    pool.give(log);
  }
  assert.notEqual(pool.takeLog(1024 * MIB), logs[0]);
  assert.equal(pool.takeLog(2 * 1024 * MIB), logs[1]);
  assert.equal(pool.takeLog(3 * 1024 * MIB), logs[2]);
});
