import assert from "node:assert/strict";
import { FlowFixture } from "../../tests/support/flow_fixture.ts";
import { openHistory } from "./history_database.ts";
import { HistoryStore } from "./history_store.ts";
import { MINUTE_SECONDS } from "./rollup_store.ts";
import { Rollups } from "./rollups.ts";

/** Begin of an hour. */
const FROM_MS = 1_760_000_400_000;
const RING = { capability: "netflow_udp", port: 2055, epoch: 1 };

/** A file for sums, and how many flows it says are in none of them. */
function openFile() {
  const database = openHistory(":memory:");
  const total = database.prepare("SELECT total(rows) AS rows FROM unsummed");
  return { database, store: new HistoryStore(database), unsummed: () => total.get()!.rows };
}

/** Adds a flow of one minute as to a ring, and ends that minute in part or for good. */
function addFlow(sums: Rollups, closeMs: number): void {
  const fixture = new FlowFixture({ capacity: 16 });
  fixture.add({ received_at: FROM_MS, exporter: "192.0.2.1", bytes: 1 });
  sums.add({ ...RING, firstRow: 0, endRow: 1 }, fixture.source.ring.columns);
  sums.close(closeMs);
}

/** Leaves a file that cannot be written any more. */
function failToLeave(sums: Rollups): void {
  const { database, store } = openFile();
  database.exec("PRAGMA query_only = 1");
  assert.throws(() => sums.write(store), /readonly/);
}

Deno.test("a minute that could not be written to the file that was left is whole in the next", () => {
  const sums = new Rollups({ namedPorts: new Uint8Array(65_536), seed: 4 });
  addFlow(sums, Infinity);
  failToLeave(sums);
  const { store, unsummed } = openFile();
  sums.write(store);
  addFlow(sums, FROM_MS + 3_600_000);
  sums.write(store);
  assert.equal(unsummed(), 0);
  const parts = [...store.rollups.read(MINUTE_SECONDS, { fromMs: 0, toMs: 1e15 })];
  assert.deepEqual(parts.map(({ atMs }) => atMs), [FROM_MS, FROM_MS]);
});

Deno.test("of a minute that waited in two parts all is missing where the file was left", () => {
  const sums = new Rollups({ namedPorts: new Uint8Array(65_536), seed: 4 });
  addFlow(sums, Infinity);
  failToLeave(sums);
  addFlow(sums, Infinity);
  sums.write(openFile().store);
  const { store, unsummed } = openFile();
  addFlow(sums, FROM_MS + 3_600_000);
  sums.write(store);
  assert.equal(unsummed(), 2);
});
