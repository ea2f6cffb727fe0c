import assert from "node:assert/strict";
import { zstdCompressSync } from "node:zlib";
import { Random } from "../../../tests/support/random.ts";
import { PageRoom } from "./page_room.ts";
import { ZstdUnpacker } from "./zstd_unpacker.ts";

const OCTETS = Uint8Array.from({ length: 5000 }, (_, i) => (i * i) % 251);
const FRAME = zstdCompressSync(OCTETS);

/** What is no frame of so many octets. */
const FAULTS: Readonly<Record<string, [octets: Uint8Array, length: number]>> = {
  "nothing": [new Uint8Array(0), 5000],
  "no frame": [OCTETS, 5000],
  "the begin of a frame": [FRAME.subarray(0, FRAME.length >> 1), 5000],
  "a frame that holds more": [FRAME, 4999],
  "a frame that holds less": [FRAME, 5001],
  "a frame that holds much more": [zstdCompressSync(new Uint8Array(1e6)), 100],
};

Deno.test("this runtime lets one engine do all blocks", () => {
  assert(new ZstdUnpacker(new PageRoom()).isDirect);
});

for (const [name, [octets, length]] of Object.entries(FAULTS)) {
  Deno.test(`${name} is refused, and the next block is read`, () => {
    const unpacker = new ZstdUnpacker(new PageRoom());
    assert.throws(() => unpacker.unpack(octets, length), Error);
    assert.deepEqual(unpacker.unpack(FRAME, 5000), OCTETS);
  });
}

Deno.test("blocks of all lengths come back, whatever was damaged between them", () => {
  const random = new Random(7);
  const room = new PageRoom();
  const unpacker = new ZstdUnpacker(room);
  for (let i = 0; i < 300; i++) {
    room.clear();
    const distinct = 1 + random.below(256);
    const octets = Uint8Array.from({ length: random.below(65_537) }, () => random.below(distinct));
    const frame = new Uint8Array(zstdCompressSync(octets));
    const damaged = frame.slice(0, 1 + random.below(frame.length));
    damaged[random.below(damaged.length)] ^= 1 << random.below(8);
    try {
      unpacker.unpack(damaged, octets.length);
    } catch (error) {
      assert(error instanceof Error);
    }
    assert.deepEqual(unpacker.unpack(frame, octets.length), octets);
  }
});
