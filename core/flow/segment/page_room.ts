/** Octets of a chunk: what takes most is a dictionary of as many addresses as a segment has rows. */
const CHUNK_OCTETS = 1024 * 1024;
/** Chunks that serve again: most segments fit in two, one of fields by chance alone takes twenty. */
const KEPT_CHUNKS = 4;
/** Where an array may begin: every element type fits. */
const ALIGNED = 8;

/** Elements that a room gives out. */
type ArrayKind<T> = {
  readonly BYTES_PER_ELEMENT: number;
  new (memory: ArrayBuffer, offset: number, length: number): T;
};

/**
 * Memory that serves for the pages of one segment after the other. What is read once would else be
 * megabytes of garbage a segment: the runtime lets it pile up, and the system's allocator keeps the holes.
 */
export class PageRoom {
  #chunks: ArrayBuffer[] = [];
  #chunk = 0;
  #at = 0;

  /** Octets that it has taken from the system. */
  get octets(): number {
    return this.#chunks.reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  /** Takes everything back, and keeps a little of it: whatever was given out may be overwritten now. */
  clear(): void {
    // What is larger was for one array that hardly any segment has.
    this.#chunks = this.#chunks.filter(({ byteLength }) => byteLength === CHUNK_OCTETS)
      .slice(0, KEPT_CHUNKS);
    this.#chunk = 0;
    this.#at = 0;
  }

  /**
   * Gives out an array that holds anything.
   *
   * @param kind of its elements
   * @param length in elements
   */
  take<T>(kind: ArrayKind<T>, length: number): T {
    const octets = length * kind.BYTES_PER_ELEMENT;
    while (octets > this.#left) {
      if (this.#chunk < this.#chunks.length) this.#chunk++;
      if (this.#chunk === this.#chunks.length) {
        this.#chunks.push(new ArrayBuffer(Math.max(octets, CHUNK_OCTETS)));
      }
      this.#at = 0;
    }
    const array = new kind(this.#chunks[this.#chunk], this.#at, length);
    this.#at += Math.ceil(octets / ALIGNED) * ALIGNED;
    return array;
  }

  /**
   * Takes back what is given out meanwhile.
   *
   * @param use takes of it what nobody needs afterwards
   */
  lend<T>(use: () => T): T {
    const [chunk, at] = [this.#chunk, this.#at];
    try {
      return use();
    } finally {
      this.#chunk = chunk;
      this.#at = at;
    }
  }

  get #left(): number {
    return (this.#chunks[this.#chunk]?.byteLength ?? 0) - this.#at;
  }
}
