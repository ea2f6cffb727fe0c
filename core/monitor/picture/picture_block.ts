import type { StoredFieldName } from "../../flow/schema.ts";
import type { BlockColumns } from "../../flow/ring_reader.ts";

/** Columns that pictures of traffic are made from. */
export const PICTURE_FIELDS = [
  "exporter",
  "received_at",
  "start_at",
  "end_at",
  "src_addr",
  "dst_addr",
  "src_port",
  "dst_port",
  "protocol",
  "tcp_flags",
  "icmp_type",
  "bytes",
  "packets",
  "sampling_rate",
  "in_if",
  "out_if",
] as const satisfies readonly StoredFieldName[];

/** A block of rows with those columns. */
export type PictureColumns = BlockColumns<(typeof PICTURE_FIELDS)[number]>;

/** Rows of one block that count, with what every part of a picture needs of them. */
export class PictureBlock {
  columns!: PictureColumns;
  /** Rows that count. */
  count = 0;
  /** Of each of them: its slot, the ids of its hosts, and when it began and ended. */
  readonly slot: Int32Array;
  readonly source: Int32Array;
  readonly destination: Int32Array;
  readonly start: Float64Array;
  readonly end: Float64Array;

  /** @param rows most that a block has */
  constructor(rows: number) {
    this.slot = new Int32Array(rows);
    this.source = new Int32Array(rows);
    this.destination = new Int32Array(rows);
    this.start = new Float64Array(rows);
    this.end = new Float64Array(rows);
  }
}
