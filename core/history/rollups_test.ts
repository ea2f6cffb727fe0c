import assert from "node:assert/strict";
import { randomContractRows } from "../../tests/query_contract/random_contract_rows.ts";
import { type FixtureRow, FlowFixture } from "../../tests/support/flow_fixture.ts";
import { Random } from "../../tests/support/random.ts";
import { temporaryFolder } from "../../tests/support/temporary_folder.ts";
import { ServiceNames } from "../names/service_names.ts";
import { QueryEngine } from "../query/engine/run_query.ts";
import { flowQuery } from "../query/engine/flow_query.ts";
import { protocolName } from "../flow/protocol.ts";
import { readRow } from "../flow/record_reader.ts";
import { SegmentDecoder } from "../flow/segment/segment_decoder.ts";
import { SegmentFault } from "../flow/segment/segment_fault.ts";
import type { RecordOf } from "../flow/table.ts";
import { HistoryArchive } from "./history_archive.ts";
import { openHistory } from "./history_database.ts";
import { HistoryStore } from "./history_store.ts";
import { MINUTE_MS } from "./minute_sums.ts";
import { type Dimension, DIMENSIONS, ROLLUP_TABLE, type RollupRow } from "../flow/rollup_schema.ts";
import { HOUR_SECONDS, MINUTE_SECONDS, type Tier } from "./rollup_store.ts";
import { Rollups } from "./rollups.ts";

const HOUR_MS = HOUR_SECONDS * 1000;
const FROM_MS = 1_760_000_400_000 - 1_760_000_400_000 % HOUR_MS;
const RING = { capability: "netflow_udp", port: 2055, epoch: 1 };
const SERVICES = new ServiceNames();
const FIELDS = ROLLUP_TABLE.stored.map(({ name }) => name);

type Rollup = RecordOf<RollupRow>;

const rollups = () => new Rollups({ namedPorts: SERVICES.namedPorts, seed: 4 });
const memory = () => new HistoryStore(openHistory(":memory:"));

Deno.test("of more times of unsummed rows than are kept the nearest become one, and none is lost", () => {
  const database = openHistory(":memory:");
  const { rollups: kept } = new HistoryStore(database);
  // A minute each, two hours apart, but for the 500th and the 501st, which are five minutes apart.
  const begins = Array.from(
    { length: 1001 },
    (_, i) => FROM_MS + 2 * HOUR_MS * i - (i >= 501 ? 115 * MINUTE_MS : 0),
  );
  for (const fromMs of begins) kept.noteUnsummed({ fromMs, toMs: fromMs + MINUTE_MS, rows: 3 });
  const found = database.prepare("SELECT * FROM unsummed ORDER BY from_ms").all();
  assert.equal(found.length, 1000);
  assert.equal(found.reduce((sum, { rows }) => sum + Number(rows), 0), 3 * begins.length);
  // A time in which all was summed is not blamed, however much comes later.
  const [wide, ...others] = found.filter(({ from_ms, to_ms }) =>
    Number(to_ms) - Number(from_ms) > MINUTE_MS
  );
  assert.deepEqual({ ...wide }, { from_ms: begins[500], to_ms: begins[501] + MINUTE_MS, rows: 6 });
  assert.deepEqual(others, []);
});

/** Sums rows of a fixture as history does, in blocks that end anywhere. */
function addAll(to: Rollups, { source: { ring } }: FlowFixture, blocks = 3): void {
  for (let block = 0; block < blocks; block++) {
    const start = Math.floor(block * ring.committed / blocks);
    const end = Math.floor((block + 1) * ring.committed / blocks);
    to.add({ ...RING, firstRow: start, endRow: end }, ring.columns, { start });
  }
}

function read(store: HistoryStore, tier: Tier): Rollup[] {
  const decoder = new SegmentDecoder(ROLLUP_TABLE);
  const all = { fromMs: -1e15, toMs: 1e15 };
  const packed = tier === MINUTE_SECONDS ? store.rollups.readPacked(all) : [];
  return [...packed, ...store.rollups.read(tier, all)]
    .flatMap(({ directory, pages }) => {
      const decoded = decoder.decode(directory, FIELDS, pages);
      if (decoded instanceof SegmentFault) throw decoded;
      return Array.from(
        { length: decoded.rows },
        (_, slot) => readRow(ROLLUP_TABLE, decoded.columns, { slot, dictionary: decoded.texts }),
      );
    });
}

function fixtureOf(rows: readonly FixtureRow[]): FlowFixture {
  const fixture = new FlowFixture({ capacity: 2 * rows.length });
  fixture.add(...rows);
  return fixture;
}

