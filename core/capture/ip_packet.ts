/** The IP protocol number of UDP. */
export const PROTOCOL_UDP = 17;

/** An IP packet that carries UDP or a fragment of it. */
export interface IpPacket {
  /** 4 or 16 bytes: a view of the packet. */
  readonly source: Uint8Array;
  /** 4 or 16 bytes: a view of the packet. */
  readonly destination: Uint8Array;
  /** Where the payload starts in the packet's `bytes`. */
  readonly start: number;
  /** Where it ends, by the IP length: link-layer padding is not part of it. */
  readonly end: number;
  /** Undefined when the packet is whole. */
  readonly fragment: IpFragmentHeader | undefined;
}

/** Which part of a fragmented payload a packet carries. */
export interface IpFragmentHeader {
  /** 16 bits in IPv4, 32 in IPv6; the same in all fragments of a payload. */
  readonly identification: number;
  /** Bytes before this part. */
  readonly offset: number;
  /** Whether another part follows. */
  readonly more: boolean;
  /** The protocol of the first header in the reassembled payload. */
  readonly protocol: number;
}
