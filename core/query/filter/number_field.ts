import { FLOW_FIELDS, type FlowField, type StoredFieldName } from "../../flow/schema.ts";
import type { ComputedNumberName, NumberFieldName, PairName } from "./filter_node.ts";

/** What the language knows of a number. */
export interface NumberField {
  readonly name: NumberFieldName;
  /**
   * How its values are written: `id` as whole numbers that may follow the field without an
   * operator, `count` with k M G T, `duration` with ms s m h.
   */
  readonly kind: "id" | "count" | "duration";
  /** Largest value that may be asked for. */
  readonly max: number;
  /** Columns that it is read from; of a pair, the two sides. */
  readonly columns: readonly StoredFieldName[];
  /** How it is written in canonical text. */
  readonly words: string;
}

const MAX_OF: Partial<Record<FlowField["storage"], number>> = {
  u8: 0xff,
  u16: 0xffff,
  u32: 0xffff_ffff,
  f64: Number.MAX_SAFE_INTEGER,
};

const COUNT_UNITS: readonly string[] = ["octets", "packets"];

/** Canonical words of stored fields where they are not the field's name. */
const WORDS: Readonly<Record<string, string>> = {
  src_port: "src port",
  dst_port: "dst port",
  src_as: "src as",
  dst_as: "dst as",
  in_if: "in if",
  out_if: "out if",
  protocol: "proto",
  ip_tos: "tos",
  duration_ms: "duration",
  latency_ms: "latency",
};

const PAIRS: Readonly<Record<PairName, readonly StoredFieldName[]>> = {
  port: ["src_port", "dst_port"],
  as: ["src_as", "dst_as"],
  if: ["in_if", "out_if"],
};

const COMPUTED: Readonly<
  Record<ComputedNumberName, Pick<NumberField, "kind" | "max" | "columns">>
> = {
  bps: { kind: "count", max: Number.MAX_SAFE_INTEGER, columns: ["bytes", "duration_ms"] },
  pps: { kind: "count", max: Number.MAX_SAFE_INTEGER, columns: ["packets", "duration_ms"] },
  dscp: { kind: "id", max: 63, columns: ["ip_tos"] },
};

/** Every number of the language by its name. */
const BY_NAME: ReadonlyMap<string, NumberField> = new Map(
  allNumberFields().map((f) => [f.name, f]),
);

/** Every number of the language by each word that a filter may call it. */
const BY_WORD: ReadonlyMap<string, NumberField> = new Map(
  [...BY_NAME.values()].flatMap((f) =>
    f.words.includes(" ") ? [[f.name, f]] : [[f.name, f], [f.words, f]]
  ),
);

/** Words that name a number. */
export const NUMBER_WORDS: readonly string[] = [...BY_WORD.keys()];

/** The number of a name in a filter's tree. */
export function numberField(name: NumberFieldName): NumberField {
  return BY_NAME.get(name)!;
}

/** The number that a word of a filter names, if it names one. */
export function findNumberField(word: string): NumberField | undefined {
  return BY_WORD.get(word);
}

/** Whether the number is that of either of two sides. */
export function isPair(name: NumberFieldName): name is PairName {
  return Object.hasOwn(PAIRS, name);
}

function allNumberFields(): NumberField[] {
  const fields: NumberField[] = [];
  for (const field of FLOW_FIELDS as readonly FlowField[]) {
    const max = MAX_OF[field.storage];
    if (max === undefined) continue;
    const name = field.name as NumberFieldName & StoredFieldName;
    const kind = kindOf(field);
    fields.push({ name, kind, max, columns: [name], words: WORDS[name] ?? name });
  }
  for (const [name, columns] of Object.entries(PAIRS)) {
    const { max } = fields.find((side) => side.name === columns[0])!;
    fields.push({ name: name as PairName, kind: "id", max, columns, words: name });
  }
  for (const [name, rest] of Object.entries(COMPUTED)) {
    fields.push({ name: name as ComputedNumberName, words: name, ...rest });
  }
  return fields;
}

function kindOf({ storage, unit }: FlowField): NumberField["kind"] {
  if (unit === "ms") return "duration";
  return storage === "f64" || COUNT_UNITS.includes(unit) ? "count" : "id";
}