/** What the query engine answers to the same: groups by terms, with bytes, packets and flows. */
const TERMS: Record<Dimension, string[]> = {
  exporter: ["exporter"],
  in_if: ["exporter", "in_if"],
  out_if: ["exporter", "out_if"],
  protocol: ["protocol"],
  service: ["service"],
  src_addr: ["src_addr"],
  dst_addr: ["dst_addr"],
};

function keyOf(row: Rollup): unknown[] {
  const { dimension, exporter, in_if, out_if, protocol, service_port: port } = row;
  switch (dimension) {
    case "in_if":
      return [exporter, in_if];
    case "out_if":
      return [exporter, out_if];
    case "service":
      return [protocol, port];
    default:
      return [row[dimension!]];
  }
}

function protocolOf(name: string): number {
  for (let number = 0; number < 256; number++) {
    if (protocolName(number)?.toLowerCase() === name.toLowerCase()) return number;
  }
  return Number(name.replace("protocol ", ""));
}

/** The endpoint that the engine's name of a service means, as rollups have it. */
function endpointOf(text: unknown): unknown[] {
  if (text === null) return [null, null];
  const [, name, port] = /(?:^|\()([^()/]+)(?:\/(\d+))?\)?$/.exec(String(text))!;
  return [protocolOf(name), Number(port ?? 0)];
}

for (const dimension of DIMENSIONS) {
  Deno.test(`minutes say by ${dimension} what the query engine says of the same flows`, async () => {
    const random = new Random(DIMENSIONS.indexOf(dimension));
    const rows = randomContractRows(() => random.uint32() / 2 ** 32, 1024);
    const fixture = fixtureOf(rows);
    const sums = rollups();
    const store = memory();
    addAll(sums, fixture);
    sums.close(Infinity);
    sums.write(store);
    const { rows: wanted } = await new QueryEngine().run(
      [fixture.source],
      flowQuery({
        window: { fromMs: 0, toMs: 8e15, untilNow: true },
        group_by: TERMS[dimension],
        metrics: ["bytes", "packets", "flows"],
        limit: 10_000,
      }),
      { names: SERVICES },
    );
    const got = new Map<string, (number | null)[]>();
    for (const row of read(store, MINUTE_SECONDS)) {
      if (row.dimension !== dimension) continue;
      assert.equal(row.rest_of, null);
      const key = JSON.stringify(keyOf(row));
      const before = got.get(key) ?? [null, null, 0];
      const now = [row.bytes, row.packets, row.flows];
      got.set(key, now.map((value, i) => value === null ? before[i] : value + (before[i] ?? 0)));
    }
    const expected = new Map(wanted.map((row) => {
      const key = dimension === "service"
        ? endpointOf(row[0])
        : dimension === "protocol" && row[0] !== null
        ? [protocolOf(String(row[0]))]
        : row.slice(0, -3);
      return [JSON.stringify(key), row.slice(-3)];
    }));
    assert.deepEqual([...got.keys()].sort(), [...expected.keys()].sort());
    for (const [key, values] of got) {
      expected.get(key)!.forEach((value, i) => {
        const off = Math.abs((values[i] ?? 0) - Number(value ?? 0));
        assert(
          off <= 1e-9 * Math.abs(Number(value ?? 0)),
          `${key}: ${values} ${expected.get(key)}`,
        );
      });
    }
  });
}

/** Many hosts in each of some minutes, the nth with n × 100 bytes. */
function crowd(minutes: number, hosts: number): FlowFixture {
  const rows: FixtureRow[] = [];
  for (let minute = 0; minute < minutes; minute++) {
    for (let host = 1; host <= hosts; host++) {
      rows.push({
        received_at: FROM_MS + minute * MINUTE_MS + host,
        exporter: "192.0.2.1",
        src_addr: `10.0.${host >> 8}.${host & 255}`,
        bytes: 100 * host,
      });
    }
  }
  return fixtureOf(rows);
}

Deno.test("of many hosts those with most bytes are kept, and the rest as one", () => {
  const sums = rollups();
  const store = memory();
  addAll(sums, crowd(2, 500), 5);
  sums.close(Infinity);
  sums.write(store);
  const sources = read(store, MINUTE_SECONDS).filter(({ dimension }) => dimension === "src_addr");
  assert.equal(sources.length, 2 * 201);
  const [first, ...others] = sources.slice(0, 201);
  assert.deepEqual([first.src_addr, first.bytes], ["10.0.1.244", 50_000]);
  const rest = others.at(-1)!;
  assert.deepEqual([rest.src_addr, rest.rest_of, rest.flows], [null, 300, 300]);
  assert.equal(rest.bytes, 100 * 300 * 301 / 2);
  assert.equal(rest.packets, null, "no flow said");
});

