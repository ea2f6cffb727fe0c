import type { AnswerColumn, Remainder } from "../query/engine/query_answer.ts";
import type { CellValue } from "../query/engine/term.ts";
import type { DedupMode } from "../query/dedup/count_once.ts";
import type { TimeBasis } from "../query/engine/flow_query.ts";
import type { Trust } from "../query/trust.ts";
import { type CommandArgs, type Option, UsageError } from "./command.ts";

/** The arguments of query_flows. */
export interface Question {
  readonly time_range?: string;
  readonly time?: TimeBasis;
  readonly filter: string;
  readonly group_by: readonly string[];
  readonly metrics: readonly string[];
  readonly bucket_seconds?: number;
  readonly order_by?: string;
  readonly dedup?: DedupMode;
  readonly limit: number;
}

/** What query_flows answers. */
export interface Reply {
  readonly columns: readonly AnswerColumn[];
  readonly rows: readonly (readonly CellValue[])[];
  readonly other: Remainder | null;
  readonly totals: Remainder;
  readonly next_cursor: string | null;
  readonly trust: Trust;
}

/** The options that say which time is meant. */
export const RANGE_OPTIONS: Readonly<Record<string, Option>> = {
  last: { type: "string", value: "TIME", description: "such as 90s, 15m, 1h or 7d until now" },
  from: { type: "string", value: "TIME", description: "start, ISO 8601 with a zone" },
  to: { type: "string", value: "TIME", description: "end; default: now" },
  range: { type: "string", value: "RANGE", description: "time_range as the tools take it" },
};

/** The options that ask. */
export const QUESTION_OPTIONS: Readonly<Record<string, Option>> = {
  filter: { type: "string", value: "TEXT", description: "which flows; default: all" },
  by: {
    type: "string",
    multiple: true,
    value: "TERM,…",
    description: "what to group by: fields, src_addr/24, service, capability",
  },
  metric: {
    type: "string",
    multiple: true,
    value: "NAME,…",
    description: "what to measure; default: bytes,packets,flows",
  },
  ...RANGE_OPTIONS,
  time: {
    type: "string",
    value: "BASIS",
    description: "arrival or flow: which time the range is of; default: flow with --bucket",
  },
  bucket: { type: "string", value: "TIME", description: "makes a time series: 60, 30s, 5m, 1h" },
  order: {
    type: "string",
    value: "METRIC",
    description: "order by; -METRIC for the smallest first; default: the first metric",
  },
  dedup: {
    type: "string",
    value: "MODE",
    description:
      "conversations that several points saw: off, report (default), on to count each once",
  },
  limit: { type: "string", value: "N", description: "groups to show, 1 to 1000; default: 20" },
};

const UNITS: Readonly<Record<string, number>> = { "": 1, s: 1, m: 60, h: 3600, d: 86_400 };

/**
 * Reads what is asked.
 *
 * @param args the QUESTION_OPTIONS among others
 * @throws {UsageError}
 */
export function readQuestion(args: CommandArgs): Question {
  const time_range = readRange(args);
  const time = args.oneOf("time", ["arrival", "flow"] as const);
  const bucket_seconds = readBucket(args.text("bucket"));
  const order_by = args.text("order");
  const dedup = args.oneOf("dedup", ["off", "report", "on"] as const);
  const limit = args.number("limit", { min: 1, max: 1000 }) ?? 20;
  if (!Number.isInteger(limit)) throw new UsageError(`--limit is "${limit}"; give a whole number`);
  const metrics = names(args.list("metric"));
  return {
    ...(time_range === undefined ? {} : { time_range }),
    ...(time === undefined ? {} : { time }),
    filter: args.text("filter") ?? "",
    group_by: names(args.list("by")),
    metrics: metrics.length > 0 ? metrics : ["bytes", "packets", "flows"],
    ...(bucket_seconds === undefined ? {} : { bucket_seconds }),
    ...(order_by === undefined ? {} : { order_by }),
    ...(dedup === undefined ? {} : { dedup }),
    limit,
  };
}

function names(given: readonly string[]): string[] {
  return given.flatMap((text) => text.split(",")).map((name) => name.trim())
    .filter((name) => name !== "");
}

/**
 * Which time is meant.
 *
 * @param args the RANGE_OPTIONS among others
 * @returns as `parseTimeRange` takes it; undefined where none is given
 * @throws {UsageError}
 */
export function readRange(args: CommandArgs): string | undefined {
  const [last, range, from, to] = ["last", "range", "from", "to"].map((name) => args.text(name));
  const given = [last, range, from].filter((text) => text !== undefined);
  if (given.length > 1) {
    throw new UsageError("give one of --last, --range and --from: each says which time is meant");
  }
  if (to !== undefined && from === undefined) {
    throw new UsageError("--to wants --from, the earlier moment");
  }
  return from === undefined ? given[0] : `${from}/${to ?? "now"}`;
}

function readBucket(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [, amount, unit] = /^(\d{1,6}(?:\.\d+)?)([smhd]?)$/.exec(text) ?? [];
  const seconds = Number(amount) * UNITS[unit];
  if (seconds >= 1 && seconds <= 86_400) return seconds;
  throw new UsageError(`--bucket is "${text}"; give 1s to 1d, such as 60, 30s, 5m or 1h`);
}
