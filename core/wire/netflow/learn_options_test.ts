import assert from "node:assert/strict";
import { netflowUdp } from "../../../capabilities/netflow_udp/mod.ts";
import { CodecHarness, countByCode, SOURCE } from "../../../tests/support/codec_harness.ts";
import {
  ipfix,
  ipfixOptions,
  set,
  template,
  u,
  v9,
  v9Options,
} from "../../../tests/support/netflow_messages.ts";
import { LIMITS } from "../limits.ts";

type Field = readonly [number, number];

/** Rate, source and packets of a record of 3 packets, after options data. */
function rateOf(
  options: readonly [fields: readonly Field[], records: string][],
  { fields = [], record = "" }: { fields?: readonly Field[]; record?: string } = {},
) {
  const it = new CodecHarness(netflowUdp);
  const errors = options.flatMap(([own, records], i) =>
    it.decode(ipfix([set(3, ipfixOptions(300 + i, [[149, 4]], own)), set(300 + i, records)])).errors
  );
  const data = it.decode(ipfix([
    set(2, template(256, [[2, 4], ...fields])),
    set(256, u(3, 4) + record),
  ]));
  const [{ sampling_rate, sampling_source, packets }] = data.records;
  return {
    rate: sampling_rate,
    source: sampling_source,
    packets,
    codes: countByCode([...errors, ...data.errors]),
  };
}

const DOMAIN = "00000000";
const KNOWN: [what: string, fields: readonly Field[], record: string, rate: number][] = [
  ["34", [[34, 4]], u(100, 4), 100],
  ["34 and 35", [[34, 4], [35, 1]], u(100, 4) + "02", 100],
  ["34 of 2 octets", [[34, 2]], u(100, 2), 100],
  ["50 with 48 and 49", [[48, 1], [49, 1], [50, 2]], "0102" + u(512, 2), 512],
  [
    "305 and 306: (interval + space) / interval",
    [[304, 2], [305, 4], [306, 4]],
    "0001" + u(1, 4) + u(999, 4),
    1000,
  ],
  ["305 and 306 of whole groups", [[305, 4], [306, 4]], u(10, 4) + u(90, 4), 10],
  ["305 and 306 of a broken rate", [[305, 4], [306, 4]], u(2, 4) + u(3, 4), 2.5],
  ["305 without a space: every packet", [[305, 4]], u(1, 4), 1],
  ["309 of 310", [[309, 4], [310, 4]], u(1, 4) + u(2000, 4), 2000],
  ["307 and 308: time", [[304, 2], [307, 4], [308, 4]], "0002" + u(10, 4) + u(990, 4), 100],
  ["311 as a float64", [[304, 2], [311, 8]], "0004" + "3f50000000000000", 1024],
  ["311 as a float32 (RFC 7011 §6.2)", [[311, 4]], "3a800000", 1024],
  [
    "34 between the timeouts 36 and 37 (Junos)",
    [[36, 2], [34, 4], [37, 2]],
    "003c" + u(100, 4) + "003c",
    100,
  ],
  [
    "50 beside a name in 84 (IOS XR)",
    [[48, 2], [50, 4], [84, 8]],
    u(1, 2) + u(64, 4) + "53414d5000000000",
    64,
  ],
  ["34 where 50 is 0", [[50, 4], [34, 4]], u(0, 4) + u(100, 4), 100],
];

for (const [what, fields, record, rate] of KNOWN) {
  Deno.test(`TRAPS 20: a rate in ${what}`, () => {
    assert.deepEqual(rateOf([[fields, DOMAIN + record]]), {
      rate,
      source: "announced",
      packets: 3 * rate,
      codes: {},
    });
  });
}

