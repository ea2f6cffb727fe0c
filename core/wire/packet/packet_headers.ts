import { LIMITS } from "../limits.ts";

/**
 * What the first octet of a sampled packet belongs to. `ip` is of the version that it says, `mpls` a
 * label stack and `mpls_payload` what stands behind one, `ppp` PPP or Cisco's HDLC.
 */
export type FirstHeader = "ethernet" | "ieee80211" | "ppp" | "mpls" | "mpls_payload" | "ip";

/** How a packet carries another one. */
export type Tunnel =
  | "ip_in_ip"
  | "gre"
  | "ether_ip"
  | "mpls_in_ip"
  | "mpls_in_udp"
  | "vxlan"
  | "geneve";

/**
 * What the headers of one packet say, the outermost of each kind; one object is reused for all
 * packets. -1 stands for what is not known, unless said otherwise.
 */
export class PacketHeaders {
  /** Source and destination of the frame, 48 bits. */
  srcMac = -1;
  dstMac = -1;
  /** Type behind the VLAN tags of the frame. */
  etherType = -1;
  /** Ids of the outermost VLAN tag and of the one inside it, 12 bits. */
  vlan = -1;
  innerVlan = -1;
  /** Top label of the MPLS stack, 20 bits. */
  mplsLabel = -1;
  /** The whole stack, the top first; `mplsDepth` labels of it count. */
  readonly mplsLabels: Uint32Array = new Uint32Array(LIMITS.mplsLabels);
  mplsDepth = 0;
  /** 4 or 6; 0 where there is no IP header. */
  ipVersion = 0;
  /** Four words each, as in an address column; of meaning where `ipVersion` is not 0. */
  readonly srcAddr: Uint32Array = new Uint32Array(4);
  readonly dstAddr: Uint32Array = new Uint32Array(4);
  /** IANA protocol number: of the upper layer, behind the extension headers of IPv6. */
  protocol = -1;
  /** Type of service or traffic class octet. */
  tos = -1;
  /** Time to live or hop limit. */
  ttl = -1;
  /** Flow label of IPv6, 20 bits. */
  flowLabel = -1;
  /** Layer 3 octets of the packet as its header says, whatever of it was sampled. */
  ipLength = -1;
  /** Octets of the packet before this fragment; 0 where it is not cut, too. */
  fragmentOffset = -1;
  srcPort = -1;
  dstPort = -1;
  /** Control bits and the reserved bits before them, 12 bits (RFC 7125 §3). */
  tcpFlags = -1;
  icmpType = -1;
  icmpCode = -1;
  /** How the packet carries another one; null where it does not. */
  tunnel: Tunnel | null = null;
  /** VNI of VXLAN and Geneve, key of GRE. */
  tunnelId = -1;
  /** Where the packet inside lies in the view: its first octet, and the octet behind the last. */
  tunnelFrom = -1;
  tunnelTo = -1;
  /** What the packet inside begins with. */
  tunnelFirst: FirstHeader = "ip";

  /** Where the link's headers end: there the IP header begins, or what could not be read. */
  linkTo = -1;
  /** Where the MAC addresses of all frames begin, those of frames inside frames too: `macs` of them. */
  readonly macPlaces: Uint32Array = new Uint32Array(LIMITS.linkHeaders * 4);
  macs = 0;
  /** What follows the IP headers; -1 where nothing does, as in a fragment that is not the first. */
  payloadAt = -1;
  payloadTo = -1;

  /** Forgets the packet. */
  protected forget(): void {
    this.srcMac =
      this.dstMac =
      this.etherType =
      this.vlan =
      this.innerVlan =
        -1;
    this.mplsLabel = -1;
    this.mplsDepth = 0;
    this.ipVersion = 0;
    this.protocol =
      this.tos =
      this.ttl =
      this.flowLabel =
        -1;
    this.ipLength = this.fragmentOffset = -1;
    this.srcPort =
      this.dstPort =
      this.tcpFlags =
      this.icmpType =
      this.icmpCode =
        -1;
    this.tunnel = null;
    this.tunnelId = this.tunnelFrom = this.tunnelTo = -1;
    this.linkTo = this.payloadAt = this.payloadTo = -1;
    this.macs = 0;
  }
}
