import assert from "node:assert/strict";
import { formatAddress } from "../../flow/address.ts";
import { columnBytes, type FlowColumns, isPresent, layColumns } from "../../flow/columns.ts";
import { presenceBit, SAMPLING_SOURCES, STORED_FIELDS } from "../../flow/schema.ts";
import type { StoredFieldName } from "../../flow/schema.ts";
import { hex } from "../../../tests/support/hex.ts";
import { MAX_SAMPLING_RATE } from "../../flow/sampling_rate.ts";
import { type CompiledPlan, compilePlan } from "./compile_plan.ts";
import { emptyPlanContext, type PlanContext, type RecordLookups } from "./plan_context.ts";
import { VARIABLE_LENGTH, type WireField, type WireKind, type WireUse } from "./wire_field.ts";

const CAPACITY = 8;
const ALWAYS: readonly StoredFieldName[] = ["export_format", "received_at", "sampling_source"];
const CONFIGURED = SAMPLING_SOURCES.indexOf("configured");
const ANNOUNCED = SAMPLING_SOURCES.indexOf("announced");
const IN_RECORD = SAMPLING_SOURCES.indexOf("in_record");
const ASSUMED = SAMPLING_SOURCES.indexOf("assumed");

/** A field for one use, or for nothing. */
function field(
  width: number,
  target?: WireUse["target"],
  kind: WireKind = "unsigned",
  more: Partial<WireUse> & { name?: string } = {},
): WireField {
  const { name = `${target}/${kind}/${more.rank ?? 0}/${more.row ?? ""}`, ...use } = more;
  return { name, width, uses: target === undefined ? undefined : [{ target, kind, ...use }] };
}

/** Columns whose every octet and presence bit is left over from an older row. */
function usedColumns(): FlowColumns {
  const buffer = new SharedArrayBuffer(columnBytes(CAPACITY));
  new Uint8Array(buffer).fill(0x5a);
  const columns = layColumns(buffer, { offset: 0, capacity: CAPACITY });
  columns.presence.fill(0xffffffff);
  return columns;
}

interface Run {
  columns: FlowColumns;
  context: PlanContext;
  rows: number;
}

function run(
  plan: CompiledPlan | readonly WireField[],
  octets: string | Uint8Array,
  { context = {}, firstRow = 0, maxRows = CAPACITY, offset = 0, end, columns = usedColumns() }: {
    context?: Partial<PlanContext>;
    firstRow?: number;
    maxRows?: number;
    offset?: number;
    end?: number;
    columns?: FlowColumns;
  } = {},
): Run {
  const bytes = typeof octets === "string" ? hex(octets) : octets;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const full = { ...emptyPlanContext(5, ASSUMED), receivedAt: 1000, ...context };
  const { write } = "write" in plan ? plan : compilePlan(plan);
  const until = end ?? bytes.length;
  const rows = write(view, columns, full, offset, until, firstRow, CAPACITY - 1, maxRows);
  return { columns, context: full, rows };
}

/** Names of the fields that a row says it has. */
function present(columns: FlowColumns, slot = 0): StoredFieldName[] {
  return STORED_FIELDS.map(({ name }) => name).filter((name) =>
    isPresent(columns, { slot, bit: presenceBit(name) })
  );
}

/** A row's fields beside those that every row has, as numbers or addresses. */
function values(columns: FlowColumns, slot = 0): Record<string, number | string> {
  const found: Record<string, number | string> = {};
  for (const name of present(columns, slot)) {
    if (ALWAYS.includes(name)) continue;
    const { storage } = STORED_FIELDS.find((f) => f.name === name)!;
    found[name] = storage === "address"
      ? formatAddress(columns[name] as Uint32Array, slot * 4)
      : columns[name][slot];
  }
  return found;
}

/** The one row of a record. */
function row(
  fields: readonly WireField[],
  octets: string,
  context: Partial<PlanContext> = {},
): Record<string, number | string> {
  const { columns, rows } = run(fields, octets, { context });
  assert.equal(rows, 1);
  return values(columns);
}

function lookups(more: Partial<RecordLookups> = {}): RecordLookups {
  return {
    samplerRate: () => 0,
    interfaceName: () => -1,
    text: () => -1,
    vrf: () => -1,
    interfaceRate: () => 0,
    application: () => -1,
    event: () => -1,
    packet: () => -1,
    word: () => -1,
    ...more,
  };
}

Deno.test("layout: a plan knows the smallest record of fixed and variable fields", () => {
  const cases: [number[], number][] = [
    [[4], 4],
    [[1, 2, 16], 19],
    [[VARIABLE_LENGTH], 1],
    [[4, VARIABLE_LENGTH, 2, VARIABLE_LENGTH], 8],
    [[0, 1], 1],
    [[65_534, 65_534], 131_068],
  ];
  for (const [widths, minLength] of cases) {
    assert.equal(compilePlan(widths.map((width) => field(width))).minLength, minLength);
  }
});

for (const widths of [[], [0], [0, 0]]) {
  Deno.test(`layout: refuses a record of ${widths.length} fields and no octets`, () => {
    assert.throws(() => compilePlan(widths.map((width) => field(width))), RangeError);
  });
}

