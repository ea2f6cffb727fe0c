import assert from "node:assert/strict";
import { netflowUdp } from "../capabilities/netflow_udp/mod.ts";
import { readCapture } from "../core/capture/read_capture.ts";
import { LIMITS } from "../core/wire/limits.ts";
import { DROP_REASONS } from "../core/wire/wire_error.ts";
import { CodecHarness } from "./support/codec_harness.ts";
import { ipfix, set, template, u } from "./support/netflow_messages.ts";
import { Random } from "./support/random.ts";

// Hostile datagrams made of real ones: every prefix, and mutations from a seed.

const CORPUS = new URL("corpus/", import.meta.url);
/** Datagrams of a case whose prefixes are tried, and their longest: the rest are more of the same. */
const DATAGRAMS_A_CASE = 4;
const LONGEST = 1500;
const ITERATIONS = 4000;

interface Case {
  id: string;
  datagrams: Uint8Array[];
}

async function readCases(): Promise<Case[]> {
  const cases: Case[] = [];
  for (const { name: id, isDirectory } of Deno.readDirSync(CORPUS)) {
    if (!isDirectory) continue;
    const datagrams: Uint8Array[] = [];
    const file = await Deno.open(new URL(`${id}/capture.pcap`, CORPUS));
    for await (const event of readCapture(file.readable)) {
      if (event.kind !== "datagram") continue;
      const { payload } = event.datagram;
      const version = payload[0] * 256 + payload[1];
      if (version === 9 || version === 10) datagrams.push(payload.slice());
    }
    if (datagrams.length > 0) cases.push({ id, datagrams });
  }
  return cases.sort((a, b) => a.id < b.id ? -1 : 1);
}

const cases = await readCases();

Deno.test("the fuzz corpus is not empty", () => assert.ok(cases.length >= 20));

for (const { id, datagrams } of cases) {
  Deno.test(`every prefix of a datagram gives its first whole records: ${id}`, () => {
    const harness = new CodecHarness(netflowUdp);
    // Templates and options are known beforehand, so that a prefix differs by what is cut off alone.
    for (const datagram of datagrams) harness.decode(datagram);
    const tried = datagrams.filter(({ length }) => length <= LONGEST).slice(-DATAGRAMS_A_CASE);
    for (const datagram of tried) {
      const whole = harness.decode(datagram).records;
      let before = 0;
      for (let length = 0; length < datagram.length; length++) {
        const { records } = harness.decode(datagram.slice(0, length));
        assert.ok(records.length >= before && records.length <= whole.length, `cut at ${length}`);
        // Rows that a longer prefix adds are compared once, when they first come.
        assert.deepEqual(records.slice(before), whole.slice(before, records.length));
        before = records.length;
      }
    }
  });
}

function mutate(datagram: Uint8Array, random: Random, others: readonly Uint8Array[]): Uint8Array {
  const octets = Uint8Array.from(datagram);
  const at = () => random.below(octets.length);
  switch (random.below(5)) {
    case 0: // A few octets are others.
      for (let i = random.below(8); i >= 0; i--) octets[at()] = random.uint32();
      return octets;
    case 1: { // A 16-bit field, such as a length, an id or a count, is of a dangerous value.
      const value = random.pick([0, 1, 3, 4, 5, 255, 256, 0x7fff, 0x8000, 0xfffe, 0xffff]);
      const place = 2 + random.below(octets.length - 3);
      octets.set([value >> 8, value & 255], place);
      return octets;
    }
    case 2: // Cut off.
      return octets.slice(0, at());
    case 3: { // Some octets are gone.
      const from = at();
      return Uint8Array.from([...octets.slice(0, from), ...octets.slice(from + random.below(16))]);
    }
    default: { // The end of another datagram.
      const other = random.pick(others);
      return Uint8Array.from([
        ...octets.slice(0, at()),
        ...other.slice(random.below(other.length)),
      ]);
    }
  }
}

Deno.test("mutated datagrams: no throw, no rows out of nothing, every problem has a name and a place", () => {
  const random = new Random(3954_7011);
  const all = cases.flatMap(({ datagrams }) => datagrams).filter(({ length }) => length <= LONGEST);
  const harness = new CodecHarness(netflowUdp, { rows: 1 << 16 });
  // Templates are known from the start: what is mutated is decoded and not only kept.
  const sources = [1, 2].map((port) => ({ address: "192.0.2.1", port }));
  for (const source of sources) {
    for (const { datagrams } of cases) {
      for (const datagram of datagrams) harness.decode(datagram, { source });
    }
  }
  const codes = new Set<string>();
  let rows = 0;
  for (let i = 0; i < ITERATIONS; i++) {
    const datagram = mutate(random.pick(all), random, all);
    const source = random.pick(sources);
    const { records, errors } = harness.decode(datagram, { source });
    // What waited may come with it; a record has an octet at least, and two rows at most.
    const most = 2 * (datagram.length + LIMITS.waitingSets * LONGEST);
    assert.ok(records.length <= most, `iteration ${i}: ${records.length} rows`);
    for (const { code, offset, count } of errors) {
      assert.ok(DROP_REASONS.includes(code) && code !== "decoder_fault", `iteration ${i}: ${code}`);
      assert.ok(offset >= 0 && offset <= datagram.length && count > 0, `iteration ${i}: ${code}`);
      codes.add(code);
    }
    rows += records.length;
  }
  // The mutations reach into the decoder, and are not all refused at its door.
  assert.ok(rows > ITERATIONS / 4, `${rows} rows`);
  for (const code of ["bad_set", "bad_template", "truncated_header"]) {
    assert.ok(codes.has(code), code);
  }
  const after = harness.decode(ipfix([set(2, template(400, [[7, 2]])), set(400, u(443, 2))]), {
    source: { address: "192.0.2.99", port: 1 },
  });
  assert.deepEqual(after.records.map(({ src_port }) => src_port), [443]);
});
