import { IPV4_PREFIX_WORD } from "../../flow/address.ts";
import type { FlowColumns } from "../../flow/columns.ts";
import { MAX_SAMPLING_RATE } from "../../flow/sampling_rate.ts";
import { findField, SAMPLING_SOURCES, type StoredFieldName } from "../../flow/schema.ts";
import { fillFromPacket } from "./fill_from_packet.ts";
import type { PlanContext } from "./plan_context.ts";
import { clearBit, declarePresence, isSet, setBit, storePresence } from "./presence.ts";
import { numberExpression, rawExpression } from "./read_expression.ts";
import { readNtp } from "./read_ntp.ts";
import { layOut } from "./record_layout.ts";
import { rowsOf, type RowSources, type Source } from "./row_sources.ts";
import type { RecordFact, WireField, WireKind } from "./wire_field.ts";
import { DROP_COLUMNS, writeDrops } from "./write_drops.ts";
import { declareEvent, writeEvent } from "./write_event.ts";
import { writeLatency } from "./write_latency.ts";
import { declareClock, TIME_COLUMNS, writeTimes } from "./write_times.ts";
import { declareTotals, totalsOf } from "./write_totals.ts";

/**
 * Writes records into columns, one row or two each, until the octets or the rows run out. Says in
 * the context how far it came.
 *
 * @param view the datagram
 * @param columns of the ring
 * @param context of the datagram
 * @param offset octets to the first record, and `end` behind the last octet that records may have
 * @param firstRow number of the first row, as reserved; `mask` turns it into a slot
 * @param maxRows rows reserved
 * @returns rows written
 */
export type WritePlan = (
  view: DataView,
  columns: FlowColumns,
  context: PlanContext,
  offset: number,
  end: number,
  firstRow: number,
  mask: number,
  maxRows: number,
) => number;

/** A record layout, compiled. */
export interface CompiledPlan {
  readonly write: WritePlan;
  /** Octets of the smallest record. */
  readonly minLength: number;
  /** Rows that a record gives at most. */
  readonly rowsPerRecord: number;
}

/** What an exporter means that its records do not say. */
export interface PlanOptions {
  /**
   * Whether a record without an egress interface and without a next hop was discarded, as Junos
   * exports it; other devices leave both 0 for traffic to themselves too.
   */
  readonly discardedWithoutExit?: boolean;
}

/** Columns that every row gets from the context. */
const CONTEXT_COLUMNS = ["export_format", "received_at", "sampling_source"] as const;
const OPTIONAL_CONTEXT_COLUMNS = ["exporter", "observation_domain", "sampling_rate"] as const;
const ADDRESS_KINDS: ReadonlySet<WireKind> = new Set(["ipv4", "ipv6"]);
/** Kinds whose value is a dictionary id, -1 for none. */
const ID_KINDS: ReadonlySet<WireKind> = new Set([
  "text",
  "vrf",
  "application",
]);
/** ICMP and ICMPv6. */
const IS_ICMP = "protocol[slot] === 1 || protocol[slot] === 58";
/** Whether the source port can be a type, of the first 18 (ICMP) or 1–4 and 128–161 (ICMPv6), and a code. */
const IS_ICMP_SOURCE = "(src_port[slot] & 255) < 16 && (protocol[slot] === 1 " +
  "? src_port[slot] < 0x1300 : (src_port[slot] - 0x100 & 0xffff) < 0x400 || " +
  "(src_port[slot] - 0x8000 & 0xffff) < 0x2200)";
const FACTS: ReadonlySet<string> = new Set([
  "ip_version",
  "sampling_rate",
  "sampling_interval",
  "sampling_space",
  "sampling_size",
  "sampling_population",
  "sampler_id",
  "boot_ms",
  "packet",
  "section_offset",
  "section_octets",
  "frame_type",
  "frame_length",
  "flow_end_reason",
]);
/** Columns with statements of their own. */
const OWN_STATEMENTS: ReadonlySet<string> = new Set([...TIME_COLUMNS, "latency_ms", "event"]);
/** Columns of which several fields make up one value: JavaScript's operator between them. */
const COMBINED: Partial<Record<StoredFieldName, string>> = { tcp_flags: " | ", retransmits: " + " };

/**
 * Compiles a record layout into a function that writes columns: straight-line code a record, no
 * branch on the kind of a field and no allocation. Only numbers, and names from flow-agent's own
 * tables, enter the generated source, never anything from the wire.
 *
 * @param fields in wire order
 * @param options of the exporter's dialect
 * @throws {RangeError} for a layout whose records could be empty
 */
