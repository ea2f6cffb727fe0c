import assert from "node:assert/strict";
import { CodecHarness } from "../../../tests/support/codec_harness.ts";
import { hex } from "../../../tests/support/hex.ts";
import { netflowUdp } from "../../../capabilities/netflow_udp/mod.ts";

const V5 = hex("0005 0001 00001000 5bcdba1b 00000000 00000000 00 00 0000" + "01".repeat(48));

Deno.test("netflow_udp hands version 5 to its decoder", () => {
  const { records, errors } = new CodecHarness(netflowUdp).decode(V5);
  assert.deepEqual(errors, []);
  assert.deepEqual(
    records.map(({ capability, export_format, src_addr, src_port }) => [
      capability,
      export_format,
      src_addr,
      src_port,
    ]),
    [["netflow_udp", "netflow5", "1.1.1.1", 0x0101]],
  );
});

const REFUSED: [string, string][] = [
  ["", "empty_datagram"],
  ["00", "truncated_header"],
  ["05", "truncated_header"],
  ["0005", "truncated_header"],
  ["0500", "unknown_version"],
  ["0000", "unknown_version"],
  ["ffff 00000000", "unknown_version"],
  ["7b22737263223a22312e", "unknown_version"],
];

for (const [octets, code] of REFUSED) {
  Deno.test(`netflow_udp refuses [${octets}] as ${code}`, () => {
    const { records, errors } = new CodecHarness(netflowUdp).decode(hex(octets));
    assert.deepEqual(records, []);
    assert.deepEqual(errors.map(({ code, count }) => [code, count]), [[code, 1]]);
  });
}

Deno.test("netflow_udp says which version it found", () => {
  const [error] = new CodecHarness(netflowUdp).decode(hex("04d2 0000")).errors;
  assert.match(error.found, /1234/);
});

Deno.test("netflow_udp goes on after a datagram that it refused", () => {
  const harness = new CodecHarness(netflowUdp);
  harness.decode(hex("ffff"));
  harness.decode(new Uint8Array(0));
  assert.equal(harness.decode(V5).records.length, 1);
});
