import { type Dimension, DIMENSIONS, ROLLUP_TABLE } from "../../flow/rollup_schema.ts";
import { SegmentFault } from "../../flow/segment/segment_fault.ts";
import { turn } from "../scan.ts";
import { SumBlock } from "./sum_block.ts";
import {
  type Span,
  type SumRows,
  type SumTier,
  TIER_MS,
  type TrafficSums,
  type UnsummedRows,
} from "./traffic_sums.ts";

/** Work in one go before messages and timers of the thread get their turn. */
const SLICE_MS = 4;

/** What values came to that sums do not tell apart: those with least bytes of a minute or hour. */
export interface SummedRest {
  /** Of how many values one minute or hour has the rest, at least, at the most. */
  values: number;
  flows: number;
  bytes: number;
  packets: number;
}

/** What was read of sums. */
export interface SumsRead {
  rows: number;
  /** Minutes or hours that could not be read. */
  damaged: number;
  readonly rest: SummedRest;
  /** Rows that should be in them. */
  readonly unsummed: readonly UnsummedRows[];
  /**
   * Begin of the first that was not read, since it was enough: all before it were. null when all
   * were.
   */
  stoppedAt: number | null;
}

/** Which sums to read, and what of them. */
export interface SumsAsked {
  readonly tier: SumTier;
  readonly span: Span;
  readonly dimension: Dimension;
  /** Whether rests are visited too, as rows without a key. */
  readonly withRest: boolean;
  /** Asked every few milliseconds; true ends the reading behind the minute or hour that it is at. */
  readonly enough: () => boolean;
}

/**
 * Reads the sums of a time by one dimension, block by block, and lets others run between blocks.
 *
 * @param sums to read
 * @param asked which of them
 * @param visit sees rows 0 to `rows` of the one block, whose minutes or hours do not decrease
 * @throws what the sums throw
 */
export async function foldSums(
  sums: TrafficSums,
  { tier, span, dimension, withRest, enough }: SumsAsked,
  visit: (block: SumBlock) => void,
): Promise<SumsRead> {
  const block = new SumBlock(dimension);
  const number = DIMENSIONS.indexOf(dimension);
  const restBit = ROLLUP_TABLE.presenceBit("rest_of");
  const read: SumsRead = {
    rows: 0,
    damaged: 0,
    rest: { values: 0, flows: 0, bytes: 0, packets: 0 },
    unsummed: sums.unsummed(span),
    stoppedAt: null,
  };
  const flush = (): void => {
    if (block.rows > 0) visit(block);
    block.rows = 0;
  };
  let lastMs = -Infinity;
  /** End of what was read. */
  let readToMs = -Infinity;
  let ending = false;
  let sliceEnds = performance.now() + SLICE_MS;
  for (const one of sums.read(tier, { span, dimension })) {
    if (one instanceof SegmentFault) {
      read.damaged++;
      continue;
    }
    const { columns, start, end } = one;
    if (start === end) continue;
    // What was summed late of an hour comes behind the rest of it.
    if (ending && columns.received_at[start] >= readToMs) {
      read.stoppedAt = columns.received_at[start];
      break;
    }
    if (columns.received_at[start] < lastMs) flush();
    lastMs = columns.received_at[end - 1];
    readToMs = Math.max(readToMs, (Math.floor(lastMs / TIER_MS[tier]) + 1) * TIER_MS[tier]);
    const isOne = (row: number) => columns.dimension[row] === number;
    const isRest = (row: number) => (columns.presence[row] >>> restBit & 1) === 1;
    for (let row = start, stop = start; row < end; row = stop) {
      const rest = isRest(row);
      const asked = isOne(row);
      // Rows of one dimension lie together, its rest behind them.
      do stop++; while (!rest && stop < end && isOne(stop) === asked && !isRest(stop));
      if (!asked) continue;
      read.rows += stop - row;
      if (rest) addRest(read.rest, one, row);
      if (rest && !withRest) continue;
      for (let next = row; next < stop;) {
        next = block.add(one, next, stop);
        if (next < stop) flush();
      }
    }
    if (ending || performance.now() <= sliceEnds) continue;
    if (enough()) {
      ending = true;
      continue;
    }
    await turn();
    sliceEnds = performance.now() + SLICE_MS;
  }
  flush();
  return read;
}

function addRest(rest: SummedRest, { columns }: SumRows, row: number): void {
  const knows = (field: "bytes" | "packets") =>
    (columns.presence[row] >>> ROLLUP_TABLE.presenceBit(field) & 1) === 1;
  rest.values = Math.max(rest.values, columns.rest_of[row]);
  rest.flows += columns.flows[row];
  if (knows("bytes")) rest.bytes += columns.bytes[row];
  if (knows("packets")) rest.packets += columns.packets[row];
}
