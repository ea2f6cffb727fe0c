import assert from "node:assert/strict";
import { sflowUdp } from "../../../capabilities/sflow_udp/mod.ts";
import { ARRIVAL_MS, CodecHarness, countByCode } from "../../../tests/support/codec_harness.ts";
import {
  countersSample,
  envelope,
  flowSample,
  sampledHeader,
  sflow,
  text,
  word,
  words,
} from "../../../tests/support/sflow_messages.ts";

/** Real switches, and ports of each. */
const SWITCHES = 50;
const PORTS = 48;
/** Names that one forged datagram tells. */
const PER_DATAGRAM = 20;

const agent = (n: number): string => word(1) + word(n);
const real = (n: number): string => agent(0xc000_0200 + n);
const forged = (n: number): string => agent(0x0a00_0000 + n);
const wordsOf = (n: number) => Uint32Array.of(0, 0, 0xffff, 0xc000_0200 + n);

/** A counter sample of a port with its name. */
const named = (ifIndex: number, name: string): string =>
  countersSample([
    envelope(1, words(ifIndex, 6, 0, 1e9, 1, 3, ...Array(16).fill(1))),
    envelope(1005, text(name)),
  ], { source: ifIndex });

const FLOW = flowSample([sampledHeader()]);
const PORT_NAMES = Array.from({ length: PORTS }, (_, port) => named(port + 1, `swp${port + 1}`));
const FORGED_NAMES = Array.from({ length: PER_DATAGRAM }, (_, n) => named(n + 1, `x${n}`));

/** How many of the real switches' ports have their name. */
function found({ interfaceNames, dictionary }: CodecHarness): number {
  let names = 0;
  for (let n = 0; n < SWITCHES; n++) {
    for (let port = 1; port <= PORTS; port++) {
      const id = interfaceNames.find(wordsOf(n), port);
      if (id >= 0 && dictionary.text(id) === `swp${port}`) names++;
    }
  }
  return names;
}

/** What real switches send in half a minute: counters of all ports, and flows. */
function realRound(harness: CodecHarness, at: number): void {
  for (let n = 0; n < SWITCHES; n++) {
    for (const samples of [PORT_NAMES, [FLOW]]) {
      harness.decode(sflow(samples, { agent: real(n) }), { at });
    }
  }
}

for (
  const { title, samples } of [
    { title: "counters alone", samples: FORGED_NAMES },
    { title: "counters and flows", samples: [...FORGED_NAMES, FLOW] },
  ]
) {
  Deno.test(`real agents keep the names of their ports under a flood of forged ${title}`, () => {
    const harness = new CodecHarness(sflowUdp);
    const codes = [];
    let at = ARRIVAL_MS;
    realRound(harness, at);
    assert.equal(found(harness), SWITCHES * PORTS);
    for (let n = 0; n < 3000; n++) {
      codes.push(...harness.decode(sflow(samples, { agent: forged(n) }), { at: ++at }).errors);
    }
    assert.equal(found(harness), SWITCHES * PORTS);
    assert.ok(countByCode(codes).learnt_facts_full > 3000, "and the flood shows");
    realRound(harness, at + 30_000);
    assert.equal(found(harness), SWITCHES * PORTS);
  });
}

Deno.test("forged counters that were there first keep no real agent's names out", () => {
  const harness = new CodecHarness(sflowUdp);
  for (let n = 0; n < 3000; n++) {
    harness.decode(sflow(FORGED_NAMES, { agent: forged(n) }), { at: ARRIVAL_MS + n });
  }
  assert.equal(harness.interfaceNames.size, 0);
  realRound(harness, ARRIVAL_MS + 4000);
  assert.equal(found(harness), SWITCHES * PORTS);
});

Deno.test("what an agent calls its ports counts from its first flow on, told before it or after", () => {
  const harness = new CodecHarness(sflowUdp);
  const name = (port: number) => {
    const id = harness.interfaceNames.find(wordsOf(0), port);
    return id < 0 ? null : harness.dictionary.text(id);
  };
  const send = (...samples: string[]) => harness.decode(sflow(samples, { agent: real(0) }));
  send(named(3, "swp3"));
  assert.equal(name(3), null);
  assert.equal(send(FLOW).records[0].in_if_name, null);
  assert.equal(name(3), "swp3");
  send(named(4, "swp4"));
  assert.equal(name(4), "swp4");
  const [{ in_if_name, out_if_name }] = send(FLOW).records;
  assert.deepEqual([in_if_name, out_if_name], ["swp3", "swp4"]);
});

/** More names than a dictionary holds, no two alike. */
const FLOOD_DATAGRAMS = 4000;

for (
  const { title, more } of [
    { title: "counters alone", more: [] },
    { title: "counters and flows", more: [FLOW] },
  ]
) {
  Deno.test(`forged ${title} leave room in the dictionary for what flows say`, () => {
    const harness = new CodecHarness(sflowUdp, { counters: true });
    for (let n = 0; n < FLOOD_DATAGRAMS; n++) {
      const names = FORGED_NAMES.map((_, i) => named(i + 1, `x${n}-${i}`));
      harness.decode(sflow([...names, ...more], { agent: forged(n) }), { at: ARRIVAL_MS + n });
    }
    assert.ok(harness.dictionary.hasRoom(1000), `${harness.dictionary.size} texts`);
    const at = ARRIVAL_MS + FLOOD_DATAGRAMS;
    if (more.length > 0) return;
    realRound(harness, at);
    const own = [named(1, "new port"), FLOW];
    harness.decode(sflow(own, { agent: real(0) }), { at: at + 1 });
    const id = harness.interfaceNames.find(wordsOf(0), 1);
    assert.equal(harness.dictionary.text(id), "new port");
    assert.equal(harness.counters().interfaces.at(-1)?.if_name, "new port");
  });
}
