import type { Capability } from "./capability.ts";

/**
 * Whether a datagram looks like a capability's protocol; a user's own that throws recognises nothing.
 *
 * @param capability to be asked
 * @param datagram any payload
 */
export function recognises(capability: Capability, datagram: Uint8Array): boolean {
  try {
    return capability.recognises(datagram);
  } catch {
    return false;
  }
}
