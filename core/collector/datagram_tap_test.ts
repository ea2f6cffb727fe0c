import assert from "node:assert/strict";
import { FakeClock } from "../../tests/support/fake_clock.ts";
import type { Codec } from "../wire/codec.ts";
import { DatagramTap } from "./datagram_tap.ts";
import type { TapBatch } from "./messages.ts";
import { TAP_LIMITS } from "./tap_limits.ts";

const SOURCE = { address: "192.0.2.1", port: 5000 };
const SILENT: Codec = { decode() {} };

function tapOf(exporter = "192.0.2.1") {
  const clock = new FakeClock();
  const batches: TapBatch[] = [];
  const tap = new DatagramTap(exporter, { post: (batch) => batches.push(batch), clock });
  const sum = (of: (batch: TapBatch) => number) =>
    batches.reduce((total, batch) => total + of(batch), 0);
  return { clock, batches, tap, sum, copied: () => sum(({ datagrams }) => datagrams.length) };
}

Deno.test("DatagramTap copies the exporter's datagrams, however its address is written", () => {
  const { clock, batches, tap } = tapOf();
  const datagram = Uint8Array.of(1, 2, 3);
  tap.take(datagram, SOURCE, SILENT, clock.now());
  tap.take(datagram, { ...SOURCE, address: "::ffff:192.0.2.1" }, SILENT, clock.now());
  tap.take(datagram, { ...SOURCE, address: "192.0.2.2" }, SILENT, clock.now());
  datagram.fill(0xee);
  assert.equal(batches.length, 0);
  clock.advance(TAP_LIMITS.batchMs);
  assert.deepEqual(batches.length, 1);
  const [{ datagrams, ended }] = batches;
  assert.deepEqual(datagrams.map(({ address }) => address), ["192.0.2.1", "::ffff:192.0.2.1"]);
  assert.deepEqual([...datagrams[0].payload], [1, 2, 3]);
  assert.deepEqual([datagrams[0].recalled, ended], [false, false]);
});

Deno.test("DatagramTap says once that it ends, with what is left, and turns no clock any more", () => {
  const { clock, batches, tap } = tapOf();
  tap.take(Uint8Array.of(1), SOURCE, SILENT, clock.now());
  tap.end();
  assert.deepEqual(batches.map(({ datagrams, ended }) => [datagrams.length, ended]), [[1, true]]);
  assert.equal(clock.pending, 0);
});

Deno.test("DatagramTap copies so many datagrams a second, and counts the rest", () => {
  const { clock, tap, sum, copied } = tapOf();
  for (let i = 0; i < TAP_LIMITS.datagramsPerSecond + 10; i++) {
    tap.take(Uint8Array.of(1), SOURCE, SILENT, clock.now());
  }
  tap.taken(Infinity);
  clock.advance(1000);
  tap.take(Uint8Array.of(1), SOURCE, SILENT, clock.now());
  tap.end();
  assert.equal(copied(), TAP_LIMITS.datagramsPerSecond + 1);
  assert.equal(sum(({ notCaptured }) => notCaptured), 10);
});

Deno.test("DatagramTap copies so many octets a second, and so many that nobody has dealt with", () => {
  const large = new Uint8Array(65_000);
  const perSecond = Math.floor(TAP_LIMITS.octetsPerSecond / large.length);
  const { clock, tap, batches, copied } = tapOf();
  const fill = () => {
    for (let i = 0; i < perSecond + 1; i++) tap.take(large, SOURCE, SILENT, clock.now());
    clock.advance(1000);
  };
  fill();
  assert.equal(copied(), perSecond);
  for (let second = 0; second < 10; second++) fill();
  const underway = Math.floor(TAP_LIMITS.octetsUnderway / large.length);
  assert.equal(copied(), underway);
  // Whoever deals with them gets more.
  tap.taken(underway * large.length);
  fill();
  assert.equal(copied(), underway + perSecond);
  for (const { datagrams } of batches) {
    const octets = datagrams.reduce((total, { payload }) => total + payload.length, 0);
    assert.ok(octets < TAP_LIMITS.batchOctets + large.length);
  }
});

Deno.test("DatagramTap puts in front of a datagram what the codec recalls", () => {
  const { clock, batches, tap } = tapOf();
  const codec: Codec = {
    decode() {},
    recall: (datagram) =>
      datagram[0] === 2
        ? null
        : { payloads: [Uint8Array.of(9)], templates: 2, facts: 3, leftOut: 1 },
  };
  tap.take(Uint8Array.of(1), SOURCE, codec, clock.now());
  tap.take(Uint8Array.of(2), SOURCE, codec, clock.now());
  tap.end();
  const [{ datagrams, templates, facts, leftOut }] = batches;
  assert.deepEqual(
    datagrams.map(({ payload, recalled, port }) => [payload[0], recalled, port]),
    [[9, true, 5000], [1, false, 5000], [2, false, 5000]],
  );
  assert.deepEqual([templates, facts, leftOut], [2, 3, 1]);
});
