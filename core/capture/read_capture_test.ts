import assert from "node:assert/strict";
import { CaptureError } from "./capture_error.ts";
import { type CaptureFormat } from "./detect_format.ts";
import { readCapture } from "./read_capture.ts";
import {
  eventsOf,
  hex,
  inChunks,
  joined,
  outlineOf,
  sampleDatagram,
  sampleEnhanced,
  sampleInterface,
  samplePcap,
  sampleRandom,
  sampleSection,
} from "../../tests/support/sample_captures.ts";
import { encodeUdpPacket } from "./udp_packet.ts";

const ETHERNET = hex("ffffffffffff 020000000001 0800");
const UDP = joined(ETHERNET, encodeUdpPacket(sampleDatagram()));
const ARP = hex("ffffffffffff 020000000001 0806 0001080006040001");

/** The middle and the last fragment of a datagram whose first one is missing. */
const PARTS = [
  joined(ETHERNET, hex("4500001c 1234 2001 40110000 c0000201 c6336402 0102030405060708")),
  joined(ETHERNET, hex("4500001c 1234 0002 40110000 c0000201 c6336402 0102030405060708")),
];

const PCAP = samplePcap(1, [UDP, ARP, ...PARTS, UDP]);
const PCAPNG = joined(
  sampleSection(),
  sampleInterface(1),
  ...[UDP, ARP, ...PARTS, UDP].map((packet) => sampleEnhanced(packet)),
);

const FILES: readonly [format: CaptureFormat, file: Uint8Array<ArrayBuffer>, events: string[]][] = [
  ["pcap", PCAP, ["00090000", "not_ip x1 @86", "00090000", "fragment x2 @124"]],
  ["pcapng", PCAPNG, ["00090000", "not_ip x1 @128", "00090000", "fragment x2 @184"]],
  ["framed", hex("04000000 00090000 02000000 7b7d"), ["00090000", "7b7d"]],
  ["datagram", hex("000a 0010 00000000 00000000 00000000"), ["000a0010000000000000000000000000"]],
  ["json_text", hex("7b7d0a 7b7d0a"), ["7b7d0a7b7d0a"]],
];

for (const [format, file, wanted] of FILES) {
  Deno.test(`readCapture() reads ${format}, the same in chunks of any size`, async () => {
    assert.deepEqual(await outlineOf(file), wanted);
    assert.deepEqual(await outlineOf(file, { format }), wanted);
    for (const chunkSize of [1, 2, 3, 5, 7, 16, 24, 50, 97]) {
      assert.deepEqual(await outlineOf(file, { chunkSize }), wanted);
    }
  });

  Deno.test(`readCapture() survives every prefix of ${format}`, async () => {
    for (let length = 0; length < file.length; length++) {
      for (const chunkSize of [1, file.length]) {
        await readOrRefuse(file.slice(0, length), chunkSize);
      }
    }
  });

  Deno.test(`readCapture() survives damage anywhere in ${format}`, async () => {
    const random = sampleRandom(format.length);
    for (let round = 0; round < 2_000; round++) {
      const damaged = file.slice();
      for (let count = 0; count <= round % 4; count++) {
        damaged[Math.floor(random() * damaged.length)] = Math.floor(random() * 256);
      }
      await readOrRefuse(damaged, 64);
    }
  });
}

/** Anything but events and a CaptureError fails the test, and no file has more records than bytes. */
async function readOrRefuse(file: Uint8Array, chunkSize: number): Promise<void> {
  let records = 0;
  try {
    for await (const event of readCapture(inChunks(file, chunkSize))) records += event.records;
  } catch (error) {
    assert.ok(error instanceof CaptureError, `${error}`);
    assert.ok(error.offset <= file.length);
  }
  assert.ok(records <= file.length);
}

Deno.test("readCapture() accounts for every record", async () => {
  for (const file of [PCAP, PCAPNG]) {
    const events = await eventsOf(inChunks(file));
    assert.equal(events.reduce((sum, { records }) => sum + records, 0), 5);
  }
});

Deno.test("readCapture() reports every whole record of a prefix of a pcap file", async () => {
  const recordEnds = [24];
  for (const packet of [UDP, ARP, ...PARTS, UDP]) {
    recordEnds.push(recordEnds[recordEnds.length - 1] + 16 + packet.length);
  }
  for (let length = 24; length <= PCAP.length; length++) {
    const events = await eventsOf(inChunks(PCAP.subarray(0, length)));
    const whole = recordEnds.filter((end) => end > 24 && end <= length).length;
    const cut = recordEnds.includes(length) ? 0 : 1;
    assert.equal(events.reduce((sum, { records }) => sum + records, 0), whole + cut);
  }
});

Deno.test("readCapture() reads a ReadableStream", async () => {
  assert.equal((await eventsOf(new Blob([PCAP]).stream())).length, 4);
});

Deno.test("readCapture() says what it found in a file of no known format", async () => {
  await assert.rejects(outlineOf(hex("")), { code: "empty_file" });
  await assert.rejects(outlineOf(hex("28b52ffd 0400")), {
    code: "unknown_format",
    message: "cannot recognise the file's format at byte 0: found a file that starts with " +
      "28 b5 2f fd 04 00, wanted pcap, pcapng, length-prefixed datagrams, one NetFlow, IPFIX or " +
      "sFlow datagram, or JSON; convert it with editcap -F pcapng, decompress it, or name its format",
  });
});

Deno.test("readCapture() closes the file when the reading ends, early or by an error", async () => {
  for (const file of [PCAP, hex("ff".repeat(100))]) {
    let closed = false;
    const watched = async function* () {
      try {
        yield await Promise.resolve(file);
        yield file;
      } finally {
        closed = true;
      }
    };
    try {
      for await (const event of readCapture(watched())) if (event.kind === "datagram") break;
    } catch (error) {
      assert.ok(error instanceof CaptureError);
    }
    assert.ok(closed);
  }
});
