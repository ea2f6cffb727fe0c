import type { Dictionary } from "../flow/dictionary.ts";
import { readRow } from "../flow/record_reader.ts";
import { RingWriter } from "../flow/ring_writer.ts";
import { RowWriter } from "../flow/row_writer.ts";
import type { RecordOf, Table, TableField } from "../flow/table.ts";
import { allocateRing, TableRing } from "../flow/table_ring.ts";

/** More rows than any datagram can give. */
const CAPACITY = 1 << 16;

/** A table with a ring of its own, of which rows are read as they come. */
export class FreshRows<R extends TableField> {
  readonly writer: RowWriter<R>;
  readonly #ring: TableRing<R>;
  readonly #dictionary: Dictionary;
  #read = 0;

  constructor(table: Table<R>, dictionary: Dictionary) {
    this.#ring = new TableRing(table, allocateRing(table, CAPACITY));
    this.#dictionary = dictionary;
    const rows = new RingWriter(this.#ring, { clamped: false });
    this.writer = new RowWriter(table, { rows, dictionary });
  }

  /** The rows written since the last call. */
  *take(): Generator<RecordOf<R>> {
    const { table, columns, mask } = this.#ring;
    while (this.#read < this.writer.written) {
      const slot = this.#read++ & mask;
      yield readRow(table, columns, { slot, dictionary: this.#dictionary });
    }
  }
}
