import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { HistoryHouse } from "../../tests/support/history_house.ts";
import { allBytes, range } from "../../tests/support/history_rows.ts";
import { ROOT } from "../../tests/support/program.ts";
import { temporaryFolder } from "../../tests/support/temporary_folder.ts";
import { HistoryArchive } from "./history_archive.ts";
import { openHistory } from "./history_database.ts";
import { HistoryStore } from "./history_store.ts";

const ignore = Deno.build.os === "windows";

/** Writes to a history.db until some segments are in its log, does something, and is killed. */
async function killedWriter(folder: string, meanwhile: () => void): Promise<number> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--frozen",
      "--no-prompt",
      `--allow-read=${ROOT},${folder}`,
      `--allow-write=${folder}`,
      `${ROOT}tests/support/history_writer.ts`,
      folder,
      "0",
      "3",
    ],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let said = 0;
  let lines = 0;
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    const before = lines;
    for (const line of chunk.split("\n").slice(0, -1)) {
      said = Math.max(said, Number(line));
      lines++;
    }
    if (before >= 30 || lines < 30) continue;
    meanwhile();
    child.kill("SIGKILL");
  }
  assert.equal((await child.status).signal, "SIGKILL");
  return said;
}

/** A history.db of 4096 rows; hot with the last 2048 in its log, as a copy of one in use has them. */
function elsewhere(folder: string, hot: boolean): void {
  using made = temporaryFolder();
  const house = new HistoryHouse(made.path);
  house.add(2048);
  house.work();
  const database = new DatabaseSync(`${made.path}/history.db`);
  database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  house.add(2048);
  house.work();
  if (hot) copyHistory(made.path, folder);
  database.close();
  house.history.close();
  if (!hot) copyHistory(made.path, folder);
}

function copyHistory(from: string, to: string): void {
  for (const { name } of Deno.readDirSync(from)) {
    if (name !== "history.lock") Deno.copyFileSync(`${from}/${name}`, `${to}/${name}`);
  }
}

/** What a server that is started now keeps, and says. */
function started(folder: string): { bytes: number[]; notices: string[] } {
  const house = new HistoryHouse(folder, { keepMs: 1e14 });
  house.work();
  house.history.close();
  assert.deepEqual(house.pauses, []);
  const store = new HistoryStore(openHistory(folder));
  const bytes = allBytes(store).toSorted((a, b) => a - b);
  store.close();
  const database = new DatabaseSync(`${folder}/history.db`);
  assert.equal(database.prepare("PRAGMA integrity_check").get()!.integrity_check, "ok");
  database.close();
  return { bytes, notices: house.notices };
}

for (
  const [how, put] of [
    ["moved into the place of", (from: string, to: string) => Deno.renameSync(from, to)],
    // A new file is given the number of one that was just removed.
    ["copied to where one was removed of", (from: string, to: string) => {
      Deno.removeSync(to);
      Deno.copyFileSync(from, to);
    }],
  ] as const
) {
  for (const when of ["before", "after"] as const) {
    Deno.test(`a history.db that was ${how} one ${when} its writer was killed stays whole`, {
      ignore,
    }, async () => {
      using temporary = temporaryFolder();
      using other = temporaryFolder();
      const path = `${temporary.path}/history.db`;
      elsewhere(other.path, false);
      const replace = () => put(`${other.path}/history.db`, path);
      await killedWriter(temporary.path, () => when === "before" && replace());
      if (when === "after") replace();
      const reader = new HistoryArchive(temporary.path);
      assert.throws(() => reader.heldSince(), { name: "StorageError" }, "not with that log");
      const { bytes, notices } = started(temporary.path);
      assert.deepEqual(bytes, range(0, 4096));
      assert.equal(notices.length, 1);
      assert.match(notices[0], /not the file that was written last, whose writer was killed/);
      assert(Deno.statSync(`${path}-wal.left`).size > 0, "it may hold what is nowhere else");
      assert.equal(reader.rowsWithin({ fromMs: 0, toMs: 1e15 }), 4096);
      reader.close();
    });
  }
}

Deno.test("a history.db that was put there with a log of its own has what that log holds", {
  ignore,
}, async () => {
  using temporary = temporaryFolder();
  using other = temporaryFolder();
  elsewhere(other.path, true);
  await killedWriter(temporary.path, () => {});
  for (const end of ["", "-wal"]) Deno.removeSync(`${temporary.path}/history.db${end}`);
  copyHistory(other.path, temporary.path);
  assert.deepEqual(started(temporary.path), { bytes: range(0, 4096), notices: [] });
});

Deno.test("a history.db that was removed before its writer was killed is begun anew", {
  ignore,
}, async () => {
  using temporary = temporaryFolder();
  await killedWriter(temporary.path, () => Deno.removeSync(`${temporary.path}/history.db`));
  const { bytes, notices } = started(temporary.path);
  assert.deepEqual([bytes.length, notices.length], [0, 1]);
});

for (
  const [what, change] of [
    ["is", () => {}],
    ["lost the note beside it", (folder: string) => Deno.removeSync(`${folder}/history.lock`)],
    [
      "has a torn note",
      (folder: string) => Deno.writeTextFileSync(`${folder}/history.lock`, '{"f'),
    ],
    ["was moved away and back with its log", (folder: string) => {
      for (const end of ["", "-wal", ""]) {
        Deno.renameSync(`${folder}/history.db${end}`, `${folder}/kept${end}`);
        Deno.renameSync(`${folder}/kept${end}`, `${folder}/history.db${end}`);
      }
    }],
    ["was copied with its log", (folder: string) => {
      for (const end of ["", "-wal"]) {
        Deno.copyFileSync(`${folder}/history.db${end}`, `${folder}/kept`);
        Deno.renameSync(`${folder}/kept`, `${folder}/history.db${end}`);
      }
    }],
  ] as const
) {
  Deno.test(`of a killed writer all is there that its log holds, where the file ${what}`, {
    ignore,
  }, async () => {
    using temporary = temporaryFolder();
    const said = await killedWriter(temporary.path, () => {});
    assert(said > 0 && Deno.statSync(`${temporary.path}/history.db-wal`).size > 0);
    change(temporary.path);
    const { bytes, notices } = started(temporary.path);
    assert(bytes.length >= said, `${said} were said, ${bytes.length} are there`);
    assert.deepEqual([bytes, notices], [range(0, bytes.length), []]);
  });
}
