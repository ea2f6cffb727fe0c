import assert from "node:assert/strict";
import { decodeValue, type ElementValue, MAX_HEX_OCTETS } from "./decode_value.ts";
import { ELEMENT_TYPES, type ElementType } from "./element_type.ts";

type Case = readonly [type: ElementType, hex: string, value: ElementValue, what: string];

/** Seconds 1700000000 of Unix, as Unix and as NTP (2208988800 more). */
const UNIX = "6553f100";
const NTP = "e8fe6f80";

const CASES: readonly Case[] = [
  // RFC 7011 §6.1.1 and §6.2: integers in network order, shortened by leaving leading zeros out.
  ["unsigned8", "00", 0, "zero is a value"],
  ["unsigned8", "ff", 255, "its own width"],
  ["unsigned16", "01", 1, "reduced to 1"],
  ["unsigned16", "0102", 258, "its own width"],
  ["unsigned32", "01", 1, "reduced to 1"],
  ["unsigned32", "0102", 258, "reduced to 2"],
  ["unsigned32", "010203", 66_051, "reduced to 3"],
  ["unsigned32", "ffffffff", 4_294_967_295, "its own width"],
  ["unsigned64", "80", 128, "reduced to 1, the top bit no sign"],
  ["unsigned64", "8000", 32_768, "reduced to 2"],
  ["unsigned64", "800000", 8_388_608, "reduced to 3"],
  ["unsigned64", "80000000", 2_147_483_648, "reduced to 4"],
  ["unsigned64", "8000000000", 549_755_813_888, "reduced to 5"],
  ["unsigned64", "800000000000", 140_737_488_355_328, "reduced to 6"],
  ["unsigned64", "80000000000000", "36028797018963968", "reduced to 7, beyond 2^53"],
  ["unsigned64", "001fffffffffffff", 9_007_199_254_740_991, "the largest that a number holds"],
  ["unsigned64", "0020000000000000", "9007199254740992", "the first that is text"],
  ["unsigned64", "0020000000000001", "9007199254740993", "digits that a number would lose"],
  ["unsigned64", "ffffffffffffffff", "18446744073709551615", "its own width"],
  ["unsigned8", "00000102", 258, "wider than the type: exporters do it"],
  ["unsigned64", "000000000000000001", "0x000000000000000001", "9 octets are no integer"],
  ["unsigned256", "05", 5, "flags, reduced to 1"],
  ["unsigned256", "010000000000000000", "18446744073709551616", "flags, reduced to 9"],
  ["unsigned256", `01${"00".repeat(31)}`, (2n ** 248n).toString(), "its own width"],
  ["unsigned256", "00".repeat(33), `0x${"00".repeat(33)}`, "33 octets are too many"],

  // RFC 7011 §6.1.1: two's complement; §6.2 shortens it from the sign side.
  ["signed8", "7f", 127, "the largest"],
  ["signed8", "80", -128, "the smallest"],
  ["signed16", "ff", -1, "reduced to 1"],
  ["signed16", "8000", -32_768, "its own width"],
  ["signed32", "fffe", -2, "reduced to 2"],
  ["signed32", "ff0000", -65_536, "reduced to 3"],
  ["signed32", "80000000", -2_147_483_648, "its own width"],
  ["signed64", "ffffffffff", -1, "reduced to 5"],
  ["signed64", "800000000000", -140_737_488_355_328, "reduced to 6"],
  ["signed64", "ffffffffffffff", -1, "reduced to 7"],
  ["signed64", "7fffffffffffffff", "9223372036854775807", "beyond 2^53"],
  ["signed64", "8000000000000000", "-9223372036854775808", "beyond -2^53"],
  ["signed32", "000000000000000000", "0x000000000000000000", "9 octets are no integer"],

  // RFC 7011 §6.1.3, §6.1.4: IEEE 754; §6.2: float64 may be sent as float32.
  ["float32", "3fc00000", 1.5, "its own width"],
  ["float64", "3ff8000000000000", 1.5, "its own width"],
  ["float64", "c0200000", -2.5, "reduced to 4"],
  ["float32", "c004000000000000", -2.5, "wider than the type"],
  ["float64", "7ff0000000000000", "Infinity", "what JSON has no number for"],
  ["float32", "7fc00000", "NaN", "what JSON has no number for"],
  ["float64", "3ff800", "0x3ff800", "3 octets are no float"],

  // RFC 7011 §6.1.5.
  ["boolean", "01", true, "1 is true"],
  ["boolean", "02", false, "2 is false"],
  ["boolean", "00", "0x00", "0 is neither"],
  ["boolean", "0001", "0x0001", "2 octets are no boolean"],

  // RFC 7011 §6.1.2.
  ["macAddress", "0050560a0bff", "00:50:56:0a:0b:ff", "6 octets"],
  ["macAddress", "0050560a0b", "0x0050560a0b", "5 octets are no MAC address"],
  ["ipv4Address", "c0000201", "192.0.2.1", "4 octets"],
  ["ipv4Address", "c00002", "0xc00002", "3 octets are no IPv4 address"],
  ["ipv6Address", `20010db8${"00".repeat(11)}01`, "2001:db8::1", "16 octets"],
  ["ipv6Address", "c0000201", "0xc0000201", "4 octets are no IPv6 address"],

  // RFC 7011 §6.1.6: UTF-8, no NUL needed.
  ["string", "457468312f30", "Eth1/0", "ASCII"],
  ["string", "5ac3bc72696368", "Zürich", "UTF-8"],
  ["string", "6574683000000000", "eth0", "padding with NUL goes"],
  ["string", "651b5b313b33316d", "e[1;31m", "control characters go"],
  ["string", "61ff62", "a\ufffdb", "what is no UTF-8"],
  ["string", "", "", "empty text is text"],

  ["octetArray", "00ff10", "0x00ff10", "as it stands"],
  ["octetArray", "", "", "no octets are a value"],

  // RFC 7011 §6.1.7, §6.1.8.
  ["dateTimeSeconds", "00000000", "1970-01-01T00:00:00Z", "the epoch"],
  ["dateTimeSeconds", UNIX, "2023-11-14T22:13:20Z", "4 octets"],
  ["dateTimeSeconds", "ffffffff", "2106-02-07T06:28:15Z", "unsigned to its end"],
  ["dateTimeSeconds", "6553f1", "0x6553f1", "must not be reduced (§6.2)"],
  ["dateTimeSeconds", `00000000${UNIX}`, `0x00000000${UNIX}`, "8 octets are not seconds"],
  ["dateTimeMilliseconds", "0000018bcfe5687b", "2023-11-14T22:13:20.123Z", "8 octets"],
  ["dateTimeMilliseconds", "0000000000000000", "1970-01-01T00:00:00.000Z", "the epoch"],
  ["dateTimeMilliseconds", UNIX, `0x${UNIX}`, "4 octets are not milliseconds"],
  [
    "dateTimeMilliseconds",
    "ffffffffffffffff",
    "0xffffffffffffffff",
    "a time that no calendar has",
  ],

  // RFC 7011 §6.1.9, §6.1.10: NTP; RFC 5905 figure 4 has the dates of its epochs.
  ["dateTimeMicroseconds", "83aa7e8000000000", "1970-01-01T00:00:00.000000Z", "the Unix epoch"],
  ["dateTimeMicroseconds", `${NTP}80000000`, "2023-11-14T22:13:20.500000Z", "half a second"],
  ["dateTimeMicroseconds", `${NTP}000010c6`, "2023-11-14T22:13:20.000001Z", "1 µs, cut off"],
  ["dateTimeMicroseconds", `${NTP}1f9acffa`, "2023-11-14T22:13:20.123456Z", "123456 µs, cut off"],
  ["dateTimeMicroseconds", `${NTP}000007ff`, "2023-11-14T22:13:20.000000Z", "11 bits are ignored"],
  ["dateTimeMicroseconds", `${NTP}fffff800`, "2023-11-14T22:13:21.000000Z", "carries"],
  ["dateTimeMicroseconds", "ffffa50000000000", "2036-02-07T00:00:00.000000Z", "last day of era 0"],
  ["dateTimeMicroseconds", "0000f68000000000", "2036-02-08T00:00:00.000000Z", "era 1"],
  ["dateTimeMicroseconds", "0000000000000000", "1900-01-01T00:00:00.000000Z", "unset"],
  ["dateTimeMicroseconds", NTP, `0x${NTP}`, "4 octets are no NTP time"],
  ["dateTimeNanoseconds", `${NTP}00000004`, "2023-11-14T22:13:20.000000001Z", "1 ns, cut off"],
  ["dateTimeNanoseconds", `${NTP}1f9add37`, "2023-11-14T22:13:20.123456789Z", "9 digits"],
  ["dateTimeNanoseconds", `${NTP}fffffffb`, "2023-11-14T22:13:20.999999999Z", "999999999 ns"],
  ["dateTimeNanoseconds", `${NTP}ffffffff`, "2023-11-14T22:13:21.000000000Z", "carries"],
  ["dateTimeNanoseconds", `${NTP}00`, `0x${NTP}00`, "5 octets are no NTP time"],

  // RFC 6313 §4.5: lists have their own decoder.
  ["basicList", "ff000800040a000001", "0xff000800040a000001", "as it stands"],
  ["subTemplateList", "030100", "0x030100", "as it stands"],
  ["subTemplateMultiList", "03", "0x03", "as it stands"],
];

