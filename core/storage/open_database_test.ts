import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { temporaryFolder } from "../../tests/support/temporary_folder.ts";
import type { DatabaseForm } from "./database_form.ts";
import { openDatabase } from "./open_database.ts";

const FORM: DatabaseForm = {
  file: "some.db",
  settings: [],
  migrations: ["CREATE TABLE some (value)"],
  checked: false,
  lockFile: "some.lock",
  remedies: { folder: "name another folder", damage: "it begins anew" },
};

/** Opens the database while its lock is held for so many tries. */
function openWhileLocked(tries: number): void {
  using temporary = temporaryFolder();
  const { tryLockSync } = Deno.FsFile.prototype;
  let left = tries;
  Deno.FsFile.prototype.tryLockSync = function (exclusive) {
    return left-- > 0 ? false : tryLockSync.call(this, exclusive);
  };
  try {
    openDatabase(temporary.path, FORM).close();
  } finally {
    Deno.FsFile.prototype.tryLockSync = tryLockSync;
  }
}

Deno.test("a lock that outlives its holder for a moment is waited for", () => {
  openWhileLocked(3);
});

Deno.test("a database that another process keeps is refused, with the remedy", () => {
  assert.throws(
    () => openWhileLocked(Infinity),
    /^StorageError: another process has \S+some\.db; stop it, or name another folder$/,
  );
});

const ignore = Deno.build.os === "windows";

/** A database as its writer's end leaves it: what was written last stands in its log alone. */
function leave(path: string, sql: string): Map<string, Uint8Array> {
  const database = new DatabaseSync(path);
  database.exec(`PRAGMA journal_mode = WAL; ${sql}`);
  const left = ["", "-wal"].map((end) => [path + end, Deno.readFileSync(path + end)] as const);
  database.close();
  for (const [name, octets] of left) Deno.writeFileSync(name, octets, { mode: 0o644 });
  Deno.chmodSync(path, 0o644);
  return new Map(left);
}

for (const lockFile of ["some.lock", undefined]) {
  const kind = lockFile === undefined ? "without a lock file" : "with a lock file";
  Deno.test(`another program's database is refused, and stays as it was, ${kind}`, {
    ignore,
  }, () => {
    using temporary = temporaryFolder();
    const path = `${temporary.path}/some.db`;
    const left = leave(path, "CREATE TABLE song (title); INSERT INTO song VALUES ('a')");
    assert.throws(
      () => openDatabase(temporary.path, { ...FORM, lockFile }),
      /is no file of flow-agent's/,
    );
    for (const [name, octets] of left) assert.deepEqual(Deno.readFileSync(name), octets, name);
    assert.equal(Deno.statSync(path).mode! & 0o777, 0o644);
  });

  Deno.test(`a database of ours that anybody could read is kept from others, ${kind}`, {
    ignore,
  }, () => {
    using temporary = temporaryFolder();
    const path = `${temporary.path}/some.db`;
    leave(path, "CREATE TABLE some (value); INSERT INTO some VALUES (7); PRAGMA user_version = 1");
    const database = openDatabase(temporary.path, { ...FORM, lockFile });
    assert.equal(database.prepare("SELECT value FROM some").get()!.value, 7);
    assert.equal(Deno.statSync(path).mode! & 0o777, 0o600);
    database.close();
  });
}

Deno.test(
  "another program's database that was left within a transaction keeps its mode, and its rows",
  {
    ignore,
  },
  () => {
    using temporary = temporaryFolder();
    const path = `${temporary.path}/some.db`;
    const elsewhere = `${temporary.path}/elsewhere.db`;
    const writer = new DatabaseSync(elsewhere);
    const fill =
      "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) INSERT INTO song ";
    writer.exec(`CREATE TABLE song (title); ${fill} SELECT i FROM n; PRAGMA cache_size = 2; BEGIN`);
    writer.exec("UPDATE song SET title = title || 'a line that has to go to the disk at once'");
    for (const end of ["", "-journal"]) Deno.copyFileSync(elsewhere + end, path + end);
    writer.close();
    Deno.chmodSync(path, 0o644);
    assert.throws(() => openDatabase(temporary.path, FORM), /is no file of flow-agent's/);
    assert.equal(Deno.statSync(path).mode! & 0o777, 0o644);
    using left = new DatabaseSync(path);
    const { sum } = left.prepare("SELECT sum(title) AS sum FROM song").get()!;
    assert.equal(sum, 2000 * 2001 / 2);
  },
);
