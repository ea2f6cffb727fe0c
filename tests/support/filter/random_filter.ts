import {
  EXPORT_FORMATS,
  type FieldNameOf,
  FLOW_FIELDS,
  type FlowField,
  SAMPLING_SOURCES,
  STORED_FIELDS,
} from "../../../core/flow/schema.ts";
import type {
  AddressFieldName,
  CompareOp,
  FilterNode,
  NumberFieldName,
  NumberRange,
} from "../../../core/query/filter/filter_node.ts";
import { parseNetwork } from "../../../core/flow/network.ts";
import { NAME_DATA, SERVICES } from "./sample_names.ts";
import { ADDRESSES, LARGE_NUMBERS, MEASURES, NUMBERS, pick, TEXTS } from "./sample_values.ts";

type Random = () => number;

const OPS: readonly CompareOp[] = ["=", "!=", "<", "<=", ">", ">="];
const PAIRS: readonly string[] = ["port", "as", "if"];
const ROWS = FLOW_FIELDS as readonly FlowField[];
const U8 = [...namesOf("u8"), "dscp"];
const IDS = [...U8, ...namesOf("u16"), ...namesOf("u32"), ...PAIRS].filter((n) =>
  n !== "retransmits"
);
const MEASURED = [...namesOf("f64"), "retransmits", "bps", "pps"];

/** A tree such as `parseFilter` may give, of at most `depth` levels below the top. */
export function randomFilter(random: Random, depth: number): FilterNode {
  const shape = depth === 0 ? 1 : random();
  if (shape < 0.25) return { kind: "and", nodes: severalFilters(random, depth) };
  if (shape < 0.5) return { kind: "or", nodes: severalFilters(random, depth) };
  if (shape < 0.65) return { kind: "not", node: randomFilter(random, depth - 1) };
  return randomLeaf(random);
}

function severalFilters(random: Random, depth: number): FilterNode[] {
  const length = 2 + Math.floor(random() * 3);
  return Array.from({ length }, () => randomFilter(random, depth - 1));
}

function randomLeaf(random: Random): FilterNode {
  const leaves: (() => FilterNode)[] = [
    () => ({ kind: "any" }),
    () => ({ kind: "family", version: pick(random, [4, 6]) }),
    () => ({ kind: "flags", mask: 1 + Math.floor(random() * 255) }),
    () => ({ kind: "has", field: pick(random, STORED_FIELDS).name }),
    () => randomAddress(random),
    () => randomCompare(random),
    () => randomMember(random),
    () => randomText(random),
    () => randomName(random),
  ];
  return pick(random, leaves)();
}

function randomAddress(random: Random): FilterNode {
  const field = pick(random, [...namesOf("address"), "addr"]) as AddressFieldName;
  const address = pick(random, ADDRESSES);
  const full = address.includes(":") ? 128 : 32;
  const length = random() < 0.4 ? full : Math.floor(random() * (full + 1));
  const op = field !== "addr" && random() < 0.3 ? "!=" : "=";
  return { kind: "address", field, op, ...parseNetwork(`${address}/${length}`)! };
}

function randomCompare(random: Random): FilterNode {
  const measured = random() < 0.5;
  const field = pick(random, measured ? MEASURED : IDS);
  const op = pick(random, PAIRS.includes(field) ? OPS.filter((op) => op !== "!=") : OPS);
  let value: number = idValue(random, field);
  if (measured) {
    value = random() < 0.7 ? pick(random, MEASURES) : random() * 10 ** (random() * 30 - 15);
  }
  if (field === "retransmits") value %= 2 ** 32;
  return { kind: "compare", field: field as NumberFieldName, op, value };
}

function randomMember(random: Random): FilterNode {
  const field = pick(random, IDS);
  const length = 1 + Math.floor(random() * 14);
  const ranges = Array.from({ length }, (): NumberRange => {
    const ends = [idValue(random, field), idValue(random, field)].sort((a, b) => a - b);
    return [ends[0], ends[1]];
  });
  // A list of one number is written as a comparison.
  if (length === 1 && ranges[0][0] === ranges[0][1]) return randomMember(random);
  return { kind: "member", field: field as NumberFieldName, ranges };
}

function idValue(random: Random, field: string): number {
  if (field === "dscp") return pick(random, NUMBERS.filter((number) => number < 64));
  return pick(random, U8.includes(field) ? NUMBERS : [...NUMBERS, ...LARGE_NUMBERS]);
}

function randomText(random: Random): FilterNode {
  const op = pick(random, ["=", "!="] as const);
  if (random() < 0.3) {
    return pick<FilterNode>(random, [
      { kind: "text", field: "export_format", op, value: pick(random, EXPORT_FORMATS) },
      { kind: "text", field: "sampling_source", op, value: pick(random, SAMPLING_SOURCES) },
      { kind: "text", field: "direction", op, value: pick(random, ["ingress", "egress"]) },
    ]);
  }
  const field = pick(random, namesOf("string")) as FieldNameOf<"string">;
  if (random() < 0.6) return { kind: "text", field, op, value: pick(random, TEXTS) };
  return { kind: "text", field, op: "contains", value: pick(random, ["t", "", '"', "\\ ", "ö"]) };
}

function randomName(random: Random): FilterNode {
  const side = pick(random, ["addr", "src_addr", "dst_addr"] as const);
  const several = <T>(from: readonly T[]): T[] =>
    Array.from({ length: 1 + Math.floor(random() * 3) }, () => pick(random, from));
  return pick<FilterNode>(random, [
    {
      kind: "port_name",
      field: pick(random, ["port", "src_port", "dst_port"] as const),
      names: several(SERVICES),
    },
    { kind: "service", names: several([...SERVICES, "tcp/80", "udp/1000"]) },
    { kind: "label", field: side, label: pick(random, Object.values(NAME_DATA.labels)) },
    { kind: "internal", field: side, internal: random() < 0.5 },
    { kind: "country", field: side, codes: several(["DE", "IN", "OR", "US"]) },
    {
      kind: "as_name",
      field: pick(random, ["as", "src_as", "dst_as"] as const),
      names: several(["example", "cloud, inc", 'bei"sp', "e", "networks"]),
    },
    {
      kind: "interface",
      field: pick(random, ["in_if", "out_if", "if"] as const),
      name: pick(random, [...TEXTS, "wan-1"]),
    },
  ]);
}

function namesOf(storage: FlowField["storage"]): string[] {
  return ROWS.filter((row) => row.storage === storage).map(({ name }) => name);
}