export function compilePlan(
  fields: readonly WireField[],
  options: PlanOptions = {},
): CompiledPlan {
  const layout = layOut(fields);
  const rows = rowsOf(layout);
  const body = [
    '"use strict";',
    `const { presence, ${[...columnsOf(rows)].join(", ")} } = columns;`,
    "const { receivedAt, exportFormat, exporter: from, domain, uptimeMs, exportMs, bootMs, " +
    "samplingRate, samplingSource, ofTemplate, interfaceRates, interfaceNames, lookups, totals } = " +
    "context;",
    declareClock("bootMs"),
    // Read for every row otherwise.
    "const from0 = from === null ? 0 : from[0], from1 = from === null ? 0 : from[1], " +
    "from2 = from === null ? 0 : from[2], from3 = from === null ? 0 : from[3];",
    "let at = offset, rows = 0, records = 0;",
    `while (at + ${layout.minLength} <= end && rows + ${rows.length} <= maxRows) {`,
    ...layout.locate,
    ...rows.flatMap((sources, row) => rowBody(sources, { ...options, row })),
    `at = ${layout.end}; records++;`,
    "}",
    "context.next = at; context.records = records;",
    "return rows;",
  ];
  const write = new Function(
    "readNtp",
    "return function write(view, columns, context, offset, end, firstRow, mask, maxRows) {\n" +
      body.join("\n") + "\n}",
  )(readNtp) as WritePlan;
  return { write, minLength: layout.minLength, rowsPerRecord: rows.length };
}

function columnsOf(rows: readonly RowSources[]): Set<string> {
  const names = new Set<string>([
    ...CONTEXT_COLUMNS,
    ...OPTIONAL_CONTEXT_COLUMNS,
    ...TIME_COLUMNS,
    "latency_source",
    ...DROP_COLUMNS,
    "icmp_type",
    "icmp_code",
    "in_if_name",
    "out_if_name",
  ]);
  for (const sources of rows) {
    for (const target of sources.keys()) if (!FACTS.has(target)) names.add(target);
  }
  return names;
}

/** Statements that write one row. The reverse row of a record is written only if it holds traffic. */
function rowBody(
  sources: RowSources,
  { row, discardedWithoutExit = false }: PlanOptions & { row: number },
): string[] {
  const reverse = row > 0;
  const columns = [...sources.keys()].filter((target): target is StoredFieldName =>
    !FACTS.has(target) && !OWN_STATEMENTS.has(target)
  );
  const certain = columns.filter((column) => isCertain(column, sources.get(column)!));
  return [
    "{",
    ...sampling(sources, { count: !reverse }),
    ...declareEvent(sources),
    ...declareTotals(sources, row),
    ...(reverse ? [`if (${holdsTraffic(sources)}) {`] : []),
    "const slot = (firstRow + rows) & mask; const words = slot << 2;",
    declarePresence([...CONTEXT_COLUMNS, ...certain]),
    "export_format[slot] = exportFormat; received_at[slot] = receivedAt;",
    "sampling_source[slot] = source;",
    `if (rate > 0) { sampling_rate[slot] = rate; ${setBit("sampling_rate")} }`,
    `if (domain >= 0) { observation_domain[slot] = domain; ${setBit("observation_domain")} }`,
    "if (from !== null) { exporter[words] = from0; exporter[words + 1] = from1; " +
    `exporter[words + 2] = from2; exporter[words + 3] = from3; ${setBit("exporter")} }`,
    ...first(sources, "ip_version", (value) => `const version = ${value};`, "const version = 0;"),
    ...columns.map((column) => writeColumn(column, sources.get(column)!, certain)),
    ...writeEvent(sources),
    ...writeTimes(sources),
    ...writeLatency(sources),
    ...writeDrops(sources, { withoutExit: discardedWithoutExit && !reverse }),
    // What the other end answered is not known from what it was asked.
    ...(reverse ? [] : icmp(columns)),
    ...interfaceNames(columns),
    ...storePresence(),
    // A section shows a packet of one direction.
    ...(reverse ? [] : fillFromPacket(sources)),
    "rows++;",
    ...(reverse ? ["}"] : []),
    "}",
  ];
}

