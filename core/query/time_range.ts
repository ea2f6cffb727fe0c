import { formatTime } from "../flow/record_reader.ts";
import { QueryError } from "./query_error.ts";
import type { TimeWindow } from "./scan.ts";

const UNITS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
/** "15m", "-15m", "now-15m". */
const RELATIVE = /^(?:now)?-?(\d{1,6}(?:\.\d+)?)([smhdw])$/;
/** A date, or a moment with its zone: local time would mean another moment on each machine. */
const ISO = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d))?$/;
const ZONELESS = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?$/;
const MAX_MS = 3660 * 86_400_000;

/**
 * Reads a time range.
 *
 * @param text `15m`, `-15m` or `now-15m` (units s, m, h, d, w): until now; or `FROM/TO` in ISO 8601
 *   with a zone, where either side may be relative or `now`. What lies ahead of now is cut off: flows
 *   that are dated so have arrived all the same, and are found by that
 * @param nowMs Unix milliseconds
 * @param options `argument`: what the caller calls the range, for errors; `ahead`: whether what lies
 *   ahead of now is asked about too, since flows may be dated so (default: no)
 * @throws {QueryError} that says what would do
 */
export function parseTimeRange(
  text: string,
  nowMs: number,
  { argument = "time_range", ahead = false }: { argument?: string; ahead?: boolean } = {},
): TimeWindow {
  const parts = text.trim().split("/");
  if (parts.length === 1) {
    const fromMs = relative(parts[0], nowMs);
    if (fromMs !== null && fromMs < nowMs) return { fromMs, toMs: nowMs, untilNow: true };
  } else if (parts.length === 2) {
    const [fromMs, toMs] = parts.map((part) => moment(part, nowMs));
    if (fromMs !== null && toMs !== null && fromMs < toMs && toMs - fromMs <= MAX_MS) {
      if (ahead) return { fromMs, toMs, untilNow: toMs === nowMs };
      if (fromMs < nowMs) return { fromMs, toMs: Math.min(toMs, nowMs), untilNow: toMs >= nowMs };
      throw new QueryError(
        `${argument}: "${text}" lies ahead: it is ${formatTime(nowMs)} now; ask for a time that ` +
          "begins before that. Flows that a clock dates ahead are found by when they arrived " +
          "(search_flows tells their start_at and end_at), and flow-agent export writes all there are",
      );
    }
    if (fromMs !== null && toMs !== null) {
      throw new QueryError(
        `${argument}: "${text}" ends before it begins, or is longer than ten years; write the ` +
          `earlier moment first`,
      );
    }
  }
  const zoneless = parts.length !== 2 ? undefined : parts.find((part) => ZONELESS.test(part));
  if (zoneless !== undefined) {
    throw new QueryError(
      `${argument}: "${zoneless}" names no zone; write ${
        zoneless.replace(" ", "T")
      }Z for UTC, or ` +
        `with an offset such as +02:00`,
    );
  }
  throw new QueryError(
    `${argument}: "${text}" is no range of time; write 15m, 2h or 7d for the time until now, or ` +
      `two moments such as 2026-01-31T10:00:00Z/2026-01-31T11:00:00Z`,
  );
}

function moment(text: string, nowMs: number): number | null {
  if (text === "now") return nowMs;
  if (ISO.test(text)) {
    const ms = Date.parse(text);
    return Number.isNaN(ms) ? null : ms;
  }
  return relative(text, nowMs);
}

function relative(text: string, nowMs: number): number | null {
  const [, amount, unit] = RELATIVE.exec(text) ?? [];
  if (amount === undefined) return null;
  const ms = Math.round(Number(amount) * UNITS[unit]);
  return ms <= MAX_MS ? nowMs - ms : null;
}
