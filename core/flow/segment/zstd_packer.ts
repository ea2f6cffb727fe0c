import { constants, createZstdCompress, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { TrustedEngine } from "./trusted_engine.ts";
import type { ZlibEngine } from "./zlib_engine.ts";

const OPTIONS = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

/** Compresses blocks, one after the other. */
export class ZstdPacker {
  readonly #engine: TrustedEngine;
  #output = new Uint8Array(boundOf(1 << 16));

  /** @param stream makes a stream of zlib's, whose engine does the work */
  constructor(stream: () => object = () => createZstdCompress(OPTIONS)) {
    this.#engine = new TrustedEngine(stream, isSound);
  }

  /** Whether one engine does all blocks; else zlib's function does each. */
  get isDirect(): boolean {
    return this.#engine.get() !== null;
  }

  /**
   * Compresses a block.
   *
   * @param octets of it
   * @returns the frame, valid until the next call
   */
  pack(octets: Uint8Array): Uint8Array {
    const engine = this.#engine.get();
    if (engine === null) return zstdCompressSync(octets, OPTIONS);
    // Every frame comes to its end: an engine that is left within one is of no more use.
    const most = boundOf(octets.length);
    if (this.#output.length < most) this.#output = new Uint8Array(most);
    return this.#output.subarray(0, engine.run(octets, this.#output));
  }
}

/** Whether zlib's own function reads what it wrote. */
function isSound(engine: ZlibEngine): boolean {
  const sample = Uint8Array.from({ length: 300 }, (_, i) => i % 7);
  const output = new Uint8Array(512);
  const back = zstdDecompressSync(output.subarray(0, engine.run(sample, output)));
  return back.length === sample.length && sample.every((octet, i) => octet === back[i]);
}

/** More octets than a frame of so many has at most: what cannot be compressed stands in it as it is. */
function boundOf(octets: number): number {
  return octets + (octets >> 8) + 512;
}
