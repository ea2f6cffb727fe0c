import type { FlowField } from "../../flow/schema.ts";
import { csvSink } from "./csv_sink.ts";
import { jsonSink } from "./json_sink.ts";
import type { ByteTarget, RowSink } from "./row_sink.ts";

/** Makes what writes rows in one form. */
export type BuildSink = (
  fields: readonly FlowField[],
  to: ByteTarget,
) => RowSink | Promise<RowSink>;

/** The forms of an export. */
export const EXPORT_FORMS = {
  jsonl: jsonSink,
  csv: csvSink,
  // Its library takes a tenth of a second to load: no other command is to wait for it.
  parquet: async (fields, to) => {
    const { ParquetSink } = await import("./parquet_sink.ts");
    return new ParquetSink(fields, to);
  },
} as const satisfies Readonly<Record<string, BuildSink>>;
