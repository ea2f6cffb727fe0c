import { formatAddress } from "../../flow/address.ts";
import { formatMac } from "../../flow/record_reader.ts";
import { LIMITS } from "../limits.ts";
import type { FirstHeader } from "./packet_headers.ts";
import { SampledPacket } from "./sampled_packet.ts";

/** Headers by name, as in a FlowRecord where it has the same; what a tunnel carries is `inner`. */
export interface PacketDescription {
  readonly [header: string]: string | number | readonly number[] | PacketDescription;
}

/**
 * Names the headers of a packet for people. What is not known is left out.
 *
 * @param view the datagram
 * @param range octets `from` the packet's first, and `to` behind its last
 * @param first what it begins with
 * @returns null where nothing of it can be read
 */
export function describePacket(
  view: DataView,
  range: { readonly from: number; readonly to: number },
  first: FirstHeader,
): PacketDescription | null {
  return describe(view, range, { first, tunnelsLeft: LIMITS.tunnels });
}

function describe(
  view: DataView,
  { from, to }: { readonly from: number; readonly to: number },
  { first, tunnelsLeft }: { first: FirstHeader; tunnelsLeft: number },
): PacketDescription | null {
  const packet = new SampledPacket();
  if (!packet.read(view, from, to, first)) return null;
  const isIp = packet.ipVersion > 0;
  const description: Record<string, PacketDescription[string]> = {};
  const put = (name: string, value: PacketDescription[string] | null): void => {
    if (value !== null && value !== -1) description[name] = value;
  };
  put("dst_mac", packet.dstMac < 0 ? null : formatMac(packet.dstMac));
  put("src_mac", packet.srcMac < 0 ? null : formatMac(packet.srcMac));
  put("ether_type", packet.etherType < 0 ? null : formatType(packet.etherType));
  put("vlan", packet.vlan);
  put("inner_vlan", packet.innerVlan);
  put(
    "mpls_labels",
    packet.mplsDepth > 0 ? [...packet.mplsLabels.subarray(0, packet.mplsDepth)] : null,
  );
  put("ip_version", isIp ? packet.ipVersion : null);
  put("src_addr", isIp ? formatAddress(packet.srcAddr) : null);
  put("dst_addr", isIp ? formatAddress(packet.dstAddr) : null);
  put("protocol", packet.protocol);
  put("ip_tos", packet.tos);
  put("ttl", packet.ttl);
  put("flow_label", packet.flowLabel);
  put("ip_length", packet.ipLength);
  put("fragment_offset", packet.fragmentOffset > 0 ? packet.fragmentOffset : null);
  put("src_port", packet.srcPort);
  put("dst_port", packet.dstPort);
  put("tcp_flags", packet.tcpFlags);
  put("icmp_type", packet.icmpType);
  put("icmp_code", packet.icmpCode);
  put("tunnel", packet.tunnel);
  put("tunnel_id", packet.tunnelId);
  if (packet.tunnel !== null && tunnelsLeft > 0) {
    const inner = { from: packet.tunnelFrom, to: packet.tunnelTo };
    const next = { first: packet.tunnelFirst, tunnelsLeft: tunnelsLeft - 1 };
    put("inner", describe(view, inner, next));
  }
  return description;
}

function formatType(etherType: number): string {
  return `0x${etherType.toString(16).padStart(4, "0")}`;
}
