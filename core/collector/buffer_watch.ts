import type { Logger } from "@logtape/logtape";
import type { Clock } from "../flow/clock.ts";
import type { ReceiveBuffer } from "./probe_receive_buffer.ts";
import { bearableRate, bufferCommand, isSmall } from "./receive_buffer_advice.ts";

/** Told again only when it has become so much worse. */
const WORSE = 2;

/** What is watched of a collector. */
export interface Watched {
  readonly capability: string;
  readonly port: number;
  status(): { readonly counters: { readonly datagrams: number } };
}

/** What was last seen of a collector. */
interface Seen {
  readonly datagrams: number;
  readonly atMs: number;
}

/**
 * Says in the log when datagrams come faster than the socket's buffer can bridge. That they are lost
 * then would show only as gaps in what exporters number, if they number it.
 */
export class BufferWatch {
  readonly #options: { clock: Pick<Clock, "now">; log: Logger; os: string };
  readonly #seen = new WeakMap<Watched, Seen>();
  readonly #toldRate = new WeakMap<Watched, number>();
  #buffer: ReceiveBuffer | null = null;

  /** @param options `os` as `Deno.build.os` names it */
  constructor(options: { clock: Pick<Clock, "now">; log: Logger; os: string }) {
    this.#options = options;
  }

  /** Takes in what a probe found, null for nothing, and says what it is good for. */
  know(buffer: ReceiveBuffer | null): void {
    const { log, os } = this.#options;
    this.#buffer = buffer;
    if (buffer === null) {
      log.info("the socket buffer is not known: it cannot be probed on 127.0.0.1");
      return;
    }
    log.info("socket buffer", {
      holds_datagrams: buffer.datagrams,
      or_more: buffer.atLeast,
      good_to_datagrams_per_second: bearableRate(buffer),
      ...isSmall(buffer, null) ? { enlarged_by: bufferCommand(os, null) } : {},
    });
  }

  /** Looks at how fast datagrams come. To be called every second or so. */
  look(collectors: readonly Watched[]): void {
    const atMs = this.#options.clock.now();
    for (const collector of collectors) {
      const { datagrams } = collector.status().counters;
      const before = this.#seen.get(collector);
      this.#seen.set(collector, { datagrams, atMs });
      if (before === undefined || atMs <= before.atMs) continue;
      this.#judge(collector, ((datagrams - before.datagrams) * 1000) / (atMs - before.atMs));
    }
  }

  #judge(collector: Watched, rate: number): void {
    const buffer = this.#buffer;
    if (buffer === null || !isSmall(buffer, rate)) return;
    const told = this.#toldRate.get(collector) ?? 0;
    if (rate < WORSE * told) return;
    this.#toldRate.set(collector, rate);
    const { log, os } = this.#options;
    log.warn("the socket buffer is small for the rate of datagrams", {
      capability: collector.capability,
      port: collector.port,
      datagrams_per_second: Math.round(rate),
      holds_datagrams: buffer.datagrams,
      lasts_ms: Number(((buffer.datagrams * 1000) / rate).toFixed(1)),
      remedy: remedy(os, rate),
    });
  }
}

function remedy(os: string, rate: number): string {
  const command = bufferCommand(os, rate);
  return command === null
    ? "share the exporters out among several ports"
    : `run "sudo ${command}", then start the collector anew`;
}
