import { createZstdDecompress, zstdDecompressSync } from "node:zlib";
import type { PageRoom } from "./page_room.ts";
import { TrustedEngine } from "./trusted_engine.ts";
import type { ZlibEngine } from "./zlib_engine.ts";

/** Octets of the smallest chunk that zlib takes. */
const LEAST_CHUNK = 64;
/** A frame as the zstd library writes it, of 300 octets: 0 to 6 again and again. */
const SAMPLE = Uint8Array.fromHex("28b52ffd00587500003800010203040506010022528b11");
const SAMPLE_LENGTH = 300;

/** Takes the compression off blocks, one after the other. */
export class ZstdUnpacker {
  readonly #room: PageRoom;
  readonly #engine: TrustedEngine;

  /**
   * @param room for what comes out
   * @param stream makes a stream of zlib's, whose engine does the work
   */
  constructor(room: PageRoom, stream: () => object = createZstdDecompress) {
    this.#room = room;
    this.#engine = new TrustedEngine(stream, isSound);
  }

  /** Whether one engine does all blocks; else zlib's function does each. */
  get isDirect(): boolean {
    return this.#engine.get() !== null;
  }

  /**
   * Unpacks a block.
   *
   * @param octets a frame of zstd's; an empty one behind it does no harm
   * @param length what must come out: never is more made of it
   * @returns memory of the room
   * @throws {Error} where the octets are no frame of so much
   */
  unpack(octets: Uint8Array, length: number): Uint8Array {
    // With one place to spare the engine comes to the end of its frame.
    const output = this.#room.take(Uint8Array, length + 1);
    const engine = this.#engine.get();
    const written = engine === null
      ? unpackWhole(octets, output)
      : this.#run(engine, octets, output);
    if (written !== length) throw new Error(`there are ${written} octets instead of ${length}`);
    return output.subarray(0, length);
  }

  #run(engine: ZlibEngine, octets: Uint8Array, output: Uint8Array): number {
    const length = output.length - 1;
    try {
      if (engine.run(octets, output) === length) return length;
    } catch {
      // As below.
    }
    // It may still have been within the frame before, where that lacked no more than its end.
    let written = -1;
    try {
      written = this.#engine.renew()!.run(octets, output);
    } finally {
      if (written !== length) this.#engine.renew();
    }
    return written;
  }
}

/** Whether it reads a frame. */
function isSound(engine: ZlibEngine): boolean {
  const output = new Uint8Array(SAMPLE_LENGTH + 1);
  return engine.run(SAMPLE, output) === SAMPLE_LENGTH &&
    output.subarray(0, SAMPLE_LENGTH).every((octet, i) => octet === i % 7);
}

/** @throws {Error} also where more comes out than there is room for */
function unpackWhole(octets: Uint8Array, output: Uint8Array): number {
  // In one chunk: none need be put together afterwards.
  const most = Math.max(output.length, LEAST_CHUNK);
  const whole = zstdDecompressSync(octets, { maxOutputLength: most, chunkSize: most });
  output.set(whole.subarray(0, output.length));
  return whole.length;
}
