import { RowCopy } from "../flow/segment/row_copy.ts";
import { SegmentDecoder } from "../flow/segment/segment_decoder.ts";
import type { SegmentDirectory } from "../flow/segment/segment_directory.ts";
import { type EncodedSegment, SegmentEncoder } from "../flow/segment/segment_encoder.ts";
import { SegmentFault } from "../flow/segment/segment_fault.ts";
import type { Column } from "../flow/table_columns.ts";
import { keyStride, keyWords } from "./dimension_keys.ts";
import { SUM, type ValueSums } from "./key_sums.ts";
import type { BucketSums } from "./minute_sums.ts";
import {
  type Dimension,
  DIMENSIONS,
  KEY_FIELDS,
  ROLLUP_TABLE,
  type RollupRow,
} from "../flow/rollup_schema.ts";

/** Values that are kept one by one: of hosts there are many, and most say little. */
export interface KeptValues {
  readonly hosts: number;
  readonly others: number;
}

const MAX_ROWS = 16_384;
/** Fields beside the key: a string field there is none. */
const NO_TEXTS = { text: () => null };
const FIELDS = ROLLUP_TABLE.stored.map(({ name }) => name);

/** Turns sums into segments of the rollup table, and back. */
export class RollupCodec {
  readonly #encoder: SegmentEncoder<RollupRow>;
  readonly #decoder = new SegmentDecoder<RollupRow>(ROLLUP_TABLE);
  readonly #rows = new RowCopy<RollupRow>(ROLLUP_TABLE, MAX_ROWS);

  /** @param options `seed` by chance for hashing */
  constructor(options: { seed: number }) {
    this.#encoder = new SegmentEncoder(ROLLUP_TABLE, options);
  }

  /**
   * Writes the sums of one minute or hour: the values with most bytes, and the rest of each dimension.
   *
   * @param atMs begin, Unix milliseconds
   * @param bucket the sums
   * @param keep how many values of a dimension; together at most 16,000
   * @returns null where there was no traffic
   */
  encode(atMs: number, bucket: BucketSums, { hosts, others }: KeptValues): EncodedSegment | null {
    let row = 0;
    for (const dimension of DIMENSIONS) {
      const isHost = dimension === "src_addr" || dimension === "dst_addr";
      for (const value of bucket[dimension].top(isHost ? hosts : others)) {
        this.#writeKey(row, dimension, value.words);
        this.#writeSums(row++, atMs, value);
      }
    }
    return row === 0 ? null : this.#encoder.encode(this.#rows, row, NO_TEXTS);
  }

  /**
   * Adds what a segment holds to sums.
   *
   * @param directory of the segment
   * @param pages of it
   * @param bucket to add to
   * @returns what is wrong with the segment, of which nothing was added then; null for nothing
   */
  addTo(
    directory: SegmentDirectory,
    pages: ReadonlyMap<string, Uint8Array>,
    bucket: BucketSums,
  ): SegmentFault | null {
    const decoded = this.#decoder.decode(directory, FIELDS, pages);
    if (decoded instanceof SegmentFault) return decoded;
    const { columns } = decoded;
    const known = (row: number, field: (typeof FIELDS)[number]) =>
      (columns.presence[row] >>> ROLLUP_TABLE.presenceBit(field)) & 1;
    for (let row = 0; row < decoded.rows; row++) {
      const dimension = DIMENSIONS[columns.dimension[row]];
      if (dimension === undefined) continue;
      const [bytes, packets] = [known(row, "bytes"), known(row, "packets")];
      const sums = new Float64Array([
        columns.flows[row],
        bytes,
        bytes && columns.bytes[row],
        packets,
        packets && columns.packets[row],
      ]);
      const restOf = known(row, "rest_of") ? columns.rest_of[row] : null;
      bucket[dimension].add({ words: this.#keyOf(columns, row, dimension), restOf, sums });
    }
    return null;
  }

  #writeKey(row: number, dimension: Dimension, words: Uint32Array): void {
    const columns = this.#rows.columns as unknown as Readonly<Record<string, Column>>;
    columns.presence[row] = 0;
    columns.dimension[row] = DIMENSIONS.indexOf(dimension);
    this.#know(row, "dimension");
    let at = 1;
    KEY_FIELDS[dimension].forEach((field, place) => {
      const count = keyWords(field);
      if ((words[0] & (1 << place)) !== 0) {
        this.#know(row, field);
        for (let word = 0; word < count; word++) {
          columns[field][row * count + word] = words[at + word];
        }
      }
      at += count;
    });
  }

  #keyOf(
    columns: unknown,
    row: number,
    dimension: Dimension,
  ): Uint32Array {
    const all = columns as Readonly<Record<string, Column>>;
    const words = new Uint32Array(keyStride(dimension));
    let at = 1;
    KEY_FIELDS[dimension].forEach((field, place) => {
      const count = keyWords(field);
      if ((all.presence[row] >>> ROLLUP_TABLE.presenceBit(field)) & 1) {
        words[0] |= 1 << place;
        for (let word = 0; word < count; word++) words[at + word] = all[field][row * count + word];
      }
      at += count;
    });
    return words;
  }

  #writeSums(row: number, atMs: number, { restOf, sums }: ValueSums): void {
    const { columns } = this.#rows;
    columns.received_at[row] = atMs;
    columns.flows[row] = sums[SUM.flows];
    columns.bytes[row] = sums[SUM.bytes];
    columns.packets[row] = sums[SUM.packets];
    columns.rest_of[row] = restOf ?? 0;
    this.#know(row, "received_at");
    this.#know(row, "flows");
    if (sums[SUM.bytesRows] > 0) this.#know(row, "bytes");
    if (sums[SUM.packetsRows] > 0) this.#know(row, "packets");
    if (restOf !== null) this.#know(row, "rest_of");
  }

  #know(row: number, field: (typeof FIELDS)[number]): void {
    this.#rows.columns.presence[row] |= 1 << ROLLUP_TABLE.presenceBit(field);
  }
}