Deno.test("layout: records of fixed length follow each other, and slots wrap with the mask", () => {
  const { columns, context, rows } = run(
    [field(2, "src_port"), field(3)],
    "ffff 0001 aaaaaa 0002 bbbbbb 0003 cccccc dddd",
    { offset: 2, firstRow: 14 },
  );
  assert.equal(rows, 3);
  assert.deepEqual([6, 7, 0].map((slot) => columns.src_port[slot]), [1, 2, 3]);
  assert.deepEqual([context.next, context.records], [17, 3]);
  assert.equal(columns.presence[2], 0xffffffff, "slot 1 is left alone");
});

const VARIABLE = [
  field(2, "src_port"),
  field(VARIABLE_LENGTH),
  field(1, "protocol"),
  field(VARIABLE_LENGTH),
  field(2, "dst_port"),
];

Deno.test("layout: variable length in its 1- and 3-octet forms (RFC 7011 §7)", () => {
  const long = "ff".repeat(300);
  const { columns, context, rows } = run(
    VARIABLE,
    `0001 00 06 00 0002 ` + // both empty
      `0003 03aabbcc 11 01dd 0004 ` +
      `0005 ff0002abcd 01 ff0000 0006 ` + // 3-octet form of lengths that 1 octet would hold
      `0007 ff012c${long} 3a fe${"ee".repeat(254)} 0008`,
  );
  assert.equal(rows, 4);
  assert.deepEqual([...columns.src_port.subarray(0, 4)], [1, 3, 5, 7]);
  assert.deepEqual([...columns.protocol.subarray(0, 4)], [6, 0x11, 1, 0x3a]);
  assert.deepEqual([...columns.dst_port.subarray(0, 4)], [2, 4, 6, 8]);
  assert.equal(context.next, 7 + 11 + 14 + 562);
});

Deno.test("layout: a record that is cut at any octet is no record", () => {
  const records = [
    hex("0001 00 06 00 0002"),
    hex("0003 03aabbcc 11 01dd 0004"),
    hex("0005 ff0002abcd 01 ff0001ee 0006"),
  ];
  const octets = Uint8Array.from(records.flatMap((record) => [...record]));
  const ends = [7, 18, 32];
  assert.equal(octets.length, 32);
  const plan = compilePlan(VARIABLE);
  for (let end = 0; end <= octets.length; end++) {
    const whole = ends.filter((e) => e <= end).length;
    // The octets behind the end are there, and not to be read.
    const { rows, context } = run(plan, octets, { end });
    assert.deepEqual([rows, context.records, context.next], [whole, whole, ends[whole - 1] ?? 0]);
    // The octets behind the end are not there: reading them would throw.
    const cut = run(plan, octets.slice(0, end));
    assert.equal(cut.rows, whole, `cut at ${end}`);
  }
});

Deno.test("layout: fixed records cut at any octet, and padding shorter than a record", () => {
  const octets = hex("0001 02 0003 04 0005 06");
  const plan = compilePlan([field(2, "src_port"), field(1, "protocol")]);
  for (let end = 0; end <= octets.length; end++) {
    const { rows, context } = run(plan, octets.slice(0, end));
    assert.deepEqual([rows, context.next], [Math.floor(end / 3), Math.floor(end / 3) * 3]);
  }
});

Deno.test("layout: a length that reaches behind the set ends it, whatever the length", () => {
  for (const length of ["05", "fe", "ff0005", "ffffff"]) {
    const { rows, context } = run(
      [field(VARIABLE_LENGTH), field(1, "protocol")],
      `01aa06 ${length} bbbbbbbb`,
    );
    assert.deepEqual([rows, context.next], [1, 3], length);
  }
});

Deno.test("layout: a batch of few rows is taken up where the last one stopped", () => {
  const octets = hex("0001 01aa 0002 00 0003 02bbbb 0004 00 0005 00");
  const plan = compilePlan([field(2, "src_port"), field(VARIABLE_LENGTH)]);
  const columns = usedColumns();
  const ports: number[] = [];
  let next = 0;
  const counts: number[] = [];
  for (let i = 0; i < 4; i++) {
    const done = run(plan, octets, { columns, offset: next, maxRows: 2, firstRow: ports.length });
    for (let r = 0; r < done.rows; r++) ports.push(columns.src_port[(ports.length) & 7]);
    counts.push(done.context.records);
    next = done.context.next;
  }
  assert.deepEqual(ports, [1, 2, 3, 4, 5]);
  assert.deepEqual(counts, [2, 2, 1, 0]);
  assert.equal(next, octets.length);
});

Deno.test("layout: a record of two rows begins only where there is room for both", () => {
  const fields = [
    field(1, "bytes", "counter", { row: "forward" }),
    field(1, "bytes", "counter", { row: "reverse" }),
  ];
  const plan = compilePlan(fields);
  assert.equal(plan.rowsPerRecord, 2);
  const one = run(plan, "01020304", { maxRows: 1 });
  assert.deepEqual([one.rows, one.context.next], [0, 0]);
  const three = run(plan, "01020304", { maxRows: 3 });
  assert.deepEqual([three.rows, three.context.next, three.context.records], [2, 2, 1]);
});

// RFC 7011 §6.2: an integer may be sent in fewer octets than its type has.
const BY_WIDTH: [string, number][] = [
  ["80", 0x80],
  ["8001", 0x8001],
  ["800102", 0x800102],
  ["80010203", 0x80010203],
  ["8001020304", 549_772_722_948],
  ["800102030405", 140_741_817_074_693],
  ["00010203040506", 1_108_152_157_446],
  ["0001020304050607", 283_686_952_306_183],
];

