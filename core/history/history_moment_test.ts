import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { FakeClock } from "../../tests/support/fake_clock.ts";
import { numberedRows, range } from "../../tests/support/history_rows.ts";
import { SealedRings } from "../../tests/support/sealed_rings.ts";
import { ALL, scan, sealed } from "../../tests/support/sealed_scan.ts";
import { temporaryFolder } from "../../tests/support/temporary_folder.ts";
import { NameDirectory } from "../names/name_directory.ts";
import { flowQuery } from "../query/engine/flow_query.ts";
import { QueryEngine } from "../query/engine/run_query.ts";
import type { FlowArchive } from "../query/flow_archive.ts";
import { searchFlows } from "../query/search_flows.ts";
import { FILE_MS, History } from "./history.ts";
import { SegmentFault } from "../flow/segment/segment_fault.ts";
import { openHistory } from "./history_database.ts";
import { HistoryArchive } from "./history_archive.ts";

Deno.test("rows that are deleted while a moment is held are read all the same", async () => {
  const rings = sealed(5000);
  const archive = new HistoryArchive(rings.folder);
  const database = new DatabaseSync(`${rings.folder}/history.db`);
  let blocks = 0;
  {
    using held = archive.hold();
    const { seen, report } = await scan(rings.sources, held, {
      during: () => {
        if (++blocks === 2) {
          database.exec("DELETE FROM segment WHERE id < 8; DELETE FROM page WHERE id < 8 * 256");
        }
      },
    });
    assert.deepEqual(seen, range(0, 5000));
    assert.deepEqual([report.rows_missed, report.window_overwritten], [0, false]);
    // What belongs to the same question sees the same.
    assert.equal(held.heldSince(), 0);
    assert.equal(archive.heldSince(), 7 * 256);
  }
  using next = archive.hold();
  assert.equal(next.heldSince(), 7 * 256);
  database.close();
  archive.close();
  rings.close();
});

Deno.test("what is sealed while a moment is held is read when the ring has lost it", async () => {
  const rings = sealed(2048);
  const archive = new HistoryArchive(rings.folder);
  rings.add(0, numberedRows(400, { first: 2048, fromMs: 2048 }));
  using held = archive.hold();
  let next = 2448;
  const { seen, report } = await scan(rings.sources, held, {
    during: () => {
      for (let turn = 0; turn < 2; turn++, next += 256) {
        rings.add(0, numberedRows(256, { first: next, fromMs: next }));
        rings.work();
      }
    },
  });
  assert.deepEqual(seen, range(0, 2448));
  assert.deepEqual([report.rows_missed, report.rows_from_disk], [0, 2448]);
  const search = { window: ALL, filter: "", limit: 20_000, before: null };
  const found = await searchFlows(rings.sources, search, { archive: held });
  assert.deepEqual([found.records.length, found.scan.rows_missed], [next, 0]);
  archive.close();
  rings.close();
});

Deno.test("a moment keeps the log from growing on for no longer than it may", () => {
  const rings = sealed(5000);
  const clock = new FakeClock();
  const archive = new HistoryArchive(rings.folder, { clock });
  const database = new DatabaseSync(`${rings.folder}/history.db`);
  const takenOver = () => database.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get()!.busy === 0;
  const insert = database.prepare("INSERT INTO page VALUES (-1, zeroblob(?))");
  const remove = database.prepare("DELETE FROM page WHERE id = -1");
  {
    using held = archive.hold();
    insert.run(100);
    assert.equal(takenOver(), true, "it begins with the first question");
    held.heldSince();
    remove.run();
    assert.equal(takenOver(), false);
    clock.advance(20_000);
    held.heldSince();
    assert.equal(takenOver(), true, "it lasts 20 s");
    held.heldSince();
  }
  {
    using held = archive.hold();
    held.heldSince();
    remove.run();
  }
  assert.equal(takenOver(), true, "it ends with its questions");
  insert.run(65 * 1024 * 1024);
  using held = archive.hold();
  assert.equal(held.heldSince(), 0);
  database.exec("DELETE FROM segment WHERE id < 8");
  assert.equal(held.heldSince(), 7 * 256, "none is held while the log is long");
  assert.equal(takenOver(), true);
  database.close();
  archive.close();
  rings.close();
});

