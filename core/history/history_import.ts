import type { FlowColumns } from "../flow/columns.ts";
import { FLOW_TABLE, type FlowRow } from "../flow/schema.ts";
import { RowCopy } from "../flow/segment/row_copy.ts";
import { SEGMENT_ROWS } from "../flow/segment/segment_directory.ts";
import { SegmentEncoder } from "../flow/segment/segment_encoder.ts";
import type { Texts } from "../flow/texts.ts";
import type { HistoryStore } from "./history_store.ts";

/** Stands for the port of a collector: what is imported came through none. */
export const IMPORT_PORT = 0;

/** Rows that are to become segments. */
export interface ImportedRows {
  readonly columns: FlowColumns;
  /** Where they lie: at most SEGMENT_ROWS, in any order of arrival. */
  readonly slots: Iterable<number>;
  /** Capability by slot. */
  readonly capabilityOf: (slot: number) => string;
  readonly texts: Texts;
}

/** Rows of one capability whose arrivals do not go back, as a ring's do. */
interface Lane {
  readonly capability: string;
  readonly epoch: number;
  nextRow: number;
  lastMs: number;
}

/**
 * Writes rows from elsewhere into history, as if collectors that are gone had received them. Within
 * a ring arrivals never go back, so rows are put in order, and what lies before an earlier block
 * begins a ring of its own. A segment that an earlier import of the same rows wrote is not written
 * again.
 */
export class HistoryImport {
  readonly #store: HistoryStore;
  readonly #nowMs: number;
  readonly #copy = new RowCopy<FlowRow>(FLOW_TABLE, SEGMENT_ROWS);
  readonly #encoder: SegmentEncoder<FlowRow>;
  readonly #lanes: Lane[] = [];
  /** Rows that were written. */
  written = 0;
  /** Rows that were there already, from an earlier import. */
  known = 0;
  /** First arrival of them all, Unix milliseconds. */
  oldestMs = Infinity;

  /**
   * @param store that nobody else writes
   * @param options `nowMs`, Unix milliseconds; `seed`, a number by chance for hashing
   */
  constructor(store: HistoryStore, { nowMs, seed }: { nowMs: number; seed: number }) {
    this.#store = store;
    this.#nowMs = nowMs;
    this.#encoder = new SegmentEncoder(FLOW_TABLE, { seed });
  }

  /**
   * Writes rows: a segment for each capability.
   *
   * @param rows any number of them
   * @throws what SQLite throws; segments that were written before stay
   */
  add({ columns, slots: all, capabilityOf, texts }: ImportedRows): void {
    const byCapability = new Map<string, number[]>();
    for (const slot of all) {
      const capability = capabilityOf(slot);
      const slots = byCapability.get(capability);
      if (slots === undefined) byCapability.set(capability, [slot]);
      else slots.push(slot);
    }
    const { received_at: arrivals } = columns;
    for (const [capability, slots] of byCapability) {
      // The sort is stable: rows of one moment stay in their order.
      slots.sort((a, b) => arrivals[a] - arrivals[b]);
      this.#copy.gather(columns, slots);
      this.#write(capability, slots.length, texts);
    }
  }

  #write(capability: string, count: number, texts: Texts): void {
    const { received_at: arrivals } = this.#copy.columns;
    const [fromMs, toMs] = [arrivals[0], arrivals[count - 1]];
    this.oldestMs = Math.min(this.oldestMs, fromMs);
    const encoded = this.#encoder.encode(this.#copy, count, texts);
    if (this.#store.holds({ capability, port: IMPORT_PORT, fromMs, toMs, encoded })) {
      this.known += count;
      return;
    }
    const lane = this.#lane(capability, fromMs);
    const { epoch, nextRow: firstRow } = lane;
    const endRow = firstRow + count;
    const span = { capability, port: IMPORT_PORT, epoch, firstRow, endRow };
    this.#store.append({ ...span, fromMs, toMs, encoded });
    lane.nextRow = endRow;
    lane.lastMs = toMs;
    this.written += count;
  }

  /** The ring that fits best: the one that ends last before the rows. */
  #lane(capability: string, fromMs: number): Lane {
    const fitting = this.#lanes.filter((lane) =>
      lane.capability === capability && lane.lastMs <= fromMs
    );
    if (fitting.length > 0) return fitting.reduce((a, b) => b.lastMs > a.lastMs ? b : a);
    const epochs = this.#lanes.filter((lane) => lane.capability === capability)
      .map(({ epoch }) => epoch);
    let epoch = Math.max(this.#nowMs, ...epochs.map((taken) => taken + 1));
    // An earlier import may have begun in the same millisecond.
    while (this.#store.sealedUpTo({ capability, port: IMPORT_PORT, epoch }) > 0) epoch++;
    const lane = { capability, epoch, nextRow: 0, lastMs: -Infinity };
    this.#lanes.push(lane);
    return lane;
  }
}