for (const [octets, value] of BY_WIDTH) {
  const width = octets.length / 2;
  Deno.test(`integers of ${width} octets are big-endian and unsigned`, () => {
    const counters = [field(width, "bytes", "counter"), field(1, "protocol")];
    assert.deepEqual(row(counters, `${octets}06`), { bytes: value, protocol: 6 });
    assert.deepEqual(row([field(width, "retransmits")], octets), { retransmits: value >>> 0 });
  });
}

Deno.test("integers beyond 2^53 are the nearest number", () => {
  assert.deepEqual(row([field(8, "bytes", "counter")], "ffffffffffffffff"), { bytes: 2 ** 64 });
  assert.deepEqual(row([field(7, "bytes", "counter")], "80000000000000"), { bytes: 2 ** 55 });
});

const UNREADABLE: [WireKind, number[]][] = [
  ["unsigned", [0, 9, 16, VARIABLE_LENGTH]],
  ["counter", [0, 9, VARIABLE_LENGTH]],
  ["ipv4", [0, 3, 5, 16, VARIABLE_LENGTH]],
  ["ipv6", [0, 4, 15, 17, VARIABLE_LENGTH]],
  ["mac", [0, 5, 7, 8, VARIABLE_LENGTH]],
  ["uptime", [0, 2, 5, VARIABLE_LENGTH]],
  ["ntp", [0, 4, 7, 9, VARIABLE_LENGTH]],
  ["mpls", [0, 2, 5, VARIABLE_LENGTH]],
  ["high_octet", [0, 1, 3, VARIABLE_LENGTH]],
  ["low_octet", [0, 1, 3, VARIABLE_LENGTH]],
  ["forwarding", [0, 9, VARIABLE_LENGTH]],
  ["text", [0]],
  ["application", [0]],
];
const TARGETS: Partial<Record<WireKind, StoredFieldName>> = {
  counter: "bytes",
  ipv4: "src_addr",
  ipv6: "src_addr",
  mac: "src_mac",
  uptime: "start_at",
  ntp: "start_at",
  text: "vrf",
  application: "application",
};

for (const [kind, widths] of UNREADABLE) {
  Deno.test(`${kind}: a field of another length is skipped, not misread`, () => {
    for (const width of widths) {
      const fields = [field(width, TARGETS[kind] ?? "vlan", kind), field(1, "protocol")];
      const record = width === VARIABLE_LENGTH ? "04 ffffffff 11" : "ff".repeat(width) + "11";
      const context = { uptimeMs: 5, exportMs: 1e12, lookups: lookups({ text: () => 1 }) };
      assert.deepEqual(row(fields, record, context), { protocol: 0x11 }, `${width} octets`);
    }
  });
}

const KINDS: [what: string, field: WireField, octets: string, values: Record<string, unknown>][] = [
  ["ipv4", field(4, "src_addr", "ipv4"), "c0000201", { src_addr: "192.0.2.1" }],
  ["ipv4 of zeros is an address of a flow", field(4, "src_addr", "ipv4"), "00000000", {
    src_addr: "0.0.0.0",
  }],
  ["ipv6", field(16, "dst_addr", "ipv6"), "20010db8000000000000000000000001", {
    dst_addr: "2001:db8::1",
  }],
  [
    "ipv6 with an IPv4 address in it",
    field(16, "dst_addr", "ipv6"),
    `${"00".repeat(10)}ffffc0000201`,
    {
      dst_addr: "192.0.2.1",
    },
  ],
  ["a next hop of zeros is not known", field(4, "next_hop", "ipv4"), "00000000", {}],
  ["a next hop of sixteen zeros is not known", field(16, "next_hop", "ipv6"), "00".repeat(16), {}],
  ["an AS of 0 is not known", field(4, "src_as"), "00000000", {}],
  ["an AS of 2 octets", field(2, "src_as"), "fde9", { src_as: 65_001 }],
  ["an AS of 4 octets", field(4, "src_as"), "fffffffe", { src_as: 4_294_967_294 }],
  ["a prefix length of 0 is known", field(1, "src_prefix_len"), "00", { src_prefix_len: 0 }],
  ["mac", field(6, "src_mac", "mac"), "fe0123456789", { src_mac: 0xfe0123456789 }],
  ["direction 0", field(1, "direction", "direction"), "00", { direction: 0 }],
  ["direction 1", field(1, "direction", "direction"), "01", { direction: 1 }],
  ["direction 2 is none", field(1, "direction", "direction"), "02", {}],
  ["direction 255 is none", field(1, "direction", "direction"), "ff", {}],
  // RFC 3032 §2.1: 20 bits of label, 3 experimental, 1 bottom of stack.
  ["mpls", field(3, "mpls_label", "mpls"), "493e01", { mpls_label: 300_000 }],
  ["the highest mpls label", field(3, "mpls_label", "mpls"), "ffffff", { mpls_label: 1_048_575 }],
  ["mpls with its time to live", field(4, "mpls_label", "mpls"), "493e01ff", {
    mpls_label: 300_000,
  }],
  ["forwarding status of 1 octet", field(1, "forwarding_status", "forwarding"), "40", {
    forwarding_status: 64,
  }],
  ["forwarding status of 4 octets", field(4, "forwarding_status", "forwarding"), "00000082", {
    forwarding_status: 130,
  }],
  ["tcp flags of 1 octet", field(1, "tcp_flags"), "12", { tcp_flags: 0x12 }],
  ["tcp flags of 2 octets", field(2, "tcp_flags"), "0112", { tcp_flags: 0x112 }],
  ["an ifIndex of 2 octets", field(2, "in_if"), "ffff", { in_if: 65_535 }],
  ["an ifIndex of 4 octets", field(4, "in_if"), "ffffffff", { in_if: 4_294_967_295 }],
  ["a duration in milliseconds", field(4, "duration_ms", "duration_ms"), "000009c4", {
    duration_ms: 2500,
  }],
  ["a duration in microseconds", field(4, "duration_ms", "duration_us"), "000009c4", {
    duration_ms: 2.5,
  }],
];

