import type { FlowColumns } from "../flow/columns.ts";
import { PRESENCE_WORDS, presenceBit, type StoredFieldName } from "../flow/schema.ts";
import { servicePort } from "../flow/service_port.ts";
import type { Dimension } from "./rollup_schema.ts";

/** Fields of a dimension's values, in the order of their words; an address has four. */
export const KEY_FIELDS = {
  exporter: ["exporter"],
  in_if: ["exporter", "in_if"],
  out_if: ["exporter", "out_if"],
  protocol: ["protocol"],
  service: ["protocol", "service_port"],
  src_addr: ["src_addr"],
  dst_addr: ["dst_addr"],
} as const satisfies Record<Dimension, readonly string[]>;

const ADDRESSES: ReadonlySet<string> = new Set(["exporter", "src_addr", "dst_addr"]);

/** Words of a field in a value. */
export function keyWords(field: string): number {
  return ADDRESSES.has(field) ? 4 : 1;
}

/** Words of a value: which of its fields are known, a bit each, then those of each field. */
export function keyStride(dimension: Dimension): number {
  return KEY_FIELDS[dimension].reduce((sum: number, field) => sum + keyWords(field), 1);
}

/** Rows whose values are asked for. */
export interface KeyRows {
  readonly columns: FlowColumns;
  /** Their slots. */
  readonly slots: Uint32Array;
  /** 1 where a port has a name, by port. */
  readonly namedPorts: Uint8Array;
}

/**
 * Writes the values that rows have of a dimension.
 *
 * @param dimension which
 * @param rows whose
 * @param into takes `keyStride` words a row
 */
export function writeKeys(dimension: Dimension, rows: KeyRows, into: Uint32Array): void {
  const stride = keyStride(dimension);
  into.fill(0, 0, rows.slots.length * stride);
  let at = 1;
  KEY_FIELDS[dimension].forEach((field, place) => {
    const target = { into, stride, at, known: 1 << place };
    if (field === "service_port") writeServices(rows, target);
    else writeField(field, rows, target);
    at += keyWords(field);
  });
}

/** Where the words of a field go: `at` within each row's `stride`, and its bit in the first word. */
interface Target {
  readonly into: Uint32Array;
  readonly stride: number;
  readonly at: number;
  readonly known: number;
}

function writeField(
  field: Extract<StoredFieldName, "exporter" | "in_if" | "out_if" | "protocol"> | Dimension,
  { columns, slots }: KeyRows,
  { into, stride, at, known }: Target,
): void {
  const column = columns[field as "exporter" | "in_if" | "out_if" | "protocol" | "src_addr"];
  const has = knows(columns, field as StoredFieldName);
  const words = keyWords(field);
  for (let row = 0; row < slots.length; row++) {
    const slot = slots[row];
    if (!has(slot)) continue;
    into[row * stride] |= known;
    for (let word = 0; word < words; word++) {
      into[row * stride + at + word] = column[slot * words + word];
    }
  }
}

function writeServices(
  { columns, slots, namedPorts }: KeyRows,
  { into, stride, at, known }: Target,
): void {
  const hasProtocol = knows(columns, "protocol");
  const hasSource = knows(columns, "src_port");
  const hasTarget = knows(columns, "dst_port");
  for (let row = 0; row < slots.length; row++) {
    const slot = slots[row];
    if (!hasProtocol(slot)) continue;
    into[row * stride] |= known;
    into[row * stride + at] = servicePort({
      protocol: columns.protocol[slot],
      source: hasSource(slot) ? columns.src_port[slot] : 0,
      target: hasTarget(slot) ? columns.dst_port[slot] : 0,
    }, namedPorts);
  }
}

/** Whether the row at a slot has a field. */
export function knows(
  { presence }: Pick<FlowColumns, "presence">,
  field: StoredFieldName,
): (slot: number) => boolean {
  const bit = presenceBit(field);
  const [word, mask] = [bit >> 5, 1 << (bit & 31)];
  return (slot) => (presence[slot * PRESENCE_WORDS + word] & mask) !== 0;
}