Deno.test("a history.db that was moved is read until its writer has left it, and then the next", {
  ignore: Deno.build.os === "windows",
}, () => {
  const rings = sealed(1024);
  using other = temporaryFolder();
  const archive = new HistoryArchive(rings.folder, { clock: rings.clock });
  const held = () => {
    using moment = archive.hold();
    return moment.rings(-Infinity).map(({ firstRow, endRow }) => [firstRow, endRow]);
  };
  assert.deepEqual(held(), [[0, 1024]]);
  const base = () => archive.rings(-Infinity).map(({ firstRow, endRow }) => [firstRow, endRow]);
  // Who has not read it does not begin to while the log of the first lies beside it.
  const late = new HistoryArchive(rings.folder, { clock: rings.clock });
  const lateHeld = late.hold();
  lateHeld.heldSince();
  lateHeld[Symbol.dispose]();
  late.close();
  assert.deepEqual(base(), [[0, 1024]]);
  const database = new DatabaseSync(`${rings.folder}/history.db`);
  database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  database.close();
  // Another takes its place at once: it must not be read with the log of the first.
  openHistory(other.path).close();
  Deno.renameSync(`${other.path}/history.db`, `${rings.folder}/history.db`);
  rings.clock.advance(FILE_MS);
  assert.deepEqual([held(), held(), base()], [[[0, 1024]], [[0, 1024]], [[0, 1024]]]);
  assert.throws(() => late.rings(-Infinity), {
    name: "StorageError",
    message: /was moved or removed, and is read again once/,
  });
  Deno.removeSync(`${rings.folder}/history.db`);
  rings.add(0, numberedRows(256, { first: 1024, fromMs: 1024 }));
  rings.work();
  assert.equal(rings.notices.length, 1);
  assert.deepEqual(held(), [[1024, 1280]], "whoever holds a moment looks");
  rings.clock.advance(FILE_MS);
  assert.deepEqual(base(), [[1024, 1280]]);
  assert.equal(late.rings(-Infinity).length, 1);
  late.close();
  archive.close();
  rings.close();
});

/** Counts flows of ten minutes whose first half is in sums alone, while two minutes more are deleted. */
async function countedAsOneGoes(hold: boolean): Promise<[number, number]> {
  const fromMs = Date.UTC(2024, 0, 1);
  const rings = new SealedRings([{ epoch: fromMs }], { nowMs: fromMs, keepMs: 300_000 });
  for (let first = 0; first < 6000; first += 100) {
    rings.add(
      0,
      numberedRows(100, { first }).map((row, i) => ({
        ...row,
        received_at: fromMs + 100 * (first + i),
      })),
    );
    rings.clock.advance(10_000);
    rings.work({ all: true });
  }
  let asked = 0;
  const cancelled = () => {
    if (asked++ === 0) {
      rings.clock.advance(120_000);
      rings.work();
    }
    return false;
  };
  const archive = new HistoryArchive(rings.folder);
  const { services: names } = new NameDirectory();
  const window = { fromMs, toMs: fromMs + 600_000, untilNow: false };
  const query = flowQuery({ window, time: "arrival", metrics: ["flows"] });
  const run = async (from: FlowArchive) =>
    await new QueryEngine().run(rings.sources, query, { names, archive: from, cancelled });
  using held = hold ? archive.hold() : null;
  const { totals, scan: { tiers, rows_missed } } = await run(held ?? archive);
  assert.deepEqual(tiers.map(({ tier }) => tier), ["minutes", "flows"]);
  assert(asked > 0);
  archive.close();
  rings.close();
  return [Number(totals.metrics.flows), rows_missed];
}

Deno.test("flows that retention takes between plan and reading are counted where a moment is held", async () => {
  assert.deepEqual(await countedAsOneGoes(true), [6000, 0]);
  const [flows] = await countedAsOneGoes(false);
  assert(flows < 6000, "else this would show nothing");
});

Deno.test(
  "a history.db that was removed is not left while a moment is held, which reads it to its end",
  {
    ignore: Deno.build.os === "windows",
  },
  async () => {
    const rings = sealed(2048);
    const archive = new HistoryArchive(rings.folder, { clock: rings.clock });
    rings.add(0, numberedRows(200, { first: 2048, fromMs: 2048 }));
    const held = archive.hold();
    let turn = 0;
    let next = 2248;
    const { seen, report } = await scan(rings.sources, held, {
      during: () => {
        if (turn++ === 0) {
          Deno.removeSync(`${rings.folder}/history.db`);
          rings.clock.advance(FILE_MS);
          rings.work();
          // Nobody may open what is to lie there yet.
          using other = archive.hold();
          assert.throws(() => other.heldSince(), /is read again once its writer left it/);
        }
        for (let times = 0; times < 2; times++, next += 256) {
          rings.add(0, numberedRows(256, { first: next, fromMs: next }));
          rings.work();
        }
      },
    });
    assert.equal(rings.notices.length, 0);
    // Whatever the ring lost before it could be sealed is counted.
    assert.equal(new Set(seen).size, seen.length);
    assert.deepEqual(seen, seen.toSorted((a, b) => a - b));
    assert.equal(seen.length + report.rows_missed, 2248);
    assert.deepEqual(seen.slice(0, 2048), range(0, 2048));
    assert.deepEqual([report.rows_damaged, report.damage], [0, null]);
    held[Symbol.dispose]();
    rings.work();
    assert.equal(rings.notices.length, 1);
    using after = archive.hold();
    assert.notEqual(after.heldSince(), null);
    archive.close();
    rings.close();
  },
);

