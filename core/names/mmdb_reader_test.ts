import assert from "node:assert/strict";
import { parseAddress } from "../flow/address.ts";
import { isInNetwork, networkWords, parseNetwork } from "../flow/network.ts";
import { Random } from "../../tests/support/random.ts";
import { type Plain, writeMmdb } from "../../tests/support/mmdb.ts";
import { AsDatabase } from "./as_database.ts";
import { CountryDatabase } from "./country_database.ts";
import { MmdbError, MmdbReader } from "./mmdb_reader.ts";

function words(text: string): Uint32Array {
  const out = new Uint32Array(4);
  assert.ok(parseAddress(text, out), text);
  return out;
}

/** Long texts, so that all three forms of a size occur; numbers of several lengths. */
const RECORDS: readonly (readonly [network: string, record: Plain])[] = [
  ["10.0.0.0/8", { name: "a".repeat(28), port: 1, yes: true, list: [1, "two", false] }],
  ["11.0.0.0/8", { name: "b".repeat(29), port: 65_536, yes: false, deep: { a: { b: "c" } } }],
  ["192.0.2.0/24", { name: "c".repeat(284), large: 2 ** 47 }],
  ["192.0.3.1", { name: "d".repeat(285) }],
  ["192.0.3.2", { name: "größe €" }],
];
const RECORDS6: typeof RECORDS = [
  ["2001:db8::/32", { name: "documentation" }],
  ["2001:db9::1", "one host"],
  ["fe80::/10", []],
];

for (const recordSize of [24, 28, 32] as const) {
  for (const ipVersion of [4, 6] as const) {
    Deno.test(`MmdbReader reads records of ${recordSize} bits, IPv${ipVersion}`, () => {
      const networks = ipVersion === 4 ? RECORDS : [...RECORDS, ...RECORDS6];
      const reader = new MmdbReader(
        new Uint8Array(writeMmdb(networks, { recordSize, ipVersion })),
      );
      assert.deepEqual([reader.databaseType, reader.buildEpoch], ["Test", 1_700_000_000]);
      const found = (text: string) => {
        const offset = reader.find(words(text));
        return offset < 0 ? undefined : plain(reader.read(offset));
      };
      assert.deepEqual(found("10.0.0.0"), RECORDS[0][1]);
      assert.deepEqual(found("10.255.255.255"), RECORDS[0][1]);
      assert.deepEqual(found("11.1.2.3"), RECORDS[1][1]);
      assert.deepEqual(found("192.0.2.77"), RECORDS[2][1]);
      assert.deepEqual(found("192.0.3.1"), RECORDS[3][1]);
      assert.deepEqual(found("192.0.3.2"), RECORDS[4][1]);
      assert.equal(found("192.0.3.3"), undefined);
      assert.equal(found("9.255.255.255"), undefined);
      assert.deepEqual(found("2001:db8::5"), ipVersion === 6 ? RECORDS6[0][1] : undefined);
      assert.equal(found("2001:db9::1"), ipVersion === 6 ? "one host" : undefined);
      assert.equal(found("2001:db9::2"), undefined);
      assert.deepEqual(found("fe80::1"), ipVersion === 6 ? [] : undefined);
      assert.equal([...reader.records()].length, networks.length);
    });
  }
}