const UNKNOWN: [what: string, fields: readonly Field[], record: string, codes: object][] = [
  ["34 of 0", [[34, 4]], u(0, 4), {}],
  ["305 of 0", [[305, 4], [306, 4]], u(0, 4) + u(999, 4), {}],
  ["309 of 0", [[309, 4], [310, 4]], u(0, 4) + u(2000, 4), {}],
  ["311 of 0", [[311, 8]], u(0, 8), {}],
  ["the timeouts 36 and 37 alone", [[36, 2], [37, 2]], "003c000f", {}],
  ["311 above 1", [[311, 8]], "4000000000000000", { implausible_sampling_rate: 1 }],
  ["a sampler without a rate", [[302, 4], [304, 2]], u(7, 4) + "0001", {}],
  ["a rate in little-endian", [[34, 4]], "01000000", { implausible_sampling_rate: 1 }],
  ["more sampled than there were", [[309, 4], [310, 4]], u(9, 4) + u(3, 4), {
    implausible_sampling_rate: 1,
  }],
  ["FortiGate: interval 67 of an algorithm 131", [[34, 4], [35, 1]], u(67, 4) + "83", {
    implausible_sampling_rate: 1,
  }],
];
for (const [what, fields, record, codes] of UNKNOWN) {
  Deno.test(`TRAPS 21, 22: no rate in ${what}`, () => {
    assert.deepEqual(rateOf([[fields, DOMAIN + record]]), {
      rate: null,
      source: "assumed",
      packets: 3,
      codes,
    });
  });
}

for (const [element, width] of [[302, 8], [302, 1], [48, 1], [48, 2], [48, 4]] as const) {
  const two = DOMAIN + u(1, width) + u(10, 4) + DOMAIN + u(2, width) + u(1000, 4);
  const fields: readonly Field[] = [[element, width], [50, 4]];
  const rate = (id: number, records = two) =>
    rateOf([[fields, records]], { fields: [[element, width]], record: u(id, width) }).rate;
  Deno.test(`TRAPS 21: samplers by ${element} of ${width} octets`, () => {
    assert.equal(rate(1), 10);
    assert.equal(rate(2), 1000);
    assert.equal(rate(0), 1000, "sampler 0 is the last announced");
    assert.equal(rate(9), null, "a sampler that nobody announced");
    assert.equal(rate(9, two.slice(two.length / 2)), 1000, "the only sampler there is");
    const unused = DOMAIN + u(1, width) + u(0, 4);
    const second = two.slice(two.length / 2);
    assert.equal(rate(2, second + unused), 1000, "PTX: one of the two has no rate");
    assert.equal(rate(1, second + unused), null, "which is not the other's");
    assert.equal(rate(0, second + unused), 1000, "sampler 0 is the one that has a rate");
    assert.equal(rate(9, second + unused), 1000, "the only sampler that has a rate");
    assert.equal(rate(1, two + unused), null, "a sampler that fell to 0");
    assert.equal(rate(0, two + DOMAIN + u(2, width) + u(0, 4)), 10, "the last one that has a rate");
  });
}

Deno.test("TRAPS 20: a rate in the record comes before what options said", () => {
  const options: [readonly Field[], string][] = [[[[34, 4]], DOMAIN + u(100, 4)]];
  const fields: readonly Field[] = [[34, 4]];
  assert.deepEqual(rateOf(options, { fields, record: u(7, 4) }), {
    rate: 7,
    source: "in_record",
    packets: 21,
    codes: {},
  });
  assert.equal(rateOf(options, { fields, record: u(0, 4) }).rate, 100);
  assert.deepEqual(rateOf(options, { fields, record: "01000000" }), {
    rate: 100,
    source: "announced",
    packets: 300,
    codes: { implausible_sampling_rate: 1 },
  });
});

const IN_RECORD: [what: string, fields: readonly Field[], record: string, rate: number | null][] = [
  ["305 and 306: 1 of 1000", [[305, 4], [306, 4]], u(1, 4) + u(999, 4), 1000],
  ["306 before 305", [[306, 2], [305, 1]], u(90, 2) + u(10, 1), 10],
  ["309 of 310", [[309, 4], [310, 4]], u(2, 4) + u(5, 4), 2.5],
  ["305 of 0 is not known", [[305, 4], [306, 4]], u(0, 4) + u(999, 4), null],
  ["309 of 0 is not known, 34 is", [[309, 4], [310, 4], [34, 4]], u(0, 8) + u(7, 4), 7],
  ["305 without 306 says nothing", [[305, 4]], u(1, 4), null],
];
for (const [what, fields, record, rate] of IN_RECORD) {
  Deno.test(`TRAPS 20: in the record, ${what}`, () => {
    const { packets: _, ...found } = rateOf([], { fields, record });
    const source = rate === null ? "assumed" : "in_record";
    assert.deepEqual(found, { rate, source, codes: {} });
  });
}