Deno.test("a segment of a history.db that was removed is gone, and not one of the next", {
  ignore: Deno.build.os === "windows",
}, () => {
  // Of so many rows that their pages stand outside the directory.
  const rings = sealed(4 * 4096, 4096);
  const [ring] = rings.sources;
  const archive = new HistoryArchive(rings.folder, { clock: rings.clock });
  const first = archive.segmentFrom(ring, 4096)!;
  Deno.removeSync(`${rings.folder}/history.db`);
  rings.clock.advance(FILE_MS);
  for (let row = 4 * 4096; row < 6 * 4096; row += 4096) {
    rings.add(0, numberedRows(4096, { first: row, fromMs: row }));
    rings.work();
  }
  assert.equal(rings.notices.length, 1);
  assert(archive.read(first, ["bytes", "src_port"]) === null);
  const second = archive.segmentFrom(ring, 5 * 4096)!;
  assert.equal(second.id, first.id, "else this would show nothing");
  const rows = archive.read(second, ["bytes", "src_port"]);
  assert(rows !== null && !(rows instanceof SegmentFault));
  rows.segment.lay(["bytes", "src_port"]);
  assert.equal(rows.columns.bytes[0], 5 * 4096);
  rows.release();
  assert(archive.read(first, ["bytes", "src_port"]) === null);
  archive.close();
  rings.close();
});

Deno.test("memory that was lent of a file is given back to that of the same file", {
  ignore: Deno.build.os === "windows",
}, () => {
  const rings = sealed(1024);
  const [ring] = rings.sources;
  const archive = new HistoryArchive(rings.folder, { clock: rings.clock });
  const lend = () => {
    const rows = archive.read(archive.segmentFrom(ring, 0)!, ["bytes"]);
    assert(rows !== null && !(rows instanceof SegmentFault));
    return rows;
  };
  const before = Array.from({ length: 12 }, lend);
  assert.equal(archive.crowded, true);
  Deno.removeSync(`${rings.folder}/history.db`);
  rings.clock.advance(FILE_MS);
  rings.add(0, numberedRows(256, { first: 1024, fromMs: 1024 }));
  rings.work();
  const after = Array.from({ length: 12 }, lend);
  for (const rows of before) rows.release();
  assert.equal(archive.crowded, true, "as many are lent as before");
  for (const rows of after) rows.release();
  assert.equal(archive.crowded, false);
  archive.close();
  rings.close();
});

Deno.test("another process that writes is one that writes for all of a moment", () => {
  const rings = new SealedRings([{}], { writer: "another" });
  rings.add(0, numberedRows(1024));
  rings.work();
  const archive = new HistoryArchive(rings.folder, { clock: rings.clock });
  using held = archive.hold();
  const since = held.writtenElsewhere();
  assert(since !== null);
  // It goes on to write, which a moment does not see.
  for (let seconds = 0; seconds < 18; seconds += 2) {
    rings.clock.advance(2000);
    rings.work();
  }
  assert.equal(held.writtenElsewhere(), since);
  rings.clock.advance(2000);
  rings.work();
  // After 20 s it is as any other.
  held.heldSince();
  assert(held.writtenElsewhere()! > since);
  rings.clock.advance(20_000);
  assert.equal(held.writtenElsewhere(), null, "it says so no more");
  archive.close();
  rings.close();
});

Deno.test("nobody writes any more once another process has the file of one that was killed", () => {
  using temporary = temporaryFolder();
  const { path: folder } = temporary;
  openHistory(folder).close();
  const clock = new FakeClock();
  const database = openHistory(folder);
  database.prepare("INSERT INTO writer VALUES (1, 'killed', ?, ?, 0, 0, '[]')")
    .run(clock.now() - 1000, clock.now() - 1000);
  database.close();
  const archive = new HistoryArchive(folder, { clock, writer: "this one" });
  assert.equal(archive.writtenElsewhere(), clock.now() - 1000);
  const policy = { keepMs: 1e15, keepMinutesMs: 1e15, keepHoursMs: 1e15, maxOctets: 2 ** 31 };
  const history = new History({
    ...{ ...policy, folder, clock, seed: 1, writer: "this one" },
    namedPorts: new Uint8Array(65_536),
    onPause: (reason) => assert.fail(`history paused: ${reason}`),
  });
  history.work();
  assert.equal(archive.writtenElsewhere(), null, "whoever it was is gone");
  archive.close();
  history.close();
});
