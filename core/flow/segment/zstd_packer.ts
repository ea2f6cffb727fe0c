import { constants, createZstdCompress, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { ZlibEngine } from "./zlib_engine.ts";

const OPTIONS = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

/** Compresses blocks, one after the other. */
export class ZstdPacker {
  /** Made for the first block: many encoders never get one. */
  #engine: ZlibEngine | null | undefined;

  /** Whether one engine does all blocks; else zlib's function does each. */
  get isDirect(): boolean {
    return this.#begin() !== null;
  }

  /**
   * Compresses a block.
   *
   * @param octets of it
   * @param output takes the frame
   * @returns its length; -1 where `output` has no room for it and an octet more
   */
  pack(octets: Uint8Array, output: Uint8Array): number {
    const engine = this.#begin();
    if (engine === null) return packWhole(octets, output);
    const written = engine.run(octets, output);
    if (written < output.length) return written;
    // It is in the middle of a frame.
    this.#engine = newEngine();
    return -1;
  }

  #begin(): ZlibEngine | null {
    if (this.#engine === undefined) {
      const engine = newEngine();
      // It is trusted once zlib's own function has read what it wrote.
      this.#engine = engine !== null && isSound(engine) ? engine : null;
    }
    return this.#engine;
  }
}

function isSound(engine: ZlibEngine): boolean {
  const sample = Uint8Array.from({ length: 300 }, (_, i) => i % 7);
  const output = new Uint8Array(512);
  try {
    const back = zstdDecompressSync(output.subarray(0, engine.run(sample, output)));
    return back.length === sample.length && sample.every((octet, i) => octet === back[i]);
  } catch {
    return false;
  }
}

function newEngine(): ZlibEngine | null {
  return ZlibEngine.of(createZstdCompress(OPTIONS));
}

function packWhole(octets: Uint8Array, output: Uint8Array): number {
  const whole = zstdCompressSync(octets, OPTIONS);
  if (whole.length >= output.length) return -1;
  output.set(whole);
  return whole.length;
}
