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
    error: `there are more than ${MAX_LIMIT}: those of each may be off by up to ${most} octets`,
  });
}

/**
 * How many names there are at least.
 *
 * @param named different names in the tables
 * @param tables each by one name; one group of each may be without one
 */
export function leastCount(named: number, tables: readonly Table[]): number {
  return Math.max(named, ...tables.map(({ more, totals }) => more ? totals.groups - 1 : 0));
}