Deno.test("TRAPS 7: what options teach is learnt from any port, of the same address and domain", () => {
  const it = new CodecHarness(netflowUdp);
  const options = [set(3, ipfixOptions(300, [[149, 4]], [[34, 4]])), set(300, DOMAIN + u(100, 4))];
  it.decode(ipfix(options, { domain: 5 }), { source: { ...SOURCE, port: 9 } });
  const data = [set(2, template(256, [[2, 4]])), set(256, u(3, 4))];
  const packets = (domain: number, address = SOURCE.address) =>
    it.decode(ipfix(data, { domain }), { source: { address, port: 10 } }).records[0].packets;
  assert.equal(packets(5), 300);
  assert.equal(packets(6), 3);
  assert.equal(packets(5, "192.0.2.77"), 3);
});

Deno.test("sources that teach nothing push out nobody's sampling rate", () => {
  const it = new CodecHarness(netflowUdp);
  it.decode(
    ipfix([set(3, ipfixOptions(300, [[149, 4]], [[34, 4]])), set(300, DOMAIN + u(100, 4))]),
  );
  const noise = ipfix([]);
  for (let i = 0; i < LIMITS.learntExporters + 1; i++) {
    it.decode(noise, { source: { address: `198.51.${i >> 8}.${i & 255}`, port: 1 } });
  }
  const { records } = it.decode(ipfix([set(2, template(256, [[2, 4]])), set(256, u(3, 4))]));
  assert.equal(records[0].packets, 300);
});

/** Scopes of v9 (RFC 3954 §6.1) and IPFIX, and the rates of records by interface and template. */
const SCOPES: [what: string, options: string, ids: Record<string, number | null>][] = [
  ["the system", set(1, v9Options(300, [[1, 4]], [[34, 4]])), { in7: 100, in8: 100, other: 100 }],
  ["a line card", set(1, v9Options(300, [[3, 4]], [[34, 4]])), { in7: 100, in8: 100, other: 100 }],
  ["a cache", set(1, v9Options(300, [[4, 4]], [[34, 4]])), { in7: 100, in8: 100, other: 100 }],
  ["an interface", set(1, v9Options(300, [[2, 4]], [[34, 4]])), {
    in7: 100,
    in8: null,
    other: null,
  }],
  ["element 10", set(1, v9Options(300, [[1, 0]], [[10, 4], [34, 4]])), {
    in7: 100,
    in8: null,
    other: null,
  }],
];
for (const [what, options, rates] of SCOPES) {
  Deno.test(`TRAPS 11, 20: a rate scoped to ${what} holds for its records`, () => {
    const it = new CodecHarness(netflowUdp);
    it.decode(v9([options, set(300, u(7, 4) + u(100, 4))]));
    const { records } = it.decode(v9([
      set(0, template(256, [[10, 2], [2, 4]]) + template(257, [[2, 4]])),
      set(256, u(7, 2) + u(3, 4) + u(8, 2) + u(3, 4)),
      set(257, u(3, 4)),
    ]));
    const [in7, in8, other] = records.map(({ sampling_rate }) => sampling_rate);
    assert.deepEqual({ in7, in8, other }, rates);
    assert.deepEqual(records.map(({ packets, sampling_rate }) => packets! / (sampling_rate ?? 1)), [
      3,
      3,
      3,
    ]);
  });
}

Deno.test("TRAPS 20: rates of egress interfaces, and of an interface before the exporter's own", () => {
  const it = new CodecHarness(netflowUdp);
  it.decode(ipfix([
    set(3, ipfixOptions(300, [[14, 4]], [[34, 4]])),
    set(300, u(9, 4) + u(50, 4)),
    set(3, ipfixOptions(301, [[10, 4]], [[305, 4], [306, 4]])),
    set(301, u(7, 4) + u(1, 4) + u(19, 4)),
    set(3, ipfixOptions(302, [[149, 4]], [[34, 4]])),
    set(302, DOMAIN + u(1000, 4)),
  ]));
  const { records } = it.decode(ipfix([
    set(2, template(256, [[10, 4], [14, 4]])),
    set(256, u(7, 4) + u(9, 4) + u(1, 4) + u(9, 4) + u(1, 4) + u(2, 4)),
  ]));
  assert.deepEqual(records.map(({ sampling_rate }) => sampling_rate), [20, 50, 1000]);
});

