import type { MessageHeader } from "./message_dialect.ts";

/** An uptime that falls by less is of a datagram that was overtaken. */
const LATE_MS = 60_000;
/** What 32 bits of milliseconds hold. */
const UPTIME_SPAN_MS = 2 ** 32;
/** A sequence number that was beyond `LARGE` and is below `SMALL` has begun anew, unless it is at its end. */
const LARGE_SEQUENCE = 10_000;
const SMALL_SEQUENCE = 1000;
const WRAPPING_SEQUENCE = 2 ** 32 - 1_000_000;

/** Tells from the headers of one transport session that its exporter has started anew. */
export class RestartWatch {
  #uptimeMs = -1;
  #sequence = -1;
  #heardMs = 0;

  /**
   * Takes in a header. One with an uptime (RFC 3954 §5.1) tells by that; where there is none
   * (RFC 7011 §3.1) the sequence number of data records does.
   *
   * @param header of the session's next datagram
   * @param nowMs when it came, Unix milliseconds
   * @returns whether the exporter has started since the datagram before
   */
  restarted({ uptimeMs, sequence }: MessageHeader, nowMs: number): boolean {
    const restarted = uptimeMs < 0
      ? isAnew(this.#sequence, sequence)
      : uptimeMs < this.#uptimeMs - LATE_MS &&
        // One that wrapped has gone on by as much time as has passed.
        uptimeMs + UPTIME_SPAN_MS - this.#uptimeMs > Math.max(0, nowMs - this.#heardMs) + LATE_MS;
    this.#uptimeMs = uptimeMs;
    this.#sequence = sequence;
    this.#heardMs = nowMs;
    return restarted;
  }
}

function isAnew(before: number, now: number): boolean {
  return now < SMALL_SEQUENCE && before >= LARGE_SEQUENCE && before < WRAPPING_SEQUENCE;
}
