import type { FirstHeader } from "./packet_headers.ts";
import { SampledPacket } from "./sampled_packet.ts";

/** Headers by name; what a tunnel carries stands inside. */
export interface PacketDescription {
  readonly [header: string]: string | number | PacketDescription;
}

/**
 * Names the headers of a packet for people.
 *
 * @param view the datagram
 * @param range octets `from` the packet's first, and `to` behind its last
 * @param first what it begins with
 * @returns null where nothing of it can be read
 */
export function describePacket(
  view: DataView,
  { from, to }: { from: number; to: number },
  first: FirstHeader,
): PacketDescription | null {
  const packet = new SampledPacket();
  if (!packet.read(view, from, to, first)) return null;
  return { ether_type: packet.etherType };
}
