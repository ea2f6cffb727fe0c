/** EtherTypes (registry of IEEE; IANA "ETHER TYPES") whose payload is read. */
export const ETHER_TYPE = {
  ipv4: 0x0800,
  arp: 0x0806,
  /** Transparent Ethernet bridging: an Ethernet frame (RFC 1701). */
  ethernet: 0x6558,
  vlan: 0x8100,
  ipv6: 0x86dd,
  ppp: 0x880b,
  mpls: 0x8847,
  mplsMulticast: 0x8848,
  pppoeSession: 0x8864,
  serviceVlan: 0x88a8,
  /** ERSPAN of type II, or of type I where GRE has no sequence number. */
  erspan: 0x88be,
  /** Service tags from before 802.1ad. */
  oldServiceVlan: 0x9100,
} as const;

/** Whether a tag of 802.1Q or 802.1ad follows. */
export function isVlanTag(etherType: number): boolean {
  return etherType === ETHER_TYPE.vlan || etherType === ETHER_TYPE.serviceVlan ||
    etherType === ETHER_TYPE.oldServiceVlan;
}
