import assert from "node:assert/strict";
import { ipfixUdp } from "../../capabilities/ipfix_udp/mod.ts";
import { builtInCapabilities } from "../../capabilities/registry.ts";
import { jsonUdp } from "../../capabilities/json_udp/mod.ts";
import { netflowUdp } from "../../capabilities/netflow_udp/mod.ts";
import { buildCapability } from "../../tests/support/capabilities/probe/mod.ts";
import { ARRIVAL_MS, SOURCE } from "../../tests/support/codec_harness.ts";
import { hex } from "../../tests/support/hex.ts";
import { jsonFlow, V5_IN_HEX } from "../../tests/support/sample_datagrams.ts";
import type { Capability } from "../collector/capability.ts";
import type { WireError } from "../wire/wire_error.ts";
import { DatagramDecoder, type DecodedRecord } from "./datagram_decoder.ts";

/** An IPFIX message of domain 1. */
function ipfix(sequence: number, sets: string): Uint8Array<ArrayBuffer> {
  const body = hex(sets);
  const message = new Uint8Array(16 + body.length);
  const view = new DataView(message.buffer);
  view.setUint16(0, 10);
  view.setUint16(2, message.length);
  view.setUint32(4, ARRIVAL_MS / 1000);
  view.setUint32(8, sequence);
  view.setUint32(12, 1);
  message.set(body, 16);
  return message;
}

/** Template 256: addresses, octets of both directions (RFC 5103), a name of variable length. */
const BIFLOW_TEMPLATE = "0002 0028 0100 0006 0008 0004 000c 0004 0001 0004 8001 0004 00007279" +
  "0052 ffff 8001 0002 003d0900";
/** Two records: one answered, one not. */
const BIFLOWS = "0100 0032" +
  "c0000201 c0000202 00000064 00000032 03 616263 0001" +
  "c0000203 c0000204 00000065 00000000 ff0003 646566 0002";

function decodeAll(
  capability: Capability,
  datagrams: readonly Uint8Array[],
  options?: { elements?: boolean },
): DecodedRecord[] {
  const decoder = new DatagramDecoder([capability], (error: WireError) => {
    throw new Error(`${error.code}: ${error.found}`);
  }, options);
  return datagrams.flatMap((datagram) => [
    ...decoder.decode(capability, datagram, { source: SOURCE, receivedAtMs: ARRIVAL_MS }),
  ]);
}

const FIRST = {
  sourceIPv4Address: "192.0.2.1",
  destinationIPv4Address: "192.0.2.2",
  octetDeltaCount: 100,
  reverseOctetDeltaCount: 50,
  interfaceName: "abc",
  "enterprise.4000000.1": "0x0001",
};
const SECOND = {
  sourceIPv4Address: "192.0.2.3",
  destinationIPv4Address: "192.0.2.4",
  octetDeltaCount: 101,
  reverseOctetDeltaCount: 0,
  interfaceName: "def",
  "enterprise.4000000.1": "0x0002",
};

Deno.test("both rows of a biflow show the elements of their record", () => {
  const records = decodeAll(ipfixUdp, [ipfix(0, BIFLOW_TEMPLATE + BIFLOWS)], { elements: true });
  assert.deepEqual(records.map(({ src_addr, bytes, elements }) => [src_addr, bytes, elements]), [
    ["192.0.2.1", 100, FIRST],
    ["192.0.2.2", 50, FIRST],
    ["192.0.2.3", 101, SECOND],
  ]);
});

Deno.test("elements change nothing about the flows", () => {
  const datagrams = [ipfix(0, BIFLOW_TEMPLATE), ipfix(0, BIFLOWS), ipfix(2, BIFLOWS)];
  const plain = decodeAll(ipfixUdp, datagrams);
  const shown = decodeAll(ipfixUdp, datagrams, { elements: true });
  assert.equal(plain.length, 6);
  assert.deepEqual(shown.map(({ elements: _, ...record }) => record), plain);
  assert.ok(plain.every((record) => !("elements" in record)));
});

