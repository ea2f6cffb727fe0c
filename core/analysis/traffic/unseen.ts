import { MAX_LIMIT } from "../../query/engine/flow_query.ts";
import { figure, type Inquiry, type Table } from "../inquiry.ts";

/**
 * Says so where parts of what is added up by name may lie beyond the most groups that a query
 * names: none of those is larger than the last that was named.
 *
 * @param inquiry to tell
 * @param kind what the names are of
 * @param tables that were added up
 */
export function doubtUnseen(inquiry: Inquiry, kind: string, tables: readonly Table[]): void {
  const most = tables.reduce(
    (sum, { more, rows }) => sum + (more ? figure(rows.at(-1), "bytes") : 0),
    0,
  );
  if (most === 0) return;
  inquiry.doubt({
    figure: `bytes by ${kind}`,
    error: `there are more than ${MAX_LIMIT}: of each, up to ${most} octets may be missing`,
  });
}
