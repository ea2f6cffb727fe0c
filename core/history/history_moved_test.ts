import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { HistoryHouse, summedFlows } from "../../tests/support/history_house.ts";
import { allBytes, range } from "../../tests/support/history_rows.ts";
import { scan } from "../../tests/support/sealed_scan.ts";
import { temporaryFolder } from "../../tests/support/temporary_folder.ts";
import { FILE_MS, RETRY_MS } from "./history.ts";
import { HistoryArchive } from "./history_archive.ts";
import { openHistory } from "./history_database.ts";
import { HistoryStore } from "./history_store.ts";
import { SEAL_AFTER_MS } from "./ring_follower.ts";

for (
  const [what, move] of [
    ["removed", (path: string, _: string) => Deno.removeSync(path)],
    ["moved", (path: string, to: string) => Deno.renameSync(path, to)],
    ["moved with its log", (path: string, to: string) => {
      for (const end of ["", "-wal", "-shm"]) Deno.renameSync(path + end, to + end);
    }],
  ] as const
) {
  Deno.test(`a history.db that was ${what} while it was written is said, and a new one begun`, {
    ignore: Deno.build.os === "windows",
  }, () => {
    using temporary = temporaryFolder();
    using other = temporaryFolder();
    const path = `${temporary.path}/history.db`;
    const house = new HistoryHouse(temporary.path);
    // Readers of this process have it open too.
    house.add(2048 + 100);
    house.work();
    const reader = new DatabaseSync(path, { readOnly: true });
    const ends = () =>
      reader.prepare("SELECT end_row FROM segment").all().map((row) => row.end_row);
    assert.deepEqual(ends(), [2048]);
    move(path, `${other.path}/history.db`);
    house.add(1948);
    house.clock.advance(FILE_MS);
    house.work();
    assert.equal(house.notices.length, 1);
    assert.match(
      house.notices[0],
      /history\.db was moved or removed while flows were written to it/,
    );
    assert.equal(house.history.status().lastError, house.notices[0]);
    house.clock.advance(FILE_MS);
    house.add(2048);
    house.work();
    house.clock.advance(FILE_MS);
    house.work();
    assert.equal(house.notices.length, 1, "said once");
    assert.deepEqual(ends(), [2048], "who has the old one open reads the old one");
    reader.close();
    house.history.close();
    assert.deepEqual(house.pauses, []);
    assert.deepEqual(house.kept(), range(2048, 3 * 2048));
    assert.equal(summedFlows(temporary.path), 2 * 2048);
    const database = new DatabaseSync(path);
    assert.equal(database.prepare("PRAGMA integrity_check").get()!.integrity_check, "ok");
    // What began before this file did is not all in it.
    assert.deepEqual(database.prepare("SELECT whole FROM life").all().map(({ whole }) => whole), [
      0,
    ]);
    database.close();
    if (what === "removed") return;
    // What was moved is whole by itself, with the sums of its flows.
    const old = new HistoryStore(openHistory(other.path));
    assert.deepEqual(allBytes(old), range(0, 2048));
    old.close();
    assert.equal(summedFlows(other.path), 2048);
  });
}

Deno.test("a history.db that is put in the place of the one that is written is gone on with", {
  ignore: Deno.build.os === "windows",
}, () => {
  using temporary = temporaryFolder();
  using other = temporaryFolder();
  let taken: HistoryStore | null = null;
  const before = new HistoryHouse(other.path, {
    epoch: 6,
    open: () => {
      const database = openHistory(other.path);
      taken = new HistoryStore(database);
      return database;
    },
  });
  before.add(2048);
  before.work();
  // It was killed before it had summed them.
  taken!.close();
  const house = new HistoryHouse(temporary.path);
  house.add(2048);
  house.work();
  Deno.renameSync(`${other.path}/history.db`, `${temporary.path}/history.db`);
  house.add(100);
  house.clock.advance(FILE_MS);
  house.work();
  house.clock.advance(SEAL_AFTER_MS);
  house.work();
  assert.equal(house.notices.length, 1);
  house.history.close();
  assert.deepEqual(house.kept(), [...range(0, 2048), ...range(2048, 2148)]);
  assert.equal(summedFlows(temporary.path), 2148);
});

Deno.test("a segment grows in the file that it is in, and takes nothing from the next", {
  ignore: Deno.build.os === "windows",
}, () => {
  using temporary = temporaryFolder();
  let damaged = false;
  const house = new HistoryHouse(temporary.path, {
    open: () => {
      if (damaged) throw new Error("database disk image is malformed");
      return openHistory(temporary.path);
    },
  });
  const seal = (count: number) => {
    house.add(count);
    house.history.work();
    house.clock.advance(SEAL_AFTER_MS);
    house.history.work();
  };
  seal(60);
  seal(50);
  // It is found damaged, and moved away as is advised.
  damaged = true;
  const { exec } = DatabaseSync.prototype;
  DatabaseSync.prototype.exec = function (sql: string) {
    if (damaged && sql.startsWith("BEGIN")) throw new Error("database disk image is malformed");
    exec.call(this, sql);
  };
  try {
    seal(100);
  } finally {
    DatabaseSync.prototype.exec = exec;
  }
  assert.match(house.pauses[0]!, /is damaged .* move it away/);
  damaged = false;
  Deno.removeSync(`${temporary.path}/history.db`);
  house.clock.advance(RETRY_MS);
  house.work();
  house.clock.advance(SEAL_AFTER_MS);
  house.work();
  house.history.close();
  assert.deepEqual(house.kept(), range(110, 210));
});

