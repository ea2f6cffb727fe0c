import assert from "node:assert/strict";
import { MAX_INTERFACES, MAX_PACKET_BYTES } from "./capture_limits.ts";
import {
  eventsOf,
  hex,
  inChunks,
  joined,
  outlineOf,
  sampleBlock,
  sampleDatagram,
  sampleEnhanced,
  sampleInterface,
  sampleSection,
  words,
} from "../../tests/support/sample_captures.ts";
import { encodeUdpPacket } from "./udp_packet.ts";

const PACKET = encodeUdpPacket(sampleDatagram());
const RAW = 101;
const UNKNOWN_BLOCK = 0x0bad_cafe;

for (const littleEndian of [true, false]) {
  Deno.test(`readPcapng() reads ${littleEndian ? "little" : "big"}-endian sections`, async () => {
    const file = joined(
      sampleSection(littleEndian),
      sampleInterface(RAW, { littleEndian }),
      sampleEnhanced(PACKET, { littleEndian }),
    );
    const events = await eventsOf(inChunks(file));
    assert.deepEqual(events, [{ kind: "datagram", datagram: sampleDatagram(), records: 1 }]);
  });
}

Deno.test("readPcapng() reads sections of both orders in one file, each with its own interfaces", async () => {
  const file = joined(
    sampleSection(true),
    sampleInterface(RAW),
    sampleEnhanced(PACKET),
    sampleSection(false),
    sampleEnhanced(PACKET, { littleEndian: false }),
    sampleInterface(RAW, { littleEndian: false }),
    sampleEnhanced(PACKET, { littleEndian: false }),
  );
  const skipped = "unknown_interface x1 @140";
  assert.deepEqual(await outlineOf(file), ["00090000", skipped, "00090000"]);
});

Deno.test("readPcapng() gives each packet the clock and link type of its interface", async () => {
  const nanoseconds = hex("0900 0100 09000000 0000 0000");
  const ethernet = joined(hex("ffffffffffff 020000000001 0800"), PACKET);
  const file = joined(
    sampleSection(),
    sampleInterface(RAW),
    sampleInterface(1, { options: nanoseconds }),
    sampleEnhanced(ethernet, { interfaceId: 1, ticks: 1_700_000_000_000_000_000n }),
    sampleEnhanced(PACKET, { ticks: 1_000n }),
  );
  const events = await eventsOf(inChunks(file));
  const times = events.map((event) => event.kind === "datagram" && event.datagram.receivedAtMs);
  assert.deepEqual(times, [1_700_000_000_000, 1]);
});

Deno.test("readPcapng() reads simple packets up to the snap length, without a time", async () => {
  const simple = sampleBlock(3, joined(words([PACKET.length]), PACKET));
  const whole = joined(sampleSection(), sampleInterface(RAW), simple);
  const [event] = await eventsOf(inChunks(whole));
  assert.deepEqual(event, {
    kind: "datagram",
    datagram: sampleDatagram({ receivedAtMs: NaN }),
    records: 1,
  });
  const cut = joined(
    sampleSection(),
    sampleInterface(RAW, { snapLength: 30 }),
    sampleBlock(3, joined(words([PACKET.length]), PACKET.subarray(0, 30))),
  );
  assert.deepEqual(await outlineOf(cut), ["truncated_by_snaplen x1 @48"]);
  assert.deepEqual(await outlineOf(joined(sampleSection(), simple)), ["unknown_interface x1 @28"]);
});

Deno.test("readPcapng() reads the obsolete packet block", async () => {
  const header = words([0x0007_0000, 0, 5_000_000, PACKET.length, PACKET.length]);
  const file = joined(
    sampleSection(),
    sampleInterface(RAW),
    sampleBlock(2, joined(header, PACKET)),
  );
  const datagram = sampleDatagram({ receivedAtMs: 5_000 });
  assert.deepEqual(await eventsOf(inChunks(file)), [{ kind: "datagram", datagram, records: 1 }]);
});

Deno.test("readPcapng() passes over unknown blocks, even larger than its buffer", async () => {
  const file = joined(
    sampleSection(),
    sampleBlock(UNKNOWN_BLOCK, new Uint8Array(3)),
    sampleInterface(RAW),
    sampleBlock(5, new Uint8Array(0)),
    sampleEnhanced(PACKET),
  );
  assert.deepEqual(await outlineOf(file), ["00090000"]);
  const large = sampleBlock(UNKNOWN_BLOCK, new Uint8Array(1_000_000));
  async function* parts() {
    const head = joined(sampleSection(), sampleInterface(RAW));
    for (const part of [head, large, sampleEnhanced(PACKET)]) {
      for await (const chunk of inChunks(part, 4_096)) yield chunk;
    }
  }
  assert.equal((await eventsOf(parts())).length, 1);
});

Deno.test("readPcapng() reads a packet block that has options", async () => {
  const comment = hex("0100 0300 61626300 0000 0000");
  const header = words([0, 0, 0, PACKET.length, PACKET.length]);
  const block = sampleBlock(6, joined(header, PACKET, comment));
  const file = joined(sampleSection(), sampleInterface(RAW), block);
  assert.deepEqual(await outlineOf(file), ["00090000"]);
});

const HEAD = joined(sampleSection(), sampleInterface(RAW));

const REFUSED: readonly [what: string, block: Uint8Array, code: string][] = [
  ["a block length below 12", words([UNKNOWN_BLOCK, 8, 8]), "malformed_block"],
  ["a block length of no multiple of 4", words([UNKNOWN_BLOCK, 14, 14, 14]), "malformed_block"],
  ["a trailer that differs", words([UNKNOWN_BLOCK, 12, 16]), "malformed_block"],
  ["a packet block's trailer that differs", words([6, 32, 0, 0, 0, 0, 0, 28]), "malformed_block"],
  ["a packet block without its header", words([6, 16, 0, 16]), "malformed_block"],
  ["a simple packet without its header", words([3, 12, 12]), "malformed_block"],
  ["a packet larger than its block", words([6, 36, 0, 0, 0, 5, 5, 0, 36]), "malformed_block"],
  ["an interface description without a link type", words([1, 16, 0, 16]), "malformed_block"],
  ["a packet block above the cap", words([6, 0x0010_0000, 0, 0]), "oversized_record"],
  [
    "a packet above the cap",
    sampleBlock(6, joined(words([0, 0, 0, MAX_PACKET_BYTES + 4, 0]), new Uint8Array(262_148))),
    "oversized_record",
  ],
  ["a section of another magic", words([0x0a0d0d0a, 28, 1, 1, 0, 0, 28]), "malformed_block"],
  [
    "a section of another version",
    words([0x0a0d0d0a, 28, 0x1a2b3c4d, 2, 0, 0, 28]),
    "unsupported_version",
  ],
];

for (const [what, block, code] of REFUSED) {
  Deno.test(`readPcapng() rejects ${what}`, async () => {
    await assert.rejects(outlineOf(joined(HEAD, block)), { name: "CaptureError", code });
  });
}

Deno.test("readPcapng() rejects more interfaces than the cap", async () => {
  const description = sampleInterface(RAW);
  const many = Array.from({ length: MAX_INTERFACES + 1 }, () => description);
  const offset = 28 + MAX_INTERFACES * description.length;
  const file = joined(sampleSection(), ...many);
  await assert.rejects(outlineOf(file), { code: "too_many_interfaces", offset });
});
