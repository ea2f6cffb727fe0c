import { constants } from "node:zlib";

/** The part of zlib's streams that works at once, in memory of the caller: it is not documented. */
interface Handle {
  writeSync(flush: number, ...buffers: [...Place, ...Place]): void;
  close(): void;
  onerror: (message: string) => void;
}

/** Octets, where they begin, and how many there are. */
type Place = [octets: Uint8Array, offset: number, length: number];

/**
 * The engine of one of zlib's zstd streams without the stream around it. The functions that do the same
 * make an engine and a buffer for each call: that takes longer than the work itself, and leaves
 * megabytes of garbage a segment.
 */
export class ZlibEngine {
  readonly #handle: Handle;
  /** Places of the output, and octets of the input, that a call has left. */
  readonly #left: Uint32Array;
  #error: string | null = null;

  private constructor(handle: Handle, left: Uint32Array) {
    this.#handle = handle;
    this.#left = left;
    handle.onerror = (message) => this.#error = message;
  }

  /**
   * Takes the engine of a stream that nobody else uses.
   *
   * @returns null where the runtime's streams are not made of what is used here
   */
  static of(stream: object): ZlibEngine | null {
    const { _handle: handle, _writeState: left } = stream as {
      _handle?: Partial<Handle> | null;
      _writeState?: unknown;
    };
    const isHandle = typeof handle?.writeSync === "function" && typeof handle.close === "function";
    return isHandle && left instanceof Uint32Array ? new ZlibEngine(handle as Handle, left) : null;
  }

  /**
   * Does one frame. The next call begins another one only where this one has come to its end.
   *
   * @param input all of the frame
   * @param output takes what becomes of it
   * @returns octets that were written; all of `output` where there may be more to come
   * @throws {Error} for what zstd cannot read
   */
  run(input: Uint8Array, output: Uint8Array): number {
    this.#error = null;
    const [from, into]: [Place, Place] = [[input, 0, input.length], [output, 0, output.length]];
    this.#handle.writeSync(constants.ZSTD_e_end, ...from, ...into);
    if (this.#error !== null) throw new Error(this.#error);
    return output.length - this.#left[0];
  }

  /** Gives its memory back, of which the collector of garbage does not know. */
  close(): void {
    this.#handle.close();
  }
}
