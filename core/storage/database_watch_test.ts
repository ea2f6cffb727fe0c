import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { temporaryFolder } from "../../tests/support/temporary_folder.ts";
import { DatabaseWatch } from "./database_watch.ts";

const ignore = Deno.build.os === "windows";

/** A database with a log beside it, and what watches it. */
function open(path: string): { database: DatabaseSync; watch: DatabaseWatch } {
  const database = new DatabaseSync(path);
  database.exec("PRAGMA journal_mode = WAL; CREATE TABLE t (a); INSERT INTO t VALUES (1)");
  return { database, watch: new DatabaseWatch(path) };
}

Deno.test("a database that lies where it was opened is not moved, whatever is written", () => {
  using temporary = temporaryFolder();
  const { database, watch } = open(`${temporary.path}/a.db`);
  database.exec("INSERT INTO t VALUES (2); PRAGMA wal_checkpoint(TRUNCATE)");
  assert.equal(watch.moved, false);
  database.close();
  assert.equal(watch.moved, false);
});

for (
  const [what, move] of [
    ["moved", (path: string) => Deno.renameSync(path, `${path}.old`)],
    ["removed", (path: string) => Deno.removeSync(path)],
    ["removed, and its number given to the next", (path: string) => {
      const was = Deno.statSync(path).birthtime?.getTime();
      // Times of files have steps of some milliseconds.
      for (let times = 0; times < 10_000; times++) {
        Deno.removeSync(path);
        Deno.writeTextFileSync(path, "another");
        if (Deno.statSync(path).birthtime?.getTime() !== was) return;
      }
    }],
    ["replaced", (path: string) => {
      Deno.renameSync(path, `${path}.old`);
      Deno.writeTextFileSync(path, "another");
    }],
  ] as const
) {
  Deno.test(`a database that was ${what} is moved`, { ignore }, () => {
    using temporary = temporaryFolder();
    const path = `${temporary.path}/a.db`;
    const { database, watch } = open(path);
    // Nobody has it open any more: only then its number is free.
    database.close();
    move(path);
    assert.equal(watch.moved, true);
  });
}
