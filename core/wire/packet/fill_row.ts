import type { FlowColumns } from "../../flow/columns.ts";
import { PRESENCE_WORDS, presenceBit } from "../../flow/schema.ts";
import type { PacketHeaders } from "./packet_headers.ts";

/** Presence bits of the columns that a packet can fill. */
const BIT = {
  srcAddr: presenceBit("src_addr"),
  dstAddr: presenceBit("dst_addr"),
  srcPort: presenceBit("src_port"),
  dstPort: presenceBit("dst_port"),
  protocol: presenceBit("protocol"),
  tcpFlags: presenceBit("tcp_flags"),
  tos: presenceBit("ip_tos"),
  vlan: presenceBit("vlan"),
  mplsLabel: presenceBit("mpls_label"),
  srcMac: presenceBit("src_mac"),
  dstMac: presenceBit("dst_mac"),
  icmpType: presenceBit("icmp_type"),
  icmpCode: presenceBit("icmp_code"),
} as const;

/**
 * Fills columns of a row that are not known yet from the headers of its packet. One statement a
 * column: a loop over their names is ten times slower.
 */
// deno-fmt-ignore: one row a column reads as the table it is.
export function fillRow(headers: PacketHeaders, columns: FlowColumns, slot: number): void {
  const { presence } = columns;
  const { srcPort, dstPort, protocol, tcpFlags, tos, vlan, mplsLabel, srcMac, dstMac, icmpType, icmpCode } = headers;
  if (headers.ipVersion !== 0) {
    if (claim(presence, slot, BIT.srcAddr)) copyAddress(headers.srcAddr, columns.src_addr, slot * 4);
    if (claim(presence, slot, BIT.dstAddr)) copyAddress(headers.dstAddr, columns.dst_addr, slot * 4);
  }
  if (srcPort >= 0 && claim(presence, slot, BIT.srcPort)) columns.src_port[slot] = srcPort;
  if (dstPort >= 0 && claim(presence, slot, BIT.dstPort)) columns.dst_port[slot] = dstPort;
  if (protocol >= 0 && claim(presence, slot, BIT.protocol)) columns.protocol[slot] = protocol;
  if (tcpFlags >= 0 && claim(presence, slot, BIT.tcpFlags)) columns.tcp_flags[slot] = tcpFlags;
  if (tos >= 0 && claim(presence, slot, BIT.tos)) columns.ip_tos[slot] = tos;
  if (vlan >= 0 && claim(presence, slot, BIT.vlan)) columns.vlan[slot] = vlan;
  if (mplsLabel >= 0 && claim(presence, slot, BIT.mplsLabel)) columns.mpls_label[slot] = mplsLabel;
  if (srcMac >= 0 && claim(presence, slot, BIT.srcMac)) columns.src_mac[slot] = srcMac;
  if (dstMac >= 0 && claim(presence, slot, BIT.dstMac)) columns.dst_mac[slot] = dstMac;
  if (icmpType >= 0 && claim(presence, slot, BIT.icmpType)) columns.icmp_type[slot] = icmpType;
  if (icmpCode >= 0 && claim(presence, slot, BIT.icmpCode)) columns.icmp_code[slot] = icmpCode;
}

function copyAddress(from: Uint32Array, to: Uint32Array, at: number): void {
  to[at] = from[0];
  to[at + 1] = from[1];
  to[at + 2] = from[2];
  to[at + 3] = from[3];
}

/** Sets a presence bit; false where it was set before. */
function claim(presence: Uint32Array, slot: number, bit: number): boolean {
  const word = slot * PRESENCE_WORDS + (bit >> 5);
  const mask = 1 << (bit & 31);
  if ((presence[word] & mask) !== 0) return false;
  presence[word] |= mask;
  return true;
}
