import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { numberedRows, range } from "../../tests/support/history_rows.ts";
import { SealedRings } from "../../tests/support/sealed_rings.ts";
import { HEALTHY } from "../../tests/support/fixture_ground.ts";
import { ALL, scan, sealed } from "../../tests/support/sealed_scan.ts";
import { temporaryFolder } from "../../tests/support/temporary_folder.ts";
import { NameDirectory } from "../names/name_directory.ts";
import { flowQuery } from "../query/engine/flow_query.ts";
import { QueryEngine } from "../query/engine/run_query.ts";
import type { ScanReport } from "../query/scan.ts";
import { searchFlows } from "../query/search_flows.ts";
import type { SearchPlace } from "../query/search_place.ts";
import { trustBlock } from "../query/trust.ts";
import { HistoryArchive } from "./history_archive.ts";
import { pageId } from "./segment_pages.ts";

/** Changes an octet in the middle of each page of a segment. */
function damage({ folder }: SealedRings, segment: number): void {
  const database = new DatabaseSync(`${folder}/history.db`);
  const found = database.prepare(
    "SELECT id, octets FROM page WHERE id >= ? AND id < ?",
  ).all(pageId(segment), pageId(segment + 1));
  assert(found.length > 0);
  for (const { id, octets } of found) {
    const changed = Uint8Array.from(octets as Uint8Array);
    changed[changed.length >> 1] ^= 1;
    database.prepare("UPDATE page SET octets = ? WHERE id = ?").run(changed, id as number);
  }
  database.close();
}

Deno.test("what a ring that is gone received behind now is not of a window until now", async () => {
  const rings = sealed(2048);
  const archive = new HistoryArchive(rings.folder);
  const window = { fromMs: 100, toMs: 700, untilNow: true };
  const { seen, report } = await scan([], archive, { window });
  // What arrived in this very millisecond is, as of any ring.
  assert.deepEqual(seen, range(100, 701));
  assert.equal(report.held_until, 700);
  const found = await searchFlows([], { window, filter: "", limit: 2, before: null }, { archive });
  assert.deepEqual(found.records.map(({ bytes }) => bytes), [700, 699]);
  const late = { fromMs: -50, toMs: -1, untilNow: true };
  assert.deepEqual((await scan([], archive, { window: late })).seen, []);
  // The clock of a ring that is still filled may be behind its own rows: they count all the same.
  const live = await scan(rings.sources, archive, { window });
  assert.equal(live.seen.at(-1), 2047);
  archive.close();
  rings.close();
});

Deno.test("rows come from disk up to where the ring begins, each once, and the report says which", async () => {
  const rings = sealed(5000);
  const archive = new HistoryArchive(rings.folder);
  const { seen, report } = await scan(rings.sources, archive);
  assert.deepEqual(seen, range(0, 5000));
  const [{ ring }] = rings.sources;
  assert.deepEqual(
    [report.rows_scanned, report.rows_from_disk, report.rows_missed, report.held_since],
    [5000, 256 * Math.ceil(ring.oldest / 256), 0, 0],
  );
  const alone = await scan([], archive);
  assert.deepEqual(alone.seen, range(0, 4864));
  assert.equal(alone.report.rows_from_disk, 4864);
  archive.close();
  rings.close();
});

Deno.test("a window on disk is cut to the row at both ends", async () => {
  const rings = sealed(5000);
  const archive = new HistoryArchive(rings.folder);
  for (const [fromMs, toMs] of [[0, 1], [255, 257], [700, 3000], [256, 512], [3900, 4500]]) {
    const { seen, report } = await scan(rings.sources, archive, {
      window: { fromMs, toMs, untilNow: false },
    });
    assert.deepEqual(seen, range(fromMs, toMs));
    assert.deepEqual([report.rows_missed, report.window_overwritten], [0, false]);
  }
  archive.close();
  rings.close();
});

