import { isPresent } from "../flow/columns.ts";
import { presenceBit } from "../flow/schema.ts";
import { firstRowSince, RingReader } from "../flow/ring_reader.ts";
import type { FlowSource } from "../query/flow_source.ts";
import type { ScanReport } from "../query/scan.ts";
import { ScanLedger } from "../query/scan_ledger.ts";
import { LATENCY_FIELDS, LatencyAggregate, type LatencyPicture } from "./latency_aggregate.ts";

const BLOCK_ROWS = 8192;
const LATENCY_BIT = presenceBit("latency_ms");

/**
 * Most flows over the threshold that an evaluation names: more than the alert book keeps, so that
 * flows in their cooldown cannot crowd out one that has not been told of.
 */
const MAX_OFFENDERS = 12_000;

/** What an evaluation is to look for. */
export interface EvaluateLatency {
  /** End of the window, Unix milliseconds. */
  readonly nowMs: number;
  readonly windowMs: number;
  /** Flows with fewer samples are not judged. */
  readonly minSamples: number;
  /** Flows with a p95 above this (ms) are named. */
  readonly thresholdMs: number;
}

/** What an evaluation found: `flows` are those over the threshold, highest p95 first. */
export interface LatencyEvaluation extends LatencyPicture {
  /** Flows over the threshold, also those that are not named. */
  over_threshold: number;
  scan: ScanReport;
}

/** One ring and how far it has been read. */
interface Cursor {
  next: number;
  /** Reads the presence map and the report's columns of every row. */
  readonly probe: RingReader<"received_at" | "sampling_source">;
  /** Reads a block again, whole, when the probe has seen latency in it. */
  readonly full: RingReader<(typeof LATENCY_FIELDS)[number]>;
}

/**
 * Watches the latency of flows: follows every ring with a cursor of its own, so that neither window
 * nor cost depends on how deep the ring is.
 */
export class LatencyMonitor {
  #aggregate: LatencyAggregate;
  #ledger = new ScanLedger();
  readonly #cursors: Cursor[] = [];
  #windowMs: number;

  /** @param windowMs length of the window in ms */
  constructor(windowMs: number) {
    this.#windowMs = windowMs;
    this.#aggregate = new LatencyAggregate(windowMs);
  }

  /** Begins to follow a collector, with what its ring still holds. */
  follow({ ring }: FlowSource): void {
    const cursor: Cursor = {
      next: 0,
      probe: new RingReader(ring, {
        fields: ["received_at", "sampling_source"],
        blockRows: BLOCK_ROWS,
      }),
      full: new RingReader(ring, { fields: LATENCY_FIELDS, blockRows: BLOCK_ROWS }),
    };
    this.#begin(cursor, ring.oldest);
    this.#cursors.push(cursor);
  }

  /** Takes in the rows that are there now: at most what each ring holds. */
  catchUp(): void {
    for (const cursor of this.#cursors) {
      const end = cursor.probe.ring.committed;
      while (cursor.next < end) this.#readBlock(cursor);
    }
  }

  /**
   * What the window holds at a moment. Another window than before is filled from the rings again.
   *
   * @param ask end of the window and which flows to tell of
   */
  evaluate({ nowMs, windowMs, minSamples, thresholdMs }: EvaluateLatency): LatencyEvaluation {
    if (windowMs !== this.#windowMs) this.#restart(windowMs, nowMs);
    this.catchUp();
    this.#aggregate.advance(nowMs);
    const picture = this.#aggregate.picture({ minSamples, aboveMs: thresholdMs });
    return {
      ...picture,
      over_threshold: picture.flows.length,
      flows: picture.flows.slice(0, MAX_OFFENDERS),
      scan: this.#ledger.report(nowMs - windowMs, nowMs),
    };
  }

  #restart(windowMs: number, nowMs: number): void {
    this.#windowMs = windowMs;
    this.#aggregate = new LatencyAggregate(windowMs);
    this.#ledger = new ScanLedger();
    for (const cursor of this.#cursors) {
      this.#begin(cursor, firstRowSince(cursor.probe.ring, nowMs - windowMs));
    }
  }

  /** Reads on from a row; where older ones of the window are gone, the report has to say so. */
  #begin(cursor: Cursor, row: number): void {
    const { ring } = cursor.probe;
    cursor.next = row;
    if (row > 0 && row <= ring.oldest && row < ring.committed) {
      this.#ledger.overwrittenBefore(ring.columns.received_at[row & ring.mask]);
    }
  }

  #readBlock(cursor: Cursor): void {
    const { probe, full } = cursor;
    const seen = probe.read(cursor.next);
    const { received_at, sampling_source } = probe.block;
    let withLatency = false;
    for (let slot = seen.start; slot < seen.end; slot++) {
      this.#ledger.row(received_at[slot], sampling_source[slot]);
      withLatency ||= isPresent(probe.block, { slot, bit: LATENCY_BIT });
    }
    cursor.next = seen.firstRow + seen.end - seen.start;
    let { missed } = seen;
    if (withLatency) {
      const again = full.read(seen.firstRow, cursor.next);
      missed += again.missed;
      for (let slot = again.start; slot < again.end; slot++) this.#aggregate.add(full.block, slot);
    }
    if (missed > 0) this.#ledger.missed(missed, received_at[seen.start]);
  }
}
