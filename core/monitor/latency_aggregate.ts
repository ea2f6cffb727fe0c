import { countOf } from "../count_of.ts";
import { type FlowColumns, isPresent } from "../flow/columns.ts";
import { presenceBit } from "../flow/schema.ts";
import {
  FIVE_TUPLE_FIELDS,
  FIVE_TUPLE_WORDS,
  type FiveTuple,
  readFiveTuple,
  writeFiveTuple,
} from "../query/five_tuple.ts";
import { GroupTable } from "../query/group_table.ts";
import type { Approximation } from "../query/trust.ts";
import { LatencyWindow } from "./latency_window.ts";
import { latencyWindowDefaults } from "./latency_window_limits.ts";

/** Columns that a latency aggregate reads. */
export const LATENCY_FIELDS = [
  ...FIVE_TUPLE_FIELDS,
  "latency_ms",
  "received_at",
  "event",
] as const;

/** A block with these columns. */
export type LatencyColumns = Pick<FlowColumns, (typeof LATENCY_FIELDS)[number] | "presence">;

/** Latency of one flow within a window. */
export interface FlowLatency extends FiveTuple {
  samples: number;
  min_ms: number;
  avg_ms: number;
  p50_ms: number;
  p95_ms: number;
  p99_ms: number;
  max_ms: number;
}

/** What an aggregate holds at a moment. */
export interface LatencyPicture {
  /** Flows with latency in the window. */
  flow_count: number;
  samples: number;
  /** Highest p95 first. */
  flows: FlowLatency[];
  approximate: Approximation[];
}

/** Why a sample does not count, or not as it came. */
type Flaw = "no room" | "late" | "clamped";

const FLAWED: Readonly<Record<Flaw, string>> = {
  "no room": "flows",
  late: "samples",
  clamped: "highest latencies",
};
const TROUBLE: Readonly<Record<Flaw, string>> = {
  "no room": "samples found no room in memory",
  late: "came too late to count",
  clamped: `above ${latencyWindowDefaults.maxLatencyMs} ms count as that`,
};

const LATENCY_BIT = presenceBit("latency_ms");
const EVENT_BIT = presenceBit("event");

/** Latency by 5-tuple: fed from a scan or from a cursor that follows a ring. */
export class LatencyAggregate {
  readonly #groups: GroupTable;
  readonly #window: LatencyWindow;
  readonly #key = new Uint32Array(FIVE_TUPLE_WORDS);
  /** What could not be taken as it was, since nothing was in the window. */
  readonly #flaws = new Map<Flaw, { count: number; lastMs: number }>();

  /** @param windowMs length of the window in ms */
  constructor(windowMs: number) {
    this.#window = new LatencyWindow({ windowMs });
    this.#groups = new GroupTable(FIVE_TUPLE_WORDS, this.#window.limits.maxGroups);
  }

  /**
   * Takes a row into account. Rows without latency and events pass by: unknown is not 0.
   *
   * @param columns block of private copies
   * @param slot of the row
   */
  add(columns: LatencyColumns, slot: number): void {
    if (!isPresent(columns, { slot, bit: LATENCY_BIT })) return;
    if (isPresent(columns, { slot, bit: EVENT_BIT })) return;
    writeFiveTuple(columns, slot, this.#groups.key);
    const group = this.#groups.find();
    const atMs = columns.received_at[slot];
    if (group < 0) return this.#flaw("no room", atMs);
    const { refused, clamped } = this.#window;
    const { late, byte_limit } = refused;
    this.#window.add(group, columns.latency_ms[slot], atMs);
    if (!this.#window.holds(group)) this.#groups.release(group);
    if (refused.late > late) this.#flaw("late", atMs);
    else if (refused.byte_limit > byte_limit) this.#flaw("no room", atMs);
    else if (this.#window.clamped > clamped) this.#flaw("clamped", atMs);
  }

  #flaw(flaw: Flaw, atMs: number): void {
    const known = this.#flaws.get(flaw);
    this.#flaws.set(flaw, { count: (known?.count ?? 0) + 1, lastMs: atMs });
  }

  /** Moves the window's end to `nowMs` and forgets flows that have none in it. */
  advance(nowMs: number): void {
    this.#window.advance(nowMs, (group) => this.#groups.release(group));
    for (const [flaw, { lastMs }] of this.#flaws) {
      if (lastMs < nowMs - this.#window.windowMs) this.#flaws.delete(flaw);
    }
  }

  /**
   * The flows of the window.
   *
   * @param choice flows with fewer than `minSamples` or a p95 not above `aboveMs` are counted and
   *   left out
   */
  picture({ minSamples, aboveMs }: { minSamples: number; aboveMs: number }): LatencyPicture {
    const flows: FlowLatency[] = [];
    let flowCount = 0;
    let samples = 0;
    let sketched = 0;
    this.#window.forEachActive((group) => {
      const stats = this.#window.statistics(group);
      if (stats === null) return;
      flowCount++;
      samples += stats.samples;
      if (!stats.exact) sketched++;
      if (stats.samples < minSamples || stats.p95Ms <= aboveMs) return;
      this.#groups.readKey(group, this.#key);
      flows.push({
        ...readFiveTuple(this.#key),
        samples: stats.samples,
        min_ms: toMicrosecond(stats.minMs),
        avg_ms: toMicrosecond(stats.avgMs),
        p50_ms: toMicrosecond(stats.p50Ms),
        p95_ms: toMicrosecond(stats.p95Ms),
        p99_ms: toMicrosecond(stats.p99Ms),
        max_ms: toMicrosecond(stats.maxMs),
      });
    });
    flows.sort((a, b) => b.p95_ms - a.p95_ms || b.samples - a.samples);
    return { flow_count: flowCount, samples, flows, approximate: this.#approximate(sketched) };
  }

  #approximate(sketched: number): Approximation[] {
    const found: Approximation[] = [];
    const { relativeError, exactSamples } = latencyWindowDefaults;
    if (sketched > 0) {
      found.push({
        figure: `latency of ${countOf(sketched, "flow")} with more than ${exactSamples} samples`,
        error:
          `within ${relativeError * 100} % of a sample at that rank; the window may reach back ` +
          `${Math.ceil(this.#window.edgeErrorMs)} ms further`,
      });
    }
    for (const [flaw, { count }] of this.#flaws) {
      found.push({ figure: FLAWED[flaw], error: `${count} ${TROUBLE[flaw]}` });
    }
    return found;
  }
}

/** Finer than exporters measure; a mean would otherwise trail a tail of digits. */
function toMicrosecond(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