/** Without the null prototype of what was read. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

Deno.test("MmdbReader follows pointers of each length, as the format numbers them", () => {
  // One node whose right side leads to the data: a pointer into it. Hex from the format's text.
  const pointers: readonly [hex: string, target: number][] = [
    ["2005", 5],
    ["280005", 2048 + 5],
    ["3000000a", 526_336 + 10],
    ["38 00 00 00 06", 6],
  ];
  for (const [hex, target] of pointers) {
    const pointer = hex.replaceAll(" ", "").match(/../g)!.map((octet) => parseInt(octet, 16));
    const data = new Uint8Array(target + 3);
    data.set(pointer);
    // A text of two octets.
    data.set([0x42, 0x6f, 0x6b], target);
    const whole = new Uint8Array(writeMmdb([["128.0.0.0/1", "x"]], { ipVersion: 4 }));
    // Behind a tree of one node, 6 octets, and 16 of nothing; the record of the writer is 2 octets.
    const file = Uint8Array.from([...whole.subarray(0, 22), ...data, ...whole.subarray(24)]);
    const reader = new MmdbReader(file);
    assert.equal(reader.read(reader.find(words("200.0.0.1"))), "ok", hex);
  }
});

Deno.test("MmdbReader ends where pointers go round in a circle", () => {
  const file = new Uint8Array(writeMmdb([["128.0.0.0/1", "x"]], { ipVersion: 4 })).slice();
  file.set([0x20, 0x00], 22);
  const reader = new MmdbReader(file);
  assert.throws(() => reader.read(0), MmdbError);
  assert.equal(new CountryDatabase(file).country(words("200.0.0.1")), null);
});

Deno.test("MmdbReader refuses what is no database, in plain words", () => {
  const whole = new Uint8Array(writeMmdb(RECORDS));
  const metadata = new TextDecoder("latin1").decode(whole.slice()).lastIndexOf("MaxMind.com") - 3;
  const cases: readonly [bytes: Uint8Array, message: RegExp][] = [
    [new Uint8Array(0), /it is no MaxMind DB/],
    [new TextEncoder().encode("<html>not found</html>"), /it is no MaxMind DB/],
    [whole.slice(metadata), /it is shorter than its search tree/],
    [whole.slice(0, metadata + 20), /it is cut short/],
  ];
  for (const [bytes, message] of cases) {
    assert.throws(() => new MmdbReader(bytes), (error: Error) => {
      assert.ok(error instanceof MmdbError, String(error));
      assert.match(error.message, message);
      return true;
    });
  }
});

Deno.test("a damaged database throws nothing but MmdbError, and names nothing that hangs", () => {
  const random = new Random(7);
  const whole = new Uint8Array(writeMmdb([...RECORDS, ...RECORDS6]));
  const hosts = ["10.0.0.1", "192.0.3.1", "2001:db8::1", "fe80::1"].map(words);
  for (let n = 0; n < 2000; n++) {
    const damaged = whole.slice(0, n % 3 === 0 ? random.below(whole.length) : whole.length);
    for (let edit = 0; edit < 1 + (n % 8) && damaged.length > 0; edit++) {
      damaged[random.below(damaged.length)] = random.below(256);
    }
    try {
      const [countries, systems] = [new CountryDatabase(damaged), new AsDatabase(damaged)];
      for (const host of hosts) {
        countries.country(host);
        systems.asOf(host);
      }
      systems.asName(1);
    } catch (error) {
      assert.ok(error instanceof MmdbError, String(error));
    }
  }
});

const COUNTRY_RECORDS: readonly [title: string, record: Plain, country: string | null][] = [
  ["MaxMind and DB-IP", {
    country: { iso_code: "DE", names: { en: "Germany" } },
    registered_country: { iso_code: "US" },
  }, "DE"],
  ["MaxMind, where only the registration is known", {
    registered_country: { iso_code: "US" },
  }, "US"],
  ["IPinfo", { country: "FR", country_name: "France" }, "FR"],
  ["the open databases", { country_code: "it" }, "IT"],
  ["a database of something else", { asn: "AS1" }, null],
  ["a text", "DE", null],
  ["a name where a code belongs", { country: "Germany" }, null],
];
for (const [title, record, country] of COUNTRY_RECORDS) {
  Deno.test(`CountryDatabase reads records of ${title}`, () => {
    const database = new CountryDatabase(new Uint8Array(writeMmdb([["192.0.2.0/24", record]])));
    assert.equal(database.country(words("192.0.2.1")), country);
    assert.equal(database.country(words("192.0.1.1")), null);
  });
}

const AS_RECORDS: readonly [title: string, record: Plain, as: number, name: string | null][] = [
  [
    "MaxMind and DB-IP",
    {
      autonomous_system_number: 64_500,
      autonomous_system_organization: "Example",
    },
    64_500,
    "Example",
  ],
  ["IPinfo", { asn: "AS64501", as_name: "Beispiel" }, 64_501, "Beispiel"],
  ["a system without a name", { autonomous_system_number: 4_200_000_000 }, 4_200_000_000, null],
  ["a name that hides something", { asn: "AS5", name: "a\u202eb\n" }, 5, "ab"],
  ["no system", { autonomous_system_organization: "x" }, 0, null],
];
for (const [title, record, as, name] of AS_RECORDS) {
  Deno.test(`AsDatabase reads records of ${title}`, () => {
    const database = new AsDatabase(new Uint8Array(writeMmdb([["2001:db8::/32", record]])));
    assert.equal(database.asOf(words("2001:db8::1")), as);
    assert.equal(database.asOf(words("10.0.0.1")), 0);
    assert.equal(database.asName(as), name);
  });
}

Deno.test("MmdbReader finds what a plain search for the network finds, also in a large tree", () => {
  const random = new Random(8);
  const networks = new Map<string, string>();
  for (let n = 0; n < 12_000; n++) {
    // Of each of the blocks one network, of a length of its own: none holds another.
    const [high, length] = [0x400 + n, 14 + random.below(19)];
    const bits = (high << 18) >>> 0;
    networks.set(
      `${bits >>> 24}.${(bits >> 16) & 255}.${(bits >> 8) & 255}.0/${length}`,
      `v4 ${n}`,
    );
    networks.set(
      `${(0x2000 + (n >> 3)).toString(16)}:${(n & 7).toString(16)}000::/${20 + n % 100}`,
      `v6 ${n}`,
    );
  }
  const reader = new MmdbReader(new Uint8Array(writeMmdb([...networks])));
  const known = [...networks].map(([network, name]) => ({
    ...networkWords(parseNetwork(network)!),
    name,
  }));
  for (let n = 0; n < 2000; n++) {
    const { value, ipv4 } = random.pick(known);
    const address = value.slice();
    // Near the network: within it, or beside.
    const bit = (ipv4 ? 96 : 0) + random.below(ipv4 ? 32 : 128);
    address[bit >> 5] ^= 1 << (31 - (bit & 31));
    const wanted = known.find((one) => one.ipv4 === ipv4 && isInNetwork(address, one))?.name;
    const offset = reader.find(address);
    assert.equal(offset < 0 ? undefined : reader.read(offset), wanted);
  }
});