Deno.test("an hour is summed from its minutes when they are over, once", () => {
  const sums = rollups();
  const store = memory();
  addAll(sums, crowd(5, 300));
  sums.close(FROM_MS + HOUR_MS);
  sums.write(store);
  assert.equal(sums.sumHour(store, FROM_MS + HOUR_MS), false);
  assert.equal(store.rollups.oldestMs(HOUR_SECONDS), null);
  assert.equal(sums.sumHour(store, FROM_MS + HOUR_MS + 2 * MINUTE_MS), true);
  assert.equal(sums.sumHour(store, FROM_MS + HOUR_MS + 2 * MINUTE_MS), false);
  const hours = read(store, HOUR_SECONDS).filter(({ dimension }) => dimension === "src_addr");
  assert.equal(hours[0].received_at, new Date(FROM_MS).toISOString());
  assert.equal(hours[0].bytes, 5 * 30_000);
  assert.equal(hours.length, 201);
  assert.deepEqual([hours[200].rest_of, hours[200].flows], [100, 500]);
  const all = read(store, HOUR_SECONDS).find(({ dimension }) => dimension === "exporter")!;
  assert.deepEqual([all.flows, all.bytes], [1500, 5 * 100 * 300 * 301 / 2]);
});

Deno.test("hours that a process did not come to are summed by the next, one at a time", () => {
  const store = memory();
  const first = rollups();
  for (const hour of [0, 3]) {
    const at = FROM_MS + hour * HOUR_MS + 1;
    addAll(first, fixtureOf([{ received_at: at, exporter: "192.0.2.1", bytes: 1 }]), 1);
  }
  first.close(Infinity);
  first.write(store);
  const next = rollups();
  const later = FROM_MS + 10 * HOUR_MS;
  next.open(store, { another: false });
  assert.deepEqual([1, 2, 3].map(() => next.sumHour(store, later)), [true, true, false]);
  const starts = [...store.rollups.read(HOUR_SECONDS, { fromMs: 0, toMs: 1e15 })];
  assert.deepEqual(starts.map(({ atMs }) => atMs), [FROM_MS, FROM_MS + 3 * HOUR_MS]);
});

Deno.test("an hour of which the disk has changed every minute is passed over", () => {
  const database = openHistory(":memory:");
  const store = new HistoryStore(database);
  const sums = rollups();
  for (const hour of [0, 1]) {
    const received_at = FROM_MS + hour * HOUR_MS;
    addAll(sums, fixtureOf([{ received_at, exporter: "192.0.2.1", bytes: 1 }]), 1);
  }
  sums.close(Infinity);
  sums.write(store);
  database.exec(`UPDATE rollup SET directory = x'00' WHERE at_ms = ${FROM_MS}`);
  const later = FROM_MS + 10 * HOUR_MS;
  assert.deepEqual([1, 2, 3].map(() => sums.sumHour(store, later)), [true, true, false]);
  assert.equal(store.rollups.oldestMs(HOUR_SECONDS), FROM_MS + HOUR_MS);
});

Deno.test("minutes wait while nothing can be written, as many as there is room for", () => {
  const sums = rollups();
  for (let minute = 0; minute < 300; minute++) {
    const received_at = FROM_MS + minute * MINUTE_MS;
    addAll(sums, fixtureOf([{ received_at, exporter: "192.0.2.1", bytes: 1 }]), 1);
    sums.close(received_at + 2 * MINUTE_MS);
  }
  sums.close(Infinity);
  const store = memory();
  sums.write(store);
  assert.equal([...store.rollups.read(MINUTE_SECONDS, { fromMs: 0, toMs: 1e15 })].length, 240);
  assert.equal(store.rollups.oldestMs(MINUTE_SECONDS), FROM_MS + 60 * MINUTE_MS);
});

/** Sums of one flow each, of an octet, in minutes counted from FROM_MS. */
function minutesOf(store: HistoryStore, minutes: readonly number[], sums = rollups()): Rollups {
  for (const minute of minutes) {
    const received_at = FROM_MS + minute * MINUTE_MS;
    addAll(sums, fixtureOf([{ received_at, exporter: "192.0.2.1", bytes: 1 }]), 1);
  }
  sums.close(Infinity);
  sums.write(store);
  return sums;
}

/** Of how many minutes there are sums, and of how many hours. */
const counts = (store: HistoryStore) =>
  ([MINUTE_SECONDS, HOUR_SECONDS] as const).map((tier) =>
    new Set(read(store, tier).map(({ received_at }) => received_at)).size
  );

/** Flows by hour, counted from FROM_MS. */
function flowsByHour(store: HistoryStore): [hour: number, flows: number][] {
  return read(store, HOUR_SECONDS).filter(({ dimension }) => dimension === "exporter")
    .map(({ received_at, flows }) => [(Date.parse(received_at!) - FROM_MS) / HOUR_MS, flows!]);
}

const OLD = { minutesSinceMs: FROM_MS + 100 * HOUR_MS, hoursSinceMs: 0, octets: 1e9 };

