import assert from "node:assert/strict";
import { temporaryFolder } from "../../tests/support/temporary_folder.ts";
import { LogNote } from "./log_note.ts";

const ignore = Deno.build.os === "windows";

/** A database and its log, as far as files go, and the note of them. */
function noted(folder: string): { path: string; note: LogNote } {
  const path = `${folder}/a.db`;
  for (const end of ["", "-wal", "-shm"]) Deno.writeTextFileSync(path + end, `a${end}`);
  const note = new LogNote(path, `${folder}/a.lock`);
  using lock = Deno.openSync(`${folder}/a.lock`, { create: true, write: true });
  note.write(lock);
  return { path, note };
}

function names(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

for (
  const [what, change, stray] of [
    ["as it was", () => {}, false],
    ["written to", (path) => Deno.writeTextFileSync(path, "more", { append: true }), false],
    ["removed", (path) => Deno.removeSync(path), true],
    ["replaced", (path) => {
      Deno.renameSync(path, `${path}.old`);
      Deno.writeTextFileSync(path, "b");
    }, true],
    ["removed with its log", (path) => {
      for (const end of ["", "-wal"]) Deno.removeSync(path + end);
    }, false],
    ["replaced with its log", (path) => {
      for (const end of ["", "-wal"]) {
        Deno.renameSync(path + end, `${path}.old${end}`);
        Deno.writeTextFileSync(path + end, "b");
      }
    }, false],
    ["replaced, and nothing noted", (path) => {
      Deno.removeSync(path);
      Deno.removeSync(path.replace(".db", ".lock"));
    }, false],
    ["replaced, and the note torn", (path) => {
      Deno.removeSync(path);
      Deno.writeTextFileSync(path.replace(".db", ".lock"), '{"file":"1@2","l');
    }, false],
    ["replaced, and the note of another form", (path) => {
      Deno.removeSync(path);
      Deno.writeTextFileSync(path.replace(".db", ".lock"), "null");
    }, false],
  ] as [string, (path: string) => void, boolean][]
) {
  Deno.test(`the log of a database that is ${what} is ${stray ? "stray" : "its own"}`, {
    ignore,
  }, () => {
    using temporary = temporaryFolder();
    const { path, note } = noted(temporary.path);
    change(path);
    assert.equal(note.isStray, stray);
    const before = names(temporary.path);
    assert.equal(note.setAside(), stray ? `${path}-wal.left` : null);
    if (!stray) return assert.deepEqual(names(temporary.path), before);
    assert.equal(Deno.readTextFileSync(`${path}-wal.left`), "a-wal");
    assert(!names(temporary.path).some((name) => /-(wal|shm)$/.test(name)));
    assert.equal(note.isStray, false);
  });
}

/** Leaves a stray log with some text, and puts it aside. */
function strayAgain(path: string, note: LogNote, text: string): string | null {
  for (const end of ["", "-wal"]) Deno.writeTextFileSync(path + end, text);
  using lock = Deno.openSync(path.replace(".db", ".lock"), { create: true, write: true });
  note.write(lock);
  Deno.renameSync(path, `${path}.old`);
  Deno.writeTextFileSync(path, "another");
  return note.setAside();
}

Deno.test("a stray log is put beside those that were put aside before", { ignore }, () => {
  using temporary = temporaryFolder();
  const path = `${temporary.path}/a.db`;
  const note = new LogNote(path, `${temporary.path}/a.lock`);
  const names = [1, 2, 3].map((number) => strayAgain(path, note, `text ${number}`));
  assert.deepEqual(names, ["", "2", "3"].map((number) => `${path}-wal.left${number}`));
  names.forEach((name, i) => assert.equal(Deno.readTextFileSync(name!), `text ${i + 1}`));
  // What was taken away makes room.
  Deno.removeSync(names[1]!);
  assert.equal(strayAgain(path, note, "text 4"), names[1]);
});

Deno.test("a stray log stays where it is when a thousand lie aside", { ignore }, () => {
  using temporary = temporaryFolder();
  const path = `${temporary.path}/a.db`;
  const note = new LogNote(path, `${temporary.path}/a.lock`);
  for (let number = 1; number <= 1000; number++) {
    Deno.writeTextFileSync(`${path}-wal.left${number === 1 ? "" : number}`, "of somebody");
  }
  assert.throws(
    () => strayAgain(path, note, "more"),
    /^StorageError: \S+a\.db-wal is of another file, and 1000 such logs lie beside it: move those/,
  );
  assert.equal(Deno.readTextFileSync(`${path}-wal`), "more");
});

Deno.test("a stray log that holds nothing is removed", { ignore }, () => {
  using temporary = temporaryFolder();
  const { path, note } = noted(temporary.path);
  Deno.removeSync(path);
  Deno.truncateSync(`${path}-wal`);
  assert.equal(note.setAside(), null);
  assert.deepEqual(names(temporary.path), ["a.lock"]);
});

Deno.test("a note is written over the one before, whatever that was", { ignore }, () => {
  using temporary = temporaryFolder();
  const { path, note } = noted(temporary.path);
  const { size } = Deno.statSync(`${temporary.path}/a.lock`);
  Deno.renameSync(path, `${path}.old`);
  Deno.writeTextFileSync(path, "b");
  assert.equal(note.isStray, true);
  using lock = Deno.openSync(`${temporary.path}/a.lock`, { write: true });
  note.write(lock);
  assert.equal(note.isStray, false);
  assert.equal(Deno.statSync(`${temporary.path}/a.lock`).size, size);
});
