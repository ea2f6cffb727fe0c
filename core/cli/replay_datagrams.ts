import type { CapturedDatagram, CaptureEvent } from "../capture/capture_event.ts";
import { formatAddressBytes } from "../flow/address.ts";
import type { Clock } from "../flow/clock.ts";

/** Shortest pause: what is due within it goes out in one go. */
const TICK_MS = 5;

/** Longest pause that is kept: clocks that were set and files put together leave gaps of years. */
const LONGEST_PAUSE_MS = 3_600_000;
/** What a longer one is shortened to. */
const SHORT_PAUSE_MS = 1000;

/** What a replay came to. */
export interface Replayed {
  /** Datagrams sent. */
  sent: number;
  /** Datagrams of other exporters. */
  others: number;
  /** Records of the file that gave no datagram. */
  skipped: number;
  /** Pauses that would have been longer than an hour. */
  shortened: number;
}

/**
 * Sends datagrams again with the pauses that lay between them. One whose time is not known goes out
 * at once; one that is older than those before it too. A pause of more than an hour becomes a second.
 *
 * @param events of a capture, in order
 * @param options `speed`: how much faster, Infinity without pauses; `exporter`: only this one's;
 *   `send`: sends one, its payload valid until then; `stopped`: whether to end
 */
export async function replayDatagrams(
  events: AsyncIterable<CaptureEvent>,
  { speed, exporter, clock, send, stopped }: {
    speed: number;
    exporter: string | undefined;
    clock: Clock;
    send: (datagram: CapturedDatagram) => Promise<void>;
    stopped: () => boolean;
  },
): Promise<Replayed> {
  const replayed = { sent: 0, others: 0, skipped: 0, shortened: 0 };
  let startMs = clock.now();
  let firstMs = NaN;
  for await (const event of events) {
    if (stopped()) break;
    if (event.kind === "skipped") {
      replayed.skipped += event.records;
      continue;
    }
    const { receivedAtMs, sourceAddress } = event.datagram;
    // What writes no times writes 0.
    const atMs = receivedAtMs > 0 ? receivedAtMs : NaN;
    if (exporter !== undefined && formatAddressBytes(sourceAddress) !== exporter) {
      replayed.others++;
      continue;
    }
    if (Number.isNaN(firstMs)) firstMs = atMs;
    let waitMs = startMs + (atMs - firstMs) / speed - clock.now();
    if (waitMs > LONGEST_PAUSE_MS) {
      startMs -= waitMs - SHORT_PAUSE_MS;
      waitMs = SHORT_PAUSE_MS;
      replayed.shortened++;
    }
    if (waitMs > TICK_MS) await new Promise<void>((resolve) => clock.after(waitMs, resolve));
    if (stopped()) break;
    await send(event.datagram);
    replayed.sent++;
  }
  return replayed;
}
