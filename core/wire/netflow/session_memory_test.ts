import assert from "node:assert/strict";
import { netflowUdp } from "../../../capabilities/netflow_udp/mod.ts";
import { ARRIVAL_MS, CodecHarness, SOURCE } from "../../../tests/support/codec_harness.ts";
import {
  ipfix,
  ipfixOptions,
  set,
  template,
  u,
  v9,
  v9Options,
} from "../../../tests/support/netflow_messages.ts";
import { V5_IN_HEX } from "../../../tests/support/sample_datagrams.ts";
import {
  checkLearnt,
  type CodecMemory,
  type LearntEntry,
  learntKey,
  type LearntScope,
} from "../learnt.ts";
import { LIMITS } from "../limits.ts";

/** Source port, interface, octets and packets: 2, 4, 4 and 4 octets. */
const FLOW = template(256, [[7, 2], [10, 4], [1, 4], [2, 4]]);
const flow = (port: number) => u(port, 2) + u(3, 4) + u(1000, 4) + u(10, 4);
const DATA = set(256, flow(443));
/** The same record in another order, and a longer one. */
const OTHER = template(256, [[1, 4], [2, 4], [10, 4], [7, 2]]);
const LONGER = template(256, [[7, 2], [10, 4], [1, 4], [2, 4], [4, 1]]);
const longer = (port: number) => flow(port) + "06";

/** A rate of 100, and the name of interface 3: "Gi0/3". */
const V9_OPTIONS = [
  set(1, v9Options(257, [[1, 4]], [[34, 4]])),
  set(257, u(0, 4) + u(100, 4)),
  set(1, v9Options(258, [[2, 4]], [[82, 6]])),
  set(258, u(3, 4) + "4769302f3300"),
];
const IPFIX_OPTIONS = [
  set(3, ipfixOptions(257, [[149, 4]], [[34, 4]])),
  set(257, u(0, 4) + u(100, 4)),
  set(3, ipfixOptions(258, [[10, 4]], [[82, 6]])),
  set(258, u(3, 4) + "4769302f3300"),
];

/** What a collector's main would keep. */
class Kept implements CodecMemory {
  readonly entries = new Map<string, LearntEntry>();
  readonly usedScopes: LearntScope[] = [];
  get known(): LearntEntry[] {
    return [...this.entries.values()];
  }
  learnt(entry: LearntEntry): void {
    assert.deepEqual(checkLearnt(entry), entry, "what is learnt is fit to be loaded");
    this.entries.set(learntKey(entry), entry);
  }
  forget(entry: LearntEntry): void {
    assert.ok(this.entries.delete(learntKey(entry)));
  }
  used(scope: LearntScope): void {
    this.usedScopes.push(scope);
  }
  names(): string[] {
    return this.known.map(({ port, kind, id }) => `${port} ${kind} ${id}`).sort();
  }
}

const start = (memory: Kept) => new CodecHarness(netflowUdp, { memory });

