import { z } from "zod";
import { findField } from "../../flow/schema.ts";
import type { ToolContext } from "../tool.ts";

/** Arguments that several questions about traffic take. */

/** Characters of a filter. */
export const MAX_FILTER = 4096;

/** Range of time. */
export const timeRange = (standard: string) =>
  z.string().max(80).default(standard).describe(
    "15m, 7d, or FROM/TO in ISO 8601",
  );

/** Filter expression. */
export const filterText = z.string().max(MAX_FILTER).default("").describe(
  'such as "src host 10.0.0.1 and tcp dst port 443"',
);

/** What is done about conversations that several observation points saw. */
export const dedup = z.enum(["off", "report", "on"]).default("report").describe(
  "conversations that several points saw: report tells the factor in trust, on counts each once",
);

/** As `dedup`, of an analysis: its trust block says what was counted several times. */
export const countOnce = z.enum(["report", "on"]).default("report").describe(
  "on: conversations count once",
);

/** A value of a row. */
export const cellSchema = z.union([z.string(), z.number(), z.null()]);

/** Host names by address. */
export const hostNamesSchema = z.record(z.string(), z.string())
  .describe("reverse DNS, as far as known");

/**
 * Host names of the addresses in rows; none where reverse DNS is off.
 *
 * @param rows with their columns
 * @param context of the tool
 */
export function hostNamesOf(
  { columns, rows }: {
    columns: readonly { name: string }[];
    rows: readonly (readonly (string | number | null)[])[];
  },
  { hostNames }: Pick<ToolContext, "hostNames">,
): Record<string, string> {
  if (hostNames === null) return {};
  const places = columns.flatMap(({ name }, i) =>
    findField(name)?.storage === "address" ? [i] : []
  );
  const addresses = rows.flatMap((row) =>
    places.map((i) => row[i]).filter((cell) => typeof cell === "string")
  );
  return hostNames.names(addresses);
}

/** A column of rows. */
export const columnSchema = z.object({ name: z.string(), unit: z.string() });
