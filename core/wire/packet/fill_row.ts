import type { FlowColumns } from "../../flow/columns.ts";
import { type FieldNameOf, PRESENCE_WORDS, presenceBit } from "../../flow/schema.ts";
import type { PacketHeaders } from "./packet_headers.ts";

/** Number columns, and what they are filled from. */
const NUMBERS = [
  ["protocol", "protocol"],
  ["ip_tos", "tos"],
  ["src_port", "srcPort"],
  ["dst_port", "dstPort"],
  ["tcp_flags", "tcpFlags"],
  ["icmp_type", "icmpType"],
  ["icmp_code", "icmpCode"],
  ["vlan", "vlan"],
  ["mpls_label", "mplsLabel"],
  ["src_mac", "srcMac"],
  ["dst_mac", "dstMac"],
] as const satisfies [FieldNameOf<"u8" | "u16" | "u32" | "mac">, keyof PacketHeaders][];

/** Fills columns of a row that are not known yet from the headers of its packet. */
export function fillRow(headers: PacketHeaders, columns: FlowColumns, slot: number): void {
  if (headers.ipVersion !== 0) {
    fillAddress(headers.srcAddr, columns, { column: "src_addr", slot });
    fillAddress(headers.dstAddr, columns, { column: "dst_addr", slot });
  }
  for (const [column, header] of NUMBERS) {
    const value = headers[header];
    if (value >= 0 && claim(columns.presence, slot, presenceBit(column))) {
      columns[column][slot] = value;
    }
  }
}

function fillAddress(
  words: Uint32Array,
  columns: FlowColumns,
  { column, slot }: { column: "src_addr" | "dst_addr"; slot: number },
): void {
  if (!claim(columns.presence, slot, presenceBit(column))) return;
  columns[column].set(words, slot * 4);
}

/** Sets a presence bit; false where it was set before. */
function claim(presence: Uint32Array, slot: number, bit: number): boolean {
  const word = slot * PRESENCE_WORDS + (bit >> 5);
  const mask = 1 << (bit & 31);
  if ((presence[word] & mask) !== 0) return false;
  presence[word] |= mask;
  return true;
}
