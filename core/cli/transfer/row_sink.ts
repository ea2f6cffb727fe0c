import type { CellReader } from "./cell_reader.ts";

/** Takes what an export writes. */
export interface ByteTarget {
  /** Writes some of the octets; how many it says. */
  writeSync(bytes: Uint8Array): number;
}

/** Writes exported rows in one form. */
export interface RowSink {
  /**
   * Takes a row.
   *
   * @param cells readers of its fields, in the order of the export
   * @param slot of the row
   */
  take(cells: readonly CellReader[], slot: number): void;
  /** Writes what is pending, and what stands at the end. */
  finish(): void;
}
