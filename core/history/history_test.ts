import assert from "node:assert/strict";
import { FlowRing } from "../flow/ring.ts";
import { HistoryHouse, summedFlows } from "../../tests/support/history_house.ts";
import { encodedRows, numberedRows, range } from "../../tests/support/history_rows.ts";
import { reckonOn } from "../../tests/support/reckon_on.ts";
import { temporaryFolder } from "../../tests/support/temporary_folder.ts";
import { History } from "./history.ts";
import { openHistory } from "./history_database.ts";
import { HistoryStore } from "./history_store.ts";
import { SEAL_AFTER_MS } from "./ring_follower.ts";

const DAY_MS = 86_400_000;

Deno.test("flows are written when a block is full, after 10 s, and at the end", () => {
  using temporary = temporaryFolder();
  const house = new HistoryHouse(temporary.path);
  house.add(3000);
  house.work();
  assert.equal(house.history.status().rows, 2048);
  house.clock.advance(SEAL_AFTER_MS);
  house.work();
  assert.equal(house.history.status().rows, 3000);
  house.add(10);
  house.history.close();
  assert.deepEqual(house.kept(), range(0, 3010));
  assert.deepEqual(house.pauses, []);
});

Deno.test("who takes over a ring goes on behind what was sealed", () => {
  using temporary = temporaryFolder();
  const house = new HistoryHouse(temporary.path);
  house.add(2500);
  house.work();
  house.history.close();
  house.add(100);
  const { clock, pauses } = house;
  const next = new History({
    folder: temporary.path,
    keepMs: DAY_MS,
    keepMinutesMs: DAY_MS,
    keepHoursMs: DAY_MS,
    namedPorts: new Uint8Array(65_536),
    maxOctets: 2 ** 31,
    clock,
    seed: 2,
    onPause: (reason) => pauses.push(reason),
  });
  house.follow(next);
  next.work();
  next.close();
  assert.deepEqual(house.kept(), range(0, 2600));
});

Deno.test("blocks that history is too slow for are left out whole and counted", () => {
  using temporary = temporaryFolder();
  const house = new HistoryHouse(temporary.path);
  house.add(30_000);
  house.work();
  house.history.close();
  const kept = house.kept();
  const { skippedRows, skippedBlocks, sealedRows } = house.history.status();
  assert.equal(skippedRows, 13 * 2048);
  assert.equal(skippedBlocks, 13);
  assert.equal(sealedRows, 30_000 - skippedRows);
  assert.deepEqual(kept, range(skippedRows, 30_000));
});

Deno.test("flows that become no segment are in the sums even so", () => {
  using temporary = temporaryFolder();
  const house = new HistoryHouse(temporary.path);
  house.add(6000);
  house.history.work();
  assert.equal(house.history.status().skippedRows, 2048);
  house.history.close();
  assert.equal(house.history.status().unsummedRows, 0);
  assert.equal(house.kept().length, 6000 - 2048);
  assert.equal(summedFlows(temporary.path), 6000);
});

Deno.test("flows that were sealed and not summed when the process ended are summed by the next", () => {
  using temporary = temporaryFolder();
  let taken: HistoryStore | null = null;
  const house = new HistoryHouse(temporary.path, {
    open: () => {
      const database = openHistory(temporary.path);
      taken = new HistoryStore(database);
      return database;
    },
  });
  for (let minute = 0; minute < 4; minute++) {
    house.add(500);
    house.clock.advance(SEAL_AFTER_MS);
    house.work();
    house.clock.advance(50_000);
    house.work();
  }
  house.add(300);
  house.work();
  house.clock.advance(SEAL_AFTER_MS);
  house.work();
  // The process is gone: what it has in memory with it.
  taken!.close();
  const next = new HistoryHouse(temporary.path, { epoch: 8 });
  next.clock.advance(5 * 60_000);
  next.add(100);
  next.work();
  next.history.close();
  assert.equal(summedFlows(temporary.path), 4 * 500 + 300 + 100);
  const third = new HistoryHouse(temporary.path, { epoch: 9 });
  third.work();
  third.history.close();
  assert.equal(summedFlows(temporary.path), 4 * 500 + 300 + 100, "once");
});

