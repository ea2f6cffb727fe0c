import assert from "node:assert/strict";
import { zstdDecompressSync } from "node:zlib";
import { Random } from "../../../tests/support/random.ts";
import { ZstdPacker } from "./zstd_packer.ts";

Deno.test("this runtime lets one engine do all blocks", () => {
  assert(new ZstdPacker().isDirect);
});

Deno.test("what a packer writes zlib reads, whatever did not fit before", () => {
  const random = new Random(7);
  const packer = new ZstdPacker();
  const output = new Uint8Array(70_000);
  let unfit = 0;
  for (let i = 0; i < 300; i++) {
    const distinct = 1 + random.below(256);
    const octets = Uint8Array.from(
      { length: 1 + random.below(65_536) },
      () => random.below(distinct),
    );
    const length = packer.pack(octets, output.subarray(0, 100 + random.below(70_000 - 100)));
    if (length < 0) unfit++;
    else assert.deepEqual(new Uint8Array(zstdDecompressSync(output.subarray(0, length))), octets);
  }
  assert(unfit > 20 && unfit < 280, `${unfit}`);
});
