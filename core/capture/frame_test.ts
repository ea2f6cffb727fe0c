import assert from "node:assert/strict";
import type { CapturedPacket, CaptureEvent } from "./capture_event.ts";
import { FrameDecoder } from "./frame.ts";
import {
  hex,
  joined,
  sampleDatagram,
  samplePacket,
  toHex,
} from "../../tests/support/sample_captures.ts";
import { encodeUdpPacket } from "./udp_packet.ts";

const V4 = encodeUdpPacket(sampleDatagram());

function outline(event: CaptureEvent | undefined): string {
  if (event === undefined) return "-";
  if (event.kind === "skipped") return `${event.reason} x${event.records} @${event.offset}`;
  return `${toHex(event.datagram.payload)} x${event.records}`;
}

function decodeAll(packets: readonly CapturedPacket[]): string[] {
  const decoder = new FrameDecoder();
  const seen = packets.map((packet) => outline(decoder.decode(packet)));
  return [...seen, ...[...decoder.flush()].map(outline)];
}

/** The sample IPv4 packet with some of its bytes replaced. */
function changed(changes: Record<number, number>): Uint8Array {
  const bytes = V4.slice();
  for (const [at, value] of Object.entries(changes)) bytes[Number(at)] = value;
  return bytes;
}

/** An IPv4 packet cut into fragments of `size` bytes of payload. */
function fragmented(packet: Uint8Array, size: number): CapturedPacket[] {
  const parts: CapturedPacket[] = [];
  for (let at = 20; at < packet.length; at += size) {
    const content = packet.subarray(at, at + size);
    const header = packet.slice(0, 20);
    const view = new DataView(header.buffer);
    view.setUint16(2, 20 + content.length);
    const more = at + size < packet.length ? 0x2000 : 0;
    view.setUint16(6, more | (at - 20) / 8);
    parts.push(samplePacket(joined(header, content), { offset: 1_000 + at }));
  }
  return parts;
}

Deno.test("FrameDecoder reads ports, addresses and time", () => {
  const { receivedAtMs } = sampleDatagram();
  const event = new FrameDecoder().decode(samplePacket(V4, { receivedAtMs }));
  assert.deepEqual(event, { kind: "datagram", datagram: sampleDatagram(), records: 1 });
});

Deno.test("FrameDecoder hands out addresses that stay right when the buffer is used again", () => {
  const decoder = new FrameDecoder();
  const buffer = new Uint8Array(64);
  const seen = ["c0000201", "c0000201", "c0000209", "c0000201"].map((address) => {
    const packet = encodeUdpPacket(sampleDatagram({ sourceAddress: hex(address) }));
    buffer.set(packet);
    const event = decoder.decode(samplePacket(buffer, { end: packet.length }));
    return event?.kind === "datagram" ? event.datagram.sourceAddress : hex("");
  });
  buffer.fill(0);
  assert.deepEqual(seen.map(toHex), ["c0000201", "c0000201", "c0000209", "c0000201"]);
});

Deno.test("FrameDecoder leaves Ethernet padding out of the payload", () => {
  const padding = new Uint8Array(60 - 14 - V4.length);
  const frame = joined(hex("ffffffffffff 020000000001 0800"), V4, padding);
  assert.deepEqual(decodeAll([samplePacket(frame, { linkType: 1 })]), ["00090000 x1"]);
});

Deno.test("FrameDecoder takes the UDP length where the IP payload is longer", () => {
  assert.deepEqual(decodeAll([samplePacket(changed({ 25: 9 }))]), ["00 x1"]);
  assert.deepEqual(decodeAll([samplePacket(changed({ 25: 8 }))]), [" x1"]);
});

Deno.test("FrameDecoder rejects a UDP length below 8 or above the IP payload", () => {
  for (const length of [0, 7, 13]) {
    const packet = samplePacket(changed({ 25: length }), { offset: 24 });
    assert.deepEqual(decodeAll([packet]), ["malformed_frame x1 @24"]);
  }
});

Deno.test("FrameDecoder reassembles IPv4 fragments, the payload byte for byte", () => {
  const payload = Uint8Array.from({ length: 5_000 }, (_, at) => at % 251);
  const parts = fragmented(encodeUdpPacket(sampleDatagram({ payload })), 1_480);
  const whole = `${toHex(payload)} x4`;
  assert.deepEqual(decodeAll(parts), ["-", "-", "-", whole]);
  assert.deepEqual(decodeAll(parts.toReversed()), ["-", "-", "-", whole]);
  assert.deepEqual(decodeAll(parts.slice(1)), ["-", "-", "-", "fragment x3 @2500"]);
});

Deno.test("FrameDecoder reassembles IPv6 fragments with options in front of UDP", () => {
  const v6 = encodeUdpPacket(
    sampleDatagram({ sourceAddress: new Uint8Array(16), destinationAddress: new Uint8Array(16) }),
  );
  const [ip, udp] = [v6.subarray(0, 40), v6.subarray(40)];
  const fragment = (offsetAndMore: string, content: Uint8Array): CapturedPacket => {
    const packet = joined(ip, hex(`3c00 ${offsetAndMore} 00000005`), content);
    packet[5] = 8 + content.length;
    packet[6] = 44;
    return samplePacket(packet);
  };
  const options = hex("1100 0104 00000000");
  const parts = [
    fragment("0001", joined(options, udp.subarray(0, 8))),
    fragment("0010", udp.subarray(8)),
  ];
  assert.deepEqual(decodeAll(parts), ["-", "00090000 x2"]);
  // A destination option header that leads to TCP shows only once it is here.
  const tcp = [fragment("0001", hex("0600 0104 00000000")), fragment("0008", udp)];
  assert.deepEqual(decodeAll(tcp), ["-", "not_udp x2 @0"]);
});

Deno.test("FrameDecoder rejects a reassembled payload whose UDP length is wrong", () => {
  const packet = changed({ 25: 13 });
  const seen = decodeAll(fragmented(packet, 8));
  assert.deepEqual(seen, ["-", "malformed_frame x2 @1028"]);
});