for (const [what, wire, octets, expected] of KINDS) {
  Deno.test(`kinds: ${what}`, () => assert.deepEqual(row([wire], octets), expected));
}

Deno.test("presence: exactly what is known, whatever lay in the slot", () => {
  const { columns } = run([
    field(2, "src_port"),
    field(4, "next_hop", "ipv4"),
    field(1, "direction", "direction"),
    field(2, "src_as"),
  ], "0000 00000000 07 0000");
  assert.deepEqual(present(columns).toSorted(), [...ALWAYS, "src_port"].toSorted());
  assert.equal(columns.export_format[0], 5);
  assert.equal(columns.received_at[0], 1000);
  assert.equal(columns.sampling_source[0], ASSUMED);
});

Deno.test("presence: exporter and domain where they are known, domain 0 too", () => {
  const context = { exporter: Uint32Array.of(0, 0, 0xffff, 0xc0000201), domain: 0 };
  assert.deepEqual(row([field(1, "protocol")], "06", context), {
    exporter: "192.0.2.1",
    observation_domain: 0,
    protocol: 6,
  });
});

Deno.test("presence: a text is what the lookup gives, nothing where it gives none", () => {
  const seen: [number, number][] = [];
  const text = (_: DataView, offset: number, length: number) => {
    seen.push([offset, length]);
    return length === 2 ? 7 : -1;
  };
  const fields = [field(1, "protocol"), field(VARIABLE_LENGTH, "vrf", "text")];
  const { columns, rows } = run(fields, "06 02 6162 06 00", {
    context: { lookups: lookups({ text }) },
  });
  assert.equal(rows, 2);
  assert.deepEqual(values(columns, 0), { protocol: 6, vrf: 7 });
  assert.deepEqual(values(columns, 1), { protocol: 6 });
  assert.deepEqual(seen, [[2, 2], [6, 0]]);
  assert.deepEqual(row(fields, "06 02 6162"), { protocol: 6 }, "no lookups, no text");
});

Deno.test("ranks: of two texts the lowest rank that is known counts", () => {
  const fields = [
    field(1, "vrf", "vrf", { rank: 1 }),
    field(2, "vrf", "text"),
  ];
  const vrf = (value: number) => 100 + value;
  const known = lookups({ vrf, text: () => 3 });
  assert.deepEqual(row(fields, "05 6162", { lookups: known }), { vrf: 3 });
  assert.deepEqual(row(fields, "05 0000", { lookups: lookups({ vrf }) }), { vrf: 105 });
});

Deno.test("ranks: the lowest known counts, and 0 gives way to another", () => {
  const fields = [field(1, "in_if", "unsigned", { rank: 1 }), field(1, "in_if")];
  assert.deepEqual(row(fields, "02 01"), { in_if: 1 });
  assert.deepEqual(row(fields, "02 00"), { in_if: 2 });
  assert.deepEqual(row(fields, "00 00"), { in_if: 0 });
});

Deno.test("ranks: repeated elements: the first is the outer header", () => {
  const fields = [
    field(4, "src_addr", "ipv4", { name: "8" }),
    field(2, "src_port", "unsigned", { name: "7" }),
    field(4, "src_addr", "ipv4", { name: "8" }),
    field(2, "src_port", "unsigned", { name: "7" }),
  ];
  assert.deepEqual(row(fields, "c0000201 0000 0a000001 0035"), {
    src_addr: "192.0.2.1",
    src_port: 0,
  });
});

const counter = (target: "bytes" | "packets", rank: number, width = 1) =>
  field(width, target, "counter", { rank });

const PAIRS: [what: string, fields: WireField[], octets: string, expected: object][] = [
  [
    "of two views the first pair",
    [
      counter("bytes", 0),
      counter("packets", 0),
      counter("bytes", 2),
      counter("packets", 2),
    ],
    "0a 01 14 02",
    { bytes: 10, packets: 1 },
  ],
  [
    "the complete pair, even behind half of a better one",
    [
      counter("bytes", 0),
      counter("bytes", 2),
      counter("packets", 2),
    ],
    "0a 14 02",
    { bytes: 20, packets: 2 },
  ],
  ["halves where there is no pair", [counter("bytes", 0), counter("packets", 2)], "0a 02", {
    bytes: 10,
    packets: 2,
  }],
  ["never the sum", [counter("bytes", 0), counter("bytes", 3)], "0a 14", { bytes: 10 }],
];

for (const [what, fields, octets, expected] of PAIRS) {
  Deno.test(`counters: ${what}`, () => assert.deepEqual(row(fields, octets), expected));
}

