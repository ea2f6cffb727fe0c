import {
  type CapturedPacket,
  type CaptureEvent,
  type SkippedEvent,
  skippedRecord,
} from "./capture_event.ts";
import { FragmentTable, type Reassembled } from "./fragments.ts";
import { readIpHeader } from "./ip_header.ts";
import type { IpPacket } from "./ip_packet.ts";
import { readIpv6Extensions } from "./ipv6_extensions.ts";
import { locateIp } from "./link_layer.ts";
import { readUdp } from "./udp.ts";

/** An IP payload that should be UDP: the packet's own bytes, or those put together of fragments. */
interface UdpCandidate {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly records: number;
}

/**
 * Takes captured packets apart, from the link layer to the UDP payload. It has state because the IP
 * fragments of a datagram are spread over several packets.
 */
export class FrameDecoder {
  readonly #fragments = new FragmentTable();

  /** What a packet yields; undefined when it is a fragment that waits for the rest. */
  decode(packet: CapturedPacket): CaptureEvent | undefined {
    const at = locateIp(packet);
    if (typeof at === "string") return skippedRecord(at, packet.offset);
    const ip = readIpHeader(packet, at);
    if (typeof ip === "string") return skippedRecord(ip, packet.offset);
    if (ip.fragment !== undefined) return this.#decodeFragment(packet, ip, ip.fragment);
    return readDatagram(packet, ip, {
      bytes: packet.bytes,
      start: ip.start,
      end: ip.end,
      records: 1,
    });
  }

  /** Reports the fragments whose datagrams never became complete: the file has ended. */
  flush(): Generator<SkippedEvent, void, void> {
    return this.#fragments.flush();
  }

  #decodeFragment(
    packet: CapturedPacket,
    ip: IpPacket,
    fragment: NonNullable<IpPacket["fragment"]>,
  ): CaptureEvent | undefined {
    const { source, destination, start, end } = ip;
    const { bytes, receivedAtMs, offset: recordOffset } = packet;
    const outcome = this.#fragments.add({
      source,
      destination,
      start,
      end,
      fragment,
      bytes,
      receivedAtMs,
      recordOffset,
    });
    if (outcome?.kind !== "reassembled") return outcome;
    return readReassembled(packet, ip, outcome);
  }
}

function readReassembled(packet: CapturedPacket, ip: IpPacket, whole: Reassembled): CaptureEvent {
  const { payload: bytes, records, protocol } = whole;
  // IPv6 fragments may hold destination options in front of UDP.
  const upper = readIpv6Extensions(bytes, { protocol, start: 0, end: bytes.length });
  if (upper === "not_udp") return skippedRecords("not_udp", packet, records);
  // A fragment within a reassembled payload is never legitimate.
  if (typeof upper === "string" || upper.fragment !== undefined) {
    return skippedRecords("malformed_frame", packet, records);
  }
  return readDatagram(packet, ip, { bytes, start: upper.start, end: bytes.length, records });
}

function readDatagram(packet: CapturedPacket, ip: IpPacket, from: UdpCandidate): CaptureEvent {
  const udp = readUdp(from.bytes, from.start, from.end);
  if (udp === undefined) return skippedRecords("malformed_frame", packet, from.records);
  return {
    kind: "datagram",
    datagram: {
      receivedAtMs: packet.receivedAtMs,
      sourceAddress: ip.source,
      sourcePort: udp.sourcePort,
      destinationAddress: ip.destination,
      destinationPort: udp.destinationPort,
      payload: from.bytes.subarray(udp.start, udp.end),
    },
    records: from.records,
  };
}

function skippedRecords(
  reason: "malformed_frame" | "not_udp",
  { offset }: CapturedPacket,
  records: number,
): SkippedEvent {
  return { kind: "skipped", reason, records, offset };
}
