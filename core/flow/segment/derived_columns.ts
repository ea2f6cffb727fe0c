/** A time that another nearly tells, so that only the distance is kept: `value − plus + minus`. */
export interface Derived {
  readonly name: string;
  readonly plus: string;
  readonly minus?: string;
}

/** Columns that are kept as distances where that is exact, after those that they lean on. */
export const DERIVED_COLUMNS: readonly Derived[] = [
  { name: "end_at", plus: "received_at" },
  { name: "start_at", plus: "end_at" },
  { name: "duration_ms", plus: "end_at", minus: "start_at" },
];

/** What together is the same again and again: kept once, with the columns that follow from it. */
export const TUPLE_COLUMNS = {
  addresses: ["src_addr", "dst_addr"],
  words: ["src_port", "dst_port", "protocol"],
} as const;
