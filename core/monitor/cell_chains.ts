import { CellCursor, type CellQueues } from "./cell_cursor.ts";
import { type Cell, CellPool, cellsPerChunk, noChunk } from "./cell_pool.ts";

/**
 * One first-in first-out queue of cells for each group, in chunks of a {@linkcode CellPool}.
 * Cells come in order of arrival, so nearly in order of time.
 */
export class CellChains implements CellQueues {
  readonly pool: CellPool;
  readonly #head: Uint32Array;
  readonly #tail: Uint32Array;
  /** Cells of the head chunk that have left already: 0 … 7. */
  readonly #skipped: Uint8Array;
  readonly #cells: Uint32Array;
  readonly #reader: CellCursor;
  readonly #writer: CellCursor;
  readonly #moved: Cell = { atMs: 0, sum: 0, count: 0, bin: 0 };

  constructor(maxGroups: number, pool: CellPool) {
    this.pool = pool;
    this.#head = new Uint32Array(maxGroups).fill(noChunk);
    this.#tail = new Uint32Array(maxGroups).fill(noChunk);
    this.#skipped = new Uint8Array(maxGroups);
    this.#cells = new Uint32Array(maxGroups);
    this.#reader = new CellCursor(this);
    this.#writer = new CellCursor(this);
  }

  /** Bytes of the queues' ends, without the pool. */
  get bytes(): number {
    return this.#head.byteLength + this.#tail.byteLength + this.#skipped.byteLength +
      this.#cells.byteLength;
  }

  /** Number of cells of a group. */
  cellsOf(group: number): number {
    return this.#cells[group];
  }

  /** First chunk of a group that has cells. */
  headOf(group: number): number {
    return this.#head[group];
  }

  /** Where in the first chunk the group's first cell is. */
  skippedOf(group: number): number {
    return this.#skipped[group];
  }

  /** Whether the next cell of the group needs a new chunk. */
  isFull(group: number): boolean {
    return (this.#skipped[group] + this.#cells[group]) % cellsPerChunk === 0;
  }

  /** Adds a cell at the end; false, and no change, when the pool is at its cap. */
  append(group: number, cell: Cell): boolean {
    const slot = (this.#skipped[group] + this.#cells[group]) % cellsPerChunk;
    if (slot === 0 && !this.#extend(group)) return false;
    const page = this.pool.pageOf(this.#tail[group]);
    const index = CellPool.firstCell(this.#tail[group]) + slot;
    page.atMs[index] = cell.atMs;
    page.sum[index] = cell.sum;
    page.count[index] = cell.count;
    page.bin[index] = cell.bin;
    this.#cells[group]++;
    return true;
  }

  /** Drops the cells before `edgeMs` that no younger cell stands in front of. */
  trim(group: number, edgeMs: number): void {
    let left = this.#cells[group];
    while (left > 0) {
      const head = this.#head[group];
      const skipped = this.#skipped[group];
      if (this.pool.pageOf(head).atMs[CellPool.firstCell(head) + skipped] >= edgeMs) break;
      left--;
      if (skipped + 1 < cellsPerChunk && left > 0) this.#skipped[group] = skipped + 1;
      else this.#dropHead(group, left);
    }
    this.#cells[group] = left;
  }

  /** Drops all cells before `edgeMs`. */
  dropExpired(group: number, edgeMs: number): void {
    const moved = this.#moved;
    let kept = 0;
    this.#reader.open(group);
    this.#writer.open(group);
    while (this.#reader.nextRun()) {
      const { page, from, to } = this.#reader;
      for (let i = from; i < to; i++) {
        if (page.atMs[i] < edgeMs) continue;
        moved.atMs = page.atMs[i];
        moved.sum = page.sum[i];
        moved.count = page.count[i];
        moved.bin = page.bin[i];
        this.#writer.put(moved);
        kept++;
      }
    }
    this.truncate(group, kept);
  }

  /** Keeps the first `cells` cells. */
  truncate(group: number, cells: number): void {
    const kept = Math.ceil((cells > 0 ? this.#skipped[group] + cells : 0) / cellsPerChunk);
    const chunks = Math.ceil((this.#skipped[group] + this.#cells[group]) / cellsPerChunk);
    let chunk = this.#head[group];
    for (let i = 0; i < chunks; i++) {
      // A freed chunk's link belongs to the pool: read it before.
      const next = i + 1 < chunks ? this.pool.nextOf(chunk) : noChunk;
      if (i === kept - 1) this.#tail[group] = chunk;
      if (i >= kept) this.pool.free(chunk);
      chunk = next;
    }
    if (kept === 0) this.#skipped[group] = 0;
    this.#cells[group] = cells;
  }

  #extend(group: number): boolean {
    const chunk = this.pool.allocate();
    if (chunk === noChunk) return false;
    if (this.#cells[group] === 0) this.#head[group] = chunk;
    else this.pool.link(this.#tail[group], chunk);
    this.#tail[group] = chunk;
    return true;
  }

  #dropHead(group: number, cellsLeft: number): void {
    const head = this.#head[group];
    if (cellsLeft > 0) this.#head[group] = this.pool.nextOf(head);
    this.#skipped[group] = 0;
    this.pool.free(head);
  }
}