/** The rate in force for the record, from what is nearest to it; `count` those that cannot be one. */
function sampling(sources: RowSources, { count }: { count: boolean }): string[] {
  const index = (name: (typeof SAMPLING_SOURCES)[number]) => SAMPLING_SOURCES.indexOf(name);
  const numbers = (target: RecordFact) =>
    (sources.get(target) ?? []).map(({ placed, kind }) => numberExpression(placed, kind));
  const [interval] = numbers("sampling_interval"), [space] = numbers("sampling_space");
  const [size] = numbers("sampling_size"), [population] = numbers("sampling_population");
  const inRecord = [
    ...interval && space ? [`(${interval} > 0 ? (${interval} + ${space}) / ${interval} : 0)`] : [],
    ...size && population ? [`(${size} > 0 ? ${population} / ${size} : 0)`] : [],
    ...numbers("sampling_rate"),
  ];
  return [
    "let rate = samplingRate, source = samplingSource;",
    ...interfaceRate(sources),
    // A sampler that was never announced has the rate of the record's interface or template, not
    // that of another one.
    ...first(
      sources,
      "sampler_id",
      (id) =>
        `if (lookups !== null && source !== ${index("configured")}) { ` +
        `const r = lookups.samplerRate(${id}); if (r > 0) { rate = r; ` +
        `source = ${index("announced")}; } else if (!scoped) { rate = 0; ` +
        `source = ${index("assumed")}; } }`,
    ),
    ...inRecord.length === 0 ? [] : [
      `if (source !== ${index("configured")}) { let r = ${inRecord[0]}; ` +
      inRecord.slice(1).map((value) => `if (!(r > 0)) r = ${value}; `).join("") +
      `if (r >= 1 && r <= ${MAX_SAMPLING_RATE}) { rate = r; source = ${index("in_record")}; } ` +
      (count ? `else if (r > ${MAX_SAMPLING_RATE}) context.implausibleRates++; ` : "") + "}",
    ],
    "const scale = rate > 0 ? rate : 1;",
  ];
}

/** The rate that options data announced for the interfaces of the record. */
function interfaceRate(sources: RowSources): string[] {
  const [inIf, outIf] = (["in_if", "out_if"] as const).map((target) => {
    const [source] = sources.get(target) ?? [];
    return source === undefined ? "-1" : numberExpression(source.placed, source.kind);
  });
  const [announced, configured] = (["announced", "configured"] as const)
    .map((name) => SAMPLING_SOURCES.indexOf(name));
  return [
    "let scoped = ofTemplate;",
    ...(inIf === "-1" && outIf === "-1" ? [] : [
      `if (interfaceRates && lookups !== null && source !== ${configured}) { ` +
      `const r = lookups.interfaceRate(${inIf}, ${outIf}); ` +
      `if (r > 0) { rate = r; source = ${announced}; scoped = true; } }`,
    ]),
  ];
}

function holdsTraffic(sources: RowSources): string {
  const { bytes, packets } = totalsOf(sources);
  const counters = (["bytes", "packets"] as const).flatMap((name) => sources.get(name) ?? [])
    .filter((source) => source !== bytes && source !== packets);
  return [
    ...(bytes === undefined ? [] : ["octets > 0"]),
    ...(packets === undefined ? [] : ["count > 0"]),
    ...counters.map(({ placed }) => `${rawExpression(placed)} > 0`),
  ].join(" || ") || "false";
}

function first(
  sources: RowSources,
  target: "sampler_id" | "ip_version",
  statement: (value: string) => string,
  otherwise?: string,
): string[] {
  const [source] = sources.get(target) ?? [];
  if (source === undefined) return otherwise === undefined ? [] : [otherwise];
  return [statement(numberExpression(source.placed, source.kind))];
}

/** Whether a column has a value in every row: its bit need not be worked out. */
function isCertain(column: StoredFieldName, sources: readonly Source[]): boolean {
  if (findField(column)!.zeroIsUnknown || column === "exporter") return false;
  return sources.every(({ kind }) => !mayBeUnknown(kind));
}

function mayBeUnknown(kind: WireKind): boolean {
  return ID_KINDS.has(kind) || kind === "direction" || kind === "juniper_exception";
}

