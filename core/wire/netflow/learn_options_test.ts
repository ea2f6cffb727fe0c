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
    assert.equal(
      rate(1, two.slice(two.length / 2) + unused),
      1000,
      "PTX: one of the two has no rate",
    );
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
