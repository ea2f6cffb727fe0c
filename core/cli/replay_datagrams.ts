import type { CapturedDatagram, CaptureEvent } from "../capture/capture_event.ts";
import { formatAddressBytes } from "../flow/address.ts";
import type { Clock } from "../flow/clock.ts";

/** Shortest pause: what is due within it goes out in one go. */
const TICK_MS = 5;

/** What a replay came to. */
export interface Replayed {
  /** Datagrams sent. */
  sent: number;
  /** Datagrams of other exporters. */
  others: number;
  /** Records of the file that gave no datagram. */
  skipped: number;
}

/**
 * Sends datagrams again with the pauses that lay between them. One whose time is not known goes out
 * at once; one that is older than those before it too.
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
  const replayed = { sent: 0, others: 0, skipped: 0 };
  const startMs = clock.now();
  let firstMs = NaN;
  for await (const event of events) {
    if (stopped()) break;
    if (event.kind === "skipped") {
      replayed.skipped += event.records;
      continue;
    }
    const { receivedAtMs, sourceAddress } = event.datagram;
    if (exporter !== undefined && formatAddressBytes(sourceAddress) !== exporter) {
      replayed.others++;
      continue;
    }
    if (Number.isNaN(firstMs)) firstMs = receivedAtMs;
    const waitMs = startMs + (receivedAtMs - firstMs) / speed - clock.now();
    if (waitMs > TICK_MS) await new Promise<void>((resolve) => clock.after(waitMs, resolve));
    if (stopped()) break;
    await send(event.datagram);
    replayed.sent++;
  }
  return replayed;
}