for (
  const [name, message, templates, options] of [
    ["netflow9", v9, (text: string) => set(0, text), V9_OPTIONS],
    ["ipfix", ipfix, (text: string) => set(2, text), IPFIX_OPTIONS],
  ] as const
) {
  Deno.test(`${name}: what one codec learns, the next one knows: decoded, scaled and named`, () => {
    const memory = new Kept();
    const first = start(memory);
    first.decode(message([templates(FLOW), ...options]));
    assert.deepEqual(memory.names(), [], "announced is not confirmed");
    first.decode(message([DATA]));
    const port = SOURCE.port;
    assert.deepEqual(memory.names(), [
      "-1 interface 3",
      "-1 sampler -1",
      `${port} template 256`,
      `${port} template 257`,
      `${port} template 258`,
    ]);

    const second = start(memory);
    const { records, errors } = second.decode(message([DATA]));
    assert.deepEqual(errors, []);
    assert.equal(records.length, 1);
    const { src_port, bytes, packets, sampling_rate, sampling_source, in_if_name } = records[0];
    assert.deepEqual(
      { src_port, bytes, packets, sampling_rate, sampling_source, in_if_name },
      {
        src_port: 443,
        bytes: 100_000,
        packets: 1000,
        sampling_rate: 100,
        sampling_source: "announced",
        in_if_name: "Gi0/3",
      },
    );
    assert.equal(second.setsWithoutTemplate, 0);
    assert.equal(second.templates, 3);
    // Options data is understood at once too.
    second.decode(message([set(257, u(0, 4) + u(200, 4))]));
    assert.equal(second.decode(message([DATA])).records[0].bytes, 200_000);
    const rate = memory.known.find(({ kind }) => kind === "sampler");
    assert.ok(rate?.kind === "sampler" && rate.value === 200, "and what it changes is kept");
  });

  Deno.test(`${name}: a sampler that falls to 0 is forgotten`, () => {
    const memory = new Kept();
    const it = start(memory);
    const optionsOf = name === "netflow9"
      ? set(1, v9Options(257, [[1, 4]], [[48, 2], [50, 4]]))
      : set(3, ipfixOptions(257, [[149, 4]], [[48, 2], [50, 4]]));
    const rate = (one: number) => set(257, u(0, 4) + u(7, 2) + u(one, 4));
    it.decode(message([optionsOf, rate(100), templates(FLOW), DATA]));
    assert.ok(memory.known.some(({ kind, id }) => kind === "sampler" && id === 7));
    it.decode(message([rate(0)]));
    it.decode(message([rate(0)]));
    assert.ok(!memory.known.some(({ kind }) => kind === "sampler"));
  });

  Deno.test(`${name}: a new template of the same id takes the place of a stored one`, () => {
    const memory = new Kept();
    start(memory).decode(message([templates(FLOW), DATA]));
    const second = start(memory);
    const reordered = u(1000, 4) + u(10, 4) + u(3, 4) + u(8443, 2);
    const { records } = second.decode(message([templates(OTHER), set(256, reordered)]));
    assert.deepEqual([records[0].src_port, records[0].bytes], [8443, 1000]);
    const third = start(memory);
    assert.equal(third.decode(message([set(256, reordered)])).records[0].src_port, 8443);
  });

  Deno.test(`${name}: data that does not fit a stored template waits for the right one`, () => {
    const memory = new Kept();
    start(memory).decode(message([templates(FLOW), DATA]));
    const second = start(memory);
    const data = set(256, longer(1) + longer(2) + longer(3) + longer(4));
    assert.deepEqual(second.decode(message([data])).records, []);
    assert.equal(second.setsWithoutTemplate, 1);
    assert.deepEqual(memory.names(), [], "the stored one is dropped");
    const { records } = second.decode(message([templates(LONGER)]));
    assert.deepEqual(records.map(({ src_port, protocol }) => [src_port, protocol]), [
      [1, 6],
      [2, 6],
      [3, 6],
      [4, 6],
    ]);
    assert.equal(second.setsWithoutTemplate, 0);
  });
}

const SCOPED_RATES: [what: string, kind: string, scope: [number, number], of: number][] = [
  ["template", "template_rate", [145, 2], 256],
  ["ingress interface", "ingress_rate", [10, 4], 3],
  ["egress interface", "egress_rate", [14, 4], 5],
];
for (const [what, kind, scope, of] of SCOPED_RATES) {
  Deno.test(`the rate of one ${what} is known to the next codec, and what it changes to`, () => {
    const memory = new Kept();
    const layout = template(256, [[10, 4], [14, 4], [1, 4]]);
    const data = set(256, u(3, 4) + u(5, 4) + u(1000, 4));
    const rate = (value: number) => set(257, u(of, scope[1]) + u(value, 4));
    const options = set(3, ipfixOptions(257, [scope], [[34, 4]]));
    start(memory).decode(ipfix([set(2, layout), options, rate(100), data]));
    assert.ok(memory.names().includes(`-1 ${kind} ${of}`));
    const second = start(memory);
    assert.equal(second.decode(ipfix([data])).records[0].bytes, 100_000);
    second.decode(ipfix([rate(200)]));
    assert.equal(start(memory).decode(ipfix([data])).records[0].bytes, 200_000);
  });
}

Deno.test("variable-length records that do not end with their set contradict a stored template", () => {
  const memory = new Kept();
  const named = template(256, [[7, 2], [82, 65535]]);
  start(memory).decode(ipfix([set(2, named), set(256, u(1, 2) + "02" + "6162")]));
  assert.equal(memory.entries.size, 1);
  const good = start(memory);
  // Two records and padding.
  const two = u(1, 2) + "02" + "6162" + u(2, 2) + "ff0001" + "63" + "0000";
  assert.deepEqual(
    good.decode(ipfix([set(256, two)])).records.map(({ src_port }) => src_port),
    [1, 2],
  );
  const bad = start(memory);
  assert.deepEqual(bad.decode(ipfix([set(256, u(1, 2) + "09" + "616263")])).records, []);
  assert.equal(bad.setsWithoutTemplate, 1);
  assert.equal(memory.entries.size, 0);
});

