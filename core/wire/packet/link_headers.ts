import { LIMITS } from "../limits.ts";
import { ETHER_TYPE, isVlanTag } from "./ether_type.ts";
import { guessMplsPayload } from "./mpls_payload.ts";
import type { FirstHeader, PacketHeaders } from "./packet_headers.ts";
import { readIpHeaders } from "./read_ip_headers.ts";

/** What has no EtherType of its own: numbers beyond them. */
const NOTHING = 0;
const IEEE80211 = 0x1_0001;
const LLC = 0x1_0002;
const MPLS_PAYLOAD = 0x1_0003;
const IP = 0x1_0004;

const TYPE_OF_FIRST: Readonly<Record<FirstHeader, number>> = {
  ethernet: ETHER_TYPE.ethernet,
  ieee80211: IEEE80211,
  ppp: ETHER_TYPE.ppp,
  mpls: ETHER_TYPE.mpls,
  mpls_payload: MPLS_PAYLOAD,
  ip: IP,
};

/** Below this the type of a frame is its length (IEEE 802.3 clause 3.2.6); up to 1500 are lengths. */
const LEAST_ETHER_TYPE = 0x0600;
const MOST_LENGTH = 1500;
/** Protocols of PPP (IANA "PPP DLL Protocol Numbers"), and the EtherTypes of the same payload. */
const PPP_PROTOCOLS: Readonly<Record<number, number>> = {
  0x0021: ETHER_TYPE.ipv4,
  0x0057: ETHER_TYPE.ipv6,
  0x0281: ETHER_TYPE.mpls,
  0x0283: ETHER_TYPE.mpls,
};

/**
 * The headers below IP, read one by one. Of frames inside frames (Ethernet over MPLS) the outermost
 * gives addresses and VLANs, whatever leads on to the IP packet.
 */
export class LinkHeaders {
  readonly #headers: PacketHeaders;
  #view: DataView = new DataView(new ArrayBuffer(0));
  /** First octet that is not read yet, and the octet behind the last that belongs to the packet. */
  #at = 0;
  #end = 0;
  /** What stands at `#at`. */
  #type = NOTHING;
  /** Ethernet and Wi-Fi headers so far. */
  #frames = 0;

  /** @param headers where to write what is read */
  constructor(headers: PacketHeaders) {
    this.#headers = headers;
  }

  /** Reads a packet from its first header on; see `SampledPacket.read`. */
  read(view: DataView, from: number, to: number, first: FirstHeader): boolean {
    this.#view = view;
    this.#at = from;
    this.#end = to;
    this.#type = TYPE_OF_FIRST[first];
    this.#frames = 0;
    let read = 0;
    while (read < LIMITS.linkHeaders && this.#type !== NOTHING && this.#next()) read++;
    this.#headers.linkTo = this.#at;
    return read > 0;
  }

  /** Reads the header at hand and says what follows it; false where it is not whole or not known. */
  #next(): boolean {
    const headers = this.#headers;
    switch (this.#type) {
      case ETHER_TYPE.ipv4:
      case ETHER_TYPE.ipv6:
      case IP: {
        const version = this.#type === IP ? 0 : this.#type === ETHER_TYPE.ipv4 ? 4 : 6;
        this.#type = NOTHING;
        return readIpHeaders(headers, this.#view, this.#at, this.#end, version);
      }
      case ETHER_TYPE.ethernet:
        return this.#ethernet();
      case ETHER_TYPE.vlan:
      case ETHER_TYPE.serviceVlan:
      case ETHER_TYPE.oldServiceVlan:
        return this.#vlan();
      case ETHER_TYPE.mpls:
      case ETHER_TYPE.mplsMulticast:
        return this.#mpls();
      case MPLS_PAYLOAD:
        return this.#mplsPayload(-1);
      case ETHER_TYPE.pppoeSession:
        return this.#pppoe();
      case ETHER_TYPE.ppp:
        return this.#ppp();
      case LLC:
        return this.#llc();
      case IEEE80211:
        return this.#ieee80211();
      default:
        return false;
    }
  }

  #has(octets: number): boolean {
    return this.#at + octets <= this.#end;
  }

  #ethernet(): boolean {
    if (!this.#has(14)) return false;
    this.#addresses(this.#at, this.#at + 6);
    const type = this.#view.getUint16(this.#at + 12);
    this.#at += 14;
    this.#followBy(type);
    return true;
  }

  /** IEEE 802.1Q clause 9.6. Id 0 tells a priority and no VLAN. */
  #vlan(): boolean {
    if (!this.#has(4)) return false;
    const id = this.#view.getUint16(this.#at) & 0xfff;
    const type = this.#view.getUint16(this.#at + 2);
    const headers = this.#headers;
    if (this.#frames === 1 && id > 0) {
      if (headers.vlan < 0) headers.vlan = id;
      else if (headers.innerVlan < 0) headers.innerVlan = id;
    }
    this.#at += 4;
    this.#followBy(type);
    return true;
  }

  /** Notes the addresses of the outermost frame, which stand at these octets. */
  #addresses(destination: number, source: number): void {
    this.#place(destination);
    this.#place(source);
    if (this.#frames++ > 0) return;
    this.#headers.dstMac = this.#mac(destination);
    this.#headers.srcMac = this.#mac(source);
  }

