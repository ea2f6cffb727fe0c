import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { FlowRing } from "../flow/ring.ts";
import { FakeClock } from "../../tests/support/fake_clock.ts";
import { FlowFixture } from "../../tests/support/flow_fixture.ts";
import { allBytes, encodedRows, numberedRows } from "../../tests/support/history_rows.ts";
import { reckonOn } from "../../tests/support/reckon_on.ts";
import { temporaryFolder } from "../../tests/support/temporary_folder.ts";
import { FILE_MS, History, type HistoryPolicy, RETRY_MS } from "./history.ts";
import { openHistory } from "./history_database.ts";
import { SUM } from "./key_sums.ts";
import { emptyBucket } from "./minute_sums.ts";
import { RollupCodec } from "./rollup_codec.ts";
import { HistoryStore } from "./history_store.ts";
import { SEAL_AFTER_MS } from "./ring_follower.ts";

const DAY_MS = 86_400_000;
const CAPACITY = 8192;

/** History of one ring of 8192 rows (blocks of 2048), and what was heard of it. */
class House {
  readonly clock = new FakeClock();
  readonly fixture = new FlowFixture({ capacity: CAPACITY });
  readonly pauses: (string | null)[] = [];
  readonly notices: string[] = [];
  readonly folder: string;
  readonly history: History;
  readonly #epoch: number;
  #rows = 0;

  constructor(
    folder: string,
    { open, epoch = 7, ...policy }: Partial<HistoryPolicy> & {
      open?: () => DatabaseSync;
      epoch?: number;
    } = {},
  ) {
    this.folder = folder;
    this.#epoch = epoch;
    this.history = new History({
      folder,
      keepMs: 7 * DAY_MS,
      keepMinutesMs: 90 * DAY_MS,
      keepHoursMs: 730 * DAY_MS,
      namedPorts: new Uint8Array(65_536),
      maxOctets: 2 ** 31,
      ...policy,
      open,
      clock: this.clock,
      seed: 1,
      onPause: (reason) => this.pauses.push(reason),
      onNotice: (message) => this.notices.push(message),
    });
    this.follow();
  }

