import { type Dimension, KEY_FIELDS } from "../flow/rollup_schema.ts";

const ADDRESSES: ReadonlySet<string> = new Set(["exporter", "src_addr", "dst_addr"]);

/** Words of a field in a value. */
export function keyWords(field: string): number {
  return ADDRESSES.has(field) ? 4 : 1;
}

/** Words of a value: which of its fields are known, a bit each, then those of each field. */
export function keyStride(dimension: Dimension): number {
  return KEY_FIELDS[dimension].reduce((sum: number, field) => sum + keyWords(field), 1);
}
