import assert from "node:assert/strict";
import type { FlowRecord } from "../../core/flow/schema.ts";
import {
  CodecHarness,
  countByCode,
  type Decoded,
  SOURCE,
} from "../../tests/support/codec_harness.ts";
import { jsonUdp } from "./mod.ts";

const PAIR = { src_addr: "192.0.2.10", dst_addr: "198.51.100.20" };

function decode(datagram: Uint8Array | string): Decoded {
  return new CodecHarness(jsonUdp).decode(datagram);
}

/** Source ports of the records that came out: they number the objects that went in. */
function ports({ records }: Decoded): (number | null)[] {
  return records.map(({ src_port }) => src_port);
}

function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, i) => JSON.stringify({ ...PAIR, src_port: i }));
}

function known(record: FlowRecord): Partial<FlowRecord> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== null));
}

Deno.test("an object with two addresses is a record; all else is null", () => {
  const { records, errors } = decode(JSON.stringify(PAIR));
  assert.deepEqual(errors, []);
  assert.deepEqual(records.map(known), [{
    capability: "json_udp",
    export_format: "json",
    exporter: SOURCE.address,
    received_at: "2024-01-01T00:00:00.000Z",
    ...PAIR,
    sampling_source: "assumed",
  }]);
});

// --- the shapes of a datagram ---

const THREE = numbered(3);
const SHAPES: [string, string][] = [
  ["an array", `[${THREE.join(",")}]`],
  ["an indented array", JSON.stringify(THREE.map((t) => JSON.parse(t)), null, 2)],
  ["newline-separated objects", THREE.join("\n")],
  ["CRLF, blank lines and an end", `\r\n${THREE.join("\r\n\r\n")}\r\n`],
  ["arrays on lines", `[${THREE[0]}]\n[${THREE[1]},${THREE[2]}]`],
  ["a byte order mark before it", `\ufeff${THREE.join("\n")}`],
  ["objects one after the other", THREE.join("")],
  ["indented objects one after the other", THREE.map((t) => indent(t)).join("\n")],
  ["indented objects with lists in them", THREE.map((t) => indent(t, ["x"])).join("\n")],
];

function indent(text: string, tags?: string[]): string {
  return JSON.stringify({ ...JSON.parse(text), tags }, null, 2);
}

for (const [name, datagram] of SHAPES) {
  Deno.test(`three objects as ${name}`, () => {
    const decoded = decode(datagram);
    assert.deepEqual(decoded.errors, []);
    assert.deepEqual(ports(decoded), [0, 1, 2]);
  });
}

Deno.test("an empty array holds nothing and is no error", () => {
  const { records, errors } = decode("[]");
  assert.deepEqual([records, errors], [[], []]);
});

// --- one bad object does not cost the others ---

const BROKEN: [string, string, (number | null)[], Record<string, number>][] = [
  ["a line of rubbish", `${THREE[0]}\nrubbish\n${THREE[2]}`, [0, 2], { bad_json: 1 }],
  ["a line cut off", `${THREE[0]}\n{"src_addr":"10.0.0.1",\n${THREE[2]}`, [0, 2], { bad_json: 1 }],
  [
    "a line with a string that does not end",
    `${THREE[0]}\n{"src_addr":"10.0.0.1}\n${THREE[2]}`,
    [0, 2],
    { bad_json: 1 },
  ],
  ["a member without a value", `[${THREE[0]},{"src_port":},${THREE[2]}]`, [0, 2], { bad_json: 1 }],
  ["a member with NaN", `[${THREE[0]},{"bytes":NaN},${THREE[2]}]`, [0, 2], { bad_json: 1 }],
  ["a member with single quotes", `[${THREE[0]},{'a':1},${THREE[2]}]`, [0, 2], { bad_json: 1 }],
  [
    "a member that does not end",
    `[${THREE[0]},{"src_addr":"10.0.0.1",${THREE[2]}]`,
    [0, 2],
    { bad_json: 1 },
  ],
  [
    "a member with a string that does not end",
    `[${THREE[0]},{"src_addr":"10.0.0.1},${THREE[2]}]`,
    [0, 2],
    { bad_json: 1 },
  ],
  ["an array cut off", `[${THREE[0]},${THREE[1]},{"src_addr":"10.`, [0, 1], { bad_json: 1 }],
  ["an array cut off after a member", `[${THREE[0]},${THREE[1]}`, [0, 1], {}],
  ["a comma too many", `[${THREE.join(",")},]`, [0, 1, 2], {}],
  [
    "members that are no objects",
    `[${THREE[0]},null,7,"x",[],true,${THREE[2]}]`,
    [0, 2],
    { not_an_object: 5 },
  ],
  [
    "members without both addresses",
    `[${THREE[0]},{},{"src_addr":"10.0.0.1"},{"src_addr":"x","dst_addr":"10.0.0.1"},${THREE[2]}]`,
    [0, 2],
    { missing_address: 3, bad_value: 1 },
  ],
  ["a single value", "5", [], { not_an_object: 1 }],
  ["a string", '"src"', [], { not_an_object: 1 }],
  ["null", "null", [], { not_an_object: 1 }],
  ["no JSON at all", "hello", [], { bad_json: 1 }],
  ["white space alone", " \r\n ", [], { bad_json: 1 }],
  ["nothing", "", [], { empty_datagram: 1 }],
];

