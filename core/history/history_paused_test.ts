import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { HistoryHouse } from "../../tests/support/history_house.ts";
import { range } from "../../tests/support/history_rows.ts";
import { temporaryFolder } from "../../tests/support/temporary_folder.ts";
import { RETRY_MS } from "./history.ts";
import { openHistory } from "./history_database.ts";

const DAY_MS = 86_400_000;

Deno.test("while another process has the file history waits, says so, and loses nothing", () => {
  using temporary = temporaryFolder();
  const other = openHistory(temporary.path);
  const house = new HistoryHouse(temporary.path);
  house.add(3000);
  house.work();
  assert.equal(house.pauses.length, 1);
  assert.match(house.pauses[0]!, /another process has .*history\.db/);
  assert.match(house.history.status().paused!, /another process has/);
  house.clock.advance(RETRY_MS);
  house.work();
  assert.equal(house.pauses.length, 1, "said once");
  other.close();
  house.clock.advance(RETRY_MS);
  house.work();
  assert.equal(house.pauses[1], null);
  assert.equal(house.history.status().paused, null);
  assert.match(house.history.status().lastError!, /another process has/);
  house.history.close();
  assert.deepEqual(house.kept(), range(0, 3000));
});

Deno.test("what waits while history is paused is written at the end, if it can be, or counted", () => {
  using temporary = temporaryFolder();
  let full = true;
  const open = () => {
    if (full) throw new Error("database or disk is full");
    return openHistory(temporary.path);
  };
  const lost = new HistoryHouse(temporary.path, { open });
  lost.add(300);
  lost.work();
  assert.equal(lost.history.status().waitingRows, 300);
  assert.equal(lost.history.close().waitingRows, 300);
  const mended = new HistoryHouse(temporary.path, { open });
  mended.add(300);
  mended.work();
  full = false;
  const { waitingRows, rows } = mended.history.close();
  assert.deepEqual([waitingRows, rows], [0, 300]);
  assert.deepEqual(mended.kept(), range(0, 300));
});

Deno.test("a file that is not ours is told of, and once it is gone history goes on", () => {
  using temporary = temporaryFolder();
  const path = `${temporary.path}/history.db`;
  const other = new DatabaseSync(path);
  other.exec("CREATE TABLE song (title); PRAGMA user_version = 1");
  other.close();
  const house = new HistoryHouse(temporary.path);
  house.add(300);
  house.work();
  const says = /history\.db is no file of flow-agent's \(it lacks the table collector\); move it/;
  assert.match(house.pauses[0]!, says);
  house.clock.advance(RETRY_MS);
  house.work();
  assert.deepEqual(house.pauses.slice(1), [], "the same again, and not that another has it");
  Deno.removeSync(path);
  house.clock.advance(RETRY_MS);
  house.work();
  assert.equal(house.pauses[1], null);
  house.history.close();
  assert.deepEqual(house.kept(), range(0, 300));
});

Deno.test("a clock that was set back does not keep history from going on", () => {
  using temporary = temporaryFolder();
  const other = openHistory(temporary.path);
  const house = new HistoryHouse(temporary.path);
  house.clock.advance(DAY_MS);
  house.add(100);
  house.work();
  assert.equal(house.pauses.length, 1);
  other.close();
  house.clock.advance(-DAY_MS / 2);
  house.work();
  assert.equal(house.pauses[1], null);
  house.history.close();
  assert.deepEqual(house.kept(), range(0, 100));
});

Deno.test("a disk that is full pauses history, what is kept can be read, and it goes on", () => {
  using temporary = temporaryFolder();
  let full = true;
  const house = new HistoryHouse(temporary.path, {
    open: () => {
      const database = openHistory(temporary.path);
      if (full) database.exec("PRAGMA max_page_count = 24");
      return database;
    },
  });
  for (let turn = 0; turn < 20; turn++) {
    house.add(2048);
    house.work();
  }
  assert.match(house.pauses[0]!, /the disk of .* is full; make room/);
  const { skippedRows, sealedRows, lastError } = house.history.status();
  assert(skippedRows > 0 && sealedRows > 0);
  assert.match(lastError!, /is full/);
  full = false;
  house.clock.advance(RETRY_MS);
  house.work();
  house.history.close();
  const kept = house.kept();
  assert.deepEqual(kept, [...range(0, sealedRows), ...range(sealedRows + skippedRows, 20 * 2048)]);
});

Deno.test("history that was moved away while it was written is damaged or gone, never a crash", () => {
  using temporary = temporaryFolder();
  const house = new HistoryHouse(temporary.path);
  house.add(2048);
  house.work();
  Deno.truncateSync(`${temporary.path}/history.db`, 5000);
  for (let turn = 0; turn < 5; turn++) {
    house.add(2048);
    house.work();
    house.clock.advance(RETRY_MS);
  }
  house.history.status();
  house.history.close();
});

Deno.test("a folder that nobody may write pauses history and says how to mend it", {
  // root may write anywhere.
  ignore: Deno.build.os === "windows" || Deno.uid() === 0,
}, () => {
  using temporary = temporaryFolder();
  Deno.chmodSync(temporary.path, 0o500);
  const house = new HistoryHouse(temporary.path);
  house.work();
  assert.match(house.pauses[0]!, /cannot be written by this user; make it writable/);
  Deno.chmodSync(temporary.path, 0o700);
});

Deno.test("a file that cannot be written pauses history and says how to mend it", () => {
  using temporary = temporaryFolder();
  const house = new HistoryHouse(temporary.path, {
    open: () => {
      openHistory(temporary.path).close();
      return new DatabaseSync(`${temporary.path}/history.db`, { readOnly: true });
    },
  });
  house.add(2048);
  house.work();
  assert.match(house.pauses[0]!, /cannot be written by this user; make it writable/);
});
