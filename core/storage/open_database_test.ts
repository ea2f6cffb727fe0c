import assert from "node:assert/strict";
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
