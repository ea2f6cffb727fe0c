import type { StatementSync } from "node:sqlite";
import type { ArchivedRing } from "../query/flow_archive.ts";

/** A row of a question to history.db. */
export type FoundRow = NonNullable<ReturnType<StatementSync["get"]>>;

/** Which rows of which ring a row of `segment`, with its collector, is of, and when they arrived. */
export function segmentSpan(row: FoundRow): ArchivedRing {
  return {
    capability: row.capability as string,
    port: row.port as number,
    epoch: row.epoch as number,
    firstRow: row.first_row as number,
    endRow: row.end_row as number,
    fromMs: row.from_ms as number,
    toMs: row.to_ms as number,
  };
}