  #place(at: number): void {
    this.#headers.macPlaces[this.#headers.macs++] = at;
  }

  #mac(at: number): number {
    return this.#view.getUint16(at) * 2 ** 32 + this.#view.getUint32(at + 2);
  }

  /** Goes on by a type field, or by the length that stands in its place. */
  #followBy(type: number): void {
    if (type <= MOST_LENGTH) {
      this.#end = Math.min(this.#end, this.#at + type);
      this.#type = LLC;
      return;
    }
    this.#type = NOTHING;
    if (type < LEAST_ETHER_TYPE) return;
    this.#type = type;
    if (this.#frames === 1 && !isVlanTag(type)) this.#headers.etherType = type;
  }

  /** LLC of an unnumbered frame, with SNAP (IEEE 802; RFC 1042). */
  #llc(): boolean {
    if (!this.#has(8)) return false;
    const isSnap = this.#view.getUint32(this.#at) >>> 8 === 0xaaaa03;
    // Of no organisation, or of 802.1H: what follows is an EtherType.
    const organisation = this.#view.getUint32(this.#at + 3) >>> 8 & 0xffffff;
    const followedByType = organisation === 0 || organisation === 0x0000f8;
    if (!isSnap || !followedByType) return false;
    const type = this.#view.getUint16(this.#at + 6);
    this.#at += 8;
    if (type <= MOST_LENGTH) this.#type = NOTHING;
    else this.#followBy(type);
    return true;
  }

  /** RFC 3032 §2.1: 20 bits of label, 3 of traffic class, 1 bottom of stack, 8 time to live. */
  #mpls(): boolean {
    if (!this.#has(4)) return false;
    const headers = this.#headers;
    const isOutermost = headers.mplsDepth === 0;
    for (let depth = 0; depth < LIMITS.mplsLabels && this.#has(4); depth++) {
      const entry = this.#view.getUint32(this.#at);
      const label = entry >>> 12;
      this.#at += 4;
      if (isOutermost) {
        if (depth === 0) headers.mplsLabel = label;
        headers.mplsLabels[depth] = label;
        headers.mplsDepth = depth + 1;
      }
      if ((entry & 0x100) !== 0) {
        this.#mplsPayload(label);
        return true;
      }
    }
    this.#type = NOTHING;
    return true;
  }

  #mplsPayload(label: number): boolean {
    const guess = guessMplsPayload(this.#view, this.#at, this.#end, label);
    this.#type = Math.abs(guess);
    if (guess < 0) this.#at += 4;
    return guess !== 0;
  }

  /** RFC 2516 §4: version and type 1, code 0, session id, length. */
  #pppoe(): boolean {
    if (!this.#has(6) || this.#view.getUint16(this.#at) !== 0x1100) return false;
    const length = this.#view.getUint16(this.#at + 4);
    this.#at += 6;
    this.#end = Math.min(this.#end, this.#at + length);
    this.#type = ETHER_TYPE.ppp;
    return true;
  }

  /**
   * RFC 1661 §2 and RFC 1662 §3.1: address and control may be left out, and a protocol may have one
   * octet. Cisco's HDLC has another address, and an EtherType in the protocol's place.
   */
  #ppp(): boolean {
    if (!this.#has(2)) return false;
    const start = this.#view.getUint16(this.#at);
    if (start === 0x0f00 || start === 0x8f00) {
      if (!this.#has(4)) return false;
      this.#type = this.#view.getUint16(this.#at + 2);
      this.#at += 4;
      return true;
    }
    if (start === 0xff03) this.#at += 2;
    if (!this.#has(2)) return false;
    const compressed = this.#view.getUint8(this.#at);
    const isCompressed = (compressed & 1) !== 0;
    const protocol = isCompressed ? compressed : this.#view.getUint16(this.#at);
    this.#at += isCompressed ? 1 : 2;
    this.#type = PPP_PROTOCOLS[protocol] ?? NOTHING;
    return true;
  }

  /** IEEE 802.11 clause 9.3.2: of data frames, what is neither enciphered nor in parts. */
  #ieee80211(): boolean {
    if (!this.#has(24)) return false;
    const view = this.#view;
    const at = this.#at;
    const control = view.getUint8(at);
    const flags = view.getUint8(at + 1);
    this.#type = NOTHING;
    const type = control >> 2 & 3;
    // Control frames have other addresses.
    if ((control & 3) !== 0 || type === 1) return false;
    const toDs = (flags & 1) !== 0;
    const fromDs = (flags & 2) !== 0;
    let length = 24;
    if (toDs && fromDs) length += 6;
    if (!this.#has(length)) return false;
    this.#addresses(
      toDs ? at + 16 : at + 4,
      fromDs ? toDs ? at + 24 : at + 16 : at + 10,
    );
    // Those of the radios on the way.
    if (toDs) this.#place(at + 4);
    if (fromDs) this.#place(at + 10);
    if (!toDs && !fromDs) this.#place(at + 16);
    this.#at += length;
    const hasQos = (control & 0x80) !== 0;
    const isPart = (flags & 0x04) !== 0 || (view.getUint16(at + 22) & 0x0f00) !== 0;
    const isEnciphered = (flags & 0x40) !== 0;
    const isEmpty = (control & 0x40) !== 0;
    if (type !== 2 || isPart || isEnciphered || isEmpty) return true;
    if (hasQos) {
      if (!this.#has(2)) return true;
      // Several packets in one frame.
      if ((view.getUint8(this.#at) & 0x80) !== 0) return true;
      this.#at += (flags & 0x80) !== 0 ? 6 : 2;
    }
    this.#type = LLC;
    return true;
  }
}
