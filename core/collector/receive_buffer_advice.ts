import type { ReceiveBuffer } from "./probe_receive_buffer.ts";

/**
 * How long a collector may be held up without loss, in milliseconds, before a buffer counts as
 * small: now and then one waits some milliseconds for the garbage collector, or for a processor.
 */
const HELD_UP_MS = 10;
/** Holds 1,800 datagrams of 1,464 octets: 10 ms at 180,000 a second. */
const GOOD_BYTES = 4_194_304;

/** The setting of the buffer of sockets that are opened from then on, by system. */
const COMMANDS: Readonly<Record<string, string>> = {
  linux: `sysctl -w net.core.rmem_default=${GOOD_BYTES}`,
  darwin: `sysctl -w net.inet.udp.recvspace=${GOOD_BYTES}`,
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
 * What enlarges the buffer, as a command for root. It is for sockets that are opened afterwards, so
 * collectors have to be started anew.
 *
 * @param os as `Deno.build.os` names it
 * @returns null where there is no such setting
 */
export function bufferCommand(os: string): string | null {
  return COMMANDS[os] ?? null;
}
