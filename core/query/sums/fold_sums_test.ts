import assert from "node:assert/strict";
import { DIMENSIONS, ROLLUP_TABLE } from "../../flow/rollup_schema.ts";
import { SegmentFault } from "../../flow/segment/segment_fault.ts";
import { foldSums } from "./fold_sums.ts";
import { type SumRows, type SumTier, TIER_MS, type TrafficSums } from "./traffic_sums.ts";

const { minutes: MINUTE, hours: HOUR } = TIER_MS;
/** Begin of an hour. */
const AT = 20_000 * 24 * HOUR;
const EXPORTER = DIMENSIONS.indexOf("exporter");
/** Longer than a slice of work. */
const SLOW_MS = 6;

/** Sums by exporter of some minutes or hours, a flow each. */
function block(...times: readonly number[]): SumRows {
  const rows = times.length;
  const columns = {
    received_at: Float64Array.from(times, (time) => AT + time),
    dimension: new Uint8Array(rows).fill(EXPORTER),
    exporter: new Uint32Array(4 * rows),
    presence: new Uint32Array(rows).fill(1 << ROLLUP_TABLE.presenceBit("exporter")),
    flows: new Float64Array(rows).fill(1),
    bytes: new Float64Array(rows),
    packets: new Float64Array(rows),
    rest_of: new Float64Array(rows),
  };
  // Of keys those of the dimension that is asked for are read.
  return { start: 0, end: rows, columns: columns as unknown as SumRows["columns"] };
}

/** Reads blocks, each of which takes longer than a slice of work, until `after` of them are enough. */
async function read(
  blocks: readonly (SumRows | SegmentFault)[],
  { after, tier = "minutes" }: { after: number; tier?: SumTier },
): Promise<{ flows: number; stoppedAt: number | null }> {
  let given = 0;
  const sums: TrafficSums = {
    reach: () => null,
    summedUpTo: () => 0,
    unsummed: () => [],
    *read() {
      for (const one of blocks) {
        for (const until = performance.now() + SLOW_MS; performance.now() < until;);
        given++;
        yield one;
      }
    },
  };
  let flows = 0;
  const { stoppedAt } = await foldSums(sums, {
    tier,
    span: { fromMs: AT, toMs: AT + 24 * HOUR },
    dimension: "exporter",
    withRest: true,
    enough: () => given >= after,
  }, ({ rows }) => flows += rows);
  return { flows, stoppedAt: stoppedAt === null ? null : stoppedAt - AT };
}

const CASES: readonly {
  readonly name: string;
  readonly blocks: readonly (SumRows | SegmentFault)[];
  readonly after: number;
  readonly tier?: SumTier;
  readonly flows: number;
  readonly stoppedAt: number | null;
}[] = [
  {
    name: "where the first minute begins that was not read",
    blocks: [block(0), block(MINUTE), block(2 * MINUTE), block(7 * MINUTE)],
    after: 2,
    flows: 2,
    stoppedAt: 2 * MINUTE,
  },
  {
    name: "behind minutes without traffic, which are covered too",
    blocks: [block(0), block(MINUTE), block(7 * MINUTE)],
    after: 2,
    flows: 2,
    stoppedAt: 7 * MINUTE,
  },
  {
    name: "behind what was summed late of the hour that was read",
    blocks: [block(0, 59 * MINUTE), block(5 * MINUTE), block(HOUR)],
    after: 1,
    flows: 3,
    stoppedAt: HOUR,
  },
  {
    name: "behind minutes that an hour does not have",
    blocks: [block(0), block(5 * MINUTE), block(HOUR), block(2 * HOUR)],
    after: 1,
    tier: "hours",
    flows: 2,
    stoppedAt: HOUR,
  },
  {
    name: "nowhere where nothing was left to read",
    blocks: [block(0), block(MINUTE)],
    after: 2,
    flows: 2,
    stoppedAt: null,
  },
  {
    name: "nowhere where what was left cannot be read",
    blocks: [block(0), new SegmentFault("changed")],
    after: 1,
    flows: 1,
    stoppedAt: null,
  },
];

for (const { name, blocks, after, tier, flows, stoppedAt } of CASES) {
  Deno.test(`reading sums that is ended early stops ${name}`, async () => {
    assert.deepEqual(await read(blocks, { after, tier }), { flows, stoppedAt });
  });
}
