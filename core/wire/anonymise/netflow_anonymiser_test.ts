import assert from "node:assert/strict";
import { hex } from "../../../tests/support/hex.ts";
import { AddressCipher } from "./address_cipher.ts";
import { NetFlowAnonymiser } from "./netflow_anonymiser.ts";

const KEY = "a key of the test";
const SOURCE = { address: "192.0.2.1", port: 50_000 };

const toHex = (octets: Uint8Array) =>
  [...octets].map((octet) => octet.toString(16).padStart(2, "0")).join("");

/** An address replaced, as hex. */
function address(text: string): string {
  const octets = hex(text);
  AddressCipher.of(KEY).replace(octets);
  return toHex(octets);
}

/** Text replaced, as hex. */
function letters(text: string): string {
  const octets = hex(text);
  AddressCipher.of(KEY).replaceText(octets);
  return toHex(octets);
}

/** An IPFIX message of domain 1 (RFC 7011 §3.1). */
function ipfix(sets: string): Uint8Array {
  const body = hex(sets);
  const head = hex(`000a 0000 65920080 00000001 00000001`);
  new DataView(head.buffer).setUint16(2, head.length + body.length);
  return Uint8Array.from([...head, ...body]);
}

function anonymise(...datagrams: Uint8Array[]): string[] {
  const anonymiser = new NetFlowAnonymiser(AddressCipher.of(KEY));
  for (const datagram of datagrams) anonymiser.learn(datagram, SOURCE);
  return datagrams.map((datagram) => toHex(anonymiser.anonymise(datagram, SOURCE)).slice(32));
}

const set = (id: string, ...parts: string[]) => {
  const body = parts.join("").replaceAll(" ", "");
  return `${id}${(body.length / 2 + 4).toString(16).padStart(4, "0")}${body}`;
};

/** [what, template fields, record, what is left of it] */
const FIELDS: readonly [string, string, string, string][] = [
  ["sourceIPv4Address", "0008 0004", "c0000201", address("c0000201")],
  ["an IPv4 address of zeros", "000f 0004", "00000000", "00000000"],
  [
    "sourceIPv6Address",
    "001b 0010",
    "20010db8" + "00".repeat(12),
    address("20010db8" + "00".repeat(12)),
  ],
  ["sourceMacAddress", "0038 0006", "00005e005301", address("00005e005301")],
  ["postNATSourceIPv4Address", "00e1 0004", "c0000202", address("c0000202")],
  ["exporterIPv4Address", "0082 0004", "c0000203", address("c0000203")],
  ["its reverse (RFC 5103)", "8008 0004 00007279", "c0000204", address("c0000204")],
  ["an address of another length", "0008 0003", "c00002", "000000"],
  [
    "counters, ports and prefix lengths",
    "0001 0004 0007 0002 0009 0001",
    "000000640050 18",
    "00000064005018",
  ],
  [
    "interfaceName, filled up with zeros",
    "0052 0008",
    "4769302f31000000",
    letters("4769302f31") + "000000",
  ],
  ["userName of variable length", "0173 ffff", "03 416e6e", "03" + letters("416e6e")],
  ["a long length", "0173 ffff", "ff0003 416e6e", "ff0003" + letters("416e6e")],
  ["applicationId", "005f 0004", "0d000001", "0d000001"],
  ["a section of a packet", "013b 0006", "45000014abcd", "000000000000"],
  ["a list", "0123 ffff", "05 ff00080004", "050000000000"],
  ["an element that nobody knows", "a328 0004 0000ffff", "c0000205", "00000000"],
];
for (const [what, fields, record, left] of FIELDS) {
  Deno.test(`NetFlowAnonymiser and ${what}`, () => {
    const count = fields.split(" ").length;
    const template = set(
      "0002",
      "0100",
      fields.startsWith("8") || fields.startsWith("a")
        ? "0001"
        : (count / 2).toString(16).padStart(4, "0"),
      fields,
    );
    const [, data] = anonymise(ipfix(template), ipfix(set("0100", record)));
    assert.equal(data, set("0100", left));
  });
}

const TEMPLATE = set("0002", "0100 0001 0008 0004");

Deno.test("NetFlowAnonymiser goes through every record, and blanks the padding", () => {
  const [, data] = anonymise(ipfix(TEMPLATE), ipfix(set("0100", "c0000201 c0000202 abcdef")));
  assert.equal(data, set("0100", address("c0000201"), address("c0000202"), "000000"));
});

Deno.test("NetFlowAnonymiser blanks data without a template, sets of no kind, and what follows", () => {
  const [data] = anonymise(
    ipfix(set("0200", "c0000201") + set("0005", "c0000202") + "0100 0003 c000"),
  );
  assert.equal(data, set("0200", "00000000") + set("0005", "00000000") + "010000030000");
});

Deno.test("NetFlowAnonymiser knows a template that comes later, and one that changes", () => {
  const changed = set("0002", "0100 0002 0004 0001 0008 0004");
  const [early, , , late] = anonymise(
    ipfix(set("0100", "c0000201")),
    ipfix(TEMPLATE),
    ipfix(changed),
    ipfix(set("0100", "06 c0000201")),
  );
  assert.equal(early, set("0100", address("c0000201")));
  assert.equal(late, set("0100", "06", address("c0000201")));
});

Deno.test("NetFlowAnonymiser takes the router out of version 7, and leaves no unknown version", () => {
  const header = hex("0007 0001 00000001 65920080 00000000 00000001 00000000");
  const record = new Uint8Array(52);
  record.set(hex("c0000201"), 48);
  const [v7] = anonymise(Uint8Array.from([...header, ...record]));
  assert.equal(v7.slice(-8), address("c0000201"));
  for (const other of ["0063 c0000201", "0005 c0000201", "000a c0000201"]) {
    const anonymiser = new NetFlowAnonymiser(AddressCipher.of(KEY));
    assert.equal(toHex(anonymiser.anonymise(hex(other), SOURCE)), other.slice(0, 4) + "00000000");
  }
});

Deno.test("NetFlowAnonymiser blanks what follows the records that version 5 announces", () => {
  const header = hex("0005 0001 00000001 65920080 00000000 00000001 00000000");
  const record = new Uint8Array(48);
  // Off the grid of records: a datagram that an agent or a recorder put behind the first.
  const behind = [...header, ...hex("c0000201"), ...record];
  const [left] = anonymise(Uint8Array.from([...header, ...record, ...behind]));
  assert.equal(left.slice(16 + 96), "00".repeat(behind.length));
});

Deno.test("NetFlowAnonymiser leaves every prefix of a datagram without its address", () => {
  const whole = ipfix(TEMPLATE + set("0100", "c0000201 c0000202"));
  for (let end = 0; end <= whole.length; end++) {
    const anonymiser = new NetFlowAnonymiser(AddressCipher.of(KEY));
    const left = anonymiser.anonymise(whole.subarray(0, end), SOURCE);
    assert.equal(left.length, end);
    assert.ok(!toHex(left).includes("c00002"), `${end}`);
  }
});