for (const [name, datagram, expected, errors] of BROKEN) {
  Deno.test(`one bad thing costs no other: ${name}`, () => {
    const decoded = decode(datagram);
    assert.deepEqual(ports(decoded), expected);
    assert.deepEqual(countByCode(decoded.errors), errors);
  });
}

Deno.test("every prefix of a datagram gives the whole objects that it holds", () => {
  const members = numbered(12);
  const text = `[${members.join(",")}]`;
  const ends = members.map((_, i) => members.slice(0, i + 1).join(",").length + 1);
  const harness = new CodecHarness(jsonUdp);
  for (let length = 1; length <= text.length; length++) {
    const decoded = harness.decode(text.slice(0, length));
    const held = ends.filter((end) => end <= length).length;
    assert.deepEqual(ports(decoded), [...Array(held).keys()], text.slice(0, length));
  }
});

Deno.test("a datagram's problems come once a kind, with their number", () => {
  const objects = Array.from({ length: 50 }, () => ({ ...PAIR, bytes: -1, packets: "many" }));
  const { records, errors } = decode(JSON.stringify(objects));
  assert.equal(records.length, 50);
  assert.deepEqual(errors.map(({ code, count }) => [code, count]), [["bad_value", 100]]);
  assert.match(errors[0].found, /bytes: -1/);
});

Deno.test("problems of one datagram do not come with the next", () => {
  const harness = new CodecHarness(jsonUdp);
  harness.decode("rubbish");
  assert.deepEqual(harness.decode(JSON.stringify(PAIR)).errors, []);
});

Deno.test("what an error quotes is short and cannot hide or reorder text", () => {
  const evil = "\u202eIgnore\u200b the\u{e0041} rest\u0007";
  const datagrams = [
    `${evil} rubbish`,
    JSON.stringify({ ...PAIR, bytes: evil }),
    JSON.stringify([evil]),
    JSON.stringify({ ...PAIR, bytes: "😀".repeat(1000) }),
    `x${"😀".repeat(1000)}`,
  ];
  for (const datagram of datagrams) {
    const [error] = decode(datagram).errors;
    assert.doesNotMatch(
      error.found,
      /[\p{Cc}\p{Cs}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}]/u,
    );
    assert.ok(error.found.length <= 130, error.found);
  }
});

// --- hostile text ---

Deno.test("deep nesting costs its datagram at most", () => {
  const deep = (open: string, close: string) => open.repeat(32_000) + close.repeat(32_000);
  const harness = new CodecHarness(jsonUdp);
  const bombs = [
    deep("[", "]"),
    "[".repeat(60_000),
    "{".repeat(60_000),
    '{"source":'.repeat(6000),
    '{"source":'.repeat(5000) + "1" + "}".repeat(5000),
    `{"src":"192.0.2.1","dst":"192.0.2.2","bytes":${deep("[", "]")}}`,
    `{"src":"192.0.2.1","dst":"192.0.2.2","source":${deep("[", "]")}}`,
    `[${deep("[", "]")},${THREE[1]}]`,
  ];
  const got = bombs.map((bomb) => harness.decode(bomb));
  assert.deepEqual(got.map(({ records }) => records.length), [0, 0, 0, 0, 0, 1, 1, 1]);
  for (const { errors } of got.slice(0, 6)) assert.ok(errors.length > 0);
  assert.equal(harness.decode(JSON.stringify(PAIR)).records.length, 1);
});

Deno.test("rubbish costs little more time than good text of its size", () => {
  const harness = new CodecHarness(jsonUdp, { rows: 16_384 });
  const fill = (text: string) => text.repeat(Math.floor(65_000 / text.length));
  const best = (datagram: string) => {
    let least = Infinity;
    for (let i = 0; i < 5; i++) {
      const start = performance.now();
      harness.decode(datagram);
      least = Math.min(least, performance.now() - start);
    }
    return least;
  };
  const good = best(fill(`${THREE[0]}\n`));
  for (
    const rubbish of [
      "x\n",
      "{x}",
      "{x}\n",
      "{",
      "{\n",
      "[{",
      '{"',
      '"',
      "{}x",
      "}{",
      "{[",
      ",{",
      "{} ",
      " ",
      "} {",
    ]
  ) {
    const ms = best(fill(rubbish));
    assert.ok(ms < 10 + 5 * good, `${JSON.stringify(rubbish)}: ${ms} ms, good text ${good} ms`);
  }
});

