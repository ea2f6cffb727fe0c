import assert from "node:assert/strict";
import { crc32 } from "node:zlib";
import { randomContractRows } from "../../../tests/query_contract/random_contract_rows.ts";
import { type FixtureRow, FlowFixture } from "../../../tests/support/flow_fixture.ts";
import { Random } from "../../../tests/support/random.ts";
import { readRow } from "../record_reader.ts";
import { FLOW_TABLE, type FlowRow, PRESENCE_WORDS, type StoredFieldName } from "../schema.ts";
import { Table } from "../table.ts";
import { RowCopy } from "./row_copy.ts";
import { SegmentDecoder } from "./segment_decoder.ts";
import {
  openDirectory,
  packDirectory,
  SEGMENT_ROWS,
  type SegmentDirectory,
} from "./segment_directory.ts";
import { type EncodedSegment, SegmentEncoder } from "./segment_encoder.ts";
import { SegmentFault } from "./segment_fault.ts";

const ALL = FLOW_TABLE.stored.map(({ name }) => name);
const encoder = new SegmentEncoder(FLOW_TABLE, { seed: 7 });
const decoder = new SegmentDecoder(FLOW_TABLE);

/** The whole ring of a fixture as a segment. */
function seal({ source: { ring, dictionary } }: FlowFixture): EncodedSegment {
  const copy = new RowCopy(FLOW_TABLE, ring.committed);
  assert(copy.take(ring, 0, ring.committed));
  return encoder.encode(copy, ring.committed, dictionary);
}

function fixtureOf(rows: readonly FixtureRow[]): FlowFixture {
  const fixture = new FlowFixture({ capacity: 2 * rows.length });
  fixture.add(...rows);
  return fixture;
}

function directoryOf(segment: EncodedSegment): SegmentDirectory {
  const directory = openDirectory(segment.directory);
  assert(!(directory instanceof SegmentFault), `${directory}`);
  return directory;
}

function decodeAll(directory: SegmentDirectory, pages: ReadonlyMap<string, Uint8Array>) {
  return decoder.decode(directory, ALL, pages);
}

/** Rows come back field by field as the ring has them. */
function assertSame(fixture: FlowFixture, segment: EncodedSegment): void {
  const { ring, dictionary } = fixture.source;
  const decoded = decodeAll(directoryOf(segment), segment.pages);
  assert(!(decoded instanceof SegmentFault), `${decoded}`);
  assert.equal(decoded.rows, ring.committed);
  for (let row = 0; row < decoded.rows; row++) {
    assert.deepEqual(
      readRow(FLOW_TABLE, decoded.columns, { slot: row, dictionary: decoded.texts }),
      readRow(FLOW_TABLE, ring.columns, { slot: row & ring.mask, dictionary }),
      `row ${row}`,
    );
    assert.deepEqual(
      decoded.columns.presence.subarray(row * PRESENCE_WORDS, (row + 1) * PRESENCE_WORDS),
      ring.columns.presence.subarray(row * PRESENCE_WORDS, (row + 1) * PRESENCE_WORDS),
    );
  }
}

/** Traffic in which tuples, ports and interfaces come again. */
function repetitive(random: Random, count: number): FixtureRow[] {
  const tuples = Array.from({ length: Math.max(1, count / 8) }, () => ({
    src_addr: random.below(3) === 0 ? `2001:db8::${random.below(99)}` : `10.0.${random.below(4)}.1`,
    dst_addr: `192.0.2.${random.below(256)}`,
    src_port: random.below(65_536),
    dst_port: random.pick([53, 80, 443]),
    protocol: random.pick([6, 17]),
    in_if: random.below(48),
  }));
  return Array.from({ length: count }, (_, i) => {
    const end_at = 1_760_000_000_000 + i - random.below(5000);
    const duration_ms = random.below(3000);
    return {
      ...random.pick(tuples),
      exporter: "198.51.100.7",
      received_at: 1_760_000_000_000 + i,
      end_at,
      start_at: end_at - duration_ms,
      duration_ms,
      bytes: 64 * random.below(20_000),
      packets: random.below(100),
      application: random.pick(["web", "dns", "größe"]),
    };
  });
}

Deno.test("a segment gives back every row of random blocks", () => {
  for (const [seed, count] of [[1, 1], [2, 2], [3, 17], [4, 700], [5, 3000], [6, 257]]) {
    const random = new Random(seed);
    const rows = randomContractRows(() => random.uint32() / 2 ** 32, count);
    const fixture = fixtureOf(rows);
    assertSame(fixture, seal(fixture));
  }
});

