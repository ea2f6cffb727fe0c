import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { FlowFixture } from "../../tests/support/flow_fixture.ts";
import { HistoryHouse, summedFlows } from "../../tests/support/history_house.ts";
import { temporaryFolder } from "../../tests/support/temporary_folder.ts";
import { openHistory } from "./history_database.ts";
import { HistoryStore } from "./history_store.ts";
import { HOUR_SECONDS, MINUTE_SECONDS } from "./rollup_store.ts";
import { Rollups } from "./rollups.ts";

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const T0 = Date.UTC(2024, 0, 1);

/** Minutes that are in no packed hour, hours with a sum, and packed hours. */
function sumsIn(folder: string): [minutes: number, hours: number, packed: number] {
  const database = new DatabaseSync(`${folder}/history.db`, { readOnly: true });
  const count = (of: string) =>
    database.prepare(`SELECT count(*) AS count FROM ${of}`).get()!.count;
  const found = [
    count(`rollup WHERE tier = ${MINUTE_SECONDS}`),
    count(`rollup WHERE tier = ${HOUR_SECONDS}`),
    count("(SELECT DISTINCT hour_ms FROM packed)"),
  ] as [number, number, number];
  database.close();
  return found;
}

Deno.test("hours after a clock fault of three hours that was mended are summed as ever", () => {
  using temporary = temporaryFolder();
  const minutes = (house: HistoryHouse, count: number) => {
    for (let minute = 0; minute < count; minute++) {
      house.add(5);
      house.clock.advance(MINUTE_MS);
      house.work();
    }
    house.history.close();
  };
  const first = new HistoryHouse(temporary.path, { epoch: T0 });
  first.clock.step(365 * 24 * HOUR_MS);
  minutes(first, 200);
  const [, hoursBefore, packedBefore] = sumsIn(temporary.path);
  const house = new HistoryHouse(temporary.path, { epoch: T0 + 7 * HOUR_MS });
  house.clock.step(7 * HOUR_MS);
  minutes(house, 600);
  const [loose, hours, packed] = sumsIn(temporary.path);
  assert.deepEqual([hours - hoursBefore, packed - packedBefore], [9, 9]);
  assert(loose < 3 * 60, `${loose} minutes stand alone`);
  assert.equal(summedFlows(temporary.path), 5 * (200 + 600));
});

/** Sums of one flow in each of some minutes. */
function sumMinutes(store: HistoryStore, sums: Rollups, minutes: readonly number[]): void {
  for (const minute of minutes) {
    const fixture = new FlowFixture({ capacity: 2 });
    fixture.add({ received_at: T0 + minute * MINUTE_MS, exporter: "192.0.2.1", bytes: 1 });
    const rows = { capability: "json_udp", port: 1, epoch: 1, firstRow: 0, endRow: 1 };
    sums.add(rows, fixture.source.ring.columns);
  }
  sums.close(Infinity);
  sums.write(store);
}

const rollups = () => new Rollups({ namedPorts: new Uint8Array(65_536), seed: 4 });
const hoursOf = (store: HistoryStore) =>
  [...store.rollups.read(HOUR_SECONDS, { fromMs: 0, toMs: 1e15 })]
    .map(({ atMs }) => (atMs - T0) / HOUR_MS);

Deno.test("hours are summed the oldest first, one a step, whichever were summed before", () => {
  const store = new HistoryStore(openHistory(":memory:"));
  const sums = rollups();
  const later = T0 + 100 * HOUR_MS;
  sumMinutes(store, sums, [600, 601]);
  assert.equal(sums.sumHour(store, later), true);
  assert.deepEqual(hoursOf(store), [10]);
  // An import is of older months; an hour of the future waits until it is over.
  sumMinutes(store, sums, [0, 1, 61, 180, 6000]);
  for (const hours of [[0, 10], [0, 1, 10], [0, 1, 3, 10]]) {
    assert.equal(sums.sumHour(store, later), true);
    assert.deepEqual(hoursOf(store), hours);
  }
  assert.equal(sums.sumHour(store, later), false);
  assert.equal(sums.sumHour(store, later + HOUR_MS + 2 * MINUTE_MS), true);
  assert.deepEqual(store.rollups.lackingHours(), []);
});

Deno.test("what a process did not come to sum is summed by the next, once", () => {
  const store = new HistoryStore(openHistory(":memory:"));
  const first = rollups();
  sumMinutes(store, first, [0, 600]);
  while (first.sumHour(store, T0 + 100 * HOUR_MS));
  // Of an hour that has its sum, and of one that has none.
  sumMinutes(store, first, [1, 61]);
  assert.deepEqual(store.rollups.lackingHours(), [T0, T0 + HOUR_MS]);
  const next = rollups();
  next.open(store, { another: false });
  let steps = 0;
  while (next.sumHour(store, T0 + 100 * HOUR_MS)) steps++;
  assert.deepEqual([steps, hoursOf(store)], [2, [0, 1, 10]]);
  assert.deepEqual(store.rollups.lackingHours(), []);
});
