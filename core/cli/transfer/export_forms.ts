import type { FlowField } from "../../flow/schema.ts";
import { csvSink } from "./csv_sink.ts";
import { jsonSink } from "./json_sink.ts";
import { ParquetSink } from "./parquet_sink.ts";
import type { RowSink, WriteBytes } from "./row_sink.ts";

/** Makes what writes rows in one form. */
export type BuildSink = (fields: readonly FlowField[], write: WriteBytes) => RowSink;

/** The forms of an export. */
export const EXPORT_FORMS = {
  jsonl: jsonSink,
  csv: csvSink,
  parquet: (fields, write) => new ParquetSink(fields, write),
} as const satisfies Readonly<Record<string, BuildSink>>;
