import assert from "node:assert/strict";
import { ByteStream, TruncatedSource } from "./byte_stream.ts";
import { MAX_BLOCK_BYTES } from "./capture_limits.ts";
import { inChunks } from "../../tests/support/sample_captures.ts";

const COUNTING = Uint8Array.from({ length: 200 }, (_, at) => at);

for (const size of [1, 2, 3, 7, 64, 199, 200]) {
  Deno.test(`ByteStream reads the same in chunks of ${size}`, async () => {
    const stream = new ByteStream(inChunks(COUNTING, size));
    const seen: number[] = [];
    for (const wanted of [1, 4, 2, 30, 3, 100, 60]) {
      await stream.fill(wanted);
      assert.equal(stream.offset, seen.length);
      assert.ok(stream.available >= wanted);
      seen.push(...stream.peek(wanted));
      stream.advance(wanted);
    }
    await stream.fill(1);
    assert.equal(stream.available, 0);
    assert.deepEqual(seen, [...COUNTING]);
  });
}

Deno.test("ByteStream copies what straddles chunks before a source may reuse its buffer", async () => {
  async function* reusing() {
    const buffer = new Uint8Array(4);
    for (let round = 0; round < 3; round++) {
      buffer.fill(round);
      yield await Promise.resolve(buffer);
    }
  }
  const stream = new ByteStream(reusing());
  await stream.fill(6);
  assert.deepEqual([...stream.peek(6)], [0, 0, 0, 0, 1, 1]);
  stream.advance(5);
  await stream.fill(7);
  assert.deepEqual([...stream.peek(7)], [1, 1, 1, 2, 2, 2, 2]);
});

Deno.test("ByteStream hands the rest on, once its head was looked at", async () => {
  const stream = new ByteStream(inChunks(COUNTING, 5));
  await stream.fill(7);
  stream.advance(2);
  const rest: number[] = [];
  for await (const chunk of stream.remaining()) rest.push(...chunk);
  assert.deepEqual(rest, [...COUNTING.subarray(2)]);
});

Deno.test("ByteStream refuses to buffer more than its cap and to consume what is not there", async () => {
  const stream = new ByteStream(inChunks(COUNTING));
  await assert.rejects(stream.fill(MAX_BLOCK_BYTES + 1), RangeError);
  await stream.fill(1);
  assert.throws(() => stream.advance(201), RangeError);
});

Deno.test("ByteStream ends where its source is truncated, and passes other errors on", async () => {
  async function* failing(error: Error) {
    yield await Promise.resolve(COUNTING);
    throw error;
  }
  const cut = new ByteStream(failing(new TruncatedSource()));
  await cut.fill(300);
  assert.deepEqual([cut.available, cut.isTruncated], [200, true]);
  const broken = new ByteStream(failing(new Error("disk")));
  await assert.rejects(broken.fill(300), /disk/);
});

Deno.test("ByteStream lets go of its source when it is closed", async () => {
  let closed = false;
  async function* watched() {
    try {
      yield await Promise.resolve(COUNTING);
      yield COUNTING;
    } finally {
      closed = true;
    }
  }
  const stream = new ByteStream(watched());
  await stream.fill(1);
  await stream.close();
  assert.ok(closed);
});
