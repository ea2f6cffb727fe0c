import { z } from "zod";

/** Arguments that several questions about traffic take. */

const MAX_FILTER = 4096;

/** Range of time. */
export const timeRange = (standard: string) =>
  z.string().max(80).default(standard).describe(
    "15m, 2h, 7d until now, or FROM/TO in ISO 8601 with zone",
  );

/** Filter expression. */
export const filterText = z.string().max(MAX_FILTER).default("").describe(
  'such as "src host 10.0.0.1 and tcp dst port 443"; default: all',
);

/** A value of a row. */
export const cellSchema = z.union([z.string(), z.number(), z.null()]);

/** A column of rows. */
export const columnSchema = z.object({ name: z.string(), unit: z.string() });
