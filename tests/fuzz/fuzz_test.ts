import assert from "node:assert/strict";
import { builtInCapabilities } from "../../capabilities/registry.ts";
import type { Codec, CodecContext } from "../../core/wire/codec.ts";
import { ARRIVAL_MS } from "../support/codec_harness.ts";
import { readCrasher, writeCrasher } from "./crasher.ts";
import { type Arrival, DatagramMaker } from "./datagram_maker.ts";
import { Failure, Life } from "./life.ts";
import { minimise } from "./minimise.ts";
import { failureOf, runLife } from "./run_life.ts";
import { readSeeds } from "./seeds.ts";

// The same engine as `deno task fuzz`, for a fixed number of datagrams; and every crasher it found.

const LIVES = 2;
const LENGTH = 2000;

/** Problems that hostile datagrams of a format must come to, deep in its decoder. */
const DEEP: Readonly<Record<string, readonly string[]>> = {
  sflow_udp: ["bad_sample", "bad_structure", "unknown_structure", "unknown_header_protocol"],
};

for (const capability of builtInCapabilities) {
  const { name } = capability;
  Deno.test(`fuzz: ${name} survives ${LIVES * LENGTH} hostile datagrams, and decodes as ever`, async () => {
    const seeds = await readSeeds(capability);
    assert.ok(seeds.length >= 2, `${seeds.length} captures`);
    let rows = 0;
    const codes = new Set<string>();
    for (let number = 1; number <= LIVES; number++) {
      const life = runLife({ capability: name, seeds, number, length: LENGTH });
      rows += life.rows;
      for (const code of life.codes) codes.add(code);
    }
    // What is mutated reaches into the decoder, and is not all refused at its door.
    assert.ok(rows > LIVES * LENGTH / 4, `${rows} rows`);
    assert.ok(codes.size >= 3, [...codes].join());
    for (const code of DEEP[name] ?? []) assert.ok(codes.has(code), code);
  });
}

Deno.test("fuzz: the same seeds and number make the same datagrams", async () => {
  const seeds = await readSeeds(builtInCapabilities[1]);
  const [first, again, other] = [7, 7, 8].map((number) => {
    const maker = new DatagramMaker(seeds, number);
    return Array.from({ length: 500 }, () => maker.next());
  });
  assert.deepEqual(first, again);
  assert.notDeepEqual(first, other);
});

/** A codec that takes one datagram badly. */
function codecThat(decode: (datagram: Uint8Array, context: CodecContext) => void) {
  return {
    ...builtInCapabilities[1],
    buildCodec: (context: CodecContext): Codec => ({
      decode: (datagram) => decode(datagram, context),
    }),
  };
}

const SPENT: Uint8Array[] = [];
// deno-fmt-ignore: one row a fault reads as the table it is.
const FAULTS: readonly { readonly kind: string; readonly decode: Parameters<typeof codecThat>[0] }[] = [
  { kind: "throw", decode: () => { throw new RangeError("offset"); } },
  { kind: "slow", decode: () => { for (const end = performance.now() + 600; performance.now() < end;); } },
  { kind: "growth", decode: () => { SPENT.push(new Uint8Array(200 * 1024 * 1024)); } },
  { kind: "wrong", decode: (_, { report }) => report({ protocol: "x", code: "decoder_fault", offset: 0, found: "", expected: "", count: 1 }) },
  { kind: "wrong", decode: (_, { report }) => report({ protocol: "x", code: "bad_set", offset: 99, found: "", expected: "", count: 1 }) },
  { kind: "wrong", decode: (_, { rows }) => { rows.reserve(1); rows.columns.presence?.fill(0); rows.commit(1); } },
];

for (const { kind, decode } of FAULTS) {
  Deno.test(`fuzz: a codec that fails by ${kind} is found`, () => {
    const life = new Life(codecThat(decode));
    const arrival = {
      datagram: new Uint8Array(4),
      source: { address: "192.0.2.1", port: 1 },
      at: ARRIVAL_MS,
    };
    assert.throws(() => {
      life.take(arrival);
      life.end([{ name: "none", datagrams: [] }]);
    }, (error) => error instanceof Failure && error.kind === kind);
    SPENT.length = 0;
  });
}

Deno.test("minimise() leaves what the failure needs", async () => {
  const items = Array.from({ length: 1000 }, (_, n) => n);
  const needs = [17, 500, 999];
  const fails = (some: readonly number[]) => needs.every((n) => some.includes(n));
  assert.deepEqual(await minimise(items, fails, { tries: 500 }), needs);
  let asked = 0;
  await minimise(items, () => ++asked > 0 && false, { tries: 10 });
  assert.equal(asked, 10);
});

Deno.test("a crasher that is written is read as it was", () => {
  const arrivals: Arrival[] = [
    {
      datagram: Uint8Array.of(0, 9, 255),
      source: { address: "192.0.2.1", port: 5 },
      at: ARRIVAL_MS,
    },
    {
      datagram: new Uint8Array(200).fill(7),
      source: { address: "2001:db8::1", port: 65_535 },
      at: -1,
    },
    { datagram: new Uint8Array(0), source: { address: "192.0.2.1", port: 5 }, at: 0 },
  ];
  const crasher = { capability: "netflow_udp", failure: "throw: a\nb", arrivals };
  assert.deepEqual(readCrasher(writeCrasher(crasher)), { ...crasher, failure: "throw: a b" });
  assert.throws(() => readCrasher("0009"), /no datagram begins before/);
});

const CRASHERS = new URL("crashers/", import.meta.url);
for (
  const { name } of [...Deno.readDirSync(CRASHERS)].filter(({ name }) => name.endsWith(".hex"))
) {
  Deno.test(`crasher: ${name}`, async () => {
    const { capability, arrivals } = readCrasher(Deno.readTextFileSync(new URL(name, CRASHERS)));
    assert.ok(arrivals.length > 0);
    const seeds = await readSeeds(builtInCapabilities.find((each) => each.name === capability)!);
    // A number of each kind: with and without a codec that names elements beside it.
    for (const number of [0, 1]) {
      assert.equal(
        failureOf(arrivals, { capability, seeds, number }),
        null,
      );
    }
  });
}
