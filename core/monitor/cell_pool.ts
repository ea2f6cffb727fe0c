/** One sample, or several samples of one group, pane and bin. */
export interface Cell {
  /** When the sample was taken; of several, when the newest was (ms). */
  atMs: number;
  /** The latency; of several, their sum (ms). */
  sum: number;
  /** How many samples: 1 … 2^32 − 1. */
  count: number;
  /** The bin of the samples' latency; means something in sketched groups only. */
  bin: number;
}

/** Cells in a chunk: 8 times of 8 bytes fill one cache line. */
export const cellsPerChunk = 8;
/** No chunk: the end of a chain, or the pool is at its cap. */
export const noChunk = 0xffff_ffff;

const chunkShift = 10;
const chunksPerPage = 1 << chunkShift;
const chunkMask = chunksPerPage - 1;

/** Bytes of a chunk: 22 a cell and 4 for the link, together 180. */
const chunkBytes = cellsPerChunk * (8 + 8 + 4 + 2) + 4;
/** Bytes of a page: 184,320. */
export const pageBytes = chunksPerPage * chunkBytes;

/** The columns of 8,192 cells. What a cell means: docstring of {@linkcode CellChains}. */
export interface CellPage {
  readonly atMs: Float64Array;
  readonly sum: Float64Array;
  readonly count: Uint32Array;
  readonly bin: Uint16Array;
  /** For each chunk the chunk that follows it, in its chain or in the page's list of free ones. */
  readonly next: Uint32Array;
}

/**
 * Memory for cells in chunks of equal size, on pages that are made when needed, up to a cap, and
 * given back to the runtime when empty (one empty page is kept, so that a load that swings around
 * a page's end does not make and drop pages). Chunks of one size cannot fragment; they are taken
 * from the lowest page that has one, so that pages at the end run empty.
 */
export class CellPool {
  /** A page without cells: what stands where a page was given back. */
  readonly nothing: CellPage = makePage(0);
  /** Cap on pages of {@linkcode pageBytes}: 0 … 4,194,303. */
  maxPages = 0;
  readonly #pages: CellPage[] = [];
  readonly #firstFree: number[] = [];
  readonly #used: number[] = [];
  /** No page below this has a free chunk. */
  #lowestFree = 0;
  #pageCount = 0;
  #emptyPages = 0;
  #chunksInUse = 0;

  /** Bytes of all pages that exist. */
  get bytes(): number {
    return this.#pageCount * pageBytes;
  }

  /** Bytes of the chunks that are in chains. */
  get chunkBytesInUse(): number {
    return this.#chunksInUse * chunkBytes;
  }

  /** The page of a chunk in use. */
  pageOf(chunk: number): CellPage {
    return this.#pages[chunk >>> chunkShift];
  }

  /** Where on its page the cells of a chunk start. */
  static firstCell(chunk: number): number {
    return (chunk & chunkMask) * cellsPerChunk;
  }

  /** The chunk after `chunk` in its chain; undefined after the last one. */
  nextOf(chunk: number): number {
    return this.#pages[chunk >>> chunkShift].next[chunk & chunkMask];
  }

  /** Makes `next` the chunk after `chunk`. */
  link(chunk: number, next: number): void {
    this.#pages[chunk >>> chunkShift].next[chunk & chunkMask] = next;
  }

  /** A chunk with old contents, or {@linkcode noChunk} at the cap. */
  allocate(): number {
    let page = this.#lowestFree;
    while (page < this.#pages.length && this.#firstFree[page] === noChunk) page++;
    if (page === this.#pages.length && this.#pageCount < this.maxPages) page = this.#addPage();
    this.#lowestFree = page;
    if (page === this.#pages.length) return noChunk;
    const chunk = this.#firstFree[page];
    this.#firstFree[page] = this.nextOf(chunk);
    if (this.#used[page]++ === 0) this.#emptyPages--;
    this.#chunksInUse++;
    return chunk;
  }

  /** Takes a chunk back. */
  free(chunk: number): void {
    const page = chunk >>> chunkShift;
    this.link(chunk, this.#firstFree[page]);
    this.#firstFree[page] = chunk;
    this.#chunksInUse--;
    if (page < this.#lowestFree) this.#lowestFree = page;
    if (--this.#used[page] > 0) return;
    if (this.#emptyPages === 0) this.#emptyPages = 1;
    else this.#dropPage(page);
  }

  #addPage(): number {
    const vacant = this.#pages.indexOf(this.nothing);
    const page = vacant < 0 ? this.#pages.length : vacant;
    const made = makePage(chunksPerPage);
    const first = page << chunkShift >>> 0;
    for (let i = 0; i < chunksPerPage; i++) made.next[i] = first + i + 1;
    made.next[chunksPerPage - 1] = noChunk;
    this.#pages[page] = made;
    this.#firstFree[page] = first;
    this.#used[page] = 0;
    this.#pageCount++;
    this.#emptyPages++;
    return page;
  }

  #dropPage(page: number): void {
    this.#pages[page] = this.nothing;
    this.#firstFree[page] = noChunk;
    this.#pageCount--;
  }
}

function makePage(chunks: number): CellPage {
  const cells = chunks * cellsPerChunk;
  return {
    atMs: new Float64Array(cells),
    sum: new Float64Array(cells),
    count: new Uint32Array(cells),
    bin: new Uint16Array(cells),
    next: new Uint32Array(chunks),
  };
}
