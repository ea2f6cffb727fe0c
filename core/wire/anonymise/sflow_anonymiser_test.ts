import assert from "node:assert/strict";
import { hex } from "../../../tests/support/hex.ts";
import {
  countersSample,
  envelope,
  flowSample,
  opaque,
  sampledHeader,
  sflow,
  text,
  word,
  words,
} from "../../../tests/support/sflow_messages.ts";
import { AddressCipher } from "./address_cipher.ts";
import { SflowAnonymiser } from "./sflow_anonymiser.ts";

const KEY = "a key of the test";
const anonymiser = new SflowAnonymiser(AddressCipher.of(KEY));

/** An address replaced, as hex. */
function other(address: string): string {
  const octets = hex(address);
  AddressCipher.of(KEY).replace(octets);
  return octets.toHex();
}

/** Text as XDR, replaced by letters. */
function letters(value: string): string {
  const octets = new TextEncoder().encode(value);
  AddressCipher.of(KEY).replaceText(octets);
  return opaque(octets.toHex());
}

const AGENT = "c0000209";
const [A, B] = ["c0000201", "c6336402"];
const A6 = "20010db8000000000000000000000001";
const MAC = "020000000001";
const OTHER_AGENT = "00000001" + other(AGENT);

function anonymised(samples: readonly string[]): string {
  const was = sflow(samples);
  const out = anonymiser.anonymise(was);
  assert.equal(out.length, was.length);
  return out.toHex();
}

// deno-fmt-ignore: one row a structure reads as the table it is.
const FLOW: readonly (readonly [what: string, format: number, was: string, left: string])[] = [
  ["sampled_ipv4", 3, words(60, 6) + A + B + words(1, 2, 2, 0), words(60, 6) + other(A) + other(B) + words(1, 2, 2, 0)],
  ["sampled_ipv6", 4, words(60, 6) + A6 + A6 + words(1, 2, 2, 0), words(60, 6) + other(A6) + other(A6) + words(1, 2, 2, 0)],
  ["sampled_ethernet", 2, words(64) + MAC + "0000" + MAC + "0000" + words(0x800), words(64) + other(MAC) + "0000" + other(MAC) + "0000" + words(0x800)],
  ["sampled_ethernet without padding", 2, words(64) + MAC + MAC + words(0x800), words(64) + other(MAC) + other(MAC) + words(0x800)],
  ["extended_switch", 1001, words(10, 1, 20, 2), words(10, 1, 20, 2)],
  ["extended_router", 1002, word(1) + A + words(24, 16), word(1) + other(A) + words(24, 16)],
  ["extended_router without a next hop", 1002, words(0, 24, 16), words(0, 24, 16)],
  ["extended_gateway: AS paths stay", 1003, word(2) + A6 + words(65001, 123, 999, 1, 2, 2, 1, 2, 1, 77, 100), word(2) + other(A6) + words(65001, 123, 999, 1, 2, 2, 1, 2, 1, 77, 100)],
  ["extended_user", 1004, word(106) + text("ann") + word(106) + text("bob@x"), word(106) + letters("ann") + word(106) + letters("bob@x")],
  ["extended_url", 1005, word(1) + text("http://x/") + text("x"), word(1) + letters("http://x/") + letters("x")],
  ["extended_nat", 1007, word(1) + A + word(1) + B, word(1) + other(A) + word(1) + other(B)],
  ["extended_80211_rx", 1014, text("home") + MAC + "0000" + words(1, 6, 0, 54, 1, 2, 3), letters("home") + other(MAC) + "0000" + words(1, 6, 0, 54, 1, 2, 3)],
  ["extended_80211_payload", 1013, word(1) + opaque("c0000201"), word(1) + opaque("00000000")],
  ["octets behind a known structure", 1001, words(10, 1, 20, 2) + A, words(10, 1, 20, 2) + "00000000"],
  ["an address that is cut off", 1002, word(2) + A, word(2) + "00000000"],
  ["an address of no known type", 1002, word(7) + A + B, word(7) + "0000000000000000"],
  ["text longer than its structure", 1038, word(400) + "61626364", word(400) + "00000000"],
  ["a structure that nobody knows", 4000, A + B, "0000000000000000"],
];

for (const [what, format, was, left] of FLOW) {
  Deno.test(`SflowAnonymiser: ${what}`, () => {
    const wanted = sflow([flowSample([envelope(format, left)])], { agent: OTHER_AGENT });
    assert.equal(anonymised([flowSample([envelope(format, was)])]), wanted.toHex());
  });
}

// deno-fmt-ignore: one row a structure reads as the table it is.
const COUNTERS: typeof FLOW = [
  ["if_counters", 1, words(...Array(22).fill(7)), words(...Array(22).fill(7))],
  ["lag_port_stats", 7, MAC + "0000" + MAC + "0000" + words(...Array(10).fill(3)), other(MAC) + "0000" + other(MAC) + "0000" + words(...Array(10).fill(3))],
  ["of_port: a data path is numbered by a MAC address", 1004, "0001" + MAC + word(3), "0001" + other(MAC) + word(3)],
  ["port_name", 1005, text("swp1"), letters("swp1")],
  ["host_descr", 2000, text("leaf-1") + "11".repeat(16) + words(3, 2) + text("6.1"), letters("leaf-1") + "00".repeat(16) + words(3, 2) + letters("6.1")],
  ["host_adapters", 2001, words(1, 9, 2) + MAC + "0000" + MAC + "0000", words(1, 9, 2) + other(MAC) + "0000" + other(MAC) + "0000"],
];

for (const [what, format, was, left] of COUNTERS) {
  Deno.test(`SflowAnonymiser: ${what}`, () => {
    const wanted = sflow([countersSample([envelope(format, left)])], { agent: OTHER_AGENT });
    assert.equal(anonymised([countersSample([envelope(format, was)])]), wanted.toHex());
  });
}

Deno.test("SflowAnonymiser: samples that nobody knows, and other versions, become zeros", () => {
  const wanted = sflow([envelope(9, "00000000")], { agent: OTHER_AGENT });
  assert.equal(anonymised([envelope(9, A)]), wanted.toHex());
  assert.equal(anonymiser.anonymise(hex("00000004" + A)).toHex(), "00000004" + "00000000");
  const foreign = sflow([], { agent: "00000003" + A });
  assert.equal(anonymiser.anonymise(foreign).toHex(), "00000005" + "00000003" + "00".repeat(20));
});

Deno.test("SflowAnonymiser: that something stands behind the samples stays to be seen", () => {
  const was = Uint8Array.from([...sflow([]), 0, 192, 0, 2]);
  assert.equal(anonymiser.anonymise(was).subarray(-4).toHex(), "00ff00ff");
});

Deno.test("SflowAnonymiser: no prefix of a datagram keeps an address or a name", () => {
  const whole = sflow([
    flowSample([sampledHeader(), ...FLOW.map(([, format, was]) => envelope(format, was))]),
    countersSample(COUNTERS.map(([, format, was]) => envelope(format, was))),
  ]);
  for (let to = 0; to <= whole.length; to++) {
    const left = anonymiser.anonymise(whole.subarray(0, to)).toHex();
    assert.equal(left.length, to * 2);
    assert.doesNotMatch(left, /c00002|c63364|20010db8|020000000001|0a00000[12]|616e6e|6c656166/);
  }
});
