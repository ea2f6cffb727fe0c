import type { FirstHeader } from "../packet/sampled_packet.ts";

/** `header_protocol` of sFlow Version 5 that can be decoded. */
const FIRST_HEADERS: ReadonlyMap<number, FirstHeader> = new Map([
  [1, "ethernet"], // ETHERNET-ISO88023
  [7, "ppp"], // PPP
  [11, "ip"], // IPv4
  [12, "ip"], // IPv6
  [13, "mpls"], // MPLS
  [14, "ppp"], // POS: PPP over SONET/SDH (RFC 1662, RFC 2615)
  [15, "ieee80211"], // IEEE80211MAC
]);

/** What a sampled header of a protocol begins with; null where that cannot be decoded. */
export function firstHeaderOf(protocol: number): FirstHeader | null {
  return FIRST_HEADERS.get(protocol) ?? null;
}

/** Whether the frame length of a header protocol counts layer 2 (all but IPv4, IPv6, MPLS). */
export function isLayer2(protocol: number): boolean {
  return protocol < 11 || protocol > 13;
}