// TRAPS 27.
const BOTH = [
  field(4, "src_addr", "ipv4"),
  field(16, "src_addr", "ipv6", { rank: 1 }),
  field(1, "ip_version"),
];
const V6 = "20010db8000000000000000000000001";
const NONE6 = "00".repeat(16);
const VERSIONS: [string, string, number, string][] = [
  ["c0000201", NONE6, 4, "192.0.2.1"],
  ["00000000", V6, 6, "2001:db8::1"],
  ["c0000201", V6, 4, "192.0.2.1"],
  ["c0000201", V6, 6, "2001:db8::1"],
  ["00000000", NONE6, 4, "0.0.0.0"],
  ["00000000", NONE6, 6, "::"],
  ["00000000", V6, 0, "2001:db8::1"],
  ["c0000201", NONE6, 0, "192.0.2.1"],
  ["c0000201", V6, 0, "192.0.2.1"],
];
for (const [four, six, version, expected] of VERSIONS) {
  Deno.test(`addresses: ${four} and ${six.slice(0, 8)}… of version ${version}`, () => {
    assert.deepEqual(row(BOTH, `${four}${six}0${version}`), { src_addr: expected });
    if (version === 0) {
      assert.deepEqual(row(BOTH.slice(0, 2), `${four}${six}`), { src_addr: expected });
    }
  });
}

Deno.test("addresses: of two that are both known the first in the record is the outer header's", () => {
  const [four, six] = BOTH;
  assert.deepEqual(row([six, four], `${V6}c0000201`), { src_addr: "2001:db8::1" });
  assert.deepEqual(row([four, six], `c0000201${V6}`), { src_addr: "192.0.2.1" });
  assert.deepEqual(row([six, four], `${NONE6}c0000201`), { src_addr: "192.0.2.1" });
  assert.deepEqual(row([six, four], `${V6}00000000`), { src_addr: "2001:db8::1" });
});

Deno.test("addresses: next hops of both versions, both unknown", () => {
  const fields = [field(4, "next_hop", "ipv4"), field(16, "next_hop", "ipv6", { rank: 1 })];
  assert.deepEqual(row(fields, `00000000${NONE6}`), {});
  assert.deepEqual(row(fields, `00000000${V6}`), { next_hop: "2001:db8::1" });
  assert.deepEqual(row(fields, `c0000201${NONE6}`), { next_hop: "192.0.2.1" });
});

// 2024-01-01T00:00:00Z, in Unix seconds 0x65920080, in NTP seconds 0xe93c7f00.
const EXPORT_MS = 1_704_067_200_000;
const UPTIME = [field(4, "start_at", "uptime"), field(4, "end_at", "uptime")];
const TIMES: [
  what: string,
  fields: WireField[],
  octets: string,
  context: Partial<PlanContext>,
  expected: object,
][] = [
  ["uptime against the header's", UPTIME, "00000064 000003e8", { uptimeMs: 1100 }, {
    start_at: EXPORT_MS - 1000,
    end_at: EXPORT_MS - 100,
    duration_ms: 900,
  }],
  ["uptime across the wrap", UPTIME, "fffffe0c 00000064", { uptimeMs: 500 }, {
    start_at: EXPORT_MS - 1000,
    end_at: EXPORT_MS - 400,
    duration_ms: 600,
  }],
  ["a flow that ends after the header was stamped", UPTIME, "000003e8 00000898", {
    uptimeMs: 2000,
  }, { start_at: EXPORT_MS - 1000, end_at: EXPORT_MS + 200, duration_ms: 1200 }],
  ["an end before the start gives no duration", UPTIME, "00000064 00000063", { uptimeMs: 100 }, {
    start_at: EXPORT_MS,
    end_at: EXPORT_MS - 1,
  }],
  ["uptime without a clock: only how long", UPTIME, "00000064 000003e8", {
    uptimeMs: 1100,
    exportMs: 0,
  }, { duration_ms: 900 }],
  ["uptime against the boot time of options", UPTIME, "00000064 000003e8", {
    bootMs: EXPORT_MS,
  }, { start_at: EXPORT_MS + 100, end_at: EXPORT_MS + 1000, duration_ms: 900 }],
  ["uptime of a boot time that is not known", UPTIME, "00000064 000003e8", {}, {
    duration_ms: 900,
  }],
  [
    "boot time before its fields",
    [field(8, "boot_ms", "milliseconds"), ...UPTIME],
    "0000018cc251f400 00000064 000003e8",
    { bootMs: 5 },
    { start_at: EXPORT_MS + 100, end_at: EXPORT_MS + 1000, duration_ms: 900 },
  ],
  [
    "boot time behind its fields",
    [...UPTIME, field(8, "boot_ms", "milliseconds")],
    "00000064 000003e8 0000018cc251f400",
    {},
    { start_at: EXPORT_MS + 100, end_at: EXPORT_MS + 1000, duration_ms: 900 },
  ],
  [
    "a boot time of 0 gives way to that of options",
    [...UPTIME, field(8, "boot_ms", "milliseconds")],
    "00000064 000003e8 0000000000000000",
    { bootMs: EXPORT_MS },
    { start_at: EXPORT_MS + 100, end_at: EXPORT_MS + 1000, duration_ms: 900 },
  ],
  [
    "seconds",
    [field(4, "start_at", "seconds"), field(4, "end_at", "seconds")],
    "65920080 65920083",
    {},
    {
      start_at: EXPORT_MS,
      end_at: EXPORT_MS + 3000,
      duration_ms: 3000,
    },
  ],
  [
    "milliseconds",
    [
      field(8, "start_at", "milliseconds"),
      field(8, "end_at", "milliseconds"),
    ],
    "0000018cc251f400 0000018cc251f401",
    {},
    {
      start_at: EXPORT_MS,
      end_at: EXPORT_MS + 1,
      duration_ms: 1,
    },
  ],
  [
    "NTP seconds and a fraction of half a second",
    [field(8, "start_at", "ntp")],
    "e93c7f00 80000000",
    {},
    {
      start_at: EXPORT_MS + 500,
    },
  ],
  [
    "an NTP time of the era that begins in 2036",
    [
      field(8, "start_at", "ntp"),
    ],
    "0000000a 00000000",
    {},
    { start_at: Date.UTC(2036, 1, 7, 6, 28, 26) },
  ],
  ["an NTP time of zeros is none", [field(8, "end_at", "ntp")], "0000000000000000", {}, {}],
  [
    "microseconds before the export time",
    [
      field(4, "start_at", "microseconds_ago"),
      field(4, "end_at", "microseconds_ago"),
    ],
    "001e8480 000f4240",
    {},
    {
      start_at: EXPORT_MS - 2000,
      end_at: EXPORT_MS - 1000,
      duration_ms: 1000,
    },
  ],
  [
    "microseconds before an export time that is not known",
    [field(4, "start_at", "microseconds_ago")],
    "001e8480",
    { exportMs: 0 },
    {},
  ],
  [
    "start from end and duration",
    [
      field(4, "end_at", "seconds"),
      field(4, "duration_ms", "duration_ms"),
    ],
    "65920083 000003e8",
    {},
    {
      start_at: EXPORT_MS + 2000,
      end_at: EXPORT_MS + 3000,
      duration_ms: 1000,
    },
  ],
  [
    "end from start and duration",
    [
      field(4, "start_at", "seconds"),
      field(4, "duration_ms", "duration_us"),
    ],
    "65920080 000003e8",
    {},
    { start_at: EXPORT_MS, end_at: EXPORT_MS + 1, duration_ms: 1 },
  ],
  [
    "no end from a start that is not known",
    [
      field(8, "start_at", "ntp"),
      field(4, "duration_ms", "duration_ms"),
    ],
    "0000000000000000 000003e8",
    {},
    { duration_ms: 1000 },
  ],
  [
    "milliseconds before uptime, by rank",
    [
      ...[22, 21].map((id, i) =>
        field(4, i === 0 ? "start_at" : "end_at", "uptime", { rank: 5, name: `${id}` })
      ),
      field(8, "start_at", "milliseconds"),
      field(8, "end_at", "milliseconds"),
    ],
    "00000001 00000002 0000018cc251f400 0000018cc251f40a",
    { uptimeMs: 3 },
    {
      start_at: EXPORT_MS,
      end_at: EXPORT_MS + 10,
      duration_ms: 10,
    },
  ],
];