for (
  const [what, message] of [
    [
      "v9's scope 5",
      v9([
        set(1, v9Options(300, [[5, 2]], [[34, 4]])),
        set(300, u(256, 2) + u(100, 4)),
      ]),
    ],
    [
      "element 145",
      ipfix([
        set(3, ipfixOptions(300, [[145, 2]], [[34, 4]])),
        set(300, u(256, 2) + u(100, 4)),
      ]),
    ],
  ] as const
) {
  Deno.test(`TRAPS 20: a rate scoped to a template by ${what} holds for its records`, () => {
    const it = new CodecHarness(netflowUdp);
    it.decode(message);
    const templates = template(256, [[2, 4]]) + template(257, [[2, 4]]);
    const data = [set(256, u(3, 4)), set(257, u(3, 4))];
    const { records } = it.decode(
      message[1] === 9 ? v9([set(0, templates), ...data]) : ipfix([set(2, templates), ...data]),
    );
    assert.deepEqual(records.map(({ sampling_rate, packets }) => [sampling_rate, packets]), [
      [100, 300],
      [null, 3],
    ]);
  });
}

Deno.test("TRAPS 21: the template's rate holds where its records name a sampler nobody announced", () => {
  const it = new CodecHarness(netflowUdp);
  const { records } = it.decode(ipfix([
    set(3, ipfixOptions(300, [[145, 2]], [[34, 4]])),
    set(300, u(256, 2) + u(500, 4)),
    set(2, template(256, [[2, 4], [302, 4]]) + template(257, [[2, 4], [302, 4]])),
    set(256, u(3, 4) + u(9, 4)),
    set(257, u(3, 4) + u(9, 4)),
  ]));
  assert.deepEqual(records.map(({ packets, sampling_rate }) => [packets, sampling_rate]), [
    [1500, 500],
    [3, null],
  ]);
});

Deno.test("TRAPS 20: another rate holds for later data only, of a sampler and of the exporter", () => {
  for (const field of [[], [[48, 2]]] as readonly Field[][]) {
    const it = new CodecHarness(netflowUdp);
    const id = field.length === 0 ? "" : "0001";
    it.decode(v9([
      set(1, v9Options(300, [[1, 4]], [...field, [50, 4]])),
      set(0, template(256, [...field, [2, 4]])),
    ]));
    const options = (rate: number) => v9([set(300, DOMAIN + id + u(rate, 4))]);
    const data = v9([set(256, id + u(1, 4))]);
    const packets = [100, 10, 0].map((rate) => {
      it.decode(options(rate));
      return it.decode(data).records[0].packets;
    });
    const last = field.length === 0 ? 10 : 1;
    assert.deepEqual(packets, [100, 10, last], "0 is the end of a sampler, else nothing new");
  }
});

Deno.test("TRAPS 11: a v9 scope of length 0 (Juniper SRX), and an IPFIX one", () => {
  for (const [optionsOf, message, id] of [[v9Options, v9, 1], [ipfixOptions, ipfix, 3]] as const) {
    const it = new CodecHarness(netflowUdp);
    it.decode(
      message([
        set(id, optionsOf(300, [[1, 0]], [[34, 4], [36, 2]])),
        set(300, u(100, 4) + "003c"),
      ]),
    );
    const { records } = it.decode(message([
      set(id - 1, template(256, [[2, 4]])),
      set(256, u(3, 4)),
    ]));
    assert.deepEqual(records.map(({ packets }) => packets), [300]);
  }
});

Deno.test("a rate of Junos scoped to a line card (141) or keyed by nothing, from another port", () => {
  for (const scope of [[141, 4], [144, 4], [149, 4]] as const) {
    const it = new CodecHarness(netflowUdp);
    it.decode(
      ipfix([
        set(3, ipfixOptions(512, [scope], [[160, 8], [36, 2], [37, 2], [34, 4]])),
        set(512, u(2, 4) + u(0, 8) + "003c003c" + u(1000, 4)),
      ]),
      { source: { ...SOURCE, port: 4000 } },
    );
    const { records } = it.decode(
      ipfix([set(2, template(256, [[2, 4]])), set(256, u(3, 4))]),
      { source: { ...SOURCE, port: 5000 } },
    );
    assert.deepEqual(records.map(({ packets }) => packets), [3000], `${scope}`);
  }
});

const text = (value: string, width: number) =>
  [...new TextEncoder().encode(value)].map((octet) => u(octet, 1)).join("").padEnd(width * 2, "0");

