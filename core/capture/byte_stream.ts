import { MAX_BLOCK_BYTES } from "./capture_limits.ts";

const NOTHING = new Uint8Array(0);

/** Thrown by a source whose bytes stop before their end: the stream ends there and says so. */
export class TruncatedSource extends Error {
  override readonly name = "TruncatedSource";
}

/**
 * A byte source read through a bounded window. {@linkcode ByteStream.fill} waits until enough bytes
 * are buffered; everything else is synchronous. The window is a view of the source's own chunk, and
 * only what straddles two chunks is copied, so memory is one chunk and {@linkcode MAX_BLOCK_BYTES}.
 */
export class ByteStream {
  readonly #source: AsyncIterator<Uint8Array>;
  #carry: Uint8Array = NOTHING;
  #pending: Uint8Array = NOTHING;
  #window: Uint8Array = NOTHING;
  #view: DataView = new DataView(NOTHING.buffer);
  #windowOffset = 0;
  #position = 0;
  #ended = false;
  #truncated = false;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#source = chunks[Symbol.asyncIterator]();
  }

  /** The buffered bytes. A view that {@linkcode ByteStream.fill} invalidates. */
  get bytes(): Uint8Array {
    return this.#window;
  }

  /** Where in {@linkcode ByteStream.bytes} the next byte stands. */
  get position(): number {
    return this.#position;
  }

  /** How many bytes are buffered from the position on. */
  get available(): number {
    return this.#window.length - this.#position;
  }

  /** The next byte's distance from the start of the source. */
  get offset(): number {
    return this.#windowOffset + this.#position;
  }

  /** Whether the source ended with {@linkcode TruncatedSource}. */
  get isTruncated(): boolean {
    return this.#truncated;
  }

  /** The unsigned 16-bit number `at` bytes ahead. */
  uint16(at: number, littleEndian: boolean): number {
    return this.#view.getUint16(this.#position + at, littleEndian);
  }

  /** The unsigned 32-bit number `at` bytes ahead. */
  uint32(at: number, littleEndian: boolean): number {
    return this.#view.getUint32(this.#position + at, littleEndian);
  }

  /** The next `length` bytes without consuming them, as a view that `fill` invalidates. */
  peek(length: number): Uint8Array {
    return this.#window.subarray(this.#position, this.#position + length);
  }

  /** Consumes `length` bytes, which must be buffered. They stay readable until the next `fill`. */
  advance(length: number): void {
    if (length > this.available) {
      throw new RangeError(`cannot consume ${length} bytes: only ${this.available} are buffered`);
    }
    this.#position += length;
  }

  /** Waits until `wanted` bytes are available or the source has ended. */
  async fill(wanted: number): Promise<void> {
    if (wanted > MAX_BLOCK_BYTES) {
      throw new RangeError(`cannot buffer ${wanted} bytes: the cap is ${MAX_BLOCK_BYTES}`);
    }
    while (this.available < wanted) {
      // Copied before the source is asked again, because the source may reuse its chunk.
      if (this.available > 0) this.#moveToCarry(wanted);
      if (this.#pending.length === 0 && !(await this.#pull())) return;
      if (this.available === 0) this.#adopt();
      else this.#append(Math.min(wanted - this.available, this.#pending.length));
    }
  }

  /** Hands over everything not consumed yet, chunk by chunk. The stream is of no use afterwards. */
  async *remaining(): AsyncGenerator<Uint8Array, void, void> {
    try {
      if (this.available > 0) yield this.peek(this.available);
      if (this.#pending.length > 0) yield this.#pending;
      while (await this.#pull()) yield this.#pending;
    } finally {
      await this.close();
    }
  }

  /** Lets go of the source. */
  async close(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    await this.#source.return?.();
  }

  async #pull(): Promise<boolean> {
    while (!this.#ended) {
      const chunk = await this.#nextChunk();
      if (chunk === undefined) this.#ended = true;
      else if (chunk.length > 0) {
        this.#pending = chunk;
        return true;
      }
    }
    this.#pending = NOTHING;
    return false;
  }

  async #nextChunk(): Promise<Uint8Array | undefined> {
    try {
      const { done, value } = await this.#source.next();
      return done ? undefined : value;
    } catch (error) {
      if (!(error instanceof TruncatedSource)) throw error;
      this.#truncated = true;
    }
  }

  #moveToCarry(capacity: number): void {
    if (this.#window.buffer === this.#carry.buffer && this.#carry.length >= capacity) {
      if (this.#position === 0) return;
      this.#carry.copyWithin(0, this.#position, this.#window.length);
      this.#show(this.#carry.subarray(0, this.available));
      return;
    }
    const rest = this.peek(this.available);
    if (this.#carry.length < capacity) this.#carry = new Uint8Array(roundUpToPage(capacity));
    this.#carry.set(rest);
    this.#show(this.#carry.subarray(0, rest.length));
  }

  #append(length: number): void {
    const before = this.#window.length;
    this.#carry.set(this.#pending.subarray(0, length), before);
    this.#pending = this.#pending.subarray(length);
    this.#show(this.#carry.subarray(0, before + length));
  }

  #adopt(): void {
    this.#show(this.#pending);
    this.#pending = NOTHING;
  }

  #show(window: Uint8Array): void {
    this.#windowOffset += this.#position;
    this.#position = 0;
    this.#window = window;
    this.#view = new DataView(window.buffer, window.byteOffset, window.length);
  }
}

/** Asks for `wanted` bytes once and says whether they came. For `yield*` inside a format reader. */
export function* buffered(input: ByteStream, wanted: number): Generator<number, boolean, void> {
  if (input.available < wanted) yield wanted;
  return input.available >= wanted;
}

/** Consumes `length` bytes of any number without buffering them; false when the source ends first. */
export function* discard(input: ByteStream, length: number): Generator<number, boolean, void> {
  let left = length;
  while (left > 0) {
    if (input.available === 0) yield 1;
    if (input.available === 0) return false;
    const step = Math.min(left, input.available);
    input.advance(step);
    left -= step;
  }
  return true;
}

function roundUpToPage(length: number): number {
  return Math.ceil(length / 4_096) * 4_096;
}
