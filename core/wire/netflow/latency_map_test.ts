import assert from "node:assert/strict";
import { ipfixUdp } from "../../../capabilities/ipfix_udp/mod.ts";
import { CodecHarness } from "../../../tests/support/codec_harness.ts";
import { ipfix, set, template, u, v9 } from "../../../tests/support/netflow_messages.ts";
import { findElement } from "./elements/element.ts";
import { LATENCY_MEASUREMENTS } from "./latency_map.ts";

type Field = readonly [id: number, pen: number, value: number];
type Latency = readonly [latency_ms: number | null, latency_source: string | null];

/** Records of fields of 4 octets. */
function rows(fields: readonly Field[], { isV9 = false } = {}) {
  const body = fields.map(([, , value]) => u(value, 4)).join("");
  const names = fields.map(([id, pen]) => pen === 0 ? [id, 4] as const : [id, 4, pen] as const);
  const described = set(isV9 ? 0 : 2, template(256, names));
  const datagram = isV9 ? v9([described, set(256, body)]) : ipfix([described, set(256, body)]);
  return new CodecHarness(ipfixUdp).decode(datagram).records;
}

function latency(fields: readonly Field[], options?: { isV9?: boolean }): Latency {
  const [{ latency_ms, latency_source }] = rows(fields, options);
  return [latency_ms, latency_source];
}

const CISCO = 9;
const CERT = 6871;
const NTOP = 35_632;

// deno-fmt-ignore: one row a case reads as the table it is.
const CASES: readonly [what: string, fields: readonly Field[], expected: Latency][] = [
  ["ntop: twice the halves of both ends", [[123, NTOP, 3], [124, NTOP, 7]], [20, "ntop_network"]],
  ["ntop: the client's half where the server's is 0", [[123, NTOP, 3], [124, NTOP, 0]], [6, "ntop_client"]],
  ["ntop: the server's half alone", [[124, NTOP, 7]], [14, "ntop_server"]],
  ["ntop: the network before the application", [[125, NTOP, 90], [123, NTOP, 3]], [6, "ntop_client"]],
  ["ntop: the application where the network is not measured", [[123, NTOP, 0], [124, NTOP, 0], [125, NTOP, 90]], [90, "ntop_application"]],
  ["nothing measured", [[123, NTOP, 0], [124, NTOP, 0], [125, NTOP, 0]], [null, null]],
  ["Cisco: the sum by the new connections", [[9313, CISCO, 97], [278, 0, 2]], [48.5, "cisco_art_network"]],
  ["Cisco: the sum by Cisco's own count of them", [[9282, CISCO, 4], [9313, CISCO, 97]], [24.25, "cisco_art_network"]],
  ["Cisco: the client's part", [[9316, CISCO, 10], [278, 0, 6]], [10 / 6, "cisco_art_client"]],
  ["Cisco: a sum of no samples is none", [[9313, CISCO, 97], [278, 0, 0]], [null, null]],
  ["Cisco: a sum of who knows how many is none", [[9313, CISCO, 97]], [null, null]],
  ["Cisco: the response time by the answers", [[9313, CISCO, 0], [278, 0, 1], [9309, CISCO, 541], [9303, CISCO, 516], [9292, CISCO, 15]], [541 / 15, "cisco_art_total"]],
  ["Cisco: the server's part of it", [[9306, CISCO, 117], [9292, CISCO, 15]], [7.8, "cisco_art_application"]],
  ["YAF", [[21, CERT, 31]], [31, "yaf_rtt"]],
  ["Ixia, in microseconds", [[283, 3054, 1500]], [1.5, "ixia_rtt"]],
  ["Ixia: the round trip before the response", [[281, 3054, 9000], [283, 3054, 1500]], [1.5, "ixia_rtt"]],
  ["VMware, in microseconds", [[958, 6876, 2500]], [2.5, "vmware_average"]],
  ["Citrix", [[128, 5951, 12]], [12, "netscaler_rtt"]],
  ["path delay", [[530, 0, 250]], [0.25, "path_delay"]],
  ["all ones are none", [[21, CERT, 0xffffffff]], [null, null]],
  ["an hour is one, more is none", [[21, CERT, 3_600_000]], [3_600_000, "yaf_rtt"]],
  ["of an enterprise, not IANA's of the same number", [[123, 0, 5], [21, 0, 5]], [null, null]],
];
for (const [what, fields, expected] of CASES) {
  Deno.test(`latency: ${what}`, () => assert.deepEqual(latency(fields), expected));
}

// deno-fmt-ignore: one row a case reads as the table it is.
const V9: readonly [what: string, fields: readonly Field[], expected: Latency][] = [
  ["ntop's 57595 to 57597", [[57_595, 0, 3], [57_596, 0, 7], [57_597, 0, 90]], [20, "ntop_network"]],
  ["Cisco's 42081", [[42_081, 0, 97], [278, 0, 2]], [48.5, "cisco_art_network"]],
  ["Streamcore's 8192", [[8192, 0, 17], [8194, 0, 19]], [17, "streamcore_wan_rtt"]],
];
for (const [what, fields, expected] of V9) {
  Deno.test(`latency in v9: ${what}`, () =>
    assert.deepEqual(latency(fields, { isV9: true }), expected));
}

Deno.test("latency: a conversation of two rows has its sample once, and its retransmits too", () => {
  const found = rows([
    [231, 0, 100],
    [232, 0, 200],
    [9313, CISCO, 97],
    [278, 0, 2],
    [9268, CISCO, 1],
    [9270, CISCO, 4],
  ]);
  assert.deepEqual(
    found.map(({ bytes, latency_ms, latency_source, retransmits }) => [
      bytes,
      latency_ms,
      latency_source,
      retransmits,
    ]),
    [[100, 48.5, "cisco_art_network", 5], [200, null, null, null]],
  );
});

Deno.test("retransmits of 0 were measured", () => {
  assert.equal(rows([[109, NTOP, 0], [110, NTOP, 0]])[0].retransmits, 0);
  assert.equal(rows([[959, 6876, 3]])[0].retransmits, 3);
  assert.equal(rows([[1, 0, 3]])[0].retransmits, null);
});

Deno.test("LATENCY_MEASUREMENTS names elements of the registries, and each source once", () => {
  const sources = LATENCY_MEASUREMENTS.map(({ source }) => source);
  assert.deepEqual([...new Set(sources)], sources);
  for (const { source, terms, samples = [] } of LATENCY_MEASUREMENTS) {
    assert.match(source, /^[a-z0-9_]+$/);
    for (const [pen, id] of [...terms, ...samples]) {
      // Streamcore's are of NetFlow 9 alone.
      if (pen === 0 && id >= 8192) continue;
      assert.notEqual(findElement(pen, id), undefined, `${pen}.${id}`);
    }
  }
});
