import assert from "node:assert/strict";
import { formatAddress, isIpv4, parseAddress } from "./address.ts";
import { Random } from "../../tests/support/random.ts";

function words(text: string): number[] | null {
  const out = new Uint32Array(4);
  return parseAddress(text, out) ? [...out] : null;
}

function canonical(text: string): string | null {
  const parsed = words(text);
  return parsed === null ? null : formatAddress(Uint32Array.from(parsed));
}

// [text, words, canonical text]
const GOOD: readonly [string, number[], string][] = [
  // RFC 4291 §2.5.5.2: IPv4 is kept as ::ffff:a.b.c.d.
  ["0.0.0.0", [0, 0, 0xffff, 0], "0.0.0.0"],
  ["255.255.255.255", [0, 0, 0xffff, 0xffffffff], "255.255.255.255"],
  ["192.0.2.1", [0, 0, 0xffff, 0xc0000201], "192.0.2.1"],
  ["1.20.0.9", [0, 0, 0xffff, 0x01140009], "1.20.0.9"],
  ["::ffff:192.0.2.1", [0, 0, 0xffff, 0xc0000201], "192.0.2.1"],
  ["::FFFF:c000:201", [0, 0, 0xffff, 0xc0000201], "192.0.2.1"],
  ["0:0:0:0:0:FFFF:129.144.52.38", [0, 0, 0xffff, 0x81903426], "129.144.52.38"],
  // RFC 4291 §2.2.
  [
    "ABCD:EF01:2345:6789:ABCD:EF01:2345:6789",
    [0xabcdef01, 0x23456789, 0xabcdef01, 0x23456789],
    "abcd:ef01:2345:6789:abcd:ef01:2345:6789",
  ],
  [
    "2001:DB8:0:0:8:800:200C:417A",
    [0x20010db8, 0, 0x00080800, 0x200c417a],
    "2001:db8::8:800:200c:417a",
  ],
  ["FF01:0:0:0:0:0:0:101", [0xff010000, 0, 0, 0x101], "ff01::101"],
  ["FF01::101", [0xff010000, 0, 0, 0x101], "ff01::101"],
  ["0:0:0:0:0:0:0:1", [0, 0, 0, 1], "::1"],
  ["::1", [0, 0, 0, 1], "::1"],
  ["0:0:0:0:0:0:0:0", [0, 0, 0, 0], "::"],
  ["::", [0, 0, 0, 0], "::"],
  ["0:0:0:0:0:0:13.1.68.3", [0, 0, 0, 0x0d014403], "::d01:4403"],
  ["::13.1.68.3", [0, 0, 0, 0x0d014403], "::d01:4403"],
  // RFC 5952 §1, §2.1 and §4.1: leading zeros go.
  ["2001:0db8:0:0:1:0:0:1", [0x20010db8, 0, 0x00010000, 1], "2001:db8::1:0:0:1"],
  ["2001:db8:aaaa:bbbb:cccc:dddd:eeee:0001", [
    0x20010db8,
    0xaaaabbbb,
    0xccccdddd,
    0xeeee0001,
  ], "2001:db8:aaaa:bbbb:cccc:dddd:eeee:1"],
  ["2001:db8::0001", [0x20010db8, 0, 0, 1], "2001:db8::1"],
  ["2001:db8:0::1", [0x20010db8, 0, 0, 1], "2001:db8::1"],
  // §4.2.1: shortened as much as possible.
  ["2001:db8:0:0:0:0:2:1", [0x20010db8, 0, 0, 0x00020001], "2001:db8::2:1"],
  ["2001:db8::0:1", [0x20010db8, 0, 0, 1], "2001:db8::1"],
  // §4.2.2: one group of zeros is not shortened.
  ["2001:db8::1:1:1:1:1", [0x20010db8, 0x00000001, 0x00010001, 0x00010001], "2001:db8:0:1:1:1:1:1"],
  // §4.2.3: the longest run, and the first of equal ones.
  ["2001:0:0:1:0:0:0:1", [0x20010000, 0x00000001, 0, 1], "2001:0:0:1::1"],
  ["2001:db8:0:0:1::1", [0x20010db8, 0, 0x00010000, 1], "2001:db8::1:0:0:1"],
  // §4.3: lower case.
  ["2001:DB8::ABCD:EF", [0x20010db8, 0, 0, 0xabcd00ef], "2001:db8::abcd:ef"],
  // The ends.
  ["1::", [0x00010000, 0, 0, 0], "1::"],
  ["1:2:3:4:5:6:7::", [0x10002, 0x30004, 0x50006, 0x70000], "1:2:3:4:5:6:7:0"],
  ["::2:3:4:5:6:7:8", [0x2, 0x30004, 0x50006, 0x70008], "0:2:3:4:5:6:7:8"],
  [
    "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255",
    [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
  ],
  // RFC 4007 §11: a zone id is no part of the address.
  ["fe80::1%eth0", [0xfe800000, 0, 0, 1], "fe80::1"],
  ["fe80::1%eth0.100", [0xfe800000, 0, 0, 1], "fe80::1"],
  ["fe80::1%en:0", [0xfe800000, 0, 0, 1], "fe80::1"],
  ["::ffff:10.0.0.1%2", [0, 0, 0xffff, 0x0a000001], "10.0.0.1"],
];

Deno.test("parseAddress() and formatAddress() agree with RFC 4291 and RFC 5952", async (t) => {
  for (const [text, expected, written] of GOOD) {
    await t.step(text, () => {
      assert.deepEqual(words(text), expected);
      assert.equal(formatAddress(Uint32Array.from(expected)), written);
    });
  }
});

// deno-fmt-ignore: texts read best in rows.
const BAD = [
  "", " ", "1", "1.2.3", "1.2.3.4.5", "1.2.3.", ".1.2.3", "1..2.3", "256.1.1.1", "1.2.3.256", "1.2.3.1000",
  "01.2.3.4", "1.2.3.04", "1.2.3.00", "1.2.3.4 ", " 1.2.3.4", "+1.2.3.4", "1.2.3.-4", "0x1.2.3.4", "1.2.3.4/32",
  "1.2.3.4%eth0", "1.2.3.4:80", "١.٢.٣.٤", "1,2,3,4", "3232235521", "localhost",
  ":", ":::", "1:", ":1", "::1:", ":1::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8",
  "1::2::3", "::1::", "12345::", "::00001", "::g", "::-1", "::1 ", " ::1", "[::1]", "::1/128",
  "1:2:3:4:5:6:7:1.2.3.4", "::1.2.3", "::1.2.3.4.5", "::01.2.3.4", "::1.2.3.4:5", "1.2.3.4::", "::256.0.0.1",
  // Control characters that differ from digits by one bit.
  "::\x11", "\x11::", "fe80::\x10",
  "%eth0", "%", ":%",
];

Deno.test("parseAddress() refuses what is no address and writes nothing", () => {
  for (const text of BAD) {
    const out = new Uint32Array(6).fill(0xa5a5a5a5);
    assert.equal(parseAddress(text, out, 1), false, JSON.stringify(text));
    assert.deepEqual([...new Set(out)], [0xa5a5a5a5], JSON.stringify(text));
  }
});

Deno.test("parseAddress() writes at the place asked for and nowhere else", () => {
  for (const text of ["192.0.2.1", "2001:db8::1"]) {
    const out = new Uint32Array(6).fill(7);
    assert.equal(parseAddress(text, out, 1), true);
    assert.equal(out[0], 7);
    assert.equal(out[5], 7);
    assert.equal(formatAddress(out, 1), text);
  }
});

Deno.test("isIpv4() is true for ::ffff:0:0/96 alone", () => {
  const cases: [string, boolean][] = [
    ["10.0.0.1", true],
    ["0.0.0.0", true],
    ["::", false],
    ["::1", false],
    ["::10.0.0.1", false],
    ["::1:ffff:10.0.0.1", false],
    ["64:ff9b::192.0.2.33", false],
  ];
  for (const [text, expected] of cases) {
    const out = new Uint32Array(5);
    parseAddress(text, out, 1);
    assert.equal(isIpv4(out, 1), expected, text);
  }
});

/** The WHATWG URL parser is an independent reader and writer of IPv6 text. */
function urlHost(text: string): string | null {
  const url = URL.parse(`http://[${text}]/`);
  return url === null ? null : url.hostname.slice(1, -1);
}

function randomGroups(random: Random): number[] {
  const zeros = random.below(9);
  return Array.from(
    { length: 8 },
    () => random.below(8) < zeros ? 0 : random.uint32() & (random.below(2) ? 0xffff : 0xf),
  );
}

Deno.test("formatAddress() writes IPv6 as the URL standard does, and reads back the same", () => {
  const random = new Random(5952);
  let compressed = 0;
  for (let i = 0; i < 20_000; i++) {
    const groups = randomGroups(random);
    const source = Uint32Array.from(
      [0, 2, 4, 6],
      (g) => ((groups[g] << 16) | groups[g + 1]) >>> 0,
    );
    if (isIpv4(source)) continue;
    const text = formatAddress(source);
    assert.equal(text, urlHost(groups.map((g) => g.toString(16)).join(":")));
    assert.deepEqual(words(text), [...source], text);
    if (text.includes("::")) compressed++;
  }
  assert.ok(compressed > 5000, "too few addresses with runs of zeros to prove anything");
});

Deno.test("parseAddress() takes and refuses IPv6 text as the URL standard does", () => {
  const random = new Random(4291);
  const pieces = [
    ":",
    ":",
    "::",
    "0",
    "1",
    "db8",
    "ffff",
    "12345",
    "1.2.3.4",
    "1.2.3",
    "255",
    "F",
    ".",
  ];
  let taken = 0;
  for (let i = 0; i < 200_000; i++) {
    let text = ":".repeat(random.below(2));
    for (let n = random.below(17); n >= 0; n--) {
      text += random.below(3) > 0 && n % 2 === 0 ? ":" : random.pick(pieces);
    }
    if (!text.includes(":")) continue;
    const host = urlHost(text);
    const own = canonical(text);
    if (host === null) {
      assert.equal(own, null, text);
    } else {
      taken++;
      assert.equal(
        own === null ? null : urlHost(own.includes(":") ? own : `::ffff:${own}`),
        host,
        text,
      );
    }
  }
  assert.ok(taken > 2000, `only ${taken} good addresses among the texts`);
});

Deno.test("IPv4 text survives the round trip", () => {
  const random = new Random(791);
  for (let i = 0; i < 5000; i++) {
    const text = [...random.bytes(4)].join(".");
    assert.equal(canonical(text), text);
  }
});
