import { type Clock, systemClock } from "../flow/clock.ts";
import { DatagramTap } from "./datagram_tap.ts";
import type { TapMessage, WorkerMessage } from "./messages.ts";

/** Turns the copying of datagrams in a collector's worker on and off, as main wishes. */
export class TapSwitch {
  readonly #post: (message: WorkerMessage) => void;
  readonly #clock: Clock;
  #tap: DatagramTap | null = null;

  /** @param outside `post` tells main; `clock`, the machine's where none is given */
  constructor(
    { post, clock = systemClock }: { post: (message: WorkerMessage) => void; clock?: Clock },
  ) {
    this.#post = post;
    this.#clock = clock;
  }

  /** What copies datagrams; null while nobody wants copies. */
  get tap(): DatagramTap | null {
    return this.#tap;
  }

  /** Does what main wishes. */
  hear(message: TapMessage): void {
    if (message.type === "tap_taken") return this.#tap?.taken(message.octets);
    this.#tap?.end();
    this.#tap = message.type === "tap_end" ? null : new DatagramTap(message.exporter, {
      post: (batch) => this.#post({ type: "tapped", batch }),
      clock: this.#clock,
    });
  }
}
