import { GAP_CLASSES_MS } from "./receive_gaps.ts";
import { DROP_REASONS, type DropReason } from "../wire/wire_error.ts";

/** Counters of one collector, in storage order: append only. */
const COUNTERS = [
  "datagrams",
  "datagram_bytes",
  "flow_records",
  "decode_errors",
  "sets_without_template",
  "templates",
  "interface_samples",
] as const;
type CounterName = (typeof COUNTERS)[number];

const HEARTBEAT = 0;
/** When something that bears flows was dropped last, Unix milliseconds. */
const LAST_DROP = 1;
const FIRST_COUNTER = 8;
const FIRST_DROP = FIRST_COUNTER + 16;
const FIRST_GAP = FIRST_DROP + 64;
const CELLS = FIRST_GAP + 16;

/** Reasons that cost no flow record: what arrived held none, or the record was kept. */
const BEARS_NO_FLOWS: ReadonlySet<DropReason> = new Set([
  "empty_datagram",
  "trailing_octets",
  "bad_value",
  "template_withdrawal",
  "implausible_sampling_rate",
  "unknown_structure",
]);

/** The counters of a collector, or the sum of several. */
export type CollectorCounters = Record<CounterName, number> & {
  drops: Partial<Record<DropReason, number>>;
};

/** How often a collector was kept from its socket while datagrams piled up, for so long. */
export interface ReceiveGap {
  readonly at_least_ms: number;
  /** Without the gaps of longer classes. */
  readonly count: number;
}

/**
 * The counters and the heartbeat of one collector, in shared memory that the main thread owns: the
 * worker counts, and what it counted outlives it.
 */
export class ControlBlock {
  readonly memory: SharedArrayBuffer;
  /** Gaps by class, see `ReceiveGaps`. */
  readonly gapCells: Float64Array;
  readonly #cells: Float64Array;

  /** @param memory as made by `ControlBlock.allocate` */
  constructor(memory: SharedArrayBuffer) {
    this.memory = memory;
    this.#cells = new Float64Array(memory);
    this.gapCells = new Float64Array(memory, FIRST_GAP * 8, GAP_CLASSES_MS.length);
  }

  /** Makes the memory of a block with all counters at 0. */
  static allocate(): SharedArrayBuffer {
    return new SharedArrayBuffer(CELLS * 8);
  }

  /** Shows that the worker's event loop turns. Worker only. */
  beat(): void {
    this.#cells[HEARTBEAT]++;
  }

  /** Changes whenever the worker has lived on. */
  get heartbeat(): number {
    return this.#cells[HEARTBEAT];
  }

  /** Counts a datagram of `bytes` octets. Worker only. */
  datagram(bytes: number): void {
    this.#cells[HEARTBEAT]++;
    this.#cells[FIRST_COUNTER]++;
    this.#cells[FIRST_COUNTER + 1] += bytes;
  }

  /** Says how many rows the ring has been given. Worker only. */
  flowRecords(total: number): void {
    this.#cells[FIRST_COUNTER + 2] = total;
  }

  /** Says how many interface samples have been kept. Worker only. */
  interfaceSamples(total: number): void {
    this.#cells[FIRST_COUNTER + 6] = total;
  }

  /** Counts templates that are new. Worker only. */
  templates(count: number): void {
    this.#cells[FIRST_COUNTER + 5] += count;
  }

  /** Counts sets that wait for their template, less those that have got it. Worker only. */
  setsWithoutTemplate(change: number): void {
    this.#cells[FIRST_COUNTER + 4] += change;
  }

  /** Counts `count` things dropped for a reason, at `nowMs` in Unix milliseconds. Worker only. */
  drop(reason: DropReason, count: number, nowMs: number): void {
    if (!BEARS_NO_FLOWS.has(reason)) this.#cells[LAST_DROP] = nowMs;
    this.#cells[FIRST_COUNTER + 3]++;
    this.#cells[FIRST_DROP + DROP_REASONS.indexOf(reason)] += count;
  }

  /** Counts a datagram that is not looked into because of who sent it. Worker only. */
  refuse(): void {
    // Nothing failed, and no flow that is wanted was lost.
    this.#cells[FIRST_DROP + DROP_REASONS.indexOf("exporter_not_allowed")]++;
  }

  /** When something that bears flows was dropped last, Unix milliseconds; 0 for never. */
  get lastDropMs(): number {
    return this.#cells[LAST_DROP];
  }

  /** Gaps between receiving one datagram and the next, by how long they were; none that never was. */
  gaps(): ReceiveGap[] {
    return GAP_CLASSES_MS.map((at_least_ms, place) => ({
      at_least_ms,
      count: this.gapCells[place],
    }))
      .filter(({ count }) => count > 0);
  }

  /** The counters as they stand. */
  counters(): CollectorCounters {
    const counters = { drops: {} } as CollectorCounters;
    COUNTERS.forEach((name, i) => counters[name] = this.#cells[FIRST_COUNTER + i]);
    DROP_REASONS.forEach((reason, i) => {
      const count = this.#cells[FIRST_DROP + i];
      if (count > 0) counters.drops[reason] = count;
    });
    return counters;
  }
}

/** Adds counters up. */
export function sumCounters(all: readonly CollectorCounters[]): CollectorCounters {
  const sum = { drops: {} } as CollectorCounters;
  for (const name of COUNTERS) sum[name] = all.reduce((total, next) => total + next[name], 0);
  for (const { drops } of all) {
    for (const [reason, count] of Object.entries(drops)) {
      const key = reason as DropReason;
      sum.drops[key] = (sum.drops[key] ?? 0) + count;
    }
  }
  return sum;
}
