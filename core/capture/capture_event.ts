/** One UDP datagram of a capture file. */
export interface CapturedDatagram {
  /** When it was captured: Unix time in milliseconds with fractions; NaN when the file does not say. */
  readonly receivedAtMs: number;
  /**
   * 4 or 16 bytes in network order; empty when the file does not say. It may be kept but not written to,
   * because datagrams of the same host share it.
   */
  readonly sourceAddress: Uint8Array;
  /** 0 when the file does not say. */
  readonly sourcePort: number;
  /** As {@linkcode CapturedDatagram.sourceAddress}. */
  readonly destinationAddress: Uint8Array;
  /** 0 when the file does not say. */
  readonly destinationPort: number;
  /** The UDP payload. A view of the read buffer: valid only until the next event is requested. */
  readonly payload: Uint8Array;
}

/**
 * Every reason for which a packet yields no datagram:
 *
 * - `not_ip`: the link layer carries something else (ARP, LLDP, PPP control, …);
 * - `not_udp`: IP, but no UDP (TCP, ICMP, tunnels, ESP);
 * - `unsupported_link_type`: a link type that this reader does not take apart;
 * - `malformed_frame`: lengths or versions inside the packet contradict each other;
 * - `truncated_by_snaplen`: the capture kept too few bytes of the packet;
 * - `fragment`: fragments whose datagram never became complete, was evicted or timed out;
 * - `overlapping_fragment`: fragments that overlap or contradict one another (RFC 5722 section 4);
 * - `unknown_interface`: a pcapng packet of an interface that its section does not describe;
 * - `truncated_file`: the file ends inside its last record or compressed stream;
 * - `oversized_line`: a line of JSON text that fits into no UDP datagram.
 */
export const SKIP_REASONS = [
  "not_ip",
  "not_udp",
  "unsupported_link_type",
  "malformed_frame",
  "truncated_by_snaplen",
  "fragment",
  "overlapping_fragment",
  "unknown_interface",
  "truncated_file",
  "oversized_line",
] as const;

/** One of {@linkcode SKIP_REASONS}. */
export type SkipReason = typeof SKIP_REASONS[number];

/** A datagram was read. */
export interface DatagramEvent {
  readonly kind: "datagram";
  readonly datagram: CapturedDatagram;
  /** Records of the file that went into it: 1, or the number of its IP fragments. */
  readonly records: number;
}

/** Records were read that yield no datagram. */
export interface SkippedEvent {
  readonly kind: "skipped";
  readonly reason: SkipReason;
  /**
   * Records of the file that this event stands for: 1, the number of IP fragments given up, or 0 where a
   * compressed stream ends early behind a whole record.
   */
  readonly records: number;
  /** Where the first of them starts: bytes from the start of the file, after decompression. */
  readonly offset: number;
}

/** What a capture file yields. The `records` of all events add up to the records of the file. */
export type CaptureEvent = DatagramEvent | SkippedEvent;

/** One packet as a pcap or pcapng file holds it: `bytes[start, end)`, beginning at the link layer. */
export interface CapturedPacket {
  readonly kind: "packet";
  /** As {@linkcode CapturedDatagram.receivedAtMs}. */
  readonly receivedAtMs: number;
  /** A LINKTYPE_ value of the tcpdump.org registry. */
  readonly linkType: number;
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** Bytes that the packet had on the wire; more than `end - start` when the capture cut it. */
  readonly originalLength: number;
  /** Where its record starts: bytes from the start of the file, after decompression. */
  readonly offset: number;
}

/**
 * What a format reader yields. A number asks: resume me when that many bytes are buffered, or when
 * the file has ended. That keeps the readers synchronous, so that only a used-up buffer costs a wait.
 */
export type CaptureStep = number | CapturedPacket | CaptureEvent;

/** The format readers of this folder. */
export type CaptureReader = Generator<CaptureStep, void, void>;

/** A skipped event for one record. */
export function skippedRecord(reason: SkipReason, offset: number): SkippedEvent {
  return { kind: "skipped", reason, records: 1, offset };
}
