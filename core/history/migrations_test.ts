import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { HistoryHouse, summedFlows } from "../../tests/support/history_house.ts";
import { allBytes, range } from "../../tests/support/history_rows.ts";
import { temporaryFolder } from "../../tests/support/temporary_folder.ts";
import { NameDirectory } from "../names/name_directory.ts";
import { flowQuery } from "../query/engine/flow_query.ts";
import { QueryEngine } from "../query/engine/run_query.ts";
import { HistoryArchive } from "./history_archive.ts";
import { openHistory } from "./history_database.ts";
import { HistoryStore } from "./history_store.ts";
import { MIGRATIONS } from "./migrations.ts";

const ROWS = 3 * 2048;

Deno.test("what was released of the layout is never changed", () => {
  const hashes = MIGRATIONS.map((sql) =>
    createHash("sha256").update(sql.replace(/\s+/g, " ")).digest("hex").slice(0, 16)
  );
  // A new step is added at the end; no other line of this changes.
  assert.deepEqual(hashes, ["35a99eafe684c09f", "0838839a6fd9bed9"]);
});

/** Hours of flows, their sums, and the lives of the ring, as the newest layout has them. */
function filled(folder: string): void {
  const house = new HistoryHouse(folder);
  for (let block = 0; block < ROWS / 2048; block++) {
    house.add(2048);
    house.work();
    house.clock.advance(3_600_000);
    house.work();
  }
  house.history.close();
}

/** The same rows as a file of an earlier version has them. */
function older(newestPath: string, path: string, version: number): void {
  const newest = new DatabaseSync(newestPath, { readOnly: true });
  const database = new DatabaseSync(path);
  database.exec("PRAGMA auto_vacuum = INCREMENTAL");
  for (const migration of MIGRATIONS.slice(0, version)) database.exec(migration);
  database.exec(`PRAGMA user_version = ${version}`);
  const tables = database.prepare(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
  ).all();
  for (const { name: table } of tables) {
    const columns = database.prepare("SELECT name FROM pragma_table_info(?)").all(table)
      .map(({ name }) => String(name));
    const insert = database.prepare(
      `INSERT INTO ${table} (${columns}) VALUES (${columns.map(() => "?")})`,
    );
    for (const row of newest.prepare(`SELECT ${columns} FROM ${table}`).all()) {
      insert.run(...columns.map((column) => row[column]));
    }
  }
  database.close();
  newest.close();
}

/** What a file holds, as those see it who read it. */
async function contents(folder: string) {
  const store = new HistoryStore(openHistory(folder));
  const bytes = allBytes(store);
  store.close();
  const archive = new HistoryArchive(folder);
  const window = { fromMs: 0, toMs: 2e12, untilNow: false };
  const query = flowQuery({ window, time: "arrival", metrics: ["flows", "bytes"] });
  const { services: names } = new NameDirectory();
  const { totals, scan } = await new QueryEngine().run([], query, { names, archive });
  const found = {
    bytes,
    summed: summedFlows(folder),
    hours: [...archive.sums.read("hours", {
      span: { fromMs: 0, toMs: 2e12 },
      dimension: "exporter",
    })].length,
    lives: archive.lives(0),
    metrics: totals.metrics,
    missed: scan.rows_missed,
    notes: scan.notes,
  };
  archive.close();
  return found;
}

// An empty file, of version 0, is what every other test begins with.
for (let version = 1; version < MIGRATIONS.length; version++) {
  Deno.test(`openHistory() brings version ${version} to the newest with all it holds`, async () => {
    using newest = temporaryFolder();
    using temporary = temporaryFolder();
    filled(newest.path);
    older(`${newest.path}/history.db`, `${temporary.path}/history.db`, version);
    // Who reads it first finds nothing yet, and changes nothing.
    const early = new HistoryArchive(temporary.path);
    assert.equal(early.heldSince(), null);
    early.close();
    openHistory(temporary.path).close();
    const found = await contents(temporary.path);
    assert.deepEqual(found, await contents(newest.path));
    assert.deepEqual([found.bytes, found.summed], [range(0, ROWS), ROWS]);
    assert(found.hours > 0 && found.lives.length > 0, "else this would show little");
    // It is gone on with.
    const house = new HistoryHouse(temporary.path, { epoch: 8 });
    house.add(2048);
    house.history.close();
    assert.deepEqual(house.pauses, []);
    assert.equal(house.kept().length, ROWS + 2048);
  });
}
