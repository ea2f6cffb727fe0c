import assert from "node:assert/strict";
import { sflowUdp } from "../capabilities/sflow_udp/mod.ts";
import { readCapture } from "../core/capture/read_capture.ts";
import { isSflow } from "../core/wire/sflow/sflow_codec.ts";
import { DROP_REASONS } from "../core/wire/wire_error.ts";
import { CodecHarness } from "./support/codec_harness.ts";
import { Random } from "./support/random.ts";
import { flowSample, sampledHeader, sflow } from "./support/sflow_messages.ts";

// Hostile datagrams made of real ones: every prefix, and mutations from a seed.

const CORPUS = new URL("corpus/", import.meta.url);
const ITERATIONS = 4000;

async function readDatagrams(): Promise<Uint8Array[]> {
  const datagrams: Uint8Array[] = [];
  for (const { name } of Deno.readDirSync(CORPUS)) {
    if (!name.includes("sflow")) continue;
    const file = await Deno.open(new URL(`${name}/capture.pcap`, CORPUS));
    for await (const event of readCapture(file.readable)) {
      if (event.kind === "datagram" && isSflow(event.datagram.payload)) {
        datagrams.push(event.datagram.payload.slice());
      }
    }
  }
  return datagrams;
}

const datagrams = await readDatagrams();

Deno.test("the sFlow fuzz corpus is not empty", () => assert.ok(datagrams.length >= 15));

Deno.test("every prefix of a real datagram gives its first whole samples", () => {
  // Those whose own lengths are wrong are not more right where they are cut.
  const sound = datagrams.filter((datagram) => {
    const { records, errors } = new CodecHarness(sflowUdp).decode(datagram);
    return records.length > 0 && errors.every(({ code }) => code !== "bad_structure");
  });
  assert.ok(sound.length >= 5);
  const harness = new CodecHarness(sflowUdp);
  for (const datagram of sound) {
    const whole = harness.decode(datagram).records;
    let before = 0;
    for (let length = 0; length < datagram.length; length++) {
      const { records } = harness.decode(datagram.slice(0, length));
      assert.ok(records.length >= before && records.length <= whole.length, `cut at ${length}`);
      assert.deepEqual(records.slice(before), whole.slice(before, records.length));
      before = records.length;
    }
  }
});

function mutate(datagram: Uint8Array, random: Random): Uint8Array {
  const octets = Uint8Array.from(datagram);
  const at = () => random.below(octets.length);
  switch (random.below(5)) {
    case 0:
      for (let i = random.below(8); i >= 0; i--) octets[at()] = random.uint32();
      return octets;
    case 1: { // A word, such as a number, a length or a count, is of a dangerous value.
      const place = 4 * random.below(Math.floor(octets.length / 4));
      const value = random.pick([
        0,
        1,
        2,
        3,
        5,
        255,
        0x7fffffff,
        0x80000000,
        0xfffffffc,
        0xffffffff,
      ]);
      new DataView(octets.buffer).setUint32(place, value);
      return octets;
    }
    case 2:
      return octets.slice(0, at());
    case 3: {
      const from = at();
      return Uint8Array.from([...octets.slice(0, from), ...octets.slice(from + random.below(16))]);
    }
    default: {
      const other = random.pick(datagrams);
      return Uint8Array.from([
        ...octets.slice(0, at()),
        ...other.slice(random.below(other.length)),
      ]);
    }
  }
}

Deno.test("mutated sFlow: no throw, no rows out of nothing, every problem has a name and a place", () => {
  const random = new Random(2004_6343);
  // Elements are named too: they read what rows do not.
  for (const elements of [false, true]) {
    const harness = new CodecHarness({
      name: "sflow_udp",
      buildCodec: (context) =>
        sflowUdp.buildCodec(elements ? { ...context, elements: () => {} } : context),
    }, { rows: 1 << 16 });
    const codes = new Set<string>();
    let rows = 0;
    for (let i = 0; i < ITERATIONS; i++) {
      const datagram = mutate(random.pick(datagrams), random);
      const { records, errors } = harness.decode(datagram);
      // A sample has 40 octets at least.
      assert.ok(records.length <= datagram.length / 40, `iteration ${i}: ${records.length} rows`);
      for (const { code, offset, count } of errors) {
        assert.ok(
          DROP_REASONS.includes(code) && code !== "decoder_fault",
          `iteration ${i}: ${code}`,
        );
        assert.ok(offset >= 0 && offset <= datagram.length && count > 0, `iteration ${i}: ${code}`);
        codes.add(code);
      }
      rows += records.length;
    }
    assert.ok(rows > ITERATIONS / 10, `${rows} rows`);
    for (const code of ["bad_sample", "bad_structure", "unknown_structure", "truncated_header"]) {
      assert.ok(codes.has(code), code);
    }
    const { records } = harness.decode(sflow([flowSample([sampledHeader()])]));
    assert.deepEqual(records.map(({ dst_port }) => dst_port), [443]);
  }
});
