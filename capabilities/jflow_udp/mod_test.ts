import assert from "node:assert/strict";
import { CodecHarness } from "../../tests/support/codec_harness.ts";
import { hex } from "../../tests/support/hex.ts";
import { ipfix, set, template, u, v9 } from "../../tests/support/netflow_messages.ts";
import { ipfixUdp } from "../ipfix_udp/mod.ts";
import { netflowUdp } from "../netflow_udp/mod.ts";
import { jflowUdp } from "./mod.ts";

const FIELDS = [[8, 4], [10, 4], [14, 4], [15, 4], [2, 4]] as const;
const record = (outIf: number, nextHop: string) =>
  "c0000201" + u(7, 4) + u(outIf, 4) + nextHop + u(3, 4);

// Junos: report-zero-oif-gw-on-discard sets 14, 15 and 62 to 0 for what it discards.
const RECORDS: [what: string, record: string, status: number | null][] = [
  ["without egress interface and next hop: discarded", record(0, "00000000"), 128],
  ["with an egress interface", record(9, "00000000"), null],
  ["with a next hop", record(0, "c0000202"), null],
];
for (const [what, octets, status] of RECORDS) {
  Deno.test(`TRAPS 29: J-Flow v9 and IPFIX ${what}`, () => {
    for (
      const datagram of [
        v9([set(0, template(256, FIELDS)), set(256, octets)]),
        ipfix([set(2, template(256, FIELDS)), set(256, octets)]),
      ]
    ) {
      const { records, errors } = new CodecHarness(jflowUdp).decode(datagram);
      assert.deepEqual(errors, []);
      assert.deepEqual(
        records.map(({ capability, forwarding_status, packets }) => [
          capability,
          forwarding_status,
          packets,
        ]),
        [["jflow_udp", status, 3]],
      );
    }
  });
}

Deno.test("TRAPS 29: J-Flow of IPv6 has its next hop in 62", () => {
  const fields = template(256, [[27, 16], [14, 4], [62, 16]]);
  const body = (nextHop: string) => "20010db8".padEnd(32, "0") + u(0, 4) + nextHop.padEnd(32, "0");
  const { records } = new CodecHarness(jflowUdp).decode(
    ipfix([set(2, fields), set(256, body("00") + body("fe80"))]),
  );
  assert.deepEqual(records.map(({ forwarding_status }) => forwarding_status), [128, null]);
});

Deno.test("TRAPS 29: J-Flow leaves a forwarding status that the record has, and templates without exit", () => {
  const it = new CodecHarness(jflowUdp);
  const both = template(256, [[14, 4], [15, 4], [89, 1]]);
  const { records } = it.decode(v9([set(0, both), set(256, u(0, 8) + "40")]));
  assert.deepEqual(records.map(({ forwarding_status }) => forwarding_status), [64]);
  for (const fields of [[[14, 4], [2, 4]], [[15, 4], [2, 4]]] as const) {
    const other = it.decode(v9([set(0, template(257, fields)), set(257, u(0, 8))]));
    assert.deepEqual(other.records.map(({ forwarding_status }) => forwarding_status), [null]);
  }
});

/** A v5 datagram of one record: header of 24 octets, record of 48. */
function v5({ output, nextHop }: { output: number; nextHop: string }): Uint8Array {
  return hex(
    "0005 0001" + u(100_000, 4) + u(0x65920080, 4) + u(0, 4) + u(1, 4) + "0000 0000" +
      "c0000201 c6336401" + nextHop + u(7, 2) + u(output, 2) + u(3, 4) + u(300, 4) +
      u(99_000, 4) + u(99_500, 4) + "0050 0051 00 02 06 00 0000 0000 18 18 0000",
  );
}

Deno.test("TRAPS 29: J-Flow v5, and what other devices export, where 0 is the device itself too", () => {
  const status = (capability: typeof jflowUdp, datagram: Uint8Array) =>
    new CodecHarness(capability).decode(datagram).records.map((one) => one.forwarding_status);
  const dropped = v5({ output: 0, nextHop: "00000000" });
  assert.deepEqual(status(jflowUdp, dropped), [128]);
  assert.deepEqual(status(jflowUdp, v5({ output: 4, nextHop: "c0000202" })), [null]);
  for (const other of [netflowUdp, ipfixUdp]) {
    assert.deepEqual(status(other, dropped), [null]);
    const templated = v9([set(0, template(256, FIELDS)), set(256, record(0, "00000000"))]);
    assert.deepEqual(status(other, templated), [null]);
  }
});

// Octets as in nf-akvorado-junipercpiddrop: 6 bits of type, of which 2 is the exception.
const EXCEPTIONS: [what: string, code: string, status: number | null][] = [
  ["an exception: dropped", "08c3", 128],
  ["no exception: forwarded", "0800", 64],
  ["another property alone", "0400", null],
];
for (const [what, code, status] of EXCEPTIONS) {
  Deno.test(`TRAPS 29: Juniper's common properties on any NetFlow port: ${what}`, () => {
    const fields = template(256, [
      [137, 4, 2636],
      [137, 2, 2636],
      [137, 4, 2636],
      [10, 4],
      [14, 4],
    ]);
    const body = "04000000" + code + "0c0fffff" + u(737, 4) + u(0, 4);
    for (const capability of [jflowUdp, netflowUdp, ipfixUdp]) {
      const { records } = new CodecHarness(capability)
        .decode(ipfix([set(2, fields), set(256, body)]));
      assert.deepEqual(records.map(({ forwarding_status, in_if }) => [forwarding_status, in_if]), [[
        status,
        737,
      ]]);
    }
  });
}

Deno.test("the exception is found among properties of any order and of 4 octets", () => {
  const fields = template(256, [[137, 4, 2636], [137, 4, 2636], [2, 4]]);
  const { records } = new CodecHarness(netflowUdp)
    .decode(ipfix([set(2, fields), set(256, "180001b5 080000c3" + u(1, 4))]));
  assert.deepEqual(records.map(({ forwarding_status }) => forwarding_status), [128]);
});
