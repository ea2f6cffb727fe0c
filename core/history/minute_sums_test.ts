import assert from "node:assert/strict";
import { randomContractRows } from "../../tests/query_contract/random_contract_rows.ts";
import { type FixtureRow, FlowFixture } from "../../tests/support/flow_fixture.ts";
import { Random } from "../../tests/support/random.ts";
import { type Dimension, DIMENSIONS } from "../flow/rollup_schema.ts";
import { FLOW_TABLE } from "../flow/schema.ts";
import { RowCopy } from "../flow/segment/row_copy.ts";
import { SegmentEncoder } from "../flow/segment/segment_encoder.ts";
import { servicePort } from "../flow/service_port.ts";
import { parseAddress } from "../flow/address.ts";
import { type BucketSums, MINUTE_MS, MinuteSums } from "./minute_sums.ts";

const NAMED = new Uint8Array(65_536);
NAMED[443] = NAMED[53] = 1;
const SEED = 11;
/** What a minute tells apart. */
const MAX_KEYS = 16_384;

type Sums = Record<Dimension, Map<string, number[]>>;

function words(text: unknown): number[] {
  const into = new Uint32Array(4);
  if (text !== undefined) parseAddress(String(text), into);
  return [...into];
}

/** The words of a row's value, one by one from what the row says. */
function keyOf(dimension: Dimension, row: FixtureRow): number[] {
  const bit = (value: unknown, place: number) => value === undefined ? 0 : 1 << place;
  const { exporter, protocol } = row;
  switch (dimension) {
    case "in_if":
    case "out_if": {
      const index = row[dimension];
      return [bit(exporter, 0) | bit(index, 1), ...words(exporter), Number(index ?? 0)];
    }
    case "protocol":
      return [bit(protocol, 0), Number(protocol ?? 0)];
    case "service": {
      if (protocol === undefined) return [0, 0, 0];
      const flow = {
        protocol: Number(protocol),
        source: Number(row.src_port ?? 0),
        target: Number(row.dst_port ?? 0),
      };
      return [3, flow.protocol, servicePort(flow, NAMED)];
    }
    default:
      return [bit(row[dimension], 0), ...words(row[dimension])];
  }
}

/** Sums by minute, row by row. */
function naive(rows: readonly FixtureRow[]): Map<number, Sums> {
  const minutes = new Map<number, Sums>();
  for (const row of rows) {
    if (row.event !== undefined) continue;
    const minute = Math.floor(Number(row.received_at) / MINUTE_MS) * MINUTE_MS;
    let sums = minutes.get(minute);
    if (sums === undefined) {
      sums = Object.fromEntries(DIMENSIONS.map((name) => [name, new Map()])) as Sums;
      minutes.set(minute, sums);
    }
    for (const dimension of DIMENSIONS) {
      const key = keyOf(dimension, row).join(" ");
      const values = sums[dimension];
      const name = values.has(key) || values.size < MAX_KEYS ? key : "rest";
      const sum = values.get(name) ?? [0, 0, 0, 0, 0];
      sum[0]++;
      sum[1] += row.bytes === undefined ? 0 : 1;
      sum[2] += Number(row.bytes ?? 0);
      sum[3] += row.packets === undefined ? 0 : 1;
      sum[4] += Number(row.packets ?? 0);
      values.set(name, sum);
    }
  }
  return minutes;
}

function assertSame(taken: readonly [number, BucketSums][], rows: readonly FixtureRow[]): void {
  const expected = naive(rows);
  assert.deepEqual(taken.map(([minute]) => minute), [...expected.keys()]);
  for (const [minute, bucket] of taken) {
    for (const dimension of DIMENSIONS) {
      const found = new Map(
        bucket[dimension].top(MAX_KEYS + 1).map(({ words, restOf, sums }) => [
          restOf === null ? [...words].join(" ") : "rest",
          [...sums],
        ]),
      );
      const wanted = expected.get(minute)![dimension];
      assert.deepEqual(
        [...found].sort(),
        [...wanted].sort(),
        `${dimension} of ${new Date(minute).toISOString()}`,
      );
    }
  }
}

/** Adds the rows of a fixture block by block; the encoder numbers the addresses, or nobody does. */
function sum(rows: readonly FixtureRow[], { numbered }: { numbered: boolean }) {
  const fixture = new FlowFixture({ capacity: Math.max(1024, 2 * rows.length) });
  for (let row = 0; row < rows.length; row += 1000) fixture.add(...rows.slice(row, row + 1000));
  const { ring, dictionary } = fixture.source;
  const sums = new MinuteSums({ namedPorts: NAMED, seed: SEED });
  const encoder = new SegmentEncoder(FLOW_TABLE, { seed: SEED });
  const copy = new RowCopy(FLOW_TABLE, ring.committed);
  const half = ring.committed >> 1;
  const quarter = half >> 1;
  sums.add(ring.columns, { start: 0, end: half });
  // The second block begins before its rows are new, as a segment that grows does.
  copy.take(ring, quarter, ring.committed);
  const start = half - quarter;
  const end = ring.committed - quarter;
  if (!numbered) sums.add(copy.columns, { start, end });
  else {
    encoder.encode(copy, end, dictionary);
    const numbers = {
      exporter: encoder.addressNumbers("exporter", start),
      src_addr: encoder.addressNumbers("src_addr", start),
      dst_addr: encoder.addressNumbers("dst_addr", start),
    };
    sums.add(copy.columns, { start, end, numbers });
  }
  return sums.take(Infinity);
}

for (const numbered of [true, false]) {
  const how = numbered ? "by the encoder's numbers" : "by numbers of its own";
  Deno.test(`sums ${how} are those of a naive evaluation, to the bit`, () => {
    const random = new Random(77);
    const rows = randomContractRows(() => random.uint32() / 2 ** 32, 3000);
    // Sums of such numbers depend on the order in which they are added.
    for (const row of rows) if (row.bytes !== undefined) row.bytes = Number(row.bytes) / 3 + 0.1;
    assertSame(sum(rows, { numbered }), rows);
  });

  Deno.test(`sums ${how}: fields that no row has`, () => {
    const rows = Array.from({ length: 40 }, (_, at) => ({
      received_at: 1_760_000_000_000 + 5000 * at,
      bytes: at,
      src_addr: `10.0.0.${at % 3}`,
    }));
    assertSame(sum(rows, { numbered }), rows);
  });

  Deno.test(`sums ${how}: more values than are told apart, and than are remembered`, () => {
    const rows = Array.from({ length: 30_000 }, (_, at) => ({
      received_at: 1_760_000_010_000,
      // The later half comes again.
      src_addr: `10.${at % 20_000 >> 8}.0.${at & 255}`,
      dst_addr: `2001:db8::${(at % 17_000).toString(16)}`,
      exporter: `192.0.2.${at % 200}`,
      in_if: (at * 7919) % 60_000,
      protocol: at % 3 === 0 ? 6 : 17,
      src_port: (at * 31) % 65_536,
      dst_port: at % 5 === 0 ? 443 : (at * 17) % 65_536,
      bytes: at / 7,
      packets: 1,
    }));
    assertSame(sum(rows, { numbered }), rows);
  });
}