Deno.test("a template announced today is not judged by the length of a set", () => {
  const memory = new Kept();
  start(memory).decode(v9([set(0, FLOW), DATA]));
  const second = start(memory);
  second.decode(v9([set(0, FLOW)]));
  // One record and a piece of another, as exporters with faults send them.
  const { records } = second.decode(v9([set(256, flow(443) + "00000000000000")]));
  assert.equal(records.length, 1);
  assert.equal(memory.entries.size, 1);
});

Deno.test("forged sources leave nothing behind", () => {
  const memory = new Kept();
  const it = start(memory);
  for (let i = 0; i < 5000; i++) {
    const source = { address: `10.0.${i >> 8}.${i & 255}`, port: 1000 };
    it.decode(v9([set(0, FLOW), ...V9_OPTIONS]), { source });
  }
  assert.equal(memory.entries.size, 0);
});

Deno.test("a template that decoded nothing is not kept, even of a session that is real", () => {
  const memory = new Kept();
  const it = start(memory);
  it.decode(v9([set(0, FLOW + template(300, [[8, 4]])), DATA]));
  assert.deepEqual(memory.names(), [`${SOURCE.port} template 256`]);
});

Deno.test("an exporter that starts anew from another port borrows what its last port taught", () => {
  const memory = new Kept();
  start(memory).decode(v9([set(0, FLOW), DATA]));
  const second = start(memory);
  const { records } = second.decode(v9([DATA]), { source: { ...SOURCE, port: 60_000 } });
  assert.equal(records.length, 1);
});

Deno.test("of an exporter that often changed its port the last ports are brought back", () => {
  const memory = new Kept();
  const first = start(memory);
  for (let port = 1; port <= 9; port++) {
    first.decode(v9([set(0, FLOW), DATA]), { source: { ...SOURCE, port } });
  }
  assert.equal(memory.entries.size, 9);
  const second = start(memory);
  second.decode(v9([DATA]), { source: { ...SOURCE, port: 100 } });
  assert.equal(second.templates, LIMITS.restoredPorts);
});

Deno.test("a session that goes on is reported by the hour, not by the datagram", () => {
  const memory = new Kept();
  const it = start(memory);
  for (let minute = 0; minute < 130; minute++) {
    it.decode(v9([set(0, FLOW), DATA]), { at: ARRIVAL_MS + minute * 60_000 });
  }
  const { address, port } = SOURCE;
  const scope = { format: "netflow9", address, domain: 0, port };
  assert.deepEqual(memory.usedScopes, [scope, scope, scope]);
});

Deno.test("a configured rate stands above announced ones, in-record ones and the v5 header", () => {
  const configured = new CodecHarness(netflowUdp, {
    configuredRate: (address) => address === SOURCE.address ? 7 : 0,
  });
  const inRecord = template(259, [[7, 2], [1, 4], [34, 4]]);
  const { records } = configured.decode(v9([
    set(0, FLOW + inRecord),
    ...V9_OPTIONS,
    DATA,
    set(259, u(80, 2) + u(1000, 4) + u(50, 4)),
  ]));
  const rates = (all: typeof records) =>
    all.map(({ bytes, sampling_rate, sampling_source }) => [bytes, sampling_rate, sampling_source]);
  assert.deepEqual(rates(records), [[7000, 7, "configured"], [7000, 7, "configured"]]);
  const v5 = configured.decode(V5_IN_HEX).records[0];
  assert.deepEqual(rates([v5]), [[1500 * 7, 7, "configured"]]);
  const [{ sampling_rate, sampling_source }] = configured.exporters.summaries();
  assert.deepEqual([sampling_rate, sampling_source], [7, "configured"]);
  const other = configured.decode(v9([set(0, FLOW), DATA]), {
    source: { address: "192.0.2.2", port: 1 },
  });
  assert.deepEqual(rates(other.records), [[1000, null, "assumed"]]);
});
