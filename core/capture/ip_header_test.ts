import assert from "node:assert/strict";
import { readIpHeader } from "./ip_header.ts";
import { hex, samplePacket, toHex } from "../../tests/support/sample_captures.ts";

const V4_ENDS = "c0000201 c6336402";
const V6_ENDS = "20010db8000000000000000000000001 20010db8000000000000000000000002";
const UDP = "c350 0807 000c 0000 00090000";

/** IPv4: first byte, total length, flags and offset, protocol, then what follows the addresses. */
function v4(first: string, length: string, flags: string, protocol: string, rest: string): string {
  return `${first}00 ${length} 1234 ${flags} 40 ${protocol} 0000 ${V4_ENDS} ${rest}`;
}

function v6(length: string, next: string, rest: string): string {
  return `60000000 ${length} ${next} 40 ${V6_ENDS} ${rest}`;
}

const WHOLE: readonly [what: string, bytes: string, start: number, end: number][] = [
  ["IPv4", v4("45", "0020", "4000", "11", UDP), 20, 32],
  ["IPv4 with options", v4("47", "0028", "0000", "11", `0101010101010100 ${UDP}`), 28, 40],
  ["IPv4 with Ethernet padding", v4("45", "0020", "0000", "11", `${UDP} 000000000000`), 20, 32],
  ["IPv4 of length 0, as offload leaves it", v4("45", "0000", "0000", "11", UDP), 20, 32],
  ["IPv6", v6("000c", "11", UDP), 40, 52],
  ["IPv6 with padding", v6("000c", "11", `${UDP} 0000`), 40, 52],
  ["IPv6 of length 0, as offload leaves it", v6("0000", "11", UDP), 40, 52],
  ["IPv6 hop-by-hop", v6("0014", "00", `1100 050200000100 ${UDP}`), 48, 60],
  [
    "IPv6 hop-by-hop, routing, destination options",
    v6("002c", "00", `2b00050200000100 3c00000000000000 1101000000000000 0000000000000000 ${UDP}`),
    72,
    84,
  ],
  ["IPv6 authentication", v6("0018", "33", `1101 0000 00000001 00000001 ${UDP}`), 52, 64],
  ["an IPv6 atomic fragment", v6("0014", "2c", `1100 0000 00000007 ${UDP}`), 48, 60],
];

for (const [what, bytes, start, end] of WHOLE) {
  Deno.test(`readIpHeader() finds the payload of ${what}`, () => {
    const ip = readIpHeader(samplePacket(hex(bytes)), 0);
    assert.ok(typeof ip === "object");
    assert.deepEqual([ip.start, ip.end, ip.fragment], [start, end, undefined]);
    const ends = `${toHex(ip.source)}${toHex(ip.destination)}`;
    assert.equal(ends, (start < 40 && bytes[0] === "4" ? V4_ENDS : V6_ENDS).replace(" ", ""));
  });
}

const PARTS: readonly [what: string, bytes: string, fragment: unknown][] = [
  [
    "IPv4",
    v4("45", "0024", "2001", "11", "0102030405060708 0102030405060708"),
    { identification: 0x1234, offset: 8, more: true, protocol: 17 },
  ],
  [
    "IPv4, the last one",
    v4("45", "0017", "0002", "11", "010203"),
    { identification: 0x1234, offset: 16, more: false, protocol: 17 },
  ],
  [
    "IPv6",
    v6("0010", "2c", "1100 0011 00bc614e 0102030405060708"),
    { identification: 12_345_678, offset: 16, more: true, protocol: 17 },
  ],
  [
    "IPv6 with destination options inside",
    v6("0010", "2c", "3c00 0001 00000001 1100050200000100"),
    { identification: 1, offset: 0, more: true, protocol: 60 },
  ],
];

for (const [what, bytes, fragment] of PARTS) {
  Deno.test(`readIpHeader() reads a fragment of ${what}`, () => {
    const ip = readIpHeader(samplePacket(hex(bytes)), 0);
    assert.deepEqual(typeof ip === "object" && ip.fragment, fragment);
  });
}

const REFUSED: readonly [what: string, bytes: string, reason: string][] = [
  ["nothing", "", "malformed_frame"],
  ["version 5", "55000000", "malformed_frame"],
  ["an IPv4 header of 16 bytes", v4("44", "0020", "0000", "11", UDP), "malformed_frame"],
  ["an IPv4 length below its header", v4("45", "0010", "0000", "11", UDP), "malformed_frame"],
  ["an IPv4 length above the packet", v4("45", "0021", "0000", "11", UDP), "malformed_frame"],
  ["an IPv4 packet cut in its header", "4500 0020 1234", "malformed_frame"],
  ["TCP", v4("45", "0020", "0000", "06", UDP), "not_udp"],
  ["a fragment of TCP", v4("45", "0020", "2000", "06", UDP), "not_udp"],
  ["a part of no multiple of 8", v4("45", "0020", "2000", "11", UDP), "malformed_frame"],
  ["a part beyond 65,535", v4("45", "001c", "1fff", "11", "0000000000000000"), "malformed_frame"],
  ["an empty part", v4("45", "0014", "0001", "11", ""), "malformed_frame"],
  ["an IPv6 packet cut in its header", "60000000 000c 11", "malformed_frame"],
  ["an IPv6 length above the packet", v6("000d", "11", UDP), "malformed_frame"],
  ["ICMPv6", v6("000c", "3a", UDP), "not_udp"],
  ["ESP", v6("000c", "32", UDP), "not_udp"],
  ["no next header", v6("0000", "3b", ""), "not_udp"],
  ["a fragment of TCP in IPv6", v6("0010", "2c", `0600 0001 00000001 ${UDP}`), "not_udp"],
  ["an extension header past the end", v6("0008", "00", "11ff 050200000100"), "malformed_frame"],
  [
    "9 extension headers",
    v6("0054", "3c", `${"3c00010400000000".repeat(8)} 1100010400000000 ${UDP}`),
    "malformed_frame",
  ],
];

for (const [what, bytes, reason] of REFUSED) {
  Deno.test(`readIpHeader() rejects ${what}: ${reason}`, () => {
    assert.equal(readIpHeader(samplePacket(hex(bytes)), 0), reason);
  });
}

Deno.test("readIpHeader() names the snap length where the capture cut the packet", () => {
  const packets = [
    v4("45", "0040", "0000", "11", UDP),
    "4500 0040",
    v6("0040", "11", UDP),
    v6("0040", "00", "11"),
  ];
  for (const bytes of packets) {
    const packet = samplePacket(hex(bytes), { originalLength: 200 });
    assert.equal(readIpHeader(packet, 0), "truncated_by_snaplen");
  }
  const tcp = samplePacket(hex(v4("45", "0040", "0000", "06", "")), { originalLength: 200 });
  assert.equal(readIpHeader(tcp, 0), "not_udp");
});