Deno.test("flows that were not summed are, before they are too old to be kept", () => {
  using temporary = temporaryFolder();
  let taken: HistoryStore | null = null;
  const house = new HistoryHouse(temporary.path, {
    open: () => {
      const database = openHistory(temporary.path);
      taken = new HistoryStore(database);
      return database;
    },
  });
  house.add(500);
  house.work();
  house.clock.advance(SEAL_AFTER_MS);
  house.work();
  taken!.close();
  reckonOn(temporary.path, 8 * DAY_MS);
  const next = new HistoryHouse(temporary.path, { epoch: 8 });
  next.clock.advance(8 * DAY_MS);
  next.work();
  assert.equal(next.history.status().rows, 0, "they are too old");
  next.history.close();
  assert.equal(summedFlows(temporary.path), 500);
});

Deno.test("flows of more minutes than may wait, as of an import, are all summed", () => {
  using temporary = temporaryFolder();
  const house = new HistoryHouse(temporary.path);
  const fromMs = house.clock.now();
  const rows = numberedRows(1000).map((row, i) => ({ ...row, received_at: fromMs + i * 60_000 }));
  const store = new HistoryStore(openHistory(temporary.path));
  store.append({
    ...{ capability: "json_udp", port: 0, epoch: 1, firstRow: 0, endRow: 1000 },
    ...{ fromMs, toMs: fromMs + 999 * 60_000, encoded: encodedRows(rows) },
  });
  store.close();
  house.clock.advance(2 * DAY_MS);
  house.work(200);
  house.history.close();
  assert.equal(summedFlows(temporary.path), 1000);
});

Deno.test("flows that the ring lost before they were summed are counted", () => {
  using temporary = temporaryFolder();
  const house = new HistoryHouse(temporary.path);
  house.add(30_000);
  house.work();
  house.history.close();
  const { unsummedRows, skippedRows } = house.history.status();
  assert(unsummedRows > 20_000 && unsummedRows <= skippedRows, `${unsummedRows} of ${skippedRows}`);
});

/** A ring whose writer is said to have come by, while it is. */
class LappedRing extends FlowRing {
  lapped = true;

  override get oldest(): number {
    return this.lapped ? this.committed : super.oldest;
  }
}

Deno.test("a block that is overwritten while it is copied is left out and counted", () => {
  const { clock, history, fixture } = new HistoryHouse(":memory:");
  const ring = new LappedRing(fixture.memory.ring);
  const { dictionary } = fixture.source;
  ring.lapped = false;
  const other = { capability: "json_udp", port: 1, epoch: 1, ring, dictionary };
  history.follow(other);
  fixture.add(...numberedRows(3000));
  ring.lapped = true;
  history.work();
  const { skippedRows, unsummedRows, sealedRows } = history.status();
  assert.deepEqual([skippedRows, unsummedRows, sealedRows], [2048, 2048, 2048]);
  ring.lapped = false;
  clock.advance(SEAL_AFTER_MS);
  history.work();
  clock.advance(SEAL_AFTER_MS);
  history.work();
  assert.equal(history.status().sealedRows, 2048 + 2 * (3000 - 2048));
});

Deno.test("the file keeps to its size, and the newest flows stay", () => {
  using temporary = temporaryFolder();
  const maxOctets = 400_000;
  const house = new HistoryHouse(temporary.path, { maxOctets });
  for (let turn = 0; turn < 60; turn++) {
    house.add(2048);
    house.work();
    assert(Deno.statSync(`${temporary.path}/history.db`).size <= maxOctets, `turn ${turn}`);
  }
  house.history.close();
  const kept = house.kept();
  assert(kept.length > 2048 && kept.length < 60 * 2048);
  assert.deepEqual(kept, range(60 * 2048 - kept.length, 60 * 2048));
});