Deno.test("a set that waited for its template shows its elements too", () => {
  const datagrams = [ipfix(0, BIFLOWS), ipfix(2, BIFLOW_TEMPLATE)];
  const records = decodeAll(ipfixUdp, datagrams, { elements: true });
  assert.deepEqual(records.map(({ elements }) => elements), [FIRST, FIRST, SECOND]);
});

Deno.test("elements of NetFlow version 5 have the names of its specification", () => {
  const records = decodeAll(netflowUdp, [V5_IN_HEX], { elements: true });
  assert.equal(records.length, 2);
  for (const { src_addr, src_port, protocol, bytes, sampling_rate, elements } of records) {
    assert.equal(Object.keys(elements!).length, 20);
    assert.deepEqual(
      [elements!.srcaddr, elements!.srcport, elements!.prot, elements!.dOctets],
      // Elements are what was on the wire: not scaled by sampling.
      [src_addr, src_port, protocol, bytes! / sampling_rate!],
    );
  }
});

Deno.test("JSON flows have no elements", () => {
  const records = decodeAll(jsonUdp, [new TextEncoder().encode(jsonFlow(5))], { elements: true });
  assert.deepEqual(records.map(({ elements }) => elements), [null]);
});

Deno.test("IPFIX uptimes count from the start that options tell, before it and across the wrap", () => {
  const bootMs = ARRIVAL_MS - 60_000;
  const boot = bootMs.toString(16).padStart(16, "0");
  // Options of domain 149 with systemInitTimeMilliseconds 160; flows with 22 and 21.
  const templates = "0003 0012 0101 0002 0001 0095 0004 00a0 0008" +
    "0002 0018 0100 0004 0008 0004 000c 0004 0016 0004 0015 0004";
  const uptime = (atMs: number) => ((atMs - bootMs) >>> 0).toString(16).padStart(8, "0");
  const cases = [[bootMs + 5000, bootMs + 6000], [bootMs - 3_600_000, bootMs - 1], [
    bootMs - 1,
    ARRIVAL_MS + 10,
  ]];
  const flows = cases.map(([start, end]) => `c0000201 c0000202 ${uptime(start)} ${uptime(end)}`);
  const records = decodeAll(ipfixUdp, [
    ipfix(0, `${templates} 0101 0010 00000001 ${boot} 0100 0034 ${flows.join("")}`),
  ]);
  assert.deepEqual(
    records.map(({ start_at, end_at }) => [Date.parse(start_at!), Date.parse(end_at!)]),
    cases,
  );
});

Deno.test("NetFlow in a file is netflow_udp's, also where jflow_udp has the same port", () => {
  const decoder = new DatagramDecoder(builtInCapabilities, () => {});
  for (const port of [2055, 4739, 9995]) {
    for (const datagram of [V5_IN_HEX, ipfix(0, BIFLOW_TEMPLATE)]) {
      assert.equal(decoder.choose(datagram, port)?.name, "netflow_udp", `${port}`);
    }
  }
});

Deno.test("counters are given beside the flows, interfaces with their rates", () => {
  const encode = (text: string) => new TextEncoder().encode(text);
  const probe = buildCapability();
  const decoder = new DatagramDecoder([probe], () => {}, { counters: true });
  const from = { source: SOURCE, receivedAtMs: ARRIVAL_MS };
  assert.deepEqual([...decoder.decode(probe, encode("interface 2"), from)], []);
  const [first, second, device, ...rest] = [...decoder.counters()];
  assert.ok(first.table === "interface_samples" && second.table === "interface_samples");
  assert.deepEqual([first.if_index, first.if_name, first.in_octets, first.rates], [
    1,
    "probed",
    1000,
    null,
  ]);
  assert.equal(second.in_octets, 2000);
  assert.ok(device.table === "device_counters");
  assert.deepEqual([device.group, device.counter, device.value], ["processor", "cpu", 7]);
  assert.deepEqual([rest, [...decoder.counters()]], [[], []]);
});

Deno.test("counters that nobody asked for are not kept", () => {
  const probe = buildCapability();
  const decoder = new DatagramDecoder([probe], () => {});
  const from = { source: SOURCE, receivedAtMs: ARRIVAL_MS };
  const datagram = new TextEncoder().encode("interface 2");
  assert.deepEqual([...decoder.decode(probe, datagram, from), ...decoder.counters()], []);
});
