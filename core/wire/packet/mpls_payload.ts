import { ETHER_TYPE, isVlanTag } from "./ether_type.ts";

/** An MPLS stack does not say what lies below it; labels that do (RFC 3032 §2.1). */
const EXPLICIT_NULL = { ipv4: 0, ipv6: 2 } as const;
/** VLAN tags in a pseudowire's frame that are looked behind. */
const MAX_TAGS = 2;

/**
 * Guesses what lies below an MPLS stack, as routers do to spread load (RFC 4928 §3): by its first
 * nibble, 4 and 6 for IP. An Ethernet pseudowire has a control word before its frame (RFC 4448 §4.6),
 * which begins with 0, or none: then the nibble is the first of a MAC address, and only a frame that
 * holds together tells.
 *
 * @param view the datagram
 * @param at first octet below the stack
 * @param end octet behind the packet's last
 * @param label bottom label of the stack; -1 where it is not known
 * @returns the EtherType of what lies there, negative where a control word comes first; 0 where
 * nobody can tell
 */
export function guessMplsPayload(view: DataView, at: number, end: number, label: number): number {
  if (label === EXPLICIT_NULL.ipv4) return ETHER_TYPE.ipv4;
  if (label === EXPLICIT_NULL.ipv6) return ETHER_TYPE.ipv6;
  if (at >= end) return 0;
  const nibble = view.getUint8(at) >> 4;
  if (nibble === 0 && looksLikeFrame(view, at + 4, end)) return -ETHER_TYPE.ethernet;
  if (nibble === 4 && isIpv4Header(view, at, end)) return ETHER_TYPE.ipv4;
  if (looksLikeFrame(view, at, end)) return ETHER_TYPE.ethernet;
  return nibble === 4 ? ETHER_TYPE.ipv4 : nibble === 6 ? ETHER_TYPE.ipv6 : 0;
}

/** Whether an Ethernet frame could begin here: its type and what that type begins with agree. */
function looksLikeFrame(view: DataView, from: number, end: number): boolean {
  let at = from + 12;
  for (let tags = 0; at + 4 <= end; tags++, at += 4) {
    const type = view.getUint16(at);
    if (isVlanTag(type) && tags < MAX_TAGS) continue;
    const next = view.getUint8(at + 2);
    switch (type) {
      case ETHER_TYPE.ipv4:
        return next >> 4 === 4;
      case ETHER_TYPE.ipv6:
        return next >> 4 === 6;
      case ETHER_TYPE.pppoeSession:
        return next === 0x11;
      case ETHER_TYPE.arp:
        return view.getUint16(at + 2) === 1;
      default:
        return type === ETHER_TYPE.mpls;
    }
  }
  return false;
}

/** Whether a whole IPv4 header with a right checksum stands here (RFC 791 §3.1). */
function isIpv4Header(view: DataView, at: number, end: number): boolean {
  const length = (view.getUint8(at) & 15) * 4;
  if (length < 20 || at + length > end) return false;
  let sum = 0;
  for (let i = 0; i < length; i += 2) sum += view.getUint16(at + i);
  return (sum & 0xffff) + (sum >>> 16) === 0xffff;
}
