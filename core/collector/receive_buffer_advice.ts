import type { ReceiveBuffer } from "./probe_receive_buffer.ts";

/**
 * How long a collector may be held up without loss, in milliseconds, before a buffer counts as
 * small: now and then one waits some milliseconds for the garbage collector, or for a processor.
 */
const HELD_UP_MS = 10;
/** What Linux counts for a datagram of the probe: its octets and what it keeps about them. */
const BYTES_HELD = 2304;
/** Enough for most: 1,820 datagrams, 10 ms at 182,000 a second. */
const GOOD_BYTES = 4_194_304;

/** The setting of the buffer of sockets that are opened from then on, by system. */
const SETTINGS: Readonly<Record<string, string>> = {
  linux: "net.core.rmem_default",
  darwin: "net.inet.udp.recvspace",
};

/**
 * Datagrams a second up to which a buffer bridges what holds a collector up.
 *
 * @param buffer as it was probed
 */
export function bearableRate({ datagrams }: ReceiveBuffer): number {
  return (datagrams * 1000) / HELD_UP_MS;
}

/**
 * Whether a buffer is worth enlarging.
 *
 * @param buffer as it was probed
 * @param rate datagrams a second; null where nobody knows: then it is held against what is enough
 *   for most
 */
export function isSmall(buffer: ReceiveBuffer, rate: number | null): boolean {
  if (buffer.atLeast) return false;
  if (rate !== null) return rate > bearableRate(buffer);
  return buffer.datagrams < Math.floor(GOOD_BYTES / BYTES_HELD);
}

/**
 * What enlarges the buffer, as a command for root. It is for sockets that are opened afterwards, so
 * collectors have to be started anew.
 *
 * @param os as `Deno.build.os` names it
 * @param rate datagrams a second that it is to bear; null where nobody knows
 * @returns null where there is no such setting
 */
export function bufferCommand(os: string, rate: number | null): string | null {
  const wanted = ((rate ?? 0) * HELD_UP_MS * BYTES_HELD) / 1000;
  const bytes = Math.max(GOOD_BYTES, 2 ** Math.ceil(Math.log2(Math.max(1, wanted))));
  return os in SETTINGS ? `sysctl -w ${SETTINGS[os]}=${bytes}` : null;
}
