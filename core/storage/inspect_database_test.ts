import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { temporaryFolder } from "../../tests/support/temporary_folder.ts";
import { HISTORY_FORM, openHistory } from "../history/history_database.ts";
import { openDatabase as openState, STATE_FORM } from "../state/open_database.ts";
import { inspectDatabase } from "./inspect_database.ts";
import { StorageError } from "./storage_error.ts";

const FORMS = [
  { form: HISTORY_FORM, open: openHistory },
  { form: STATE_FORM, open: openState },
] as const;

const DAMAGED = /\.db is damaged \(.+\); move it away: \w+/;
const NEWER =
  /newer flow-agent \(version 99 .*, this one knows \d\); start that one, or name another/;

/** What is done to a database that was closed, and what is said of it; null where nothing is wrong. */
const STATES: readonly [what: string, spoil: (path: string) => void, says: RegExp | null][] = [
  ["as it was closed", () => {}, null],
  ["empty, as it is made", (path) => Deno.writeFileSync(path, new Uint8Array(0)), null],
  [
    "another kind of file",
    (path) => Deno.writeTextFileSync(path, "no database ".repeat(900)),
    DAMAGED,
  ],
  ["cut off", (path) => Deno.truncateSync(path, 5000), DAMAGED],
  ["overwritten within", (path) => {
    const file = Deno.readFileSync(path);
    Deno.writeFileSync(path, file.fill(0x5a, 4096));
  }, DAMAGED],
  ["of a newer flow-agent", (path) => change(path, "PRAGMA user_version = 99"), NEWER],
  ["of another program", (path) => {
    Deno.removeSync(path);
    change(path, "CREATE TABLE song (title); PRAGMA user_version = 1");
  }, /is no file of flow-agent's \(it lacks the table \w+\); move it away: \w+/],
  ["of another program that gives no version", (path) => {
    Deno.removeSync(path);
    change(path, "CREATE TABLE song (title); INSERT INTO song VALUES ('a')");
  }, /is no file of flow-agent's \(it has tables, and no version of ours\); move it away: \w+/],
  ["of another program that keeps a log, in use by nobody", (path) => {
    Deno.removeSync(path);
    change(path, "PRAGMA journal_mode = WAL; CREATE TABLE sqlites (title)");
  }, /is no file of flow-agent's \(it has tables, and no version of ours\); move it away: \w+/],
  ["without a table, but not empty", (path) => {
    Deno.removeSync(path);
    change(path, "CREATE TABLE song (title); DROP TABLE song");
  }, null],
  ["a folder", (path) => {
    Deno.removeSync(path);
    Deno.mkdirSync(path);
  }, /\.db is a folder, and should be a file; move it away, or name another folder with /],
];

function change(path: string, sql: string): void {
  const database = new DatabaseSync(path);
  database.exec(sql);
  database.close();
}

function names(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

/** What doctor and the program itself say of a folder; null where they find nothing wrong. */
function said(look: () => unknown): string | null {
  try {
    look();
    return null;
  } catch (error) {
    assert.ok(error instanceof StorageError, String(error));
    return error.message;
  }
}

for (const { form, open } of FORMS) {
  for (const [what, spoil, says] of STATES) {
    Deno.test(`inspectDatabase() of a ${form.file} that is ${what}`, () => {
      using temporary = temporaryFolder();
      const path = `${temporary.path}/${form.file}`;
      open(temporary.path).close();
      spoil(path);
      const before = names(temporary.path);
      const octets = Deno.statSync(path).isFile ? Deno.readFileSync(path) : null;
      const message = said(() => inspectDatabase(temporary.path, form));
      if (says === null) assert.equal(message, null);
      else assert.match(message!, says);
      assert.deepEqual(names(temporary.path), before, "nothing is left beside it");
      if (octets !== null) assert.deepEqual(Deno.readFileSync(path), octets, "nor written to it");
      // Who opens it is told the same, but for what only all of a file shows.
      const opening = said(() => open(temporary.path).close());
      if (form.checked || what !== "overwritten within") assert.equal(opening, message);
      if (octets === null || opening === null) return;
      assert.deepEqual(Deno.readFileSync(path), octets, "what is not taken is not written to");
    });
  }

  Deno.test(`inspectDatabase() sees that a ${form.file} is open, and harms nobody`, () => {
    using temporary = temporaryFolder();
    assert.deepEqual(inspectDatabase(temporary.path, form), { octets: null, inUse: false });
    const database = open(temporary.path);
    assert.equal(inspectDatabase(temporary.path, form).inUse, true);
    database.exec("CREATE TABLE more (a); INSERT INTO more VALUES (1)");
    database.close();
    const { octets, inUse } = inspectDatabase(temporary.path, form);
    assert.deepEqual([octets! > 0, inUse], [true, false]);
  });
}

Deno.test("inspectDatabase() says at once that a state.db is in use that was written to", () => {
  using temporary = temporaryFolder();
  const database = openState(temporary.path);
  database.exec("CREATE TABLE more (a)");
  assert.ok(names(temporary.path).includes("state.db-journal"), "its journal lies beside it");
  const began = performance.now();
  assert.equal(inspectDatabase(temporary.path, STATE_FORM).inUse, true);
  const ms = performance.now() - began;
  // SQLite's own wait is one of 5 s.
  assert.ok(ms < 2500, `it took ${ms.toFixed(0)} ms`);
  database.close();
});

Deno.test("inspectDatabase() tells of a history.db that another program writes", () => {
  using temporary = temporaryFolder();
  openHistory(temporary.path).close();
  const other = new DatabaseSync(`${temporary.path}/history.db`);
  other.exec("BEGIN IMMEDIATE");
  assert.match(
    said(() => inspectDatabase(temporary.path, HISTORY_FORM))!,
    /^another process has \S+history\.db; stop it, or name another folder with history\.folder$/,
  );
  other.close();
});

Deno.test("inspectDatabase() leaves the log of a database that was not closed as it is", () => {
  using temporary = temporaryFolder();
  const path = `${temporary.path}/history.db`;
  const database = openHistory(temporary.path);
  database.exec("CREATE TABLE more (a); INSERT INTO more VALUES (1)");
  // As a kill leaves them.
  const left = ["", "-wal"].map((end) => [end, Deno.readFileSync(path + end)] as const);
  database.close();
  for (const [end, octets] of left) Deno.writeFileSync(path + end, octets);
  assert.equal(inspectDatabase(temporary.path, HISTORY_FORM).inUse, false);
  for (const [end, octets] of left) assert.deepEqual(Deno.readFileSync(path + end), octets);
  const again = openHistory(temporary.path);
  assert.equal(again.prepare("SELECT a FROM more").get()!.a, 1);
  again.close();
});

Deno.test("inspectDatabase() leaves what a kill interrupted to who opens the database next", () => {
  using temporary = temporaryFolder();
  const path = `${temporary.path}/state.db`;
  openState(temporary.path).close();
  const killed = new DatabaseSync(path);
  killed.exec("PRAGMA cache_size = 1; PRAGMA cache_spill = 1; BEGIN");
  for (let i = 0; i < 2000; i++) {
    killed.exec(
      `INSERT INTO learnt VALUES ('a', 1, 'f', 'x', ${i}, 1, 'k', 1, '${"v".repeat(99)}', 1)`,
    );
  }
  const left = ["", "-journal"].map((end) => [end, Deno.readFileSync(path + end)] as const);
  killed.exec("ROLLBACK");
  killed.close();
  for (const [end, octets] of left) Deno.writeFileSync(path + end, octets);
  assert.equal(inspectDatabase(temporary.path, STATE_FORM).inUse, false);
  for (const [end, octets] of left) assert.deepEqual(Deno.readFileSync(path + end), octets);
  const again = openState(temporary.path);
  assert.equal(again.prepare("SELECT count(*) AS n FROM learnt").get()!.n, 0);
  again.close();
});
