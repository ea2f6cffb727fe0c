import { ZlibEngine } from "./zlib_engine.ts";

/**
 * An engine of zlib's that is made when it is asked for first, since many encoders and decoders never
 * get a block, and trusted once it has done a sample as zlib's own functions would.
 */
export class TrustedEngine {
  readonly #stream: () => object;
  readonly #isSound: (engine: ZlibEngine) => boolean;
  #engine: ZlibEngine | null | undefined;

  /**
   * @param stream makes a stream of zlib's
   * @param isSound tries an engine of it; what it throws means that it is not
   */
  constructor(stream: () => object, isSound: (engine: ZlibEngine) => boolean) {
    this.#stream = stream;
    this.#isSound = isSound;
  }

  /** The engine; null where the runtime has none that can be trusted. */
  get(): ZlibEngine | null {
    if (this.#engine === undefined) {
      const engine = ZlibEngine.of(this.#stream());
      this.#engine = engine !== null && this.#passes(engine) ? engine : null;
    }
    return this.#engine;
  }

  /** Another one in its place: the old one may stand within a frame. */
  renew(): ZlibEngine | null {
    this.#engine?.close();
    this.#engine = ZlibEngine.of(this.#stream());
    return this.#engine;
  }

  #passes(engine: ZlibEngine): boolean {
    try {
      return this.#isSound(engine);
    } catch {
      return false;
    }
  }
}