  follow(history = this.history): void {
    const { ring, dictionary } = this.fixture.source;
    history.follow({ capability: "json_udp", port: 6343, epoch: this.#epoch, ring, dictionary });
  }

  add(count: number): void {
    const fromMs = this.clock.now();
    this.fixture.add(...numberedRows(count, { first: this.#rows, fromMs }));
    this.#rows += count;
  }

  work(turns = 20): void {
    for (let turn = 0; turn < turns && this.history.work(); turn++);
  }

  /** Opens what history left behind. */
  kept(): number[] {
    const store = new HistoryStore(openHistory(this.folder));
    const bytes = allBytes(store);
    store.close();
    return bytes;
  }
}

function range(first: number, end: number): number[] {
  return Array.from({ length: end - first }, (_, i) => first + i);
}

Deno.test("flows are written when a block is full, after 10 s, and at the end", () => {
  using temporary = temporaryFolder();
  const house = new House(temporary.path);
  house.add(3000);
  house.work();
  assert.equal(house.history.status().rows, 2048);
  house.clock.advance(SEAL_AFTER_MS);
  house.work();
  assert.equal(house.history.status().rows, 3000);
  house.add(10);
  house.history.close();
  assert.deepEqual(house.kept(), range(0, 3010));
  assert.deepEqual(house.pauses, []);
});

Deno.test("who takes over a ring goes on behind what was sealed", () => {
  using temporary = temporaryFolder();
  const house = new House(temporary.path);
  house.add(2500);
  house.work();
  house.history.close();
  house.add(100);
  const { clock, pauses } = house;
  const next = new History({
    folder: temporary.path,
    keepMs: DAY_MS,
    keepMinutesMs: DAY_MS,
    keepHoursMs: DAY_MS,
    namedPorts: new Uint8Array(65_536),
    maxOctets: 2 ** 31,
    clock,
    seed: 2,
    onPause: (reason) => pauses.push(reason),
  });
  house.follow(next);
  next.work();
  next.close();
  assert.deepEqual(house.kept(), range(0, 2600));
});

Deno.test("blocks that history is too slow for are left out whole and counted", () => {
  using temporary = temporaryFolder();
  const house = new House(temporary.path);
  house.add(30_000);
  house.work();
  house.history.close();
  const kept = house.kept();
  const { skippedRows, skippedBlocks, sealedRows } = house.history.status();
  assert.equal(skippedRows, 13 * 2048);
  assert.equal(skippedBlocks, 13);
  assert.equal(sealedRows, 30_000 - skippedRows);
  assert.deepEqual(kept, range(skippedRows, 30_000));
});

Deno.test("flows that become no segment are in the sums even so", () => {
  using temporary = temporaryFolder();
  const house = new House(temporary.path);
  house.add(6000);
  house.history.work();
  assert.equal(house.history.status().skippedRows, 2048);
  house.history.close();
  assert.equal(house.history.status().unsummedRows, 0);
  assert.equal(house.kept().length, 6000 - 2048);
  assert.equal(summedFlows(temporary.path), 6000);
});

/** Flows in the sums by minute, by exporter. */
function summedFlows(folder: string): number {
  const store = new HistoryStore(openHistory(folder));
  const sums = emptyBucket();
  const codec = new RollupCodec({ seed: 1 });
  const all = { fromMs: 0, toMs: 1e15 };
  for (const minutes of [store.rollups.read(60, all), store.rollups.readPacked(all)]) {
    for (const { directory, pages } of minutes) {
      assert.equal(codec.addTo(directory, pages, sums), null);
    }
  }
  store.close();
  return sums.exporter.top(1)[0].sums[SUM.flows];
}

Deno.test("flows that were sealed and not summed when the process ended are summed by the next", () => {
  using temporary = temporaryFolder();
  let taken: HistoryStore | null = null;
  const house = new House(temporary.path, {
    open: () => {
      const database = openHistory(temporary.path);
      taken = new HistoryStore(database);
      return database;
    },
  });
  for (let minute = 0; minute < 4; minute++) {
    house.add(500);
    house.clock.advance(SEAL_AFTER_MS);
    house.work();
    house.clock.advance(50_000);
    house.work();
  }
  house.add(300);
  house.work();
  house.clock.advance(SEAL_AFTER_MS);
  house.work();
  // The process is gone: what it has in memory with it.
  taken!.close();
  const next = new House(temporary.path, { epoch: 8 });
  next.clock.advance(5 * 60_000);
  next.add(100);
  next.work();
  next.history.close();
  assert.equal(summedFlows(temporary.path), 4 * 500 + 300 + 100);
  const third = new House(temporary.path, { epoch: 9 });
  third.work();
  third.history.close();
  assert.equal(summedFlows(temporary.path), 4 * 500 + 300 + 100, "once");
});

Deno.test("flows that were not summed are, before they are too old to be kept", () => {
  using temporary = temporaryFolder();
  let taken: HistoryStore | null = null;
  const house = new House(temporary.path, {
    open: () => {
      const database = openHistory(temporary.path);
      taken = new HistoryStore(database);
      return database;
    },
  });
  house.add(500);
  house.work();
  house.clock.advance(SEAL_AFTER_MS);
  house.work();
  taken!.close();
  reckonOn(temporary.path, 8 * DAY_MS);
  const next = new House(temporary.path, { epoch: 8 });
  next.clock.advance(8 * DAY_MS);
  next.work();
  assert.equal(next.history.status().rows, 0, "they are too old");
  next.history.close();
  assert.equal(summedFlows(temporary.path), 500);
});

Deno.test("flows of more minutes than may wait, as of an import, are all summed", () => {
  using temporary = temporaryFolder();
  const house = new House(temporary.path);
  const fromMs = house.clock.now();
  const rows = numberedRows(1000).map((row, i) => ({ ...row, received_at: fromMs + i * 60_000 }));
  const store = new HistoryStore(openHistory(temporary.path));
  store.append({
    ...{ capability: "json_udp", port: 0, epoch: 1, firstRow: 0, endRow: 1000 },
    ...{ fromMs, toMs: fromMs + 999 * 60_000, encoded: encodedRows(rows) },
  });
  store.close();
  house.clock.advance(2 * DAY_MS);
  house.work(200);
  house.history.close();
  assert.equal(summedFlows(temporary.path), 1000);
});

Deno.test("flows that the ring lost before they were summed are counted", () => {
  using temporary = temporaryFolder();
  const house = new House(temporary.path);
  house.add(30_000);
  house.work();
  house.history.close();
  const { unsummedRows, skippedRows } = house.history.status();
  assert(unsummedRows > 20_000 && unsummedRows <= skippedRows, `${unsummedRows} of ${skippedRows}`);
});

/** A ring whose writer is said to have come by, while it is. */
class LappedRing extends FlowRing {
  lapped = true;

  override get oldest(): number {
    return this.lapped ? this.committed : super.oldest;
  }
}

Deno.test("a block that is overwritten while it is copied is left out and counted", () => {
  const { clock, history, fixture } = new House(":memory:");
  const ring = new LappedRing(fixture.memory.ring);
  const { dictionary } = fixture.source;
  ring.lapped = false;
  const other = { capability: "json_udp", port: 1, epoch: 1, ring, dictionary };
  history.follow(other);
  fixture.add(...numberedRows(3000));
  ring.lapped = true;
  history.work();
  const { skippedRows, unsummedRows, sealedRows } = history.status();
  assert.deepEqual([skippedRows, unsummedRows, sealedRows], [2048, 2048, 2048]);
  ring.lapped = false;
  clock.advance(SEAL_AFTER_MS);
  history.work();
  clock.advance(SEAL_AFTER_MS);
  history.work();
  assert.equal(history.status().sealedRows, 2048 + 2 * (3000 - 2048));
});

Deno.test("flows that are too old go", () => {
  using temporary = temporaryFolder();
  const house = new House(temporary.path, { keepMs: DAY_MS });
  house.add(2048);
  house.work();
  house.clock.advance(DAY_MS / 2);
  house.add(2048);
  house.work();
  assert.equal(house.history.status().rows, 4096);
  house.clock.advance(DAY_MS / 2 + 10_000);
  house.work();
  house.history.close();
  assert.deepEqual(house.kept(), range(2048, 4096));
});

Deno.test("a clock that jumps ahead takes no flows along, nor one over a restart", () => {
  using temporary = temporaryFolder();
  const house = new House(temporary.path, { keepMs: 7 * DAY_MS });
  house.add(2048);
  house.work();
  house.clock.step(365 * DAY_MS);
  house.work();
  house.add(2048);
  for (let minute = 0; minute < 60; minute++) {
    house.clock.advance(60_000);
    house.work();
  }
  assert.equal(house.history.status().rows, 4096);
  assert.equal(house.history.status().leapMs, 365 * DAY_MS);
  assert.equal(house.notices.length, 1);
  assert.match(house.notices[0], /^the clock went ahead by 365\.0 days/);
  house.history.close();
  const next = new House(temporary.path, { epoch: 8, keepMs: 7 * DAY_MS });
  next.clock.step(365 * DAY_MS + 3_700_000);
  next.work();
  assert.equal(next.history.status().rows, 4096, "a restart believes it no sooner");
  next.history.close();
  assert.equal(summedFlows(temporary.path), 4096, "nor did sums go");
  const mended = new House(temporary.path, { epoch: 9, keepMs: 7 * DAY_MS });
  mended.clock.advance(3 * 3_600_000);
  mended.work();
  assert.equal(mended.history.status().rows, 4096);
  for (let day = 0; day < 8; day++) {
    mended.clock.advance(DAY_MS);
    mended.work();
  }
  assert.equal(mended.history.status().leapMs, 0);
  // What arrived while the clock was wrong is of a year to come.
  assert.equal(mended.history.status().rows, 2048);
  mended.history.close();
});

Deno.test("after a long downtime flows go for their age a day later", () => {
  using temporary = temporaryFolder();
  const house = new House(temporary.path, { keepMs: 7 * DAY_MS });
  house.add(2048);
  house.work();
  house.history.close();
  const next = new House(temporary.path, { epoch: 8, keepMs: 7 * DAY_MS });
  next.clock.step(30 * DAY_MS);
  next.add(100);
  next.work();
  assert.equal(next.history.status().rows, 2048);
  for (let hour = 0; hour <= 24; hour++) {
    next.clock.advance(3_600_000);
    next.work();
  }
  assert.equal(next.history.status().rows, 100);
  next.history.close();
});

Deno.test("the file keeps to its size, and the newest flows stay", () => {
  using temporary = temporaryFolder();
  const maxOctets = 400_000;
  const house = new House(temporary.path, { maxOctets });
  for (let turn = 0; turn < 60; turn++) {
    house.add(2048);
    house.work();
    assert(Deno.statSync(`${temporary.path}/history.db`).size <= maxOctets, `turn ${turn}`);
  }
  house.history.close();
  const kept = house.kept();
  assert(kept.length > 2048 && kept.length < 60 * 2048);
  assert.deepEqual(kept, range(60 * 2048 - kept.length, 60 * 2048));
});

Deno.test("while another process has the file history waits, says so, and loses nothing", () => {
  using temporary = temporaryFolder();
  const other = openHistory(temporary.path);
  const house = new House(temporary.path);
  house.add(3000);
  house.work();
  assert.equal(house.pauses.length, 1);
  assert.match(house.pauses[0]!, /another process has .*history\.db/);
  assert.match(house.history.status().paused!, /another process has/);
  house.clock.advance(RETRY_MS);
  house.work();
  assert.equal(house.pauses.length, 1, "said once");
  other.close();
  house.clock.advance(RETRY_MS);
  house.work();
  assert.equal(house.pauses[1], null);
  assert.equal(house.history.status().paused, null);
  assert.match(house.history.status().lastError!, /another process has/);
  house.history.close();
  assert.deepEqual(house.kept(), range(0, 3000));
});

Deno.test("what waits while history is paused is written at the end, if it can be, or counted", () => {
  using temporary = temporaryFolder();
  let full = true;
  const open = () => {
    if (full) throw new Error("database or disk is full");
    return openHistory(temporary.path);
  };
  const lost = new House(temporary.path, { open });
  lost.add(300);
  lost.work();
  assert.equal(lost.history.status().waitingRows, 300);
  assert.equal(lost.history.close().waitingRows, 300);
  const mended = new House(temporary.path, { open });
  mended.add(300);
  mended.work();
  full = false;
  const { waitingRows, rows } = mended.history.close();
  assert.deepEqual([waitingRows, rows], [0, 300]);
  assert.deepEqual(mended.kept(), range(0, 300));
});

Deno.test("a clock that was set back does not keep history from going on", () => {
  using temporary = temporaryFolder();
  const other = openHistory(temporary.path);
  const house = new House(temporary.path);
  house.clock.advance(DAY_MS);
  house.add(100);
  house.work();
  assert.equal(house.pauses.length, 1);
  other.close();
  house.clock.advance(-DAY_MS / 2);
  house.work();
  assert.equal(house.pauses[1], null);
  house.history.close();
  assert.deepEqual(house.kept(), range(0, 100));
});

Deno.test("a disk that is full pauses history, what is kept can be read, and it goes on", () => {
  using temporary = temporaryFolder();
  let full = true;
  const house = new House(temporary.path, {
    open: () => {
      const database = openHistory(temporary.path);
      if (full) database.exec("PRAGMA max_page_count = 24");
      return database;
    },
  });
  for (let turn = 0; turn < 20; turn++) {
    house.add(2048);
    house.work();
  }
  assert.match(house.pauses[0]!, /the disk of .* is full; make room/);
  const { skippedRows, sealedRows, lastError } = house.history.status();
  assert(skippedRows > 0 && sealedRows > 0);
  assert.match(lastError!, /is full/);
  full = false;
  house.clock.advance(RETRY_MS);
  house.work();
  house.history.close();
  const kept = house.kept();
  assert.deepEqual(kept, [...range(0, sealedRows), ...range(sealedRows + skippedRows, 20 * 2048)]);
});

Deno.test("history that was moved away while it was written is damaged or gone, never a crash", () => {
  using temporary = temporaryFolder();
  const house = new House(temporary.path);
  house.add(2048);
  house.work();
  Deno.truncateSync(`${temporary.path}/history.db`, 5000);
  for (let turn = 0; turn < 5; turn++) {
    house.add(2048);
    house.work();
    house.clock.advance(RETRY_MS);
  }
  house.history.status();
  house.history.close();
});

for (
  const [what, move] of [
    ["removed", (path: string, _: string) => Deno.removeSync(path)],
    ["moved", (path: string, to: string) => Deno.renameSync(path, to)],
    ["moved with its log", (path: string, to: string) => {
      for (const end of ["", "-wal", "-shm"]) Deno.renameSync(path + end, to + end);
    }],
  ] as const
) {
  Deno.test(`a history.db that was ${what} while it was written is said, and a new one begun`, {
    ignore: Deno.build.os === "windows",
  }, () => {
    using temporary = temporaryFolder();
    using other = temporaryFolder();
    const path = `${temporary.path}/history.db`;
    const house = new House(temporary.path);
    // Readers of this process have it open too.
    house.add(2048 + 100);
    house.work();
    const reader = new DatabaseSync(path, { readOnly: true });
    const ends = () =>
      reader.prepare("SELECT end_row FROM segment").all().map((row) => row.end_row);
    assert.deepEqual(ends(), [2048]);
    move(path, `${other.path}/history.db`);
    house.add(1948);
    house.clock.advance(FILE_MS);
    house.work();
    assert.equal(house.notices.length, 1);
    assert.match(
      house.notices[0],
      /history\.db was moved or removed while flows were written to it/,
    );
    assert.equal(house.history.status().lastError, house.notices[0]);
    house.clock.advance(FILE_MS);
    house.add(2048);
    house.work();
    house.clock.advance(FILE_MS);
    house.work();
    assert.equal(house.notices.length, 1, "said once");
    assert.deepEqual(ends(), [2048], "who has the old one open reads the old one");
    reader.close();
    house.history.close();
    assert.deepEqual(house.pauses, []);
    assert.deepEqual(house.kept(), range(2048, 3 * 2048));
    assert.equal(summedFlows(temporary.path), 2 * 2048);
    const database = new DatabaseSync(path);
    assert.equal(database.prepare("PRAGMA integrity_check").get()!.integrity_check, "ok");
    // What began before this file did is not all in it.
    assert.deepEqual(database.prepare("SELECT whole FROM life").all().map(({ whole }) => whole), [
      0,
    ]);
    database.close();
    if (what === "removed") return;
    // What was moved is whole by itself, with the sums of its flows.
    const old = new HistoryStore(openHistory(other.path));
    assert.deepEqual(allBytes(old), range(0, 2048));
    old.close();
    assert.equal(summedFlows(other.path), 2048);
  });
}

Deno.test("a history.db that is put in the place of the one that is written is gone on with", {
  ignore: Deno.build.os === "windows",
}, () => {
  using temporary = temporaryFolder();
  using other = temporaryFolder();
  let taken: HistoryStore | null = null;
  const before = new House(other.path, {
    epoch: 6,
    open: () => {
      const database = openHistory(other.path);
      taken = new HistoryStore(database);
      return database;
    },
  });
  before.add(2048);
  before.work();
  // It was killed before it had summed them.
  taken!.close();
  const house = new House(temporary.path);
  house.add(2048);
  house.work();
  Deno.renameSync(`${other.path}/history.db`, `${temporary.path}/history.db`);
  house.add(100);
  house.clock.advance(FILE_MS);
  house.work();
  house.clock.advance(SEAL_AFTER_MS);
  house.work();
  assert.equal(house.notices.length, 1);
  house.history.close();
  assert.deepEqual(house.kept(), [...range(0, 2048), ...range(2048, 2148)]);
  assert.equal(summedFlows(temporary.path), 2148);
});

Deno.test("a segment grows in the file that it is in, and takes nothing from the next", {
  ignore: Deno.build.os === "windows",
}, () => {
  using temporary = temporaryFolder();
  let damaged = false;
  const house = new House(temporary.path, {
    open: () => {
      if (damaged) throw new Error("database disk image is malformed");
      return openHistory(temporary.path);
    },
  });
  const seal = (count: number) => {
    house.add(count);
    house.history.work();
    house.clock.advance(SEAL_AFTER_MS);
    house.history.work();
  };
  seal(60);
  seal(50);
  // It is found damaged, and moved away as is advised.
  damaged = true;
  const { exec } = DatabaseSync.prototype;
  DatabaseSync.prototype.exec = function (sql: string) {
    if (damaged && sql.startsWith("BEGIN")) throw new Error("database disk image is malformed");
    exec.call(this, sql);
  };
  try {
    seal(100);
  } finally {
    DatabaseSync.prototype.exec = exec;
  }
  assert.match(house.pauses[0]!, /is damaged .* move it away/);
  damaged = false;
  Deno.removeSync(`${temporary.path}/history.db`);
  house.clock.advance(RETRY_MS);
  house.work();
  house.clock.advance(SEAL_AFTER_MS);
  house.work();
  house.history.close();
  assert.deepEqual(house.kept(), range(110, 210));
});

Deno.test("a folder that nobody may write pauses history and says how to mend it", {
  // root may write anywhere.
  ignore: Deno.build.os === "windows" || Deno.uid() === 0,
}, () => {
  using temporary = temporaryFolder();
  Deno.chmodSync(temporary.path, 0o500);
  const house = new House(temporary.path);
  house.work();
  assert.match(house.pauses[0]!, /cannot be written by this user; make it writable/);
  Deno.chmodSync(temporary.path, 0o700);
});

Deno.test("a file that cannot be written pauses history and says how to mend it", () => {
  using temporary = temporaryFolder();
  const house = new House(temporary.path, {
    open: () => {
      openHistory(temporary.path).close();
      return new DatabaseSync(`${temporary.path}/history.db`, { readOnly: true });
    },
  });
  house.add(2048);
  house.work();
  assert.match(house.pauses[0]!, /cannot be written by this user; make it writable/);
});
