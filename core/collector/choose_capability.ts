import type { Capability } from "./capability.ts";

/**
 * The capability that a datagram is for: by its content, then by its port.
 *
 * @param capabilities to choose from
 * @param what the `datagram`'s payload, and the `port` it was sent to
 */
export function chooseCapability(
  capabilities: readonly Capability[],
  { datagram, port }: { datagram: Uint8Array; port: number },
): Capability | undefined {
  return capabilities.find((capability) => capability.recognises(datagram)) ??
    capabilities.find(({ defaultPort }) => defaultPort === port);
}
