import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { HistoryHouse } from "../../tests/support/history_house.ts";
import { allBytes, range } from "../../tests/support/history_rows.ts";
import { temporaryFolder } from "../../tests/support/temporary_folder.ts";
import { FILE_MS, RETRY_MS } from "./history.ts";
import { openHistory } from "./history_database.ts";
import { HistoryStore } from "./history_store.ts";
import { SEAL_AFTER_MS } from "./ring_follower.ts";

const ignore = Deno.build.os === "windows";

/** What a file holds that nobody has open. */
function rowsIn(folder: string): number[] {
  const store = new HistoryStore(openHistory(folder));
  const bytes = allBytes(store);
  store.close();
  const database = new DatabaseSync(`${folder}/history.db`);
  assert.equal(database.prepare("PRAGMA integrity_check").get()!.integrity_check, "ok");
  database.close();
  return bytes;
}

/** Somebody who is in the middle of reading. */
function reading(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { readOnly: true });
  database.exec("BEGIN");
  database.prepare("SELECT count(*) FROM segment").get();
  return database;
}

/** History of a file with 2048 rows, of which 4096 more are in the log since somebody reads. */
function heldHouse(folder: string): { house: HistoryHouse; reader: DatabaseSync } {
  const house = new HistoryHouse(folder);
  house.add(2048);
  house.work();
  const reader = reading(`${folder}/history.db`);
  for (let block = 0; block < 2; block++) {
    house.add(2048);
    house.work();
  }
  return { house, reader };
}

Deno.test("a history.db that was moved while it is read is left when that has ended, and whole", {
  ignore,
}, () => {
  using temporary = temporaryFolder();
  using other = temporaryFolder();
  const { house, reader } = heldHouse(temporary.path);
  Deno.renameSync(`${temporary.path}/history.db`, `${other.path}/history.db`);
  house.clock.advance(FILE_MS);
  house.work();
  house.add(2048);
  house.work();
  assert.deepEqual(house.notices, [], "it is not left yet");
  assert.throws(() => Deno.statSync(`${temporary.path}/history.db`), Deno.errors.NotFound);
  reader.close();
  house.work();
  assert.equal(house.notices.length, 1);
  assert.doesNotMatch(house.notices[0], /without/);
  house.history.close();
  assert.deepEqual(house.pauses, []);
  assert.deepEqual(rowsIn(other.path), range(0, 3 * 2048));
  assert.deepEqual(rowsIn(temporary.path), range(3 * 2048, 4 * 2048));
});

Deno.test("a moved history.db that is read on and on is left after a while, and that is said", {
  ignore,
}, () => {
  using temporary = temporaryFolder();
  using other = temporaryFolder();
  const { house, reader } = heldHouse(temporary.path);
  Deno.renameSync(`${temporary.path}/history.db`, `${other.path}/history.db`);
  for (let times = 0; times < 5; times++) {
    house.clock.advance(FILE_MS);
    house.work();
  }
  assert.equal(house.notices.length, 1);
  assert.match(
    house.notices[0],
    /\(without what was written last, which its log still had: it is kept as \S+\/history\.db-wal\.left\)/,
  );
  reader.close();
  house.add(2048);
  house.history.close();
  assert.deepEqual(rowsIn(temporary.path), range(3 * 2048, 4 * 2048));
});

Deno.test("an end before the move was noticed leaves alone what was put in the place", {
  ignore,
}, () => {
  using temporary = temporaryFolder();
  using other = temporaryFolder();
  const before = new HistoryHouse(other.path, { epoch: 6 });
  before.add(2048);
  before.work();
  before.history.close();
  const { house, reader } = heldHouse(temporary.path);
  Deno.renameSync(`${other.path}/history.db`, `${temporary.path}/history.db`);
  house.add(100);
  house.history.close();
  reader.close();
  assert.deepEqual(rowsIn(temporary.path), [...range(0, 2048), ...range(3 * 2048, 3 * 2048 + 100)]);
});

Deno.test("a file that cannot be written at first is another still when it can", { ignore }, () => {
  using temporary = temporaryFolder();
  using other = temporaryFolder();
  const before = new HistoryHouse(other.path, { epoch: 6 });
  before.add(2048);
  before.work();
  before.history.close();
  let fails = false;
  const house = new HistoryHouse(temporary.path, {
    open: () => {
      const database = openHistory(temporary.path);
      if (fails) database.exec("PRAGMA query_only = 1");
      fails = false;
      return database;
    },
  });
  const seal = (count: number) => {
    house.add(count);
    house.work();
    house.clock.advance(SEAL_AFTER_MS);
    house.work();
  };
  seal(100);
  Deno.renameSync(`${other.path}/history.db`, `${temporary.path}/history.db`);
  fails = true;
  house.clock.advance(FILE_MS);
  house.work();
  assert.equal(house.pauses.length, 1);
  house.clock.advance(RETRY_MS);
  seal(100);
  seal(100);
  house.history.close();
  // The first hundred lie in the file that was replaced; no segment of this one grew out of them.
  assert.deepEqual(rowsIn(temporary.path), [...range(0, 2048), ...range(100, 300)]);
  const database = new DatabaseSync(`${temporary.path}/history.db`);
  const lives = database.prepare("SELECT epoch, whole FROM life WHERE epoch = 7").all();
  assert(lives.length > 0 && lives.every(({ whole }) => whole === 0));
  database.close();
});

Deno.test("that a file cannot be looked at is no move", { ignore }, () => {
  using temporary = temporaryFolder();
  const house = new HistoryHouse(temporary.path);
  house.add(2048);
  house.work();
  const { statSync } = Deno;
  Deno.statSync = () => {
    throw new Deno.errors.PermissionDenied("once");
  };
  try {
    house.clock.advance(FILE_MS);
    house.work();
  } finally {
    Deno.statSync = statSync;
  }
  house.history.close();
  assert.deepEqual(house.notices, []);
  assert.deepEqual(house.kept(), range(0, 2048));
});
