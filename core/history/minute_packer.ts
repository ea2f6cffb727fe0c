import { DIMENSIONS, KEY_FIELDS, ROLLUP_TABLE, type RollupRow } from "../flow/rollup_schema.ts";
import { RowCopy } from "../flow/segment/row_copy.ts";
import { SegmentDecoder } from "../flow/segment/segment_decoder.ts";
import { SEGMENT_ROWS } from "../flow/segment/segment_directory.ts";
import { SegmentEncoder } from "../flow/segment/segment_encoder.ts";
import { SegmentFault } from "../flow/segment/segment_fault.ts";
import { type Column, elementsPerRow } from "../flow/table_columns.ts";
import type { PackedHour, StoredRollup } from "./rollup_store.ts";

/** Fields of every row, beside its key. */
const SUM_FIELDS = ["presence", "dimension", "flows", "bytes", "packets", "rest_of"] as const;
const FIELDS = ROLLUP_TABLE.stored.map(({ name }) => name);
const NO_TEXTS = { text: () => null };

/**
 * Puts the minutes of an hour together, a segment for each dimension. That takes a third less room,
 * and who asks by one dimension reads the rows of that alone: one segment an hour rather than sixty
 * of all dimensions.
 */
export class MinutePacker {
  readonly #encoder: SegmentEncoder<RollupRow>;
  readonly #decoder = new SegmentDecoder<RollupRow>(ROLLUP_TABLE);
  /** Memory is taken as it is used. */
  readonly #rows = DIMENSIONS.map(() => new RowCopy<RollupRow>(ROLLUP_TABLE, SEGMENT_ROWS));

  /** @param options `seed` by chance for hashing */
  constructor(options: { seed: number }) {
    this.#encoder = new SegmentEncoder(ROLLUP_TABLE, options);
  }

  /**
   * Packs minutes.
   *
   * @param minutes of one hour, in their order; those that the disk has changed are left as they are
   * @returns null where they are more than a segment holds
   */
  pack(minutes: Iterable<StoredRollup>): PackedHour | null {
    const counts = DIMENSIONS.map(() => 0);
    const ids: number[] = [];
    for (const { id, atMs, directory, pages } of minutes) {
      const decoded = this.#decoder.decode(directory, FIELDS, pages);
      if (decoded instanceof SegmentFault) continue;
      const columns = decoded.columns as unknown as Readonly<Record<string, Column>>;
      for (let start = 0, end = 0; start < decoded.rows; start = end) {
        const dimension = columns.dimension[start];
        while (end < decoded.rows && columns.dimension[end] === dimension) end++;
        if (dimension >= DIMENSIONS.length) continue;
        const count = counts[dimension] + end - start;
        if (count > SEGMENT_ROWS) return null;
        this.#copy(dimension, counts[dimension], { columns, start, end, atMs });
        counts[dimension] = count;
      }
      ids.push(id);
    }
    const packed = DIMENSIONS.flatMap((dimension, place) => {
      const [rows, count] = [this.#rows[place], counts[place]];
      return count === 0
        ? []
        : [{ dimension, encoded: this.#encoder.encode(rows, count, NO_TEXTS) }];
    });
    return { packed, ids };
  }

  /** Copies rows of one dimension, and of their fields those that it has. */
  #copy(
    dimension: number,
    slot: number,
    { columns, start, end, atMs }: {
      columns: Readonly<Record<string, Column>>;
      start: number;
      end: number;
      atMs: number;
    },
  ): void {
    const to = this.#rows[dimension].columns as unknown as Readonly<Record<string, Column>>;
    to.received_at.fill(atMs, slot, slot + end - start);
    for (const field of [...SUM_FIELDS, ...KEY_FIELDS[DIMENSIONS[dimension]]]) {
      const words = field === "presence" ? 1 : elementsPerRow(ROLLUP_TABLE, field);
      to[field].set(columns[field].subarray(start * words, end * words), slot * words);
    }
  }
}
