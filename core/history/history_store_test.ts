import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { allBytes, encodedRows, numberedRows, valuesOf } from "../../tests/support/history_rows.ts";
import { temporaryFolder } from "../../tests/support/temporary_folder.ts";
import { SegmentFault } from "../flow/segment/segment_fault.ts";
import { StorageError } from "../storage/storage_error.ts";
import { openHistory } from "./history_database.ts";
import { HistoryStore, type NewSegment } from "./history_store.ts";
import { reckonedFrom } from "./reckoned_time.ts";

const ALL = { fromMs: -Infinity, toMs: Infinity };
const RING = { capability: "netflow_udp", port: 2055, epoch: 1_760_000_000_000 };

/** A segment of `count` rows from row `first` on, that arrived from `fromMs` on. */
function segmentOf(first: number, count: number, fromMs = first): NewSegment {
  const rows = { ...RING, firstRow: first, endRow: first + count };
  const encoded = encodedRows(numberedRows(count, { first, fromMs }));
  return { ...rows, fromMs, toMs: fromMs + count - 1, encoded };
}

const NEXT = { after: 0, last: Infinity };

function range(first: number, end: number): number[] {
  return Array.from({ length: end - first }, (_, i) => first + i);
}

Deno.test("segments come back with what was known of them, after the process too", () => {
  using temporary = temporaryFolder();
  const first = new HistoryStore(openHistory(temporary.path));
  first.append(segmentOf(0, 700));
  first.append(segmentOf(700, 300));
  first.append({ ...segmentOf(0, 5), port: 2056 });
  first.close();
  const names = [...Deno.readDirSync(temporary.path)].map(({ name }) => name);
  assert.deepEqual(names.toSorted(), ["history.db", "history.lock"]);
  if (Deno.build.os !== "windows") {
    assert.equal(Deno.statSync(`${temporary.path}/history.db`).mode! & 0o777, 0o600);
  }
  const store = new HistoryStore(openHistory(temporary.path));
  const [a, b, c] = store.list(ALL);
  const { capability, port, epoch, firstRow, endRow, fromMs, toMs } = b;
  const known = { capability, port, epoch, firstRow, endRow, fromMs, toMs };
  assert.deepEqual(known, { ...RING, firstRow: 700, endRow: 1000, fromMs: 700, toMs: 999 });
  assert.deepEqual(valuesOf(store, a), range(0, 700));
  assert.deepEqual(valuesOf(store, b), range(700, 1000));
  assert.equal(c.port, 2056);
  const { segments, rows, oldestMs, octets } = store.size();
  assert.deepEqual({ segments, rows, oldestMs }, { segments: 3, rows: 1005, oldestMs: 0 });
  assert(octets > a.octets + b.octets);
  assert.equal(store.sealedUpTo(RING), 1000);
  assert.equal(store.sealedUpTo({ ...RING, port: 2056 }), 5);
  assert.equal(store.sealedUpTo({ ...RING, epoch: 1 }), 0);
  store.close();
});

Deno.test("list() leaves out what lies outside a time", () => {
  const store = new HistoryStore(openHistory(":memory:"));
  for (const first of [0, 100, 200]) store.append(segmentOf(first, 100));
  const firsts = (fromMs: number, toMs: number) =>
    store.list({ fromMs, toMs }).map(({ firstRow }) => firstRow);
  assert.deepEqual(firsts(100, 200), [100]);
  assert.deepEqual(firsts(99, 201), [0, 100, 200]);
  assert.deepEqual(firsts(300, 400), []);
  assert.deepEqual(store.list({ ...ALL, after: 2 }).map(({ id }) => id), [3]);
  assert.deepEqual(store.list(ALL, 2).map(({ id }) => id), [1, 2]);
});

Deno.test("append() puts a segment in the place of others, or leaves all as it was", () => {
  const store = new HistoryStore(openHistory(":memory:"));
  const small = [0, 10].map((first) => store.append(segmentOf(first, 10)));
  store.append(segmentOf(0, 30), { replaces: small });
  assert.deepEqual(allBytes(store), range(0, 30));
  assert.equal(store.size().segments, 1);
  const third = store.append(segmentOf(30, 5));
  assert.throws(() => store.append(segmentOf(0, 35), { replaces: [third] }), /UNIQUE/);
  assert.deepEqual(allBytes(store), range(0, 35));
});

Deno.test("readPages() gives nothing of a segment that has gone", () => {
  const store = new HistoryStore(openHistory(":memory:"));
  store.append(segmentOf(0, 2000));
  const [segment] = store.list(ALL);
  store.trim({ sinceMs: 1e9, octets: 1e9 });
  assert.equal(store.readPages(segment, ["src_port"]).size, 0);
  assert.throws(() => valuesOf(store, segment, "src_port"), SegmentFault);
});

Deno.test("trim() deletes what is too old, by its last arrival", () => {
  const store = new HistoryStore(openHistory(":memory:"));
  for (let first = 0; first < 4000; first += 100) store.append(segmentOf(first, 100));
  let gone = 0;
  for (let turn = 0; turn < 100; turn++) gone += store.trim({ sinceMs: 2050, octets: 1e9 });
  assert.equal(gone, 20);
  assert.equal(store.size().oldestMs, 2000);
  assert.deepEqual(allBytes(store), range(2000, 4000));
});

