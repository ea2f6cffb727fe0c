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

function names(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
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
    ["replaced", (path: string) => {
      Deno.renameSync(path, `${path}.old`);
      Deno.writeTextFileSync(path, "another");
    }],
  ] as const
) {
  Deno.test(`a database that was ${what} is, and its log can be cleared away`, { ignore }, () => {
    using temporary = temporaryFolder();
    const path = `${temporary.path}/a.db`;
    const { database, watch } = open(path);
    move(path);
    assert.deepEqual([watch.moved, watch.leftLog], [true, true]);
    watch.clear();
    assert.deepEqual([watch.moved, watch.leftLog], [true, false]);
    assert(!names(temporary.path).some((name) => /^a\.db-/.test(name)));
    database.close();
  });
}

Deno.test("the log of another database that was put there stays", { ignore }, () => {
  using temporary = temporaryFolder();
  const path = `${temporary.path}/a.db`;
  const { database, watch } = open(path);
  for (const end of ["", "-wal", "-shm"]) {
    Deno.renameSync(path + end, `${path}.old${end}`);
    Deno.writeTextFileSync(path + end, "of another");
  }
  assert.deepEqual([watch.moved, watch.leftLog], [true, false]);
  watch.clear();
  assert.equal(Deno.readTextFileSync(`${path}-wal`), "of another");
  database.close();
});
