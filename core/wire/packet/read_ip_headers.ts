import type { PacketHeaders } from "./packet_headers.ts";
import { IPV4_PREFIX_WORD } from "../../flow/address.ts";

/** Reads an IP header of either version and what follows it; false where there is none. */
export function readIpHeaders(
  headers: PacketHeaders,
  view: DataView,
  at: number,
  to: number,
): boolean {
  if (at + 20 > to || view.getUint8(at) >> 4 !== 4) return false;
  headers.ipVersion = 4;
  headers.srcAddr[2] = headers.dstAddr[2] = IPV4_PREFIX_WORD;
  headers.srcAddr[3] = view.getUint32(at + 12);
  headers.dstAddr[3] = view.getUint32(at + 16);
  headers.protocol = view.getUint8(at + 9);
  headers.ipLength = view.getUint16(at + 2);
  return true;
}