for (const [what, fields, octets, context, expected] of TIMES) {
  Deno.test(`times: ${what}`, () => {
    assert.deepEqual(row(fields, octets, { exportMs: EXPORT_MS, ...context }), expected);
  });
}

Deno.test("times: the boot time of one record does not reach the next", () => {
  const fields = [field(4, "start_at", "uptime"), field(8, "boot_ms", "milliseconds")];
  const { columns } = run(fields, "00000001 0000018cc251f400 00000001 0000000000000000", {
    context: { exportMs: EXPORT_MS },
  });
  assert.deepEqual(values(columns, 0), { start_at: EXPORT_MS + 1 });
  assert.deepEqual(values(columns, 1), {});
});

// TRAPS 20 to 22.
const SAMPLED = [
  field(1, "packets", "counter"),
  field(1, "sampler_id"),
  field(4, "sampling_rate"),
];
const ID_7_IS_100 = lookups({ samplerRate: (id) => id === 7 ? 100 : 0 });
const RATES: [
  what: string,
  octets: string,
  context: Partial<PlanContext>,
  expected: { rate: number | undefined; source: number; packets: number; implausible: number },
][] = [
  ["nobody said", "03 00 00000000", {}, {
    rate: undefined,
    source: ASSUMED,
    packets: 3,
    implausible: 0,
  }],
  ["the exporter's own", "03 00 00000000", { samplingRate: 10, samplingSource: ANNOUNCED }, {
    rate: 10,
    source: ANNOUNCED,
    packets: 30,
    implausible: 0,
  }],
  ["its sampler's before its own", "03 07 00000000", {
    samplingRate: 10,
    samplingSource: ANNOUNCED,
    lookups: ID_7_IS_100,
  }, { rate: 100, source: ANNOUNCED, packets: 300, implausible: 0 }],
  ["the record's before its sampler's", "03 07 000003e8", {
    samplingRate: 10,
    samplingSource: ANNOUNCED,
    lookups: ID_7_IS_100,
  }, { rate: 1000, source: IN_RECORD, packets: 3000, implausible: 0 }],
  ["the configured one before all", "03 07 000003e8", {
    samplingRate: 5,
    samplingSource: CONFIGURED,
    lookups: ID_7_IS_100,
  }, { rate: 5, source: CONFIGURED, packets: 15, implausible: 0 }],
  ["a sampler that was never announced: not some other's rate", "03 08 00000000", {
    samplingRate: 10,
    samplingSource: ANNOUNCED,
    lookups: ID_7_IS_100,
  }, { rate: undefined, source: ASSUMED, packets: 3, implausible: 0 }],
  ["every packet is a rate too", "03 00 00000001", {}, {
    rate: 1,
    source: IN_RECORD,
    packets: 3,
    implausible: 0,
  }],
  ["the largest rate", "03 00 00989680", {}, {
    rate: MAX_SAMPLING_RATE,
    source: IN_RECORD,
    packets: 3 * MAX_SAMPLING_RATE,
    implausible: 0,
  }],
  ["1 in little-endian (MikroTik 6.49)", "03 00 01000000", {}, {
    rate: undefined,
    source: ASSUMED,
    packets: 3,
    implausible: 1,
  }],
];