Deno.test("minutes do not go for their age before their hour has them", () => {
  const store = memory();
  // The process ends with one hour summed, and the next begins much later.
  const first = minutesOf(store, [0, 30, 60, 90]);
  assert.equal(first.sumHour(store, FROM_MS + 1.5 * HOUR_MS), true);
  assert.deepEqual(counts(store), [4, 1]);
  const next = rollups();
  while (next.trim(store, OLD));
  assert.deepEqual(counts(store), [0, 2]);
  assert.deepEqual(flowsByHour(store), [[0, 2], [1, 2]]);
});

Deno.test("minutes that were written after their hour are in it when they go", () => {
  const store = memory();
  const sums = minutesOf(store, [0, 130]);
  while (sums.sumHour(store, FROM_MS + 10 * HOUR_MS));
  // Late in an hour that has its sum, and in one that had no traffic when others were summed.
  minutesOf(store, [0, 1, 70], sums);
  assert.deepEqual(flowsByHour(store), [[0, 1], [2, 1]]);
  const half = { ...OLD, minutesSinceMs: FROM_MS + MINUTE_MS };
  while (sums.trim(store, half));
  // The first minute of the hour has gone, the second is in its sum and not counted beside it.
  assert.deepEqual(flowsByHour(store), [[0, 3], [2, 1]]);
  minutesOf(store, [2], sums);
  while (sums.trim(store, OLD));
  assert.deepEqual(flowsByHour(store), [[0, 4], [1, 1], [2, 1]]);
  assert.deepEqual(counts(store), [0, 3]);
});

Deno.test("minutes that are too much go when their hour has them, also of the hour under way", () => {
  const store = memory();
  const sums = minutesOf(store, Array.from({ length: 90 }, (_, minute) => minute));
  while (sums.trim(store, { ...OLD, minutesSinceMs: 0, octets: 3000 }));
  assert.deepEqual(flowsByHour(store), [[0, 60], [1, 30]]);
  assert.equal(counts(store)[0], 0);
  minutesOf(store, [90], sums);
  while (sums.trim(store, OLD));
  assert.deepEqual(flowsByHour(store), [[0, 60], [1, 31]]);
});

Deno.test("an hour that the disk has changed is summed anew from the minutes there are", () => {
  const database = openHistory(":memory:");
  const store = new HistoryStore(database);
  const sums = minutesOf(store, [0, 1]);
  assert.equal(sums.sumHour(store, FROM_MS + 10 * HOUR_MS), true);
  minutesOf(store, [2], sums);
  database.exec("UPDATE rollup SET directory = x'00' WHERE tier = 3600");
  while (sums.trim(store, OLD));
  assert.deepEqual(flowsByHour(store), [[0, 3]]);
});

Deno.test("what is too old goes, and of too much the minutes before the hours", () => {
  const store = memory();
  const sums = minutesOf(store, Array.from({ length: 180 }, (_, minute) => minute));
  while (sums.sumHour(store, FROM_MS + 10 * HOUR_MS));
  assert.deepEqual(counts(store), [180, 3]);
  const bounds = { minutesSinceMs: 0, hoursSinceMs: 0, octets: 1e9 };
  assert.equal(sums.trim(store, bounds), false);
  const half = { ...bounds, minutesSinceMs: FROM_MS + HOUR_MS, hoursSinceMs: FROM_MS + HOUR_MS };
  while (sums.trim(store, half));
  assert.deepEqual(counts(store), [120, 2]);
  while (sums.trim(store, { ...bounds, octets: 3000 }));
  assert.deepEqual(counts(store), [0, 2]);
});

Deno.test("who reads minutes while they are put together reads each of them once", () => {
  using temporary = temporaryFolder();
  const store = new HistoryStore(openHistory(temporary.path));
  const hours = 60;
  const sums = rollups();
  for (let hour = 0; hour < hours; hour++) {
    minutesOf(store, Array.from({ length: 6 }, (_, n) => 60 * hour + 10 * n), sums);
  }
  const archive = new HistoryArchive(temporary.path);
  const span = { fromMs: FROM_MS, toMs: FROM_MS + hours * HOUR_MS };
  for (const tier of ["minutes", "hours"] as const) {
    let flows = 0;
    let parts = 0;
    for (const found of archive.sums.read(tier, { span, dimension: "exporter" })) {
      assert(!(found instanceof SegmentFault));
      const { columns, start, end } = found;
      for (let row = start; row < end; row++) {
        if (columns.dimension[row] === DIMENSIONS.indexOf("exporter")) flows += columns.flows[row];
      }
      // Of the first hours alone while they are read; then of all.
      if (tier === "hours" || parts++ % 20 === 0) sums.sumHour(store, FROM_MS + 100 * HOUR_MS);
    }
    assert.equal(flows, 6 * hours, tier);
  }
  archive.close();
  store.close();
});