Deno.test("a segment gives back every row of traffic that repeats itself", () => {
  for (const count of [5, 64, 1000, 9000]) {
    const fixture = fixtureOf(repetitive(new Random(count), count));
    assertSame(fixture, seal(fixture));
  }
});

Deno.test("a segment gives back every row where some of a conversation lack what others have", () => {
  const random = new Random(12);
  const rows = repetitive(random, 6000).map((row) => {
    const whole: FixtureRow = { ...row };
    for (const name of ["in_if", "protocol", "src_addr", "end_at"] as const) {
      if (random.below(6) === 0) delete whole[name];
    }
    return whole;
  });
  const fixture = fixtureOf(rows);
  const segment = seal(fixture);
  assert(directoryOf(segment).tuples > 0);
  assertSame(fixture, segment);
});

Deno.test("a full segment of what never repeats gives back every row", () => {
  const random = new Random(13);
  const fixture = fixtureOf(Array.from({ length: SEGMENT_ROWS }, (_, i) => ({
    received_at: i,
    src_addr: [0, 0, 0, 0, 0, 0, 0, 0].map(() => random.below(65_536).toString(16)).join(":"),
    latency_ms: random.uint32() / 2 ** 32,
    bytes: random.uint32() * 2 ** 20,
    src_port: random.below(65_536),
    src_mac: random.uint32(),
  })));
  const segment = seal(fixture);
  const decoded = decodeAll(directoryOf(segment), segment.pages);
  assert(!(decoded instanceof SegmentFault), `${decoded}`);
  const { columns } = fixture.source.ring;
  for (const name of ["src_addr", "latency_ms", "bytes", "src_port", "src_mac"] as const) {
    const count = SEGMENT_ROWS * (name === "src_addr" ? 4 : 1);
    const got = decoded.columns[name].subarray(0, count);
    const wanted = columns[name].subarray(0, count);
    assert(got.every((value, i) => value === wanted[i]), name);
  }
});

Deno.test("tuples that come again are kept once", () => {
  const segment = seal(fixtureOf(repetitive(new Random(1), 9000)));
  const directory = directoryOf(segment);
  assert(directory.tuples > 100 && directory.tuples < 9000 / 4);
  assert.equal(directory.columns.in_if.byTuple, true);
  assert.equal(directory.columns.start_at.plus, "end_at");
  assert(segment.octets / 9000 < 16, `${segment.octets / 9000} octets a row`);
});

const EDGES: readonly { name: string; values: readonly number[] }[] = [
  { name: "a number that is none", values: [1, NaN, 3] },
  { name: "zero with a sign", values: [0, -0, 5, -0] },
  { name: "zeros with a sign alone", values: [-0, -0] },
  { name: "infinities", values: [Infinity, 1, -Infinity] },
  { name: "the border of whole numbers", values: [2 ** 53, 2 ** 53 - 1, 2 ** 53 + 2, 0] },
  { name: "both borders", values: [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER] },
  { name: "2^64 and 1", values: [2 ** 64, 1] },
  { name: "the smallest and the largest", values: [5e-324, Number.MAX_VALUE, -Number.MAX_VALUE] },
  { name: "thousandths", values: [0.001, 1.234, 1234.567, 8, 0.1] },
  { name: "steps", values: [0, 3_000_000_000, 9_000_000_000, 6_000_000_000] },
  { name: "2^32 apart", values: [1, 2 ** 32, 2 ** 32 + 1, 2 ** 33 + 5] },
  { name: "below zero", values: [-1, -1000, 7, -(2 ** 40)] },
];

for (const { name, values } of EDGES) {
  Deno.test(`doubles come back bit by bit: ${name}`, () => {
    const fixture = fixtureOf(values.map((latency_ms) => ({ latency_ms, end_at: latency_ms })));
    const segment = seal(fixture);
    const decoded = decodeAll(directoryOf(segment), segment.pages);
    assert(!(decoded instanceof SegmentFault), `${decoded}`);
    for (const field of ["latency_ms", "end_at"] as const) {
      const got = [...decoded.columns[field].subarray(0, values.length)];
      assert(got.every((value, i) => Object.is(value, values[i])), `${field}: ${got}`);
    }
  });
}

Deno.test("a column of which no row has a value takes no page", () => {
  const fixture = fixtureOf([{ bytes: 1 }, { bytes: 2 }]);
  const { columns, pages } = directoryOf(seal(fixture));
  const held = ["bytes", "received_at", "sampling_source"];
  assert.deepEqual(Object.keys(columns).sort(), held);
  assert.deepEqual(Object.keys(pages).sort(), ["#presence", ...held]);
});

