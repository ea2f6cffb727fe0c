import { formatAddress, IPV4_PREFIX_WORD, isIpv4 } from "../../flow/address.ts";
import { protocolName } from "../../flow/protocol.ts";
import { formatMac, formatTime } from "../../flow/record_reader.ts";
import {
  type FieldNameOf,
  type FlowField,
  STORED_FIELDS,
  type StoredFieldName,
} from "../../flow/schema.ts";
import { nearestWord } from "../../nearest_word.ts";
import { QueryError } from "../query_error.ts";
import { addressLane, type Lane } from "./key_layout.ts";
import { NAME_TERMS } from "./name_term.ts";
import { knownExpression, textExpression } from "../row_expression.ts";
import type { CellValue, GroupTerm, PlainTerm, TermContext } from "./term.ts";

/** IPv6 addresses are cut here where only the IPv4 length is given: a customer's site, mostly. */
const IPV6_PREFIX = 64;
const PREFIX = /^(\w+)\/(\d{1,3})(?:\/(\d{1,3}))?$/;
/** Columns that no question groups by. */
const POINTLESS: ReadonlySet<string> = new Set(["presence"]);

/**
 * Reads a term.
 *
 * @param text such as `src_addr`, `src_addr/24`, `service`
 * @param argument that it stands in: `group_by`, or `metrics` for what is told apart
 * @throws {QueryError} that names the nearest term there is
 */
export function parseGroupTerm(
  text: string,
  argument: "group_by" | "metrics" = "group_by",
): GroupTerm {
  if (text === "service") return SERVICE;
  if (text === "capability") return CAPABILITY;
  const named = NAME_TERMS.find(({ name }) => name === text);
  if (named !== undefined) return named;
  const [, base, length4, length6] = PREFIX.exec(text) ?? [];
  const field = STORED_FIELDS.find(({ name }) => name === (base ?? text));
  if (field === undefined || POINTLESS.has(field.name)) {
    throw unknownTerm(base ?? text, argument);
  }
  if (base === undefined) return fieldTerm(field);
  const bits4 = Number(length4);
  const bits6 = length6 === undefined ? IPV6_PREFIX : Number(length6);
  if (field.storage !== "address" || bits4 > 32 || bits6 > 128) {
    throw new QueryError(
      `${argument}: "${text}" is no prefix; write an address field with the lengths for IPv4 (0 to ` +
        `32) and, if wanted, IPv6 (0 to 128), such as src_addr/24 or src_addr/24/48`,
    );
  }
  return prefixTerm(field, { text, bits4, bits6 });
}

function unknownTerm(text: string, argument: string): QueryError {
  const names = [
    ...STORED_FIELDS.map(({ name }) => name),
    ...NAME_TERMS.map(({ name }) => name),
    "service",
    "capability",
  ];
  const near = nearestWord(text, names);
  return new QueryError(
    `${argument}: there is no field "${text}"` +
      (near === null ? `; there are ${names.join(", ")}` : `; did you mean "${near}"?`),
  );
}

function fieldTerm(field: FlowField & { name: StoredFieldName }): GroupTerm {
  const { name, unit } = field;
  return {
    name,
    unit,
    fields: [name],
    known: knownExpression(name),
    lanes: () => lanesOf(field),
    show: (lanes, context) => showValue(field, lanes, context),
  };
}

function lanesOf({ name, storage }: FlowField & { name: StoredFieldName }): Lane[] {
  switch (storage) {
    case "u8":
    case "enum":
      return [{ bits: 8, js: `${name}[slot]` }];
    case "u16":
      return [{ bits: 16, js: `${name}[slot]` }];
    case "string":
      return [{ bits: 32, js: textExpression(name) }];
    case "address":
      return [addressLane(name as FieldNameOf<"address">)];
    case "u32":
      return [{ bits: 32, js: `${name}[slot]` }];
    default:
      // The halves of a 64-bit number; -0 and 0 are one.
      return [
        { bits: 32, js: `(float[0] = ${name}[slot] + 0, halves[0])` },
        { bits: 32, js: `(float[0] = ${name}[slot] + 0, halves[1])` },
      ];
  }
}