for (const born of [true, false]) {
  Deno.test(
    `who failed to read a history.db that is gone knows nothing of it in the next (${
      born ? "files are told apart" : "both have one number, and no time of birth"
    })`,
    { ignore: Deno.build.os === "windows" },
    async () => {
      using temporary = temporaryFolder();
      const path = `${temporary.path}/history.db`;
      let damaged = false;
      const house = new HistoryHouse(temporary.path, {
        open: () => {
          if (damaged) throw new Error("database disk image is malformed");
          return openHistory(temporary.path);
        },
      });
      const { exec } = DatabaseSync.prototype;
      const { statSync } = Deno;
      DatabaseSync.prototype.exec = function (sql: string) {
        if (damaged && sql.startsWith("BEGIN")) throw new Error("database disk image is malformed");
        exec.call(this, sql);
      };
      if (!born) {
        Deno.statSync = (of) => {
          const found = statSync(of);
          return of === path ? { ...found, birthtime: null, ino: 1 } : found;
        };
      }
      try {
        house.add(2048);
        house.work();
        const archive = new HistoryArchive(temporary.path, { clock: house.clock });
        assert.deepEqual((await scan([], archive)).seen, range(0, 2048));
        damaged = true;
        house.add(2048);
        house.work();
        using held = archive.hold();
        assert.throws(() => held.heldSince(), /malformed/);
        for (const end of ["", "-wal", "-shm"]) Deno.removeSync(path + end);
        damaged = false;
        house.clock.advance(RETRY_MS);
        house.work();
        house.history.close();
        const { seen, report } = await scan([], archive);
        assert.deepEqual([seen, report.rows_damaged], [range(2048, 4096), 0]);
        archive.close();
      } finally {
        DatabaseSync.prototype.exec = exec;
        Deno.statSync = statSync;
      }
    },
  );
}

Deno.test("who had closed a history.db that was removed reads the next, whose log has its number", {
  ignore: Deno.build.os === "windows",
}, () => {
  using temporary = temporaryFolder();
  const house = new HistoryHouse(temporary.path);
  house.add(2048);
  house.work();
  const archive = new HistoryArchive(temporary.path, { clock: house.clock });
  const rings = () => {
    using moment = archive.hold();
    return moment.rings(-Infinity).map(({ firstRow, endRow }) => [firstRow, endRow]);
  };
  assert.deepEqual(rings(), [[0, 2048]]);
  // As a question does that SQLite fails.
  archive.close();
  Deno.removeSync(`${temporary.path}/history.db`);
  house.clock.advance(FILE_MS);
  house.add(2048);
  house.work();
  house.work();
  assert.deepEqual(rings(), [[2048, 4096]]);
  archive.close();
  house.history.close();
});

for (const goesOn of [true, false]) {
  Deno.test(
    `of the minute in which history.db was removed the next file says what it lacks${
      goesOn ? "" : ", and nothing of one that it has nothing of"
    }`,
    { ignore: Deno.build.os === "windows" },
    () => {
      using temporary = temporaryFolder();
      const path = `${temporary.path}/history.db`;
      const house = new HistoryHouse(temporary.path);
      const seconds = (count: number) => {
        for (let second = 0; second < count; second++) {
          house.add(1);
          house.clock.advance(1000);
          house.work();
        }
      };
      const intoMinute = (house.clock.now() / 1000) % 60;
      seconds(60 - intoMinute + 30);
      const minute = house.clock.now() - 30_000;
      if (!goesOn) {
        // All that arrived in it is in the file that goes.
        house.clock.advance(SEAL_AFTER_MS);
        house.work();
      }
      Deno.removeSync(path);
      if (!goesOn) house.clock.advance(30_000);
      seconds(12);
      assert.equal(house.notices.length, 1);
      seconds(120);
      house.history.close();
      const database = new DatabaseSync(path, { readOnly: true });
      const unsummed = database.prepare("SELECT * FROM unsummed").all().map((row) => ({ ...row }));
      database.close();
      if (!goesOn) return assert.deepEqual(unsummed, []);
      const [{ rows, ...time }] = unsummed;
      assert.deepEqual(time, { from_ms: minute, to_ms: minute + 59_999 });
      // All of that minute, and of those after it, is in sums or said to be in none.
      assert.equal(Number(rows) + summedFlows(temporary.path), 30 + 12 + 120);
    },
  );
}
