import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { temporaryFolder } from "../../tests/support/temporary_folder.ts";
import { MIGRATIONS } from "./migrations.ts";
import { openDatabase } from "./open_database.ts";
import { StorageError } from "../storage/storage_error.ts";

function refuses(folder: string, says: RegExp): void {
  assert.throws(() => openDatabase(folder), (error: Error) => {
    assert.ok(error instanceof StorageError, String(error));
    assert.match(error.message, says);
    return true;
  });
}

Deno.test("openDatabase() makes folder and file for this user alone, and leaves one file", () => {
  using temporary = temporaryFolder();
  const folder = `${temporary.path}/a/b`;
  const database = openDatabase(folder);
  assert.equal(database.prepare("PRAGMA user_version").get()!.user_version, MIGRATIONS.length);
  assert.equal(database.prepare("PRAGMA synchronous").get()!.synchronous, 2, "full");
  if (Deno.build.os !== "windows") {
    assert.equal(Deno.statSync(folder).mode! & 0o777, 0o700);
    for (const { name } of Deno.readDirSync(folder)) {
      assert.equal(Deno.statSync(`${folder}/${name}`).mode! & 0o777, 0o600, name);
    }
  }
  database.close();
  assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["state.db"]);
  if (Deno.build.os !== "windows") {
    Deno.chmodSync(`${folder}/state.db`, 0o644);
    openDatabase(folder).close();
    assert.equal(Deno.statSync(`${folder}/state.db`).mode! & 0o777, 0o600);
  }
});

Deno.test("openDatabase() has the folder to itself until it is closed", () => {
  using temporary = temporaryFolder();
  const database = openDatabase(temporary.path);
  refuses(temporary.path, /another process has .*state\.db; stop it, or name another folder/);
  database.close();
  openDatabase(temporary.path).close();
});

Deno.test("openDatabase() refuses a newer layout and leaves it as it is", () => {
  using temporary = temporaryFolder();
  openDatabase(temporary.path).close();
  const path = `${temporary.path}/state.db`;
  const newer = new DatabaseSync(path);
  newer.exec("PRAGMA user_version = 99; CREATE TABLE later (a)");
  newer.close();
  const before = Deno.readFileSync(path);
  refuses(temporary.path, /newer flow-agent \(version 99 .*start that one, or name another/);
  assert.deepEqual(Deno.readFileSync(path), before);
});

Deno.test("openDatabase() brings an older layout forward, with what it held", () => {
  using temporary = temporaryFolder();
  const path = `${temporary.path}/state.db`;
  const older = new DatabaseSync(path);
  older.exec(`${MIGRATIONS[0]}; PRAGMA user_version = 1`);
  older.exec("INSERT INTO learnt VALUES ('a', 1, 'ipfix', '192.0.2.1', 0, -1, 'vrf', 1, '1', 1)");
  older.close();
  const database = openDatabase(temporary.path);
  assert.equal(database.prepare("SELECT count(*) AS n FROM learnt").get()!.n, 1);
  database.close();
});

Deno.test("openDatabase() refuses what is damaged, and does not touch it", () => {
  using temporary = temporaryFolder();
  const path = `${temporary.path}/state.db`;
  Deno.writeTextFileSync(path, "this is no database ".repeat(500));
  refuses(temporary.path, /state\.db is damaged .* move it away/);
  assert.match(Deno.readTextFileSync(path), /^this is no database/);
  Deno.removeSync(path);
  const database = openDatabase(temporary.path);
  for (let i = 0; i < 500; i++) {
    database.exec(`INSERT INTO learnt VALUES ('a', 1, 'f', 'x', ${i}, 1, 'k', 1, 'v', 1)`);
  }
  database.close();
  Deno.truncateSync(path, 9000);
  refuses(temporary.path, /state\.db is damaged/);
});

Deno.test("openDatabase() refuses a folder that is a file", () => {
  using temporary = temporaryFolder();
  Deno.writeTextFileSync(`${temporary.path}/file`, "");
  refuses(`${temporary.path}/file`, /cannot be used|cannot be written/);
});