function showValue(
  { name, storage, values }: FlowField,
  lanes: readonly number[],
  { strings }: TermContext,
): CellValue {
  switch (storage) {
    case "address":
      return formatAddress(Uint32Array.from(lanes));
    case "string":
      return strings[lanes[0]];
    case "enum":
      return values![lanes[0]];
    case "f64":
      return joined(lanes);
    case "time":
      return formatTime(joined(lanes));
    case "mac":
      return formatMac(joined(lanes));
    default:
      return name === "protocol" ? protocolName(lanes[0]) ?? lanes[0] : lanes[0];
  }
}

function joined(lanes: readonly number[]): number {
  return new Float64Array(Uint32Array.from(lanes).buffer)[0];
}

function prefixTerm(
  field: FlowField & { name: StoredFieldName },
  { text, bits4, bits6 }: { text: string; bits4: number; bits6: number },
): GroupTerm {
  const { name } = field;
  const mask4 = maskOf(bits4);
  const masks6 = [0, 1, 2, 3].map((w) => maskOf(bits6 - 32 * w));
  return {
    name: text,
    unit: "",
    fields: [name],
    known: knownExpression(name),
    prelude: (prefix) =>
      `const ${prefix}at = slot * 4, ${prefix}v4 = ${name}[${prefix}at + 2] === ` +
      `${IPV4_PREFIX_WORD} && ${name}[${prefix}at] === 0 && ${name}[${prefix}at + 1] === 0;`,
    lanes: (prefix) => [
      addressLane(
        name as FieldNameOf<"address">,
        (word, w) => `${word} & (${prefix}v4 ? ${w === 3 ? mask4 : -1} : ${masks6[w]})`,
      ),
    ],
    show: (lanes) => {
      const words = Uint32Array.from(lanes);
      const bits = isIpv4(words, 0) ? bits4 : bits6;
      const full = isIpv4(words, 0) ? 32 : 128;
      return bits === full ? formatAddress(words) : `${formatAddress(words)}/${bits}`;
    },
  };
}

/** The first `bits` of a word, as a signed number; JavaScript shifts by 32 as by 0. */
function maskOf(bits: number): number {
  return bits <= 0 ? 0 : bits >= 32 ? -1 : -1 << (32 - bits);
}

const CAPABILITY: PlainTerm = {
  name: "capability",
  unit: "",
  fields: [],
  lanes: () => [{ bits: 8, js: "state.capability" }],
  show: ([number], { capabilities }) => capabilities[number],
};

/**
 * What the flow is for: protocol and the port of the side that serves. That is the port that has a
 * name; where both or neither have one, the lower.
 */
const SERVICE: PlainTerm = {
  name: "service",
  unit: "",
  fields: ["protocol", "src_port", "dst_port"],
  known: knownExpression("protocol"),
  prelude: (prefix) =>
    `const ${prefix}s = ${knownExpression("src_port")} ? src_port[slot] : 0, ` +
    `${prefix}d = ${knownExpression("dst_port")} ? dst_port[slot] : 0, ` +
    `${prefix}sn = named[${prefix}s], ${prefix}dn = named[${prefix}d];`,
  lanes: (prefix) => {
    const [s, d, sn, dn] = ["s", "d", "sn", "dn"].map((name) => prefix + name);
    return [
      { bits: 8, js: "protocol[slot]" },
      {
        bits: 16,
        js: `${hasPorts()} ? (${dn} !== ${sn} ? (${dn} ? ${d} : ${s}) : ${s} === 0 || ` +
          `(${d} !== 0 && ${d} <= ${s}) ? ${d} : ${s}) : 0`,
      },
    ];
  },
  show: ([protocol, port], context) => {
    const name = protocolName(protocol)?.toLowerCase() ?? `protocol ${protocol}`;
    if (port === 0) return name;
    const service = context.serviceName(protocol, port);
    return service === null ? `${name}/${port}` : `${service} (${name}/${port})`;
  },
};

/** Ports mean something in TCP, UDP, DCCP, SCTP and UDP-Lite. */
function hasPorts(): string {
  return "(protocol[slot] === 6 || protocol[slot] === 17 || protocol[slot] === 33 || " +
    "protocol[slot] === 132 || protocol[slot] === 136)";
}