for (const [what, octets, context, expected] of RATES) {
  Deno.test(`sampling: ${what}`, () => {
    const { columns, context: after } = run(SAMPLED, octets, { context });
    const { sampling_rate: rate, packets } = values(columns);
    assert.deepEqual(
      { rate, source: columns.sampling_source[0], packets, implausible: after.implausibleRates },
      expected,
    );
  });
}

Deno.test("sampling: a rate of 0 in one element leaves it to another", () => {
  const fields = [
    field(1, "packets", "counter"),
    field(4, "sampling_rate", "unsigned"),
    field(4, "sampling_rate", "unsigned", { rank: 1 }),
  ];
  assert.deepEqual(row(fields, "02 00000000 0000000a"), { packets: 20, sampling_rate: 10 });
});

Deno.test("sampling: only counters are scaled, and a record's rate does not reach the next", () => {
  const fields = [...SAMPLED, field(2, "src_port"), field(1, "l2_bytes", "counter")];
  const { columns } = run(fields, "03 00 00000064 0007 04 03 00 00000000 0007 04");
  assert.deepEqual(values(columns, 0), {
    packets: 300,
    sampling_rate: 100,
    src_port: 7,
    l2_bytes: 400,
  });
  assert.deepEqual(values(columns, 1), { packets: 3, src_port: 7, l2_bytes: 4 });
});

// TRAPS 23 and 25; RFC 5103 §4: what the reverse element does not say is of the flow's key, and turned round.
const TWO_WAY = [
  field(4, "src_addr", "ipv4"),
  field(4, "dst_addr", "ipv4"),
  field(2, "src_port"),
  field(2, "dst_port"),
  field(1, "protocol"),
  field(1, "in_if"),
  field(1, "out_if"),
  field(2, "src_as"),
  field(2, "dst_as"),
  field(1, "tcp_flags", "unsigned"),
  field(1, "ip_tos"),
  field(1, "direction", "direction"),
  field(4, "next_hop", "ipv4"),
  field(1, "l2_bytes", "counter"),
  field(1, "forwarding_status", "forwarding"),
  field(3, "mpls_label", "mpls"),
  field(1, "bytes", "counter", { rank: 1, row: "forward" }),
  field(1, "packets", "counter", { rank: 1, row: "forward" }),
  field(1, "bytes", "counter", { rank: 1, row: "reverse" }),
  field(1, "packets", "counter", { rank: 1, row: "reverse" }),
  field(4, "end_at", "seconds"),
];
const CONVERSATION =
  "c0000201 c6336402 c001 01bb 06 09 0a fde8 fde9 1b b8 00 c0000209 ff 40 493e01";

Deno.test("two rows: the second is the first seen from the other end, without its measures", () => {
  const { columns, rows, context } = run(TWO_WAY, `${CONVERSATION} 64 05 c8 06 65920080`, {
    context: { samplingRate: 10, samplingSource: ANNOUNCED },
  });
  assert.deepEqual([rows, context.records], [2, 1]);
  assert.deepEqual(values(columns, 0), {
    src_addr: "192.0.2.1",
    dst_addr: "198.51.100.2",
    src_port: 0xc001,
    dst_port: 443,
    protocol: 6,
    in_if: 9,
    out_if: 10,
    src_as: 65_000,
    dst_as: 65_001,
    tcp_flags: 0x1b,
    ip_tos: 0xb8,
    direction: 0,
    next_hop: "192.0.2.9",
    l2_bytes: 2550,
    forwarding_status: 64,
    mpls_label: 300_000,
    bytes: 1000,
    packets: 50,
    end_at: EXPORT_MS,
    sampling_rate: 10,
  });
  assert.deepEqual(values(columns, 1), {
    src_addr: "198.51.100.2",
    dst_addr: "192.0.2.1",
    src_port: 443,
    dst_port: 0xc001,
    protocol: 6,
    in_if: 10,
    out_if: 9,
    src_as: 65_001,
    dst_as: 65_000,
    bytes: 2000,
    packets: 60,
    end_at: EXPORT_MS,
    sampling_rate: 10,
  });
});

Deno.test("two rows: an empty reverse is none, octets or packets alone are one", () => {
  const plan = compilePlan(TWO_WAY);
  for (const [reverse, rows] of [["00 00", 1], ["01 00", 2], ["00 01", 2]] as const) {
    const done = run(plan, `${CONVERSATION} 64 05 ${reverse} 65920080`);
    assert.deepEqual([done.rows, done.context.records, done.context.next], [rows, 1, 39], reverse);
  }
});

Deno.test("two rows: a rate that cannot be one is counted once a record", () => {
  const fields = [
    field(4, "sampling_rate"),
    field(1, "bytes", "counter", { row: "forward" }),
    field(1, "bytes", "counter", { row: "reverse" }),
  ];
  assert.equal(run(fields, "ffffffff 01 01").context.implausibleRates, 1);
});