Deno.test("trim() deletes the oldest of too much, and no more of them", () => {
  const store = new HistoryStore(openHistory(":memory:"));
  for (let first = 0; first < 40_000; first += 1000) store.append(segmentOf(first, 1000));
  const octets = Math.floor(store.usedOctets() / 2);
  for (let turn = 0; turn < 100; turn++) store.trim({ sinceMs: -1, octets });
  assert(store.usedOctets() <= octets);
  assert(store.usedOctets() > octets - 60_000, "no more than is needed");
  const { oldestMs, segments } = store.size();
  assert.equal(oldestMs, 40_000 - 1000 * segments);
  assert.equal(store.trim({ sinceMs: -1, octets: 0 }) > 0, true);
});

Deno.test("giveBack() gives space back to the system, but for what may stay", () => {
  using temporary = temporaryFolder();
  const store = new HistoryStore(openHistory(temporary.path));
  for (let first = 0; first < 70_000; first += 2000) store.append(segmentOf(first, 2000));
  const full = store.usedOctets();
  for (let turn = 0; turn < 10; turn++) store.trim({ sinceMs: 60_000, octets: 1e9 });
  const spare = 100_000;
  let turns = 0;
  while (store.giveBack(spare) && turns < 100) turns++;
  assert.deepEqual(allBytes(store), range(60_000, 70_000));
  store.close();
  const { size } = Deno.statSync(`${temporary.path}/history.db`);
  assert(size < full / 2, `${size} of ${full}`);
  const again = new HistoryStore(openHistory(temporary.path));
  assert(size >= again.usedOctets() + spare - 8192);
  again.close();
});

Deno.test("an octet that the disk changed is a fault of its page, and of no other", () => {
  using temporary = temporaryFolder();
  const store = new HistoryStore(openHistory(temporary.path));
  store.append(segmentOf(0, 3000));
  store.append(segmentOf(3000, 3000));
  const [, second] = store.list(ALL);
  const page = store.readPages(second, ["src_port"]).get("src_port")!;
  store.close();
  const path = `${temporary.path}/history.db`;
  const octets = Deno.readFileSync(path);
  const at = indexOf(octets, page.subarray(page.length - 100));
  assert(at > 0);
  octets[at + 50] ^= 1;
  Deno.writeFileSync(path, octets);
  const damaged = new HistoryStore(openHistory(temporary.path));
  const [good, bad] = damaged.list(ALL);
  assert.equal(valuesOf(damaged, good, "src_port").length, 3000);
  assert.throws(() => valuesOf(damaged, bad, "src_port"), /page src_port is not as it was written/);
  damaged.close();
});

function indexOf(octets: Uint8Array, part: Uint8Array): number {
  return octets.findIndex((_, at) => part.every((octet, i) => octets[at + i] === octet));
}

function refuses(folder: string, says: RegExp): void {
  assert.throws(() => openHistory(folder), (error: Error) => {
    assert(error instanceof StorageError, String(error));
    assert.match(error.message, says);
    return true;
  });
}

Deno.test("openHistory() has the file to itself until it is closed", () => {
  using temporary = temporaryFolder();
  const database = openHistory(temporary.path);
  refuses(temporary.path, /another process has .*history\.db; stop it, .* with history\.folder/);
  database.close();
  openHistory(temporary.path).close();
});

Deno.test("openHistory() refuses a newer layout and what is no database, and leaves them", () => {
  using temporary = temporaryFolder();
  const path = `${temporary.path}/history.db`;
  openHistory(temporary.path).close();
  const newer = new DatabaseSync(path);
  newer.exec("PRAGMA user_version = 99");
  newer.close();
  refuses(temporary.path, /newer flow-agent \(version 99 of its layout.*name another folder/);
  Deno.writeTextFileSync(path, "this is no database ".repeat(500));
  refuses(temporary.path, /history\.db is damaged .* move it away: flows are kept in a new one/);
  assert.match(Deno.readTextFileSync(path), /^this is no database/);
});

Deno.test("what is written and asked for long makes no more statements", () => {
  const database = openHistory(":memory:");
  let made = 0;
  const prepare = database.prepare.bind(database);
  database.prepare = (...asked) => {
    made++;
    return prepare(...asked);
  };
  const store = new HistoryStore(database);
  const turn = (at: number) => {
    const { encoded } = segmentOf(10 * at, 10);
    store.append(segmentOf(10 * at, 10));
    store.rollups.append(60, 60_000 * at, encoded);
    store.rollups.append(3600, 3_600_000 * at, encoded);
    store.noteSummed({ ...RING, end: 10 * at });
    store.noteLives([{ ...RING, fromMs: 0, toMs: at }]);
    store.writer.write("me", { ...reckonedFrom(at), aliveMs: at });
    store.trim({ sinceMs: 10 * at - 50, octets: 1e9 });
    store.rollups.trim({ minutesSinceMs: 0, hoursSinceMs: 0, octets: 1e9 }, () => false);
    store.forgetLives(0);
    return [store.size(), store.lastId(), store.sealedUpTo(RING), store.unsummed(NEXT)];
  };
  turn(1);
  turn(20);
  const before = made;
  for (let at = 21; at < 50; at++) turn(at);
  assert.equal(made, before);
  store.close();
});