Deno.test("a damaged segment is left out, counted, and said", async () => {
  const rings = sealed(30_000, 4096);
  damage(rings, 2);
  const archive = new HistoryArchive(rings.folder);
  const { seen, report } = await scan(rings.sources, archive);
  assert.deepEqual(seen, [...range(0, 4096), ...range(8192, 30_000)]);
  assert.equal(report.rows_missed, 4096);
  const told = (scan: ScanReport) =>
    trustBlock(scan, HEALTHY).notes.filter((note) => /\d+ flow records/.test(note));
  const once =
    /^4096 flow records on disk are left out: their segments are damaged \(page \S+ is not as/;
  assert.equal(told(report).length, 1, "said once");
  assert.match(told(report)[0], once);
  const found = await searchFlows(rings.sources, {
    window: { fromMs: 4000, toMs: 8200, untilNow: false },
    filter: "",
    limit: 500,
    before: null,
  }, { archive });
  assert.deepEqual(
    found.records.map(({ bytes }) => bytes),
    [...range(4000, 4096), ...range(8192, 8200)].reverse(),
  );
  assert.deepEqual([found.scan.rows_missed, found.scan.rows_damaged], [4096, 4096]);
  assert.equal(told(found.scan).length, 1, "said once");
  assert.match(told(found.scan)[0], once);
  archive.close();
  rings.close();
});

Deno.test("rows that are deleted while they are to be read are counted as missed", async () => {
  const rings = sealed(5000);
  const archive = new HistoryArchive(rings.folder);
  const database = new DatabaseSync(`${rings.folder}/history.db`);
  let blocks = 0;
  const { seen, report } = await scan(rings.sources, archive, {
    during: () => {
      if (++blocks === 2) database.exec("DELETE FROM segment WHERE id BETWEEN 4 AND 6");
    },
  });
  database.close();
  assert.deepEqual(seen, [...range(0, 768), ...range(1536, 5000)]);
  assert.equal(report.rows_missed, 768);
  // What is gone before the question is no more than a window that is not covered.
  const again = await scan([], archive, { window: { fromMs: 800, toMs: 1700, untilNow: false } });
  assert.deepEqual(again.seen, range(1536, 1700));
  assert.deepEqual([again.report.rows_missed, again.report.window_overwritten], [0, true]);
  assert.equal(again.report.oldest_row_at, 1536);
  archive.close();
  rings.close();
});

Deno.test("segments that are merged while they are read are read on where they were left", async () => {
  const rings = new SealedRings([{ capability: "json_udp" }], { capacity: 4096 });
  const grow = (turns: number, first: number) => {
    for (let turn = 0; turn < turns; turn++) {
      rings.add(0, numberedRows(100, { first: first + 100 * turn, fromMs: first + 100 * turn }));
      rings.work({ all: true });
    }
  };
  grow(7, 0);
  const archive = new HistoryArchive(rings.folder);
  let more = 700;
  // Sources are left out, so that all comes from segments that change under the scan.
  const { seen, report } = await scan([], archive, {
    during: () => {
      grow(1, more);
      more += 100;
    },
  });
  assert.deepEqual(seen, range(0, 700));
  assert.equal(report.rows_missed, 0);
  archive.close();
  rings.close();
});

Deno.test("pages follow one another when rows move from memory to disk between them", async () => {
  const rings = sealed(3000);
  const archive = new HistoryArchive(rings.folder);
  const seen: number[] = [];
  let before: SearchPlace | null = null;
  let next = 3000;
  for (let page = 0; page < 100; page++) {
    const search = { window: ALL, filter: "not src port 42", limit: 90, before };
    const found = await searchFlows(rings.sources, search, { archive });
    seen.push(...found.records.map(({ bytes }) => bytes!));
    before = found.before;
    if (before === null) break;
    rings.add(0, numberedRows(200, { first: next, fromMs: next }));
    next += 200;
    rings.work({ all: true });
  }
  const wanted = Array.from({ length: 12 }, (_, i) => 256 * i).flatMap((first) =>
    numberedRows(Math.min(256, 3000 - first), { first })
  ).filter(({ src_port }) => src_port !== 42).map(({ bytes }) => bytes);
  assert.deepEqual(seen, wanted.reverse());
  archive.close();
  rings.close();
});

Deno.test("a query reads no segment in which nothing can match", async () => {
  const rings = sealed(5000);
  const archive = new HistoryArchive(rings.folder);
  const { services: names } = new NameDirectory();
  const query = flowQuery({ window: ALL, metrics: ["flows"], filter: "bytes < 300" });
  const { totals, scan: report } = await new QueryEngine().run([], query, { names, archive });
  assert.equal(totals.metrics.flows, 300);
  assert.equal(report.rows_scanned, 512);
  archive.close();
  rings.close();
});

Deno.test("where there is no file yet nothing is on disk; it is found when it is there", async () => {
  using temporary = temporaryFolder();
  const none = new HistoryArchive(temporary.path);
  const { seen, report } = await scan([], none);
  assert.deepEqual([seen, report.notes, report.held_since], [[], [], null]);
  const rings = sealed(600);
  for (const { name } of Deno.readDirSync(rings.folder)) {
    if (!name.endsWith("-shm")) {
      Deno.copyFileSync(`${rings.folder}/${name}`, `${temporary.path}/${name}`);
    }
  }
  assert.deepEqual((await scan([], none)).seen, range(0, 512));
  none.close();
  rings.close();
});

Deno.test("a file that cannot be read costs what is on disk, and the answer says why", async () => {
  using temporary = temporaryFolder();
  const path = `${temporary.path}/history.db`;
  Deno.writeTextFileSync(path, "this is no database ".repeat(500));
  const archive = new HistoryArchive(temporary.path);
  const rings = sealed(3000);
  const { seen, report } = await scan(rings.sources, archive);
  const [{ ring }] = rings.sources;
  assert.deepEqual(seen, range(ring.oldest, 3000));
  assert.match(
    report.notes.join(),
    /^History could not be read \(\S+history\.db is damaged \(.*not a database.*; move it away/,
  );
  assert.equal(report.window_overwritten, true);
  // Once it is mended it is read again.
  Deno.removeSync(path);
  assert.deepEqual((await scan(rings.sources, archive)).report.notes, []);
  archive.close();
  rings.close();
});

Deno.test("a reader that is open keeps nothing from being written into the file", async () => {
  const rings = sealed(5000);
  const archive = new HistoryArchive(rings.folder);
  await scan(rings.sources, archive);
  const search = { window: ALL, filter: "bytes < 900", limit: 5, before: null };
  assert.equal((await searchFlows([], search, { archive })).records.length, 5);
  const database = new DatabaseSync(`${rings.folder}/history.db`);
  const { busy, log } = database.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get()!;
  assert.deepEqual([busy, log], [0, 0]);
  database.close();
  archive.close();
  rings.close();
});

Deno.test("rows that history left out are counted at once, and not waited for", async () => {
  const rings = sealed(1024);
  // More than history takes on: it leaves blocks out until it is half a ring behind.
  rings.add(0, numberedRows(1000, { first: 1024, fromMs: 1024 }));
  rings.work({ all: true });
  rings.add(0, numberedRows(100, { first: 2024, fromMs: 2024 }));
  rings.work({ all: true });
  const { skippedRows } = rings.history.status();
  rings.add(0, numberedRows(900, { first: 2124, fromMs: 2124 }));
  assert(skippedRows > 0 && skippedRows <= 512);
  const archive = new HistoryArchive(rings.folder);
  const { setTimeout } = globalThis;
  let waits = 0;
  globalThis.setTimeout = ((run: () => void, ms: number) => {
    waits++;
    return setTimeout(run, ms);
  }) as typeof setTimeout;
  const { seen, report } = await scan(rings.sources, archive);
  globalThis.setTimeout = setTimeout;
  assert.equal(waits, 0);
  assert.deepEqual([seen.length, report.rows_missed], [3024 - skippedRows, skippedRows]);
  assert.deepEqual(seen, seen.toSorted((a, b) => a - b));
  archive.close();
  rings.close();
});

Deno.test("many rings at a time are read with few segments in memory", async () => {
  const rings = new SealedRings(Array.from({ length: 30 }, (_, port) => ({ port })), {
    capacity: 65_536,
  });
  for (let ring = 0; ring < 30; ring++) {
    rings.add(ring, numberedRows(9000, { first: 9000 * ring }));
  }
  rings.forget();
  const archive = new HistoryArchive(rings.folder);
  let crowded = 0;
  const { seen, report } = await scan([], archive, {
    during: () => {
      if (archive.crowded) crowded++;
    },
  });
  assert.deepEqual(seen.toSorted((a, b) => a - b), range(0, 270_000));
  assert.equal(report.rows_missed, 0);
  assert(crowded > 0 && !archive.crowded);
  archive.close();
  rings.close();
});
