import assert from "node:assert/strict";
import { MAX_PACKET_BYTES } from "./capture_limits.ts";
import {
  eventsOf,
  hex,
  inChunks,
  joined,
  outlineOf,
  sampleDatagram,
} from "../../tests/support/sample_captures.ts";
import { encodeUdpPacket } from "./udp_packet.ts";

const PACKET = encodeUdpPacket(sampleDatagram());
const LINK_RAW = 101;

/** One packet in a pcap file: 1,700,000,000 s and a fraction. */
function pcap(magic: number, fraction: number, littleEndian: boolean, network = LINK_RAW) {
  const head = new Uint8Array(40);
  const view = new DataView(head.buffer);
  view.setUint32(0, magic, littleEndian);
  view.setUint16(4, 2, littleEndian);
  view.setUint16(6, 4, littleEndian);
  view.setUint32(20, network, littleEndian);
  view.setUint32(24, 1_700_000_000, littleEndian);
  view.setUint32(28, fraction, littleEndian);
  view.setUint32(32, PACKET.length, littleEndian);
  view.setUint32(36, PACKET.length, littleEndian);
  return joined(head, PACKET);
}

for (const littleEndian of [true, false]) {
  for (const [magic, fraction] of [[0xa1b2c3d4, 123_456], [0xa1b23c4d, 123_456_000]]) {
    const order = littleEndian ? "little" : "big";
    Deno.test(`readPcap() reads ${order}-endian files of magic ${magic.toString(16)}`, async () => {
      const events = await eventsOf(inChunks(pcap(magic, fraction, littleEndian)));
      assert.deepEqual(events, [{ kind: "datagram", datagram: sampleDatagram(), records: 1 }]);
    });
  }
}

Deno.test("readPcap() takes the link type without the frame check sequence's length", async () => {
  const file = pcap(0xa1b2c3d4, 0, false, 0x5400_0000 | LINK_RAW);
  assert.deepEqual(await outlineOf(file), ["00090000"]);
});

Deno.test("readPcap() reports a record cut in its header or in its packet, after those before", async () => {
  const whole = pcap(0xa1b2c3d4, 0, false);
  const record = whole.subarray(24);
  for (const kept of [1, 15, 16, record.length - 1]) {
    const cut = joined(whole, record.subarray(0, kept));
    assert.deepEqual(await outlineOf(cut), ["00090000", `truncated_file x1 @${whole.length}`]);
  }
});

Deno.test("readPcap() rejects a packet above the cap, with its offset", async () => {
  const whole = pcap(0xa1b2c3d4, 0, false);
  const next = hex("65000000 00000000 00040001 00040001");
  const seen: string[] = [];
  await assert.rejects(async () => seen.push(...await outlineOf(joined(whole, next))), {
    code: "oversized_record",
    offset: whole.length,
    found: `a captured length of ${MAX_PACKET_BYTES + 1} bytes`,
    wanted: `at most ${MAX_PACKET_BYTES} bytes`,
  });
});

Deno.test("readPcap() rejects other versions and a header cut short", async () => {
  const whole = pcap(0xa1b2c3d4, 0, false);
  whole[5] = 3;
  await assert.rejects(outlineOf(whole), { code: "unsupported_version", found: "version 3.4" });
  await assert.rejects(outlineOf(whole.subarray(0, 23)), { code: "truncated_header" });
});