Deno.test("two rows: what only the reverse element says goes to the reverse alone", () => {
  const fields = [
    field(1, "tcp_flags", "unsigned", { name: "0.6" }),
    field(1, "tcp_flags", "unsigned", { name: "29305.6", row: "reverse" }),
    field(1, "packets", "counter", { row: "forward" }),
    field(1, "packets", "counter", { name: "29305.2", row: "reverse" }),
  ];
  const { columns } = run(fields, "02 12 01 03");
  assert.deepEqual(values(columns, 0), { tcp_flags: 2, packets: 1 });
  assert.deepEqual(values(columns, 1), { tcp_flags: 0x12, packets: 3 });
});

// TRAPS 28.
const PORTS = [field(2, "src_port"), field(2, "dst_port"), field(1, "protocol")];
const ICMP_FIELD = (rank = 2): WireField => ({
  name: "icmpTypeCodeIPv4",
  width: 2,
  uses: [
    { target: "icmp_type", kind: "high_octet", rank },
    { target: "icmp_code", kind: "low_octet", rank },
  ],
});
const ICMP: [what: string, fields: WireField[], octets: string, expected: object][] = [
  ["in the destination port", PORTS, "0000 0303 01", { icmp_type: 3, icmp_code: 3 }],
  ["in the destination port of ICMPv6", PORTS, "0000 8000 3a", { icmp_type: 128, icmp_code: 0 }],
  ["not in the port of TCP", PORTS, "0000 0303 06", {}],
  ["in 32", [ICMP_FIELD(), field(1, "protocol")], "0b01 01", { icmp_type: 11, icmp_code: 1 }],
  ["in 32 beside ports", [ICMP_FIELD(), ...PORTS], "0b01 0000 0000 01", {
    icmp_type: 11,
    icmp_code: 1,
  }],
  ["an echo reply is 0 and 0", [ICMP_FIELD(), field(1, "protocol")], "0000 01", {
    icmp_type: 0,
    icmp_code: 0,
  }],
  [
    "in elements of their own",
    [
      field(1, "icmp_type"),
      field(1, "icmp_code"),
      field(1, "protocol"),
    ],
    "03 0d 01",
    { icmp_type: 3, icmp_code: 13 },
  ],
  ["a field of zeros in a TCP flow is none", [ICMP_FIELD(), ...PORTS], "0000 0035 0050 06", {}],
  [
    "elements of their own in a UDP flow are none",
    [
      field(1, "icmp_type"),
      field(1, "icmp_code"),
      field(1, "protocol"),
    ],
    "00 00 11",
    {},
  ],
  ["without a protocol it is what the exporter says", [ICMP_FIELD()], "0800", {
    icmp_type: 8,
    icmp_code: 0,
  }],
];
for (const [what, fields, octets, expected] of ICMP) {
  Deno.test(`icmp: ${what}`, () => {
    const { src_port: _s, dst_port: _d, protocol: _p, ...found } = row(fields, octets);
    assert.deepEqual(found, expected);
  });
}

Deno.test("icmp: the answer's type is not known from the question's", () => {
  const fields = [
    ...PORTS,
    field(1, "packets", "counter", { row: "forward" }),
    field(1, "packets", "counter", { row: "reverse" }),
  ];
  const { columns } = run(fields, "0000 0800 01 01 01");
  assert.equal(values(columns, 0).icmp_type, 8);
  assert.equal("icmp_type" in values(columns, 1), false);
  assert.equal("icmp_code" in values(columns, 1), false);
});

Deno.test("names of interfaces come from the lookup, where the record has none", () => {
  const names = lookups({ interfaceName: (index) => index === 9 ? 90 : -1, text: () => 5 });
  const fields = [field(1, "in_if"), field(1, "out_if")];
  assert.deepEqual(row(fields, "09 0a", { lookups: names, interfaceNames: true }), {
    in_if: 9,
    out_if: 10,
    in_if_name: 90,
  });
  const named = [...fields, field(2, "in_if_name", "text")];
  assert.equal(row(named, "09 0a 6162", { lookups: names, interfaceNames: true }).in_if_name, 5);
});

Deno.test("events: a number's name, ordinary traffic where it has none", () => {
  const event = (kind: string, value: number) => kind === "nat_event" && value === 4 ? 44 : -1;
  const fields = [field(1, "event", "nat_event"), field(1, "protocol")];
  assert.deepEqual(row(fields, "04 06", { lookups: lookups({ event }) }), {
    event: 44,
    protocol: 6,
  });
  assert.deepEqual(row(fields, "00 06", { lookups: lookups({ event }) }), { protocol: 6 });
});

Deno.test("the generated source holds names of our own tables and numbers, nothing of the wire's", () => {
  const hostile = "`'\"); globalThis.__broken = 1; //\u2028";
  const fields: WireField[] = [
    { name: hostile, width: 4, uses: [{ target: "src_addr", kind: "ipv4" }] },
    { name: hostile, width: VARIABLE_LENGTH, uses: [{ target: "vrf", kind: "text" }] },
    { name: hostile, width: 65_534 },
  ];
  const source = compilePlan(fields).write.toString();
  assert.ok(!source.includes("broken") && !source.includes("`"));
  assert.equal(source.match(/"[^"]*"/g)?.every((text) => text === '"use strict"'), true);
});

Deno.test("a plan of as many fields as a template may have is compiled and run", () => {
  const fields = Array.from(
    { length: 512 },
    (_, i) =>
      field(VARIABLE_LENGTH, undefined, "unsigned", {
        name: `${i}`,
      }),
  );
  const { rows, context } = run(fields, new Uint8Array(1024));
  assert.deepEqual([rows, context.next], [2, 1024]);
});
