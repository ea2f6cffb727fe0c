import type { Table, TableField } from "../table.ts";
import {
  type Column,
  elementsPerRow,
  layTable,
  tableBytes,
  type TableColumns,
} from "../table_columns.ts";
import type { TableRing } from "../table_ring.ts";

/** A private copy of rows of a ring: of the columns that hold something in any of them. */
export class RowCopy<R extends TableField> {
  readonly table: Table<R>;
  /** The copy begins at slot 0; a column that no row has a value of holds anything. */
  readonly columns: TableColumns<R>;
  /** Most rows. */
  readonly capacity: number;
  readonly #byName: Readonly<Record<string, Column>>;

  /** @param table whose rows, and `capacity` in rows; memory is taken as it is used */
  constructor(table: Table<R>, capacity: number) {
    this.table = table;
    this.capacity = capacity;
    const memory = new ArrayBuffer(tableBytes(table, capacity));
    this.columns = layTable(table, memory, { offset: 0, capacity });
    this.#byName = this.columns as unknown as Readonly<Record<string, Column>>;
  }

  /**
   * Copies rows.
   *
   * @param ring to copy from
   * @param first number of the first row, and `end` of the one to stop before: complete ones, at most
   *   `capacity`
   * @returns false when the ring's writer came by meanwhile: then the copy is worth nothing
   */
  take(ring: TableRing<R>, first: number, end: number): boolean {
    const { presenceWords: words, stored } = this.table;
    this.#copy(ring, "presence", first, end);
    const known = new Uint32Array(words);
    const { presence } = this.columns;
    for (let row = 0, at = 0; row < end - first; row++) {
      for (let word = 0; word < words; word++, at++) known[word] |= presence[at];
    }
    stored.forEach(({ name }, bit) => {
      if ((known[bit >> 5] & (1 << (bit & 31))) !== 0) this.#copy(ring, name, first, end);
    });
    return ring.oldest <= first;
  }

  /**
   * Copies rows in an order of their own, from memory that nobody writes.
   *
   * @param from the columns
   * @param slots of the rows, at most `capacity`
   */
  gather(from: TableColumns<R>, slots: ArrayLike<number>): void {
    const columns = from as unknown as Readonly<Record<string, Column>>;
    for (const name of ["presence", ...this.table.stored.map(({ name }) => name)]) {
      const [source, target] = [columns[name], this.#byName[name]];
      const perRow = elementsPerRow(this.table, name as Parameters<typeof elementsPerRow<R>>[1]);
      for (let row = 0; row < slots.length; row++) {
        const [at, to] = [slots[row] * perRow, row * perRow];
        for (let part = 0; part < perRow; part++) target[to + part] = source[at + part];
      }
    }
  }

  #copy(ring: TableRing<R>, name: string, first: number, end: number): void {
    const from = (ring.columns as unknown as Readonly<Record<string, Column>>)[name];
    const to = this.#byName[name];
    const perRow = elementsPerRow(this.table, name as Parameters<typeof elementsPerRow<R>>[1]);
    const slot = first & ring.mask;
    const head = Math.min(end - first, ring.capacity - slot);
    to.set(from.subarray(slot * perRow, (slot + head) * perRow));
    const rest = end - first - head;
    if (rest > 0) to.set(from.subarray(0, rest * perRow), head * perRow);
  }
}
