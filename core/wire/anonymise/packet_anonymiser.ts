import { LIMITS } from "../limits.ts";
import { ETHER_TYPE } from "../packet/ether_type.ts";
import { EXTENSION, isExtension } from "../packet/read_ip_headers.ts";
import { type FirstHeader, SampledPacket } from "../packet/sampled_packet.ts";
import type { AddressCipher } from "./address_cipher.ts";
import { internetSum, updateChecksum } from "./internet_checksum.ts";
import { Redaction } from "./redaction.ts";

const IPV4_OCTETS = 20;
const IPV6_OCTETS = 40;
const ICMP = 1;
const UDP = 17;
const GENEVE_OCTETS = 16;

/** Octets of a transport header that tell of no address (no options), and where its checksum lies. */
const TRANSPORT: ReadonlyMap<number, { readonly octets: number; readonly checksum?: number }> =
  new Map([
    // Behind the first word of ICMP stand packets, gateways and neighbours.
    [ICMP, { octets: 4, checksum: 2 }],
    [6, { octets: 20, checksum: 16 }],
    [UDP, { octets: 8, checksum: 6 }],
    [33, { octets: 12, checksum: 6 }],
    [58, { octets: 4, checksum: 2 }],
    // A CRC over the whole packet, of which there is only the beginning.
    [132, { octets: 12 }],
    [136, { octets: 8, checksum: 6 }],
  ]);

/** Types of routing headers (IANA) that hold addresses from their ninth octet on. */
const SEGMENT_ROUTING = 4;
const SOURCE_ROUTES: readonly number[] = [0, 2, SEGMENT_ROUTING];

/** An ARP packet of IPv4 over Ethernet (RFC 826): its head, and where its addresses stand. */
const ARP_HEAD = [0, 1, 8, 0, 6, 4];
const ARP_ADDRESSES = [[8, 6], [14, 4], [18, 6], [24, 4]] as const;

/**
 * Anonymises the first octets of a packet, down to the packets inside its tunnels. Headers as far
 * as they are understood stay, with their addresses replaced and their checksums as right or wrong
 * as they were; options, and whatever the packet carries, become zeros.
 */
export class PacketAnonymiser {
  readonly #cipher: AddressCipher;
  /** One for each tunnel within another. */
  readonly #packets = Array.from({ length: LIMITS.tunnels + 1 }, () => new SampledPacket());

  /** @param cipher replaces what there is to replace */
  constructor(cipher: AddressCipher) {
    this.#cipher = cipher;
  }

  /**
   * A packet without what tells who it is of.
   *
   * @param packet its first octets, left as they are
   * @param first what they begin with
   */
  anonymise(packet: Uint8Array, first: FirstHeader): Uint8Array {
    return this.#redacted(packet, first, 0);
  }

  #redacted(was: Uint8Array, first: FirstHeader, depth: number): Uint8Array {
    const out = new Redaction(was, this.#cipher);
    const packet = this.#packets[depth];
    if (packet === undefined) return out.octets;
    packet.read(new DataView(was.buffer, was.byteOffset, was.length), 0, was.length, first);
    // What kind of Wi-Fi frame it is, even where no more of it is read.
    if (first === "ieee80211") out.keep(0, 2);
    out.keep(0, packet.linkTo);
    for (const at of packet.macPlaces.subarray(0, packet.macs)) out.address(at, 6);
    if (packet.ipVersion === 4) this.#ipv4(out, packet, depth);
    else if (packet.ipVersion === 6) this.#ipv6(out, packet, depth);
    else if (packet.etherType === ETHER_TYPE.arp) putArp(out, packet.linkTo);
    return out.octets;
  }

