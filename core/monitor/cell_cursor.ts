import { type Cell, type CellPage, CellPool, cellsPerChunk } from "./cell_pool.ts";

/** Queues of cells, one a group, as far as walking them needs. */
export interface CellQueues {
  readonly pool: CellPool;
  /** Number of cells of a group. */
  cellsOf(group: number): number;
  /** First chunk of a group that has cells. */
  headOf(group: number): number;
  /** Cells of the first chunk that have left already. */
  skippedOf(group: number): number;
}

/**
 * Walks the cells of a group a run at a time, so that the loop over a run is a plain loop over
 * typed arrays. Reused for one group after another: opening it allocates nothing.
 *
 * @example
 * ```ts
 * cursor.open(group);
 * while (cursor.nextRun()) {
 *   const { page, from, to } = cursor;
 *   for (let i = from; i < to; i++) total += page.sum[i];
 * }
 * ```
 */
export class CellCursor {
  /** The page that the run is on. */
  page: CellPage;
  /** First cell of the run. */
  from = 0;
  /** First cell after the run. */
  to = 0;
  readonly #chains: CellQueues;
  #chunk = 0;
  #skip = 0;
  #left = 0;

  constructor(chains: CellQueues) {
    this.#chains = chains;
    this.page = chains.pool.nothing;
  }

  /** Goes before the first run of `group`. */
  open(group: number): void {
    this.#left = this.#chains.cellsOf(group);
    this.#chunk = this.#chains.headOf(group);
    this.#skip = this.#chains.skippedOf(group);
    this.from = this.to = 0;
  }

  /** Goes to the next run; false after the last. */
  nextRun(): boolean {
    if (this.#left === 0) return false;
    const start = CellPool.firstCell(this.#chunk);
    const cells = Math.min(cellsPerChunk - this.#skip, this.#left);
    this.page = this.#chains.pool.pageOf(this.#chunk);
    this.from = start + this.#skip;
    this.to = this.from + cells;
    this.#left -= cells;
    this.#skip = 0;
    if (this.#left > 0) this.#chunk = this.#chains.pool.nextOf(this.#chunk);
    return true;
  }

  /** Overwrites the next cell: the first one after `open`. There must be one. */
  put(cell: Cell): void {
    if (this.from === this.to) this.nextRun();
    const { page, from } = this;
    page.atMs[from] = cell.atMs;
    page.sum[from] = cell.sum;
    page.count[from] = cell.count;
    page.bin[from] = cell.bin;
    this.from++;
  }
}
