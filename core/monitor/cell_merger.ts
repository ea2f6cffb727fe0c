import type { CellChains } from "./cell_chains.ts";
import type { Cell } from "./cell_pool.ts";
import { CellCursor } from "./cell_cursor.ts";
import type { WindowClock } from "./window_clock.ts";

/**
 * Rewrites the cells of a group so that each pane and bin has one cell, and drops those outside the
 * window. One scratch table of panes × bins serves all groups; nothing is allocated.
 *
 * A merged cell carries the time of the newest sample that the group has in that pane. So a pane
 * leaves the window as a whole, with its newest sample: a group never loses a sample that is
 * inside the window, and never keeps one that is a pane or more outside.
 */
export class CellMerger {
  readonly #chains: CellChains;
  readonly #cursor: CellCursor;
  readonly #binBits: number;
  readonly #counts: Uint32Array;
  readonly #sums: Float64Array;
  readonly #newest: Float64Array;
  /** The entries of the table that are in use, in order of first use. */
  readonly #touched: Uint32Array;
  readonly #cell: Cell = { atMs: 0, sum: 0, count: 0, bin: 0 };

  /**
   * @param chains the cells to work on; their bins are set
   * @param size number of bins (1 … 65,536) and of panes in the window
   */
  constructor(chains: CellChains, size: { bins: number; paneCount: number }) {
    this.#chains = chains;
    this.#cursor = new CellCursor(chains);
    this.#binBits = Math.ceil(Math.log2(size.bins));
    // A window that does not start on a boundary touches one pane more; one for rounding.
    const panes = size.paneCount + 2;
    this.#counts = new Uint32Array(panes << this.#binBits);
    this.#sums = new Float64Array(panes << this.#binBits);
    this.#touched = new Uint32Array(panes * size.bins);
    this.#newest = new Float64Array(panes);
  }

  /** Bytes of the scratch table. */
  get bytes(): number {
    return this.#counts.byteLength + this.#sums.byteLength + this.#touched.byteLength +
      this.#newest.byteLength;
  }

  /** Merges the cells of `group`, none of which may be younger than `clock.nowMs`. */
  merge(group: number, clock: WindowClock): void {
    const touched = this.#gather(group, clock);
    const bins = (1 << this.#binBits) - 1;
    const cell = this.#cell;
    this.#cursor.open(group);
    for (let i = 0; i < touched; i++) {
      const entry = this.#touched[i];
      cell.atMs = this.#newest[entry >>> this.#binBits];
      cell.sum = this.#sums[entry];
      cell.count = this.#counts[entry];
      cell.bin = entry & bins;
      this.#cursor.put(cell);
      this.#sums[entry] = 0;
      this.#counts[entry] = 0;
    }
    this.#chains.truncate(group, touched);
  }

  #gather(group: number, { edgeMs, paneMs }: WindowClock): number {
    const counts = this.#counts;
    const sums = this.#sums;
    const newest = this.#newest;
    const firstPane = Math.floor(edgeMs / paneMs);
    let touched = 0;
    newest.fill(-Infinity);
    this.#cursor.open(group);
    while (this.#cursor.nextRun()) {
      const { page, from, to } = this.#cursor;
      for (let i = from; i < to; i++) {
        const atMs = page.atMs[i];
        if (atMs < edgeMs) continue;
        const pane = Math.floor(atMs / paneMs) - firstPane;
        const entry = (pane << this.#binBits) | page.bin[i];
        if (counts[entry] === 0) this.#touched[touched++] = entry;
        counts[entry] += page.count[i];
        sums[entry] += page.sum[i];
        if (atMs > newest[pane]) newest[pane] = atMs;
      }
    }
    return touched;
  }
}
