import assert from "node:assert/strict";
import { readCapture } from "./read_capture.ts";
import {
  hex,
  inChunks,
  joined,
  outlineOf,
  sampleDatagram,
} from "../../tests/support/sample_captures.ts";
import { encodePcap, encodePcapRecord } from "./write_pcap.ts";

async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function randomPcap(count: number): Uint8Array<ArrayBuffer> {
  const payload = () => crypto.getRandomValues(new Uint8Array(1_000));
  return encodePcap(Array.from({ length: count }, () => sampleDatagram({ payload: payload() })));
}

Deno.test("gunzip() reads what was compressed, in any chunks", async () => {
  const plain = randomPcap(50);
  const file = await gzip(plain);
  const wanted = await outlineOf(plain);
  assert.equal(wanted.length, 50);
  assert.deepEqual(await outlineOf(file), wanted);
  assert.deepEqual(await outlineOf(file, { chunkSize: 1 }), wanted);
});

Deno.test("gunzip() reads several members", async () => {
  const header = encodePcap([]);
  const record = encodePcapRecord(sampleDatagram());
  const file = joined(await gzip(header), await gzip(record), await gzip(record));
  assert.deepEqual(await outlineOf(file), ["00090000", "00090000"]);
});

Deno.test("gunzip() hands over what stands before a cut, and reports the cut", async () => {
  const plain = randomPcap(50);
  const file = await gzip(plain);
  const cut = await outlineOf(file.subarray(0, file.length >> 1));
  const before = cut.slice(0, -1);
  assert.ok(before.length > 20 && before.length < 30);
  assert.deepEqual(before, (await outlineOf(plain)).slice(0, before.length));
  assert.match(cut.at(-1) ?? "", /^truncated_file x1 @/);
});

Deno.test("gunzip() reports a cut that took no record", async () => {
  const file = await gzip(encodePcap([sampleDatagram()]));
  const events = await outlineOf(file.subarray(0, -3));
  assert.deepEqual(events, ["00090000", "truncated_file x0 @72"]);
});

Deno.test("gunzip() rejects a damaged stream after what stands before it", async () => {
  const file = await gzip(randomPcap(50));
  file[file.length - 6] ^= 1;
  let datagrams = 0;
  await assert.rejects(async () => {
    for await (const event of readCapture(inChunks(file, 1_000))) {
      if (event.kind === "datagram") datagrams++;
    }
  }, { name: "CaptureError", code: "corrupt_gzip" });
  assert.ok(datagrams > 40);
});

Deno.test("gunzip() rejects a file of nothing and a gzip in a gzip", async () => {
  await assert.rejects(outlineOf(await gzip(hex(""))), { code: "empty_file" });
  const twice = await gzip(await gzip(encodePcap([])));
  await assert.rejects(outlineOf(twice), { code: "unknown_format" });
});

Deno.test("gunzip() lets go of the file when the reading ends early", async () => {
  const file = await gzip(randomPcap(200));
  let closed = false;
  async function* watched() {
    try {
      yield* inChunks(file, 10_000);
    } finally {
      closed = true;
    }
  }
  for await (const event of readCapture(watched())) {
    assert.equal(event.kind, "datagram");
    break;
  }
  assert.ok(closed);
});
