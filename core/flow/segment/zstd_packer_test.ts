import assert from "node:assert/strict";
import { zstdDecompressSync } from "node:zlib";
import { Random } from "../../../tests/support/random.ts";
import { PageRoom } from "./page_room.ts";
import { ZstdPacker } from "./zstd_packer.ts";
import { ZstdUnpacker } from "./zstd_unpacker.ts";

Deno.test("this runtime lets one engine do all blocks", () => {
  assert(new ZstdPacker().isDirect);
});

/** A stream whose engine cannot be reached, and one whose engine does something else. */
const UNFIT: Readonly<Record<string, () => object>> = {
  "an engine of another form": () => ({ _handle: null }),
  "an engine that writes nothing": () => ({
    _handle: { writeSync() {}, close() {} },
    _writeState: new Uint32Array(2),
  }),
};

for (const [name, stream] of Object.entries(UNFIT)) {
  Deno.test(`${name} is not used: zlib's own functions do the work`, () => {
    const packer = new ZstdPacker(stream);
    const unpacker = new ZstdUnpacker(new PageRoom(), stream);
    assert.deepEqual([packer.isDirect, unpacker.isDirect], [false, false]);
    const octets = Uint8Array.from({ length: 5000 }, (_, i) => i % 11);
    const frame = packer.pack(octets);
    assert(frame.length < 1000);
    assert.deepEqual(unpacker.unpack(frame, 5000), octets);
    for (const length of [4999, 5001, 20]) {
      assert.throws(() => unpacker.unpack(frame, length), Error, `${length}`);
    }
  });
}

Deno.test("what a packer writes zlib reads, also of what cannot be compressed", () => {
  const random = new Random(7);
  const packer = new ZstdPacker();
  for (let i = 0; i < 300; i++) {
    const distinct = 1 + random.below(256);
    const octets = Uint8Array.from({ length: random.below(80_000) }, () => random.below(distinct));
    const frame = packer.pack(octets);
    assert(frame.length < octets.length + 1000);
    assert.deepEqual(new Uint8Array(zstdDecompressSync(frame)), octets);
  }
});

Deno.test("packing and unpacking for long takes no more memory", () => {
  const random = new Random(7);
  const octets = Uint8Array.from({ length: 65_536 }, () => random.below(256));
  const packer = new ZstdPacker();
  const room = new PageRoom();
  const unpacker = new ZstdUnpacker(room);
  const round = () => {
    for (let i = 0; i < 200; i++) {
      room.clear();
      const frame = packer.pack(octets);
      assert.equal(unpacker.unpack(frame, octets.length)[i], octets[i]);
      assert.throws(() => unpacker.unpack(frame.subarray(0, 9000), octets.length));
    }
    return Deno.memoryUsage().rss;
  };
  round();
  const before = round();
  // An engine takes over a hundred thousand octets, or a million.
  assert(round() - before < 16 * 2 ** 20);
});