Deno.test("keys that mean something to JavaScript mean nothing here", () => {
  const text = `{"__proto__":{"src_addr":"10.9.9.9","bytes":1,"sampler_address":"10.0.0.1"},
    "constructor":{"prototype":{"bytes":2}},"toString":5,"hasOwnProperty":1,
    "source":{"__proto__":{"ip":"10.8.8.8"}},
    "src_addr":"192.0.2.10","dst_addr":"198.51.100.20","sampling_rate":10,"packets":3}`;
  const { records, errors } = decode(text);
  assert.deepEqual(errors, []);
  assert.equal(records[0].src_addr, "192.0.2.10");
  assert.equal(records[0].bytes, null);
  assert.equal(records[0].packets, 3);
  assert.equal(({} as Record<string, unknown>).bytes, undefined);
  // An inherited address is none.
  const inherited = decode('{"__proto__":{"src_addr":"10.0.0.1","dst_addr":"10.0.0.2"}}');
  assert.deepEqual(countByCode(inherited.errors), { missing_address: 1 });
});

Deno.test("octets that are no UTF-8 do not cost the record", () => {
  const text = new TextEncoder().encode(JSON.stringify({ ...PAIR, application: "a?b" }));
  text[text.indexOf(0x3f)] = 0xff;
  const { records, errors } = decode(text);
  assert.deepEqual(errors, []);
  assert.equal(records[0].application, "a\ufffdb");
});

Deno.test("lone surrogates and hidden characters leave text from the wire", () => {
  const { records, errors } = decode(
    `{"src":"192.0.2.1","dst":"192.0.2.2","application":"a\\ud800b\\u202e\\u0000c","vrf":"\\u200b"}`,
  );
  assert.equal(records[0].application, "abc");
  assert.equal(records[0].vrf, null);
  assert.deepEqual(errors, [], "text of which nothing is left says nothing");
});

Deno.test("a dictionary that is full is reported, and the record kept", () => {
  const harness = new CodecHarness(jsonUdp, { rows: 1024 });
  for (let i = 0; i < 65_535; i++) harness.dictionary.intern(`filler ${i}`);
  const { records, errors } = harness.decode(
    JSON.stringify([{ ...PAIR, application: "one more" }, { ...PAIR, application: "filler 3" }]),
  );
  assert.deepEqual(records.map(({ application }) => application), [null, "filler 3"]);
  assert.deepEqual(countByCode(errors), { dictionary_full: 1 });
});

// --- rows ---

Deno.test("a large array is committed in batches, on the smallest ring too", () => {
  const harness = new CodecHarness(jsonUdp, { rows: 1024 });
  const objects = numbered(900);
  const { records, errors } = harness.decode(`[${objects.join(",")}]`);
  assert.deepEqual(errors, []);
  assert.deepEqual(
    records.slice(-500).map(({ src_port }) => src_port),
    [
      ...Array(900).keys(),
    ].slice(-500),
  );
});

Deno.test("a refused object leaves nothing in the row of the next one", () => {
  const { records } = decode(
    `[{"src":"10.0.0.1","bytes":77,"vlan":5,"application":"x"},${JSON.stringify(PAIR)}]`,
  );
  assert.equal(records.length, 1);
  assert.deepEqual(
    [records[0].bytes, records[0].vlan, records[0].application],
    [null, null, null],
  );
});

Deno.test("the exporter is the sender unless the object names another", () => {
  const harness = new CodecHarness(jsonUdp);
  const from = (address: string, object: object = PAIR) =>
    harness.decode(JSON.stringify(object), { source: { address, port: 1 } }).records[0].exporter;
  assert.equal(from("::ffff:203.0.113.9"), "203.0.113.9");
  assert.equal(from(""), null);
  assert.equal(from("203.0.113.9", { ...PAIR, exporter: "2001:db8::7" }), "2001:db8::7");
  assert.equal(from("203.0.113.9", { ...PAIR, exporter: "nobody" }), "203.0.113.9");
});

Deno.test("the collector's own fields cannot be set from outside", () => {
  const { records, errors } = decode(JSON.stringify({
    ...PAIR,
    capability: "netflow_udp",
    export_format: "ipfix",
    received_at: "1999-01-01T00:00:00Z",
  }));
  assert.deepEqual(errors, []);
  assert.deepEqual(
    [records[0].capability, records[0].export_format, records[0].received_at],
    ["json_udp", "json", "2024-01-01T00:00:00.000Z"],
  );
});

Deno.test("datagrams and records are accounted for by sender", () => {
  const harness = new CodecHarness(jsonUdp);
  harness.decode(`[${THREE.join(",")}]`);
  harness.decode("rubbish");
  const [summary] = harness.exporters.summaries();
  assert.deepEqual(
    [summary.address, summary.observation_domain, summary.datagrams, summary.flow_records],
    [SOURCE.address, null, 2, 3],
  );
  assert.equal(summary.sequence_unit, null);
});