  /** RFC 791 §3.1; options, which may hold routes, become the end of options. */
  #ipv4(out: Redaction, packet: SampledPacket, depth: number): void {
    const at = packet.linkTo;
    out.keep(at, IPV4_OCTETS);
    out.address(at + 12, 4);
    out.address(at + 16, 4);
    const to = at + (out.was[at] & 15) * 4;
    mend(out, at + 10, [[at, to]]);
    this.#transport(out, packet, depth);
  }

  /** RFC 8200 §3. */
  #ipv6(out: Redaction, packet: SampledPacket, depth: number): void {
    const at = packet.linkTo;
    out.keep(at, IPV6_OCTETS);
    out.address(at + 8, 16);
    out.address(at + 24, 16);
    putExtensions(out, at);
    this.#transport(out, packet, depth);
  }

  #transport(out: Redaction, packet: SampledPacket, depth: number): void {
    const { linkTo, ipVersion, protocol, payloadAt, payloadTo, tunnel } = packet;
    if (payloadAt < 0 || payloadAt >= payloadTo) return;
    const { octets, checksum } = TRANSPORT.get(protocol) ?? { octets: 0 };
    out.keep(payloadAt, Math.min(octets, payloadTo - payloadAt));
    if (tunnel !== null) {
      const { tunnelFrom, tunnelTo, tunnelFirst } = packet;
      const before = tunnelFrom - payloadAt;
      out.keep(payloadAt, tunnel === "geneve" ? Math.min(GENEVE_OCTETS, before) : before);
      out.set(
        tunnelFrom,
        this.#redacted(out.was.subarray(tunnelFrom, tunnelTo), tunnelFirst, depth + 1),
      );
    }
    if (checksum === undefined) return;
    const at = payloadAt + checksum;
    // None was made (RFC 768).
    if (at + 2 > payloadTo || (protocol === UDP && out.was[at] === 0 && out.was[at + 1] === 0)) {
      return;
    }
    const addresses = ipVersion === 4
      ? [linkTo + 12, linkTo + 20] as const
      : [linkTo + 8, linkTo + 40] as const;
    const covered = [[payloadAt, payloadTo]] as Range[];
    mend(out, at, protocol === ICMP ? covered : [addresses, ...covered]);
  }
}

type Range = readonly [from: number, to: number];

/** Makes a checksum as right as it was, of ranges that begin at its even octets. */
function mend(out: Redaction, at: number, ranges: readonly Range[]): void {
  const sumOf = (octets: Uint8Array) =>
    ranges.reduce((sum, [from, to]) => sum + internetSum(octets.subarray(from, to)), 0);
  const was = out.was[at] * 256 + out.was[at + 1];
  const before = sumOf(out.was) % 0xffff;
  const now = updateChecksum(was, { before, after: sumOf(out.octets) % 0xffff });
  out.set(at, Uint8Array.of(now >> 8, now));
}

/** Extension headers (RFC 8200 §4) without their options and authentication data. */
function putExtensions(out: Redaction, ipAt: number): void {
  const { was } = out;
  const payload = was[ipAt + 4] * 256 + was[ipAt + 5];
  const end = payload > 0 ? Math.min(was.length, ipAt + IPV6_OCTETS + payload) : was.length;
  let next = was[ipAt + 6];
  let at = ipAt + IPV6_OCTETS;
  for (let read = 0; read < LIMITS.extensionHeaders && isExtension(next); read++) {
    if (at + 8 > end) return;
    const units = was[at + 1];
    let octets = (units + 1) * 8;
    if (next === EXTENSION.fragment) {
      octets = 8;
      out.keep(at, octets);
      // A later part begins with no header.
      if (((was[at + 2] * 256 + was[at + 3]) & 0xfff8) !== 0) return;
    } else if (next === EXTENSION.authentication) {
      octets = (units + 2) * 4;
      // Up to the sequence number (RFC 4302 §2).
      out.keep(at, Math.min(12, end - at));
    } else if (next === EXTENSION.routing) putRoute(out, at, Math.min(end, at + octets));
    else out.keep(at, 2);
    next = was[at];
    at += octets;
  }
}

/** A routing header: addresses, where it is of a type that has them whole (RFC 8754 §2). */
function putRoute(out: Redaction, at: number, to: number): void {
  out.keep(at, 8);
  const type = out.was[at + 2];
  if (!SOURCE_ROUTES.includes(type)) return;
  const most = type === SEGMENT_ROUTING ? out.was[at + 4] + 1 : Infinity;
  for (let n = 0, from = at + 8; n < most && from + 16 <= to; n++, from += 16) {
    out.address(from, 16);
  }
}

function putArp(out: Redaction, at: number): void {
  if (!ARP_HEAD.every((octet, i) => out.was[at + i] === octet)) return;
  out.keep(at, 8);
  for (const [place, octets] of ARP_ADDRESSES) out.address(at + place, octets);
}
