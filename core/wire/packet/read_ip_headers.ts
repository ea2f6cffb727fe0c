import { IPV4_PREFIX_WORD } from "../../flow/address.ts";
import { LIMITS } from "../limits.ts";
import type { PacketHeaders } from "./packet_headers.ts";
import { readTransport } from "./read_transport.ts";

const IPV4_LEAST_OCTETS = 20;
const IPV6_OCTETS = 40;

/** Next headers of IPv6 that lead on to another one (RFC 8200 §4; AH: RFC 4302). */
export const EXTENSION = {
  hopByHop: 0,
  routing: 43,
  fragment: 44,
  authentication: 51,
  destinationOptions: 60,
} as const;
const NO_NEXT_HEADER = 59;

/**
 * Reads an IP header and what follows it, bounded by the length that the header states: what a link
 * added behind the packet is not read.
 *
 * @param headers where to write what is read
 * @param view the datagram
 * @param at first octet of the header
 * @param to octet behind the last that is there
 * @param version 4 or 6 where the link says so, 0 where not
 * @returns false where no whole header of that version stands there
 */
export function readIpHeaders(
  headers: PacketHeaders,
  view: DataView,
  at: number,
  to: number,
  version: number,
): boolean {
  if (at >= to) return false;
  const said = view.getUint8(at) >> 4;
  if (version !== 0 && said !== version) return false;
  if (said === 4) return readIpv4(headers, view, at, to);
  return said === 6 && readIpv6(headers, view, at, to);
}

/** RFC 791 §3.1. */
function readIpv4(headers: PacketHeaders, view: DataView, at: number, to: number): boolean {
  const length = (view.getUint8(at) & 15) * 4;
  if (at + IPV4_LEAST_OCTETS > to || length < IPV4_LEAST_OCTETS) return false;
  const { srcAddr, dstAddr } = headers;
  headers.ipVersion = 4;
  headers.tos = view.getUint8(at + 1);
  headers.ttl = view.getUint8(at + 8);
  headers.protocol = view.getUint8(at + 9);
  headers.fragmentOffset = (view.getUint16(at + 6) & 0x1fff) * 8;
  srcAddr[0] =
    dstAddr[0] =
    srcAddr[1] =
    dstAddr[1] =
      0;
  srcAddr[2] = dstAddr[2] = IPV4_PREFIX_WORD;
  srcAddr[3] = view.getUint32(at + 12);
  dstAddr[3] = view.getUint32(at + 16);
  const total = view.getUint16(at + 2);
  // Zero stands in packets that segmentation offload was still to cut.
  if (total > 0 && total < length) return true;
  if (total > 0) headers.ipLength = total;
  const end = total > 0 ? Math.min(to, at + total) : to;
  if (headers.fragmentOffset === 0) readTransport(headers, view, at + length, end);
  return true;
}

/** RFC 8200 §3. */
function readIpv6(headers: PacketHeaders, view: DataView, at: number, to: number): boolean {
  if (at + IPV6_OCTETS > to) return false;
  const { srcAddr, dstAddr } = headers;
  const start = view.getUint32(at);
  headers.ipVersion = 6;
  headers.tos = start >>> 20 & 0xff;
  headers.flowLabel = start & 0xfffff;
  headers.ttl = view.getUint8(at + 7);
  for (let word = 0; word < 4; word++) {
    srcAddr[word] = view.getUint32(at + 8 + word * 4);
    dstAddr[word] = view.getUint32(at + 24 + word * 4);
  }
  const payload = view.getUint16(at + 4);
  const next = view.getUint8(at + 6);
  // Zero stands in jumbograms (RFC 2675) and in packets without anything.
  const isEmpty = payload === 0 && next === NO_NEXT_HEADER;
  if (payload > 0 || isEmpty) headers.ipLength = IPV6_OCTETS + payload;
  const end = payload > 0 || isEmpty ? Math.min(to, at + IPV6_OCTETS + payload) : to;
  readExtensions(headers, view, at + IPV6_OCTETS, end, next);
  return true;
}

/**
 * Steps over extension headers to the upper layer. Its protocol is not known where the headers are
 * cut off before it, or behind the first part of a packet in fragments.
 */
function readExtensions(
  headers: PacketHeaders,
  view: DataView,
  from: number,
  end: number,
  firstHeader: number,
): void {
  let next = firstHeader;
  let at = from;
  for (let read = 0; isExtension(next); read++) {
    if (read === LIMITS.extensionHeaders || at + 8 > end) return;
    const units = view.getUint8(at + 1);
    if (next === EXTENSION.fragment) {
      const offset = view.getUint16(at + 2) & 0xfff8;
      headers.fragmentOffset = offset;
      next = view.getUint8(at);
      at += 8;
      if (offset === 0) continue;
      if (!isExtension(next)) headers.protocol = next;
      return;
    }
    const octets = next === EXTENSION.authentication ? (units + 2) * 4 : (units + 1) * 8;
    next = view.getUint8(at);
    at += octets;
  }
  headers.protocol = next;
  if (headers.fragmentOffset < 0) headers.fragmentOffset = 0;
  readTransport(headers, view, at, end);
}

/** Whether a next header of IPv6 leads on to another one. */
export function isExtension(next: number): boolean {
  return next === EXTENSION.hopByHop || next === EXTENSION.routing ||
    next === EXTENSION.fragment || next === EXTENSION.authentication ||
    next === EXTENSION.destinationOptions;
}