Deno.test("a text that the dictionary cannot tell stays unknown", () => {
  const fixture = fixtureOf([{ application: "" }, { application: "web" }]);
  assertSame(fixture, seal(fixture));
});

Deno.test("least, largest and distinct are those of the values that are present", () => {
  const fixture = fixtureOf([
    { src_addr: "10.0.0.9", src_port: 70 },
    {},
    { src_addr: "10.0.0.3", src_port: 80, bytes: NaN },
    { src_addr: "2001:db8::1", src_port: 80, bytes: 3 },
  ]);
  const { columns } = directoryOf(seal(fixture));
  const { src_addr, src_port, bytes, received_at } = columns;
  assert.deepEqual(src_addr.min, [0, 0, 0xffff, 0x0a000003]);
  assert.deepEqual(src_addr.max, [0x20010db8, 0, 0, 1]);
  assert.deepEqual([src_addr.present, src_addr.distinct], [3, 3]);
  assert.deepEqual([src_port.min, src_port.max, src_port.present], [70, 80, 3]);
  assert.deepEqual([bytes.min, bytes.max], [undefined, undefined]);
  assert.deepEqual([received_at.min, received_at.max, received_at.present], [0, 0, 4]);
});

Deno.test("only the pages of the columns asked for are needed", () => {
  const fixture = fixtureOf(repetitive(new Random(4), 3000));
  const segment = seal(fixture);
  const directory = directoryOf(segment);
  for (const fields of [["bytes"], ["src_addr"], ["duration_ms"], ["application"], ["vrf"]]) {
    const wanted = fields as StoredFieldName[];
    const names = decoder.pagesFor(directory, wanted);
    const pages = new Map(names.map((name) => [name, segment.pages.get(name)!]));
    assert(names.length < segment.pages.size);
    const decoded = decoder.decode(directory, wanted, pages);
    assert(!(decoded instanceof SegmentFault), `${fields}: ${decoded}`);
    if (fields[0] === "bytes") {
      const { bytes } = fixture.source.ring.columns;
      assert.deepEqual(decoded.columns.bytes.subarray(0, 3000), bytes.subarray(0, 3000));
    }
  }
});

Deno.test("openDirectory() refuses every prefix and every octet that changed", () => {
  const { directory } = seal(fixtureOf(repetitive(new Random(5), 300)));
  for (let end = 0; end < directory.length; end++) {
    assert(openDirectory(directory.subarray(0, end)) instanceof SegmentFault, `prefix of ${end}`);
    const flipped = directory.slice();
    flipped[end] ^= 1 + (end & 127);
    // The length of what is packed is a bound, not a promise: a larger one changes nothing.
    if (end < 4 || end > 7) assert(openDirectory(flipped) instanceof SegmentFault, `octet ${end}`);
    else openDirectory(flipped);
  }
});

Deno.test("openDirectory() says that a segment is of a later version", () => {
  const directory = directoryOf(seal(fixtureOf([{ bytes: 1 }])));
  const later = openDirectory(packDirectory({ ...directory, version: 2 }));
  assert(later instanceof SegmentFault);
  assert.match(later.message, /of version 2, this flow-agent reads up to 1/);
});

Deno.test("a decoder refuses every prefix of a page and every octet that changed", () => {
  const segment = seal(fixtureOf(repetitive(new Random(6), 2000)));
  const directory = directoryOf(segment);
  for (const [name, octets] of segment.pages) {
    const stride = Math.max(1, Math.floor(octets.length / 60));
    for (let end = 0; end < octets.length; end += stride) {
      const cut = new Map(segment.pages).set(name, octets.subarray(0, end));
      assert(decodeAll(directory, cut) instanceof SegmentFault, `${name} up to ${end}`);
      const flipped = octets.slice();
      flipped[end] ^= 0x40;
      const changed = new Map(segment.pages).set(name, flipped);
      assert(decodeAll(directory, changed) instanceof SegmentFault, `${name}, octet ${end}`);
    }
    const without = new Map(segment.pages);
    without.delete(name);
    assert(decodeAll(directory, without) instanceof SegmentFault, `without ${name}`);
  }
});

