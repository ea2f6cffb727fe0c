import { constants, zstdCompressSync } from "node:zlib";
import { ByteWriter, ParquetWriter, type SchemaElement } from "hyparquet-writer";
import type { FlowField } from "../../flow/schema.ts";
import type { Storage } from "../../flow/table.ts";
import { VERSION } from "../../version.ts";
import type { Cell, CellReader } from "./cell_reader.ts";
import type { ByteTarget, RowSink } from "./row_sink.ts";

/** Rows of a row group: what readers skip, and read on several cores, as one. */
export const GROUP_ROWS = 65_536;
/** What is ready is handed on from so many octets on. */
const WRITE_AT = 1 << 20;
const ZSTD = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

const TEXT = { type: "BYTE_ARRAY", converted_type: "UTF8" } as const;
const SMALL = { type: "INT32" } as const;

/**
 * How each kind of field is kept (Parquet's LogicalTypes.md). Counters are doubles here as in memory: an
 * estimate from sampling need be no whole number, and may lie beyond what 64 bits hold.
 */
const TYPE_OF: Readonly<Record<Storage, Omit<SchemaElement, "name">>> = {
  u8: SMALL,
  u16: SMALL,
  u32: { type: "INT32", converted_type: "UINT_32" },
  f64: { type: "DOUBLE" },
  time: {
    type: "INT64",
    converted_type: "TIMESTAMP_MILLIS",
    logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "MILLIS" },
  },
  address: TEXT,
  mac: TEXT,
  enum: TEXT,
  string: TEXT,
  computed: TEXT,
};

/** Writes rows as Parquet: a row group whenever one is full, compressed with zstd. */
export class ParquetSink implements RowSink {
  readonly #fields: readonly FlowField[];
  readonly #bytes = new ByteWriter();
  readonly #writer: ParquetWriter;
  readonly #to: ByteTarget;
  /** Of the row group that is being filled, by field. */
  readonly #columns: Cell[][];
  #rows = 0;

  /**
   * @param fields the columns
   * @param to takes the octets
   */
  constructor(fields: readonly FlowField[], to: ByteTarget) {
    this.#fields = fields;
    this.#to = to;
    this.#columns = fields.map(() => new Array<Cell>(GROUP_ROWS).fill(null));
    this.#writer = new ParquetWriter({
      writer: this.#bytes,
      schema: [
        { name: "flows", num_children: fields.length },
        ...fields.map(({ name, storage }): SchemaElement => ({
          name,
          repetition_type: "OPTIONAL",
          ...TYPE_OF[storage],
        })),
      ],
      codec: "ZSTD",
      compressors: { ZSTD: (input) => zstdCompressSync(input, ZSTD) },
      createdBy: `flow-agent version ${VERSION}`,
    });
  }

  take(cells: readonly CellReader[], slot: number): void {
    const row = this.#rows++;
    for (let i = 0; i < cells.length; i++) this.#columns[i][row] = cells[i](slot);
    if (this.#rows === GROUP_ROWS) this.#writeGroup();
  }

  finish(): void {
    if (this.#rows > 0) this.#writeGroup();
    this.#writer.finish();
    this.#hand();
  }

  #writeGroup(): void {
    const rows = this.#rows;
    this.#rows = 0;
    this.#writer.write({
      rowGroupSize: rows,
      columnData: this.#fields.map(({ name }, i) => ({
        name,
        data: rows === GROUP_ROWS ? this.#columns[i] : this.#columns[i].slice(0, rows),
        offsetIndex: false,
      })),
    });
    if (this.#bytes.index >= WRITE_AT) this.#hand();
  }

  /** Hands on what is ready; offsets in the file go on counting. */
  #hand(): void {
    const bytes = this.#bytes.getBytes();
    for (let at = 0; at < bytes.length;) at += this.#to.writeSync(bytes.subarray(at));
    this.#bytes.index = 0;
  }
}
