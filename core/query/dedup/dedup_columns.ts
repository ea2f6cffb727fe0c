import { type FlowColumns, isPresent } from "../../flow/columns.ts";
import { presenceBit } from "../../flow/schema.ts";

/** Columns that say where a row was observed, of which conversation it is, and how much it counts. */
export const DEDUP_FIELDS = [
  "exporter",
  "direction",
  "in_if",
  "out_if",
  "src_addr",
  "dst_addr",
  "src_port",
  "dst_port",
  "protocol",
  "event",
  "bytes",
  "packets",
  "sampling_rate",
  "start_at",
  "end_at",
  "received_at",
] as const;
type DedupField = (typeof DEDUP_FIELDS)[number];

/** A block of rows with those columns. */
export type DedupColumns = Pick<FlowColumns, DedupField | "presence">;

const BIT = Object.fromEntries(
  DEDUP_FIELDS.map((name) => [name, presenceBit(name)]),
) as Record<DedupField, number>;

/** Whether a row has a value. */
export function knows(columns: DedupColumns, slot: number, field: DedupField): boolean {
  return isPresent(columns, { slot, bit: BIT[field] });
}

/** Whether a row is traffic between two addresses: only such can be known again elsewhere. */
export function isConversation(columns: DedupColumns, slot: number): boolean {
  return !knows(columns, slot, "event") && knows(columns, slot, "src_addr") &&
    knows(columns, slot, "dst_addr");
}