Deno.test("names of interfaces: 82 and 83, by v9's scope of an interface and by element 10", () => {
  const data = [set(0, template(256, [[10, 2], [14, 4]])), set(256, "0009" + u(10, 4))];
  const cases: [string, string, [string | null, string | null]][] = [
    [v9Options(300, [[2, 4]], [[82, 8]]), u(9, 4) + text("Gi0/9", 8), ["Gi0/9", null]],
    [v9Options(300, [[2, 2]], [[83, 8]]), u(10, 2) + text("uplink", 8), [null, "uplink"]],
    [
      v9Options(300, [[1, 4]], [[10, 4], [82, 8], [83, 8]]),
      u(0, 4) + u(9, 4) + text("Gi9", 8) + text("to x", 8),
      [
        "Gi9",
        null,
      ],
    ],
    [
      v9Options(300, [[1, 4]], [[10, 4], [82, 8], [83, 8]]),
      u(0, 4) + u(9, 4) + text("", 8) + text("to x", 8),
      [
        "to x",
        null,
      ],
    ],
  ];
  for (const [options, record, names] of cases) {
    const it = new CodecHarness(netflowUdp);
    const { records } = it.decode(v9([set(1, options), set(300, record), ...data]));
    assert.deepEqual([records[0].in_if_name, records[0].out_if_name], names);
  }
  const it = new CodecHarness(netflowUdp);
  const { records } = it.decode(ipfix([
    set(3, ipfixOptions(300, [[10, 4]], [[82, 65_535]])),
    set(300, u(9, 4) + "03" + text("xe1", 3) + u(10, 4) + "ff0003" + text("xe2", 3)),
    set(2, template(256, [[10, 2], [14, 4]])),
    set(256, "0009" + u(10, 4)),
  ]));
  assert.deepEqual([records[0].in_if_name, records[0].out_if_name], ["xe1", "xe2"]);
});

Deno.test("applications: 95 is engine and selector (RFC 6759 §4), named by options of 95 and 96", () => {
  const it = new CodecHarness(netflowUdp);
  const { records } = it.decode(v9([
    set(1, v9Options(300, [[1, 4]], [[95, 4], [96, 8]])),
    set(300, u(0, 4) + "03000050" + text("http", 8)),
    set(0, template(256, [[95, 4]])),
    set(256, "03000050" + "0d0001f4" + "00000000"),
  ]));
  assert.deepEqual(records.map(({ application }) => application), ["http", "13:500", null]);
});

Deno.test("applications: a description (94) never stands in for a name (96), reduced sizes are one id", () => {
  const it = new CodecHarness(netflowUdp);
  it.decode(v9([
    set(1, v9Options(300, [[1, 4]], [[95, 4], [94, 12], [96, 8]])),
    set(300, u(0, 4) + "0d000050" + text("the web", 12) + text("web", 8)),
    set(1, v9Options(301, [[1, 4]], [[95, 4], [94, 12]])),
    set(301, u(0, 4) + "0d000050" + text("late words", 12)),
    set(301, u(0, 4) + "0d000051" + text("words alone", 12)),
  ]));
  const { records } = it.decode(v9([
    set(0, template(256, [[95, 4]]) + template(257, [[95, 2]])),
    set(256, "0d000050" + "0d000051"),
    set(257, "0d50"),
  ]));
  assert.deepEqual(records.map(({ application }) => application), ["web", "words alone", "web"]);
});

Deno.test("applications: protocols and ports have names without options (RFC 6759 §4.1)", () => {
  const it = new CodecHarness(netflowUdp);
  const { records } = it.decode(v9([
    set(0, template(256, [[95, 4]])),
    set(256, "01000006" + "03000035" + "0300fde8"),
  ]));
  assert.deepEqual(records.map(({ application }) => application), ["tcp", "domain", "3:65000"]);
});

Deno.test("VRFs: options map 234 or 235 to a name (236), else the number is shown", () => {
  for (const element of [234, 235]) {
    const it = new CodecHarness(netflowUdp);
    it.decode(v9([
      set(1, v9Options(300, [[1, 4]], [[element, 4], [236, 8]])),
      set(300, u(0, 4) + u(0x60000001, 4) + text("blue", 8)),
    ]));
    const { records } = it.decode(v9([
      set(0, template(256, [[element, 4]]) + template(257, [[236, 8], [element, 4]])),
      set(256, u(0x60000001, 4) + u(5, 4)),
      set(257, text("own", 8) + u(0x60000001, 4) + text("", 8) + u(0x60000001, 4)),
    ]));
    assert.deepEqual(records.map(({ vrf }) => vrf), ["blue", "5", "own", "blue"]);
  }
});

