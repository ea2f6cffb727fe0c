import type { MainMessage, TapBatch } from "./messages.ts";

/** Who gets copies of an exporter's datagrams. */
export interface TapListener {
  /** Hears of each batch; the last one has `ended`. */
  readonly hear: (batch: TapBatch) => void;
  /** Hears that the collector stopped, or lost its worker: nothing follows. */
  readonly lost: () => void;
}

/** Main's end of the copying of datagrams in one collector's worker, which outlives that. */
export class CollectorTap {
  readonly #post: (message: MainMessage) => void;
  #listener: TapListener | null = null;

  /** @param post tells the worker */
  constructor(post: (message: MainMessage) => void) {
    this.#post = post;
  }

  /** Whether somebody gets copies. */
  get busy(): boolean {
    return this.#listener !== null;
  }

  /**
   * Has an exporter's datagrams copied.
   *
   * @param exporter address as text
   * @param listener who gets them
   */
  start(exporter: string, listener: TapListener): void {
    this.#listener = listener;
    this.#post({ type: "tap", exporter });
  }

  /** Wishes for no more: what is on its way still comes, and a last batch. */
  end(): void {
    if (this.busy) this.#post({ type: "tap_end" });
  }

  /** Wishes to hear nothing any more. */
  drop(): void {
    this.#listener = null;
  }

  /** Hands on what the worker sent. */
  hear(batch: TapBatch): void {
    const listener = this.#listener;
    if (listener === null) return;
    if (batch.ended) this.#listener = null;
    listener.hear(batch);
    const octets = batch.datagrams.reduce((sum, { payload }) => sum + payload.length, 0);
    if (octets > 0) this.#post({ type: "tap_taken", octets });
  }

  /** The worker is gone. */
  lost(): void {
    const listener = this.#listener;
    this.#listener = null;
    listener?.lost();
  }
}