for (const [type, hex, value, what] of CASES) {
  const shown = hex.length > 24 ? `${hex.slice(0, 24)}…` : hex;
  Deno.test(`decodeValue() ${type} ${shown}: ${what}`, () => {
    assert.deepEqual(decodeValue(type, octetsOf(hex)), value);
  });
}

Deno.test("decodeValue() has a case for every type", () => {
  const tried = new Set(CASES.map(([type]) => type));
  assert.deepEqual(ELEMENT_TYPES.filter((type) => !tried.has(type)), []);
});

Deno.test("decodeValue() shows unknown elements in hexadecimal", () => {
  assert.equal(decodeValue(undefined, octetsOf("0a0b")), "0x0a0b");
  assert.equal(decodeValue(undefined, octetsOf("")), "");
});

Deno.test("decodeValue() caps hexadecimal and tells the length", () => {
  const full = "ab".repeat(MAX_HEX_OCTETS);
  assert.equal(decodeValue("octetArray", octetsOf(full)), `0x${full}`);
  assert.equal(decodeValue("octetArray", octetsOf(`${full}cd`)), `0x${full}… (65 octets)`);
});

Deno.test("decodeValue() caps text", () => {
  const text = decodeValue("string", new Uint8Array(65_000).fill(0x61));
  assert.equal(text, "a".repeat(128));
});

Deno.test("decodeValue() never throws, gives JSON and reads no octet beside its own", () => {
  for (const type of [...ELEMENT_TYPES, undefined]) {
    for (let width = 0; width <= 40; width++) {
      for (const filler of [0x00, 0x01, 0x7f, 0x80, 0xff]) {
        const alone = decodeValue(type, new Uint8Array(width).fill(filler));
        const frame = new Uint8Array(width + 9).fill(0xa5);
        frame.fill(filler, 3, 3 + width);
        const inside = decodeValue(type, frame.subarray(3, 3 + width));
        assert.deepEqual(inside, alone, `${type}, ${width} octets of ${filler}`);
        assert.deepEqual(JSON.parse(JSON.stringify(alone)), alone);
      }
    }
  }
});

Deno.test("decodeValue() has no value for no octets where the type needs some", () => {
  for (const type of ELEMENT_TYPES) {
    const expected = type === "string" || type === "octetArray" ? "" : null;
    assert.equal(decodeValue(type, new Uint8Array(0)), expected, type);
  }
});

function octetsOf(hex: string): Uint8Array {
  return Uint8Array.from({ length: hex.length / 2 }, (_, i) => parseInt(hex.substr(i * 2, 2), 16));
}
