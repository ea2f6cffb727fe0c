import type { StoredFieldName } from "../../flow/schema.ts";
import { setBit } from "./presence.ts";
import { numberExpression, rawExpression } from "./read_expression.ts";
import type { RowSources, Source } from "./row_sources.ts";

/** Columns that are written together: of start, end and duration any two give the third. */
export const TIME_COLUMNS: readonly StoredFieldName[] = ["start_at", "end_at", "duration_ms"];

/** Times from before are those of a clock that was never set. */
export const EARLIEST_MS = Date.UTC(1971);
/** Unix seconds of 32 bits end here; all ones are what some exporters write for not known. */
const END_OF_TIME_MS = (2 ** 32 - 1) * 1000;
/** What some exporters write for an uptime that they do not know; also the one before it wraps. */
const ALL_ONES = 0xffffffff;
/**
 * An exporter that has been up for longer does not export flows of the moment when it began any
 * more: timeouts are half an hour at most.
 */
const BEGINNING_MS = 3_600_000;
/** No uptime is further than this from another one. */
const UPTIME_REACH_MS = 2 ** 31;

/**
 * Declares `clock` and `upNow`, which `uptime` fields are counted from: a field's time is
 * `clock - ((upNow - field) | 0)`, a signed difference, so that it survives the wrap of 32 bits.
 * `clock` is NaN where the exporter has no clock, or nobody knows when it started.
 *
 * Declares besides whether the exporter is `young`, and whether every uptime gives a time that can
 * be shown: `plain`.
 *
 * @param boot JavaScript for the time when the exporter started, 0 for not known
 */
export function declareClock(boot: string): string {
  // Without an export time half the range of uptimes counts from the start.
  return `const clock = uptimeMs >= 0 ? (exportMs > 0 ? exportMs : NaN) ` +
    `: ${boot} > 0 ? (exportMs > 0 ? exportMs : ${boot} + 2147483647) : NaN, ` +
    `up = uptimeMs >= 0 ? uptimeMs : exportMs > 0 ? exportMs - ${boot} : 2147483647, ` +
    // A whole number of 32 bits: what is taken from it stays one.
    `upNow = up | 0, young = up < ${BEGINNING_MS}, plain = clock >= ${
      EARLIEST_MS + UPTIME_REACH_MS
    } && clock < ${END_OF_TIME_MS - UPTIME_REACH_MS};`;
}

/**
 * Statements that write start, end and duration of a row. A time of 0 is unknown, and so are one of
 * all ones, a duration of all ones, and an uptime of all ones and two uptimes of 0 once the exporter
 * has been up for an hour; before, they are the moment when it began. A time before 1971 is not shown, but the duration between two such times
 * is, and that between uptimes whose start nobody knows.
 *
 * @param sources of the row; the start time of the exporter (`boot_ms`) counts wherever in the
 *   record it stands
 */
export function writeTimes(sources: RowSources): string[] {
  const starts = sources.get("start_at") ?? [];
  const ends = sources.get("end_at") ?? [];
  const durations = sources.get("duration_ms") ?? [];
  if (starts.length + ends.length + durations.length === 0) return [];
  const [boot] = sources.get("boot_ms") ?? [];
  const first = starts.find(({ kind }) => kind === "uptime");
  const last = ends.find(({ kind }) => kind === "uptime");
  const lines = ["{"];
  if (boot !== undefined && (first ?? last) !== undefined) {
    lines.push(
      `const told = ${numberExpression(boot.placed, boot.kind)}, boot = told > 0 ? told : bootMs;`,
      declareClock("boot"),
    );
  }
  if (first !== undefined) lines.push(`const first = ${rawExpression(first.placed)};`);
  if (last !== undefined) lines.push(`const last = ${rawExpression(last.placed)};`);
  const both = first !== undefined && last !== undefined;
  if (both) lines.push("const stamped = (first | last) !== 0 || young;");
  // What nearly every record of NetFlow 5 and 9 is: the rest asks the same for each time.
  const common = both && starts.length + ends.length === 2 && durations.length === 0;
  if (common) {
    lines.push(
      `if (plain && stamped && ${isKnown("first")} && ${isKnown("last")}) {`,
      "const began = (upNow - first) | 0, ended = (upNow - last) | 0;",
      `start_at[slot] = clock - began; ${setBit("start_at")}`,
      `end_at[slot] = clock - ended; ${setBit("end_at")}`,
      `if (began >= ended) { duration_ms[slot] = began - ended; ${setBit("duration_ms")} }`,
      "} else {",
    );
  }
  lines.push(
    ...chain("s", starts, { uptime: "first", both }),
    ...chain("e", ends, { uptime: "last", both }),
    // A packet is seen at one moment.
    ...(sources.has("packet") && starts.length + durations.length === 0 ? ["s = e;"] : []),
    "let d = e - s;",
  );
  if (both) {
    lines.push(
      `if (d !== d && stamped && ${isKnown("first")} && ${isKnown("last")}) ` +
        "d = (last - first) | 0;",
    );
  }
  for (const { placed, kind } of durations) {
    lines.push(`if (!(d >= 0)) d = ${numberExpression(placed, kind)};`);
  }
  if (durations.length > 0) {
    if (starts.length === 0) lines.push("if (d >= 0) s = e - d;");
    else if (ends.length === 0) lines.push("if (d >= 0) e = s + d;");
  }
  if (starts.length > 0 || durations.length > 0 || sources.has("packet")) {
    lines.push(store("start_at", "s"));
  }
  if (ends.length > 0 || durations.length > 0) lines.push(store("end_at", "e"));
  lines.push(`if (d >= 0) { duration_ms[slot] = d; ${setBit("duration_ms")} }`);
  lines.push(common ? "} }" : "}");
  return lines;
}

/** Declares a variable as the first of the sources that is known, NaN where none is. */
function chain(
  name: "s" | "e",
  sources: readonly Source[],
  { uptime, both }: { uptime: "first" | "last"; both: boolean },
): string[] {
  const expressions = sources.map(({ placed, kind }) => {
    const value = numberExpression(placed, kind);
    if (kind !== "uptime") return value;
    return `${both ? "stamped && " : ""}${isKnown(uptime)} ? ` +
      `clock - ((upNow - ${uptime}) | 0) : NaN`;
  });
  const [start = "NaN", ...others] = expressions;
  const inRange = `${name} > 0 && ${name} < ${END_OF_TIME_MS}`;
  return [
    `let ${name} = ${start};`,
    ...others.map((other) => `if (!(${inRange})) ${name} = ${other};`),
    ...(sources.length === 0 ? [] : [`if (!(${inRange})) ${name} = NaN;`]),
  ];
}

function isKnown(uptime: "first" | "last"): string {
  return `(${uptime} !== ${ALL_ONES} || young)`;
}

function store(column: "start_at" | "end_at", value: string): string {
  return `if (${value} >= ${EARLIEST_MS}) { ${column}[slot] = ${value}; ${setBit(column)} }`;
}