Deno.test("pages that were made up decode to something or to a fault, never to a crash", () => {
  const random = new Random(8);
  const segment = seal(fixtureOf(repetitive(random, 600)));
  const directory = directoryOf(segment);
  let faults = 0;
  for (let round = 0; round < 3000; round++) {
    const name = random.pick(Object.keys(directory.pages));
    const { inline } = directory.pages[name];
    const whole = inline === undefined ? segment.pages.get(name)! : Uint8Array.fromBase64(inline);
    const octets = whole.slice(0, random.below(4) === 0 ? random.below(whole.length) : undefined);
    // Heads stand at the front: most changes go there.
    for (let change = 0; change <= random.below(3); change++) {
      octets[random.below(Math.min(octets.length, random.pick([12, 1e6])))] = random.uint32();
    }
    const entry = { octets: octets.length, checksum: crc32(octets) };
    const forged = { ...directory, pages: { ...directory.pages, [name]: entry } };
    if (decodeAll(forged, new Map(segment.pages).set(name, octets)) instanceof SegmentFault) {
      faults++;
    }
  }
  assert(faults > 500, `${faults} faults`);
});

Deno.test("directories that were made up are faults, never crashes", () => {
  const segment = seal(fixtureOf(repetitive(new Random(9), 300)));
  const good = directoryOf(segment);
  const forge = (change: object) => openDirectory(packDirectory({ ...good, ...change }));
  const wrong = [
    { rows: 0 },
    { rows: 1e9 },
    { rows: 1.5 },
    { tuples: 301 },
    { fields: null },
    { columns: 3 },
    { pages: { x: null } },
  ];
  for (const change of wrong) {
    assert(forge(change) instanceof SegmentFault, JSON.stringify(change));
  }
  const odd = [
    { rows: 299 },
    { tuples: 0 },
    { columns: { ...good.columns, bytes: { present: 1, plus: "src_addr" } } },
    { columns: { ...good.columns, bytes: { present: 1, plus: "bytes" } } },
    { columns: { ...good.columns, bytes: { present: 1, plus: "constructor" } } },
    { columns: { ...good.columns, bytes: null } },
    { columns: { ...good.columns, vrf: { present: 1 } } },
    { fields: Array.from({ length: 500 }, (_, i) => `field_${i}`) },
    { fields: [1, null] },
  ];
  for (const change of odd) {
    const directory = forge(change);
    if (directory instanceof SegmentFault) continue;
    decodeAll(directory, segment.pages);
    decoder.pagesFor(directory, ALL);
  }
});

Deno.test("a segment of a table that has grown since is read by names", () => {
  const kept = FLOW_TABLE.fields.filter(({ name }) => name !== "src_port" && name !== "exporter");
  const older = new Table([...kept].reverse() as unknown as FlowRow[]);
  const later = new FlowFixture();
  later.add({ bytes: 5, application: "web", src_addr: "10.0.0.1" }, { packets: 2 });
  const { ring, dictionary } = later.source;
  const copy = new RowCopy(FLOW_TABLE, 2);
  assert(copy.take(ring, 0, 2));
  // The same rows as the older table had them: its presence map is in another order.
  const rows = new RowCopy(older, 2);
  Object.assign(rows, { columns: { ...copy.columns, presence: rows.columns.presence } });
  for (let row = 0; row < 2; row++) {
    for (const { name } of older.stored) {
      const now = FLOW_TABLE.presenceBit(name);
      const was = older.presenceBit(name);
      const has = (copy.columns.presence[row * 2 + (now >> 5)] >>> (now & 31)) & 1;
      rows.columns.presence[row * 2 + (was >> 5)] |= has << (was & 31);
    }
  }
  assertSame(later, new SegmentEncoder(older, { seed: 1 }).encode(rows, 2, dictionary));
});

Deno.test("a copy that the ring's writer came by is not taken", () => {
  const fixture = fixtureOf(repetitive(new Random(2), 1024));
  const copy = new RowCopy(FLOW_TABLE, 1024);
  fixture.add(...repetitive(new Random(3), 1500));
  assert.equal(copy.take(fixture.source.ring, 0, 1024), false);
});

Deno.test("rows that lie around the ring's end are copied in order", () => {
  const fixture = new FlowFixture({ capacity: 1024 });
  fixture.add(...repetitive(new Random(2), 1500));
  const { ring } = fixture.source;
  const copy = new RowCopy(FLOW_TABLE, 1024);
  assert(copy.take(ring, 900, 1200));
  for (let row = 900; row < 1200; row++) {
    assert.equal(copy.columns.received_at[row - 900], ring.columns.received_at[row & ring.mask]);
    assert.equal(
      copy.columns.src_addr[4 * (row - 900) + 3],
      ring.columns.src_addr[4 * (row & ring.mask) + 3],
    );
  }
});
