import assert from "node:assert/strict";
import { CodecHarness } from "../../tests/support/codec_harness.ts";
import { AddressCipher } from "../../core/wire/anonymise/address_cipher.ts";
import { JsonAnonymiser } from "./anonymiser.ts";
import { jsonUdp } from "./mod.ts";

const anonymiser = new JsonAnonymiser(AddressCipher.of("a key of the test"));

function anonymise(text: string): string {
  return new TextDecoder().decode(anonymiser.anonymise(new TextEncoder().encode(text)));
}

const V4 = anonymise("192.0.2.1");
const V6 = anonymise("2001:db8::1");
const MAC = anonymise("00:00:5e:00:53:01");
const dotted = (mac: string) => mac.replaceAll(":", "").replace(/(.{4})(.{4})/, "$1.$2.");

Deno.test("JsonAnonymiser replaces each kind of address by one of its kind", () => {
  assert.match(V4, /^\d+\.\d+\.\d+\.\d+$/);
  assert.match(V6, /^[0-9a-f:]+$/);
  assert.match(MAC, /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/);
  for (const [before, after] of [["192.0.2.1", V4], ["2001:db8::1", V6]]) {
    assert.notEqual(before, after);
  }
});

const TABLE: readonly [what: string, before: string, after: string][] = [
  [
    "addresses of any key",
    '{"src_addr":"192.0.2.1","x":"2001:db8::1"}',
    `{"src_addr":"${V4}","x":"${V6}"}`,
  ],
  ["MAC addresses", '{"src_mac":"00:00:5e:00:53:01"}', `{"src_mac":"${MAC}"}`],
  ["MAC addresses with dots", '{"x":"0000.5e00.5301"}', `{"x":"${dotted(MAC)}"}`],
  [
    "MAC addresses without punctuation, where one is expected",
    '{"src_mac":"00005E005301","bytes":"000012345678"}',
    `{"src_mac":"${MAC.replaceAll(":", "")}","bytes":"000012345678"}`,
  ],
  ["an address within a prefix", '{"src_net":"192.0.2.1/24"}', `{"src_net":"${V4}/24"}`],
  ["an address with its port", '{"proto":"192.0.2.1:443"}', `{"proto":"${V4}:443"}`],
  ["an address in a sentence", "from:192.0.2.1. to: 2001:db8::1.", `from:${V4}. to: ${V6}.`],
  ["an escaped address", '{"src_addr":"192.0.2.\\u0031"}', `{"src_addr":"${V4}"}`],
  ["an address that is a key", '{"192.0.2.1":{"bytes":5}}', `{"${V4}":{"bytes":5}}`],
  ["an address without quotes", "{src: 192.0.2.1, bytes: 5", `{src: ${V4}, bytes: 5`],
  [
    "numbers and words of flows",
    '{ "proto" : "TCP", "bytes": 1.5e3, "direction": "egress" }',
    '{ "proto" : "TCP", "bytes": 1.5e3, "direction": "egress" }',
  ],
  [
    "times",
    '{"start_at":"2024-01-01T12:34:56.789Z","ts":1}',
    '{"start_at":"2024-01-01T12:34:56.789Z","ts":1}',
  ],
  ["nested words", '{"network":{"transport":"udp"}}', '{"network":{"transport":"udp"}}'],
  ["zeros", '{"next_hop":"0.0.0.0"}', '{"next_hop":"0.0.0.0"}'],
  ["no text at all", "", ""],
];
for (const [what, before, after] of TABLE) {
  Deno.test(`JsonAnonymiser and ${what}`, () => assert.equal(anonymise(before), after));
}

Deno.test("JsonAnonymiser replaces names by as many letters, also in text that breaks off", () => {
  assert.match(anonymise('{"user":"Jürgen"}'), /^{"user":"[a-z]{7}"}$/);
  assert.match(anonymise('{"in_if_name":"to \\"HQ\\""}'), /^{"in_if_name":"[a-z]{9}"}$/);
  assert.match(anonymise('{"user":"somebo'), /^{"user":"[a-z]{6}$/);
  // No address, whatever its key says.
  assert.match(anonymise('{"src_addr":"ann.example"}'), /^{"src_addr":"[a-z]{11}"}$/);
  assert.match(anonymise('{"src_addr":"192.000.002.001"}'), /^{"src_addr":"[a-z]{15}"}$/);
  assert.match(anonymise('["10.0.0.1 of Ann", "Ann"]'), /^\["[a-z]{15}", "[a-z]{3}"\]$/);
});

Deno.test("what JsonAnonymiser leaves decodes as before", () => {
  const harness = new CodecHarness(jsonUdp);
  const text = '{"src_addr":"192.0.2.1","dst_addr":"2001:db8::1","proto":"TCP","bytes":7,' +
    '"application":"dns","start_at":"2024-01-01T12:34:56Z"}';
  const [before, after] = [text, anonymise(text)].map((json) => harness.decode(json).records[0]);
  assert.deepEqual({ ...after, application: "dns" }, { ...before, src_addr: V4, dst_addr: V6 });
});

Deno.test("JsonAnonymiser takes no longer for text that is nearly an address", () => {
  for (const piece of ["a", "1.", "1:", "::1.", '"', "\\"]) {
    const before = performance.now();
    anonymise(piece.repeat(Math.floor(65_000 / piece.length)));
    assert.ok(performance.now() - before < 5000, piece);
  }
});
