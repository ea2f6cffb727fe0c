import { readRecord } from "../flow/record_reader.ts";
import { RingReader } from "../flow/ring_reader.ts";
import { type FlowRecord, presenceBit, STORED_FIELDS } from "../flow/schema.ts";
import { isPresent } from "../flow/columns.ts";
import {
  FIVE_TUPLE_FIELDS,
  FIVE_TUPLE_WORDS,
  type FiveTuple,
  fiveTupleKey,
  writeFiveTuple,
} from "../query/five_tuple.ts";
import type { FlowSource } from "../query/flow_source.ts";
import { GroupTable } from "../query/group_table.ts";
import { scanWindow, type TimeWindow } from "../query/scan.ts";

/** Most flows that examples are looked up for at once. */
export const MAX_SAMPLED_SUBJECTS = 100;
const PER_SUBJECT = 3;
const LATENCY_BIT = presenceBit("latency_ms");
const EVENT_BIT = presenceBit("event");

/** Which flows to show examples of. */
export interface SampleQuestion {
  readonly window: TimeWindow;
  /** At most MAX_SAMPLED_SUBJECTS. */
  readonly subjects: readonly FiveTuple[];
}

/** Records of each subject, in the order asked. */
export interface SampleAnswer {
  records: FlowRecord[][];
}

interface Found {
  source: FlowSource;
  row: number;
  latencyMs: number;
}

/**
 * The slowest records of some flows, as evidence.
 *
 * @param sources rings to read
 * @param question which flows, over which window
 */
export async function sampleFlows(
  sources: readonly FlowSource[],
  { window, subjects }: SampleQuestion,
): Promise<SampleAnswer> {
  const wanted = new GroupTable(FIVE_TUPLE_WORDS, MAX_SAMPLED_SUBJECTS);
  const ids = subjects.slice(0, MAX_SAMPLED_SUBJECTS).map((subject) => {
    fiveTupleKey(subject, wanted.key);
    return wanted.find();
  });
  const found: Found[][] = ids.map(() => []);
  const fields = [...FIVE_TUPLE_FIELDS, "latency_ms"] as const;
  await scanWindow(sources, { window, fields }, (block, { start, end, firstRow }, origin) => {
    const source = sources.find((one) => one === origin)!;
    for (let slot = start; slot < end; slot++) {
      if (!isPresent(block, { slot, bit: LATENCY_BIT })) continue;
      if (isPresent(block, { slot, bit: EVENT_BIT })) continue;
      writeFiveTuple(block, slot, wanted.key);
      const id = wanted.peek();
      if (id < 0) continue;
      keepSlowest(found[id], {
        source,
        row: firstRow + slot - start,
        latencyMs: block.latency_ms[slot],
      });
    }
  });
  return { records: ids.map((id) => found[id].flatMap(readRow)) };
}

function keepSlowest(found: Found[], next: Found): void {
  found.push(next);
  found.sort((a, b) => b.latencyMs - a.latencyMs);
  found.length = Math.min(found.length, PER_SUBJECT);
}

/** The record, unless its row has been overwritten meanwhile. */
function readRow({ source, row }: Found): FlowRecord[] {
  const reader = new RingReader(source.ring, {
    fields: STORED_FIELDS.map(({ name }) => name),
    blockRows: 1,
  });
  const { start, end, firstRow } = reader.read(row, row + 1);
  return end > start && firstRow === row ? [readRecord(reader.block, start, source)] : [];
}