Deno.test("names of interfaces in records: 82 before 83 before options, and whose name it is", () => {
  const options = [
    set(1, v9Options(300, [[2, 4]], [[82, 8]])),
    set(300, u(9, 4) + text("learnt", 8)),
  ];
  const names = (fields: readonly Field[], record: string) => {
    const it = new CodecHarness(netflowUdp);
    const { records: [one] } = it.decode(
      v9([...options, set(0, template(256, fields)), set(256, record)]),
    );
    return [one.in_if_name, one.out_if_name];
  };
  assert.deepEqual(
    names([[10, 4], [83, 8], [82, 8]], u(9, 4) + text("words", 8) + text("Gi0", 8)),
    [
      "Gi0",
      null,
    ],
  );
  assert.deepEqual(names([[10, 4], [83, 8]], u(9, 4) + text("words", 8)), ["words", null]);
  assert.deepEqual(names([[10, 4], [82, 8]], u(9, 4) + text("", 8)), ["learnt", null]);
  assert.deepEqual(names([[14, 4], [82, 8]], u(9, 4) + text("Gi0", 8)), [null, "Gi0"]);
});

Deno.test("TRAPS 18: the start of the exporter (160) comes in options, as for Huawei and MikroTik", () => {
  const it = new CodecHarness(netflowUdp);
  // 2023-12-31T23:00:00Z.
  const { records } = it.decode(ipfix([
    set(3, ipfixOptions(300, [[149, 4]], [[160, 8]])),
    set(300, DOMAIN + u(1_704_063_600_000, 8)),
    set(2, template(256, [[22, 4], [21, 4]])),
    set(256, u(3_500_000, 4) + u(3_500_250, 4)),
  ]));
  assert.deepEqual([records[0].start_at, records[0].end_at, records[0].duration_ms], [
    "2023-12-31T23:58:20.000Z",
    "2023-12-31T23:58:20.250Z",
    250,
  ]);
});

Deno.test("TRAPS 19: a time in options data is no time of a flow", () => {
  const it = new CodecHarness(netflowUdp);
  const { records } = it.decode(ipfix([
    set(3, ipfixOptions(300, [[149, 4]], [[152, 8], [322, 4]])),
    set(300, DOMAIN + u(1, 8) + u(2, 4)),
    set(2, template(256, [[152, 8]])),
    set(256, u(1_704_067_200_000, 8)),
  ]));
  assert.deepEqual(records.map(({ start_at }) => start_at), ["2024-01-01T00:00:00.000Z"]);
});

Deno.test("options records cut at any octet teach nothing and never throw", () => {
  const body = u(9, 4) + "03" + text("xe1", 3);
  for (let octets = 0; octets < body.length / 2; octets++) {
    const it = new CodecHarness(netflowUdp);
    const { records } = it.decode(ipfix([
      set(3, ipfixOptions(300, [[10, 4]], [[82, 65_535]])),
      set(300, body.slice(0, octets * 2)),
      set(2, template(256, [[10, 2]])),
      set(256, "0009"),
    ]));
    assert.deepEqual(records.map(({ in_if_name }) => in_if_name), [null], `${octets}`);
  }
});

Deno.test("forged options leave room for the names of exporters of which flows are decoded", () => {
  const it = new CodecHarness(netflowUdp);
  const from = (n: number) => ({ ...SOURCE, address: `10.0.${n >> 8}.${n & 255}` });
  const options = set(1, v9Options(300, [[1, 4]], [[95, 4], [96, 12]]));
  const name = (selector: number, name: string) => u(0, 4) + "0d" + u(selector, 3) + text(name, 12);
  for (let n = 0; n < 2000; n++) {
    const names = Array.from({ length: 40 }, (_, i) => name(i, `x${n}-${i}`)).join("");
    it.decode(v9([options, set(300, names)]), { source: from(n) });
  }
  assert.ok(it.dictionary.hasRoom(1000), `${it.dictionary.size} texts`);
  const applicationOf = () =>
    it.decode(v9([set(0, template(256, [[95, 4]])), set(256, "0d000050")])).records[0].application;
  const told = v9([options, set(300, name(0x50, "backup"))]);
  it.decode(told);
  assert.equal(applicationOf(), "13:80");
  it.decode(told);
  assert.equal(applicationOf(), "backup", "once the exporter is known to be real");
});
