import { createZstdDecompress, zstdDecompressSync } from "node:zlib";
import type { PageRoom } from "./page_room.ts";
import { ZlibEngine } from "./zlib_engine.ts";

/** Octets of the smallest chunk that zlib takes. */
const LEAST_CHUNK = 64;
/** A frame as the zstd library writes it, of 300 octets: 0 to 6 again and again. */
const SAMPLE = Uint8Array.fromHex("28b52ffd00587500003800010203040506010022528b11");
const SAMPLE_LENGTH = 300;

/** Takes the compression off blocks, one after the other. */
export class ZstdUnpacker {
  readonly #room: PageRoom;
  /** Made for the first block: many decoders never get one. */
  #engine: ZlibEngine | null | undefined;

  /** @param room for what comes out */
  constructor(room: PageRoom) {
    this.#room = room;
  }

  /** Whether one engine does all blocks; else zlib's function does each. */
  get isDirect(): boolean {
    return this.#begin() !== null;
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
    const written = this.#begin() === null
      ? unpackWhole(octets, output)
      : this.#run(octets, output);
    if (written !== length) throw new Error(`there are ${written} octets instead of ${length}`);
    return output.subarray(0, length);
  }

  #run(octets: Uint8Array, output: Uint8Array): number {
    try {
      if (this.#engine!.run(octets, output) === output.length - 1) return output.length - 1;
    } catch {
      // As below.
    }
    // It may still have been within the frame before, where that lacked no more than its end.
    this.#renew();
    let written = -1;
    try {
      written = this.#engine!.run(octets, output);
    } finally {
      if (written !== output.length - 1) this.#renew();
    }
    return written;
  }

  #renew(): void {
    this.#engine!.close();
    this.#engine = newEngine();
  }

  #begin(): ZlibEngine | null {
    if (this.#engine === undefined) {
      const engine = newEngine();
      // It is trusted once it has read a frame.
      this.#engine = engine !== null && isSound(engine) ? engine : null;
    }
    return this.#engine;
  }
}

function isSound(engine: ZlibEngine): boolean {
  const output = new Uint8Array(SAMPLE_LENGTH + 1);
  try {
    return engine.run(SAMPLE, output) === SAMPLE_LENGTH &&
      output.subarray(0, SAMPLE_LENGTH).every((octet, i) => octet === i % 7);
  } catch {
    return false;
  }
}

function newEngine(): ZlibEngine | null {
  return ZlibEngine.of(createZstdDecompress());
}

/** @throws {Error} also where more comes out than there is room for */
function unpackWhole(octets: Uint8Array, output: Uint8Array): number {
  // In one chunk: none need be put together afterwards.
  const most = Math.max(output.length, LEAST_CHUNK);
  const whole = zstdDecompressSync(octets, { maxOutputLength: most, chunkSize: most });
  output.set(whole.subarray(0, output.length));
  return whole.length;
}