function writeColumn(
  column: StoredFieldName,
  sources: readonly Source[],
  certain: readonly StoredFieldName[],
): string {
  const mark = certain.includes(column) ? "" : setBit(column);
  if (ADDRESS_KINDS.has(sources[0].kind)) return writeAddress(column, sources, mark);
  if (sources[0].kind === "total") {
    return `${column}[slot] = ${column === "bytes" ? "octets" : "count"} * scale; ${mark}`;
  }
  const operator = COMBINED[column];
  if (operator !== undefined) {
    const parts = sources.map(({ placed, kind }) => numberExpression(placed, kind));
    return `${column}[slot] = ${parts.join(operator)}; ${mark}`;
  }
  if (ID_KINDS.has(sources[0].kind)) {
    const [id, ...others] = sources.filter(({ kind }) => ID_KINDS.has(kind))
      .map(({ placed, kind }) => numberExpression(placed, kind));
    return `if (lookups !== null) { let v = ${id}; ` +
      others.map((other) => `if (v < 0) v = ${other}; `).join("") +
      `if (v >= 0) { ${column}[slot] = v; ${mark} } }`;
  }
  const [start, ...rest] = sources.map(({ placed, kind }) => numberExpression(placed, kind));
  const next = rest.map((value) => `if (!(v > 0)) { const w = ${value}; if (w === w) v = w; }`);
  const store = `${column}[slot] = v; ${mark}`;
  const known = certain.includes(column)
    ? store
    : `if (${findField(column)!.zeroIsUnknown ? "v > 0" : "v === v"}) { ${store} }`;
  return `{ ${rest.length > 0 ? "let" : "const"} v = ${start}; ${next.join(" ")} ${known} }`;
}

/**
 * Of an IPv4 and an IPv6 address in one record the version decides, else the one that is not 0. Where
 * neither is, the record is of a tunnel, and the first is the outer header's, as for other fields.
 */
function writeAddress(column: StoredFieldName, sources: readonly Source[], mark: string): string {
  const source4 = sources.find(({ kind }) => kind === "ipv4");
  const source6 = sources.find(({ kind }) => kind === "ipv6");
  const four = source4?.placed.offset;
  const six = source6?.placed.offset;
  const put = (values: readonly string[]) =>
    values.map((value, w) => `${column}[words + ${w}] = ${value};`).join(" ");
  const put4 = four === undefined
    ? ""
    : put(["0", "0", `${IPV4_PREFIX_WORD}`, `view.getUint32(${four})`]);
  const put6 = six === undefined
    ? ""
    : put([0, 4, 8, 12].map((more) => `view.getUint32(${six} + ${more})`));
  const any6 = six === undefined
    ? "false"
    : `(view.getUint32(${six}) | view.getUint32(${six} + 4) | view.getUint32(${six} + 8) | ` +
      `view.getUint32(${six} + 12)) !== 0`;
  const any4 = four === undefined ? "false" : `view.getUint32(${four}) !== 0`;
  const put46 = four === undefined ? put6 : six === undefined ? put4 : column === "exporter"
    // The version is that of the flow.
    ? `if (${any4}) { ${put4} } else { ${put6} }`
    : `if (version === 6 || (version !== 4 && ${any6}${
      source6!.place < source4!.place ? "" : ` && !(${any4})`
    })) { ${put6} } else { ${put4} }`;
  if (mark === "") return put46;
  return findField(column)!.zeroIsUnknown || column === "exporter"
    ? `if (${any4} || ${any6}) { ${put46} ${mark} }`
    : `${put46} ${mark}`;
}

/**
 * Cisco writes type × 256 + code where other protocols have the destination port, some exporters
 * where they have the source port, and leave the other 0. Fields of ICMP are filled with zeros where
 * the flow is of another protocol.
 */
function icmp(columns: readonly StoredFieldName[]): string[] {
  if (!columns.includes("protocol")) return [];
  if (columns.includes("icmp_type") || columns.includes("icmp_code")) {
    return [`if (!(${IS_ICMP})) { ${clearBit("icmp_type")} ${clearBit("icmp_code")} }`];
  }
  if (!columns.includes("dst_port")) return [];
  const source = columns.includes("src_port")
    ? `dst_port[slot] === 0 && ${IS_ICMP_SOURCE} ? src_port[slot] : dst_port[slot]`
    : "dst_port[slot]";
  return [
    `if (${IS_ICMP}) { const told = ${source}; icmp_type[slot] = told >> 8; ` +
    `icmp_code[slot] = told & 255; ${setBit("icmp_type")} ${setBit("icmp_code")} }`,
  ];
}

/** Names that options data taught, where the record itself has none. */
function interfaceNames(columns: readonly StoredFieldName[]): string[] {
  return ([["in_if", "in_if_name"], ["out_if", "out_if_name"]] as const)
    .filter(([index]) => columns.includes(index))
    .map(([index, name]) =>
      `if (interfaceNames && lookups !== null${
        columns.includes(name) ? ` && !(${isSet(name)})` : ""
      }) { const id = lookups.interfaceName(${index}[slot]); ` +
      `if (id >= 0) { ${name}[slot] = id; ${setBit(name)} } }`
    );
}
