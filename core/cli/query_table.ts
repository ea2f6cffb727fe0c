import { sanitizeWireText } from "../flow/sanitize.ts";
import type { CellValue } from "../query/engine/term.ts";
import type { Remainder } from "../query/engine/query_answer.ts";
import type { Reply } from "./query_question.ts";

const GAP = "  ";
const PREFIXES = ["", "k", "M", "G", "T", "P", "E"];
/** Units that take a prefix. */
const SCALED: Readonly<Record<string, string>> = {
  octets: "B",
  "bit/s": "bit/s",
  "packets/s": "packets/s",
};

/**
 * An answer as people read it: columns of one width, units of their own, the remainder and the sum
 * below.
 *
 * @param reply of query_flows
 * @param metrics how many of the columns, the last ones, are measured
 * @returns lines
 */
export function formatTable(reply: Reply, metrics: number): string[] {
  const { columns, rows, other, totals } = reply;
  const labels = columns.length - metrics;
  const units = columns.slice(labels).map(({ unit }) => unit);
  const names = columns.slice(labels).map(({ name }) => name);
  const measured = (values: readonly CellValue[]) =>
    values.map((value, i) => formatMeasure(value, units[i]));
  const below = (label: string, { groups, metrics }: Remainder): string[] => [
    `${label} (${groups})`,
    ...Array(labels - 1).fill(""),
    ...measured(names.map((name) => metrics[name])),
  ];
  const lines = [
    columns.map(({ name }) => name),
    ...rows.map((row) => [
      ...row.slice(0, labels).map(formatLabel),
      ...measured(row.slice(labels)),
    ]),
    // One sum of everything is its own total.
    ...(labels === 0 ? [] : [
      ...(other === null ? [] : [below("other", other)]),
      below("total", totals),
    ]),
  ];
  const widths = columns.map((_, i) => Math.max(...lines.map((line) => line[i].length)));
  return lines.map((line) =>
    line.map((text, i) => i < labels ? text.padEnd(widths[i]) : text.padStart(widths[i]))
      .join(GAP).trimEnd()
  );
}

/** A group's name; a terminal must not obey what came from the wire. */
function formatLabel(value: CellValue): string {
  return value === null ? "-" : sanitizeWireText(String(value));
}

/**
 * A measure with its unit.
 *
 * @param value null is unknown
 * @param unit of the column
 */
export function formatMeasure(value: CellValue, unit: string): string {
  if (value === null || typeof value === "string") return formatLabel(value);
  const scaled = SCALED[unit];
  if (scaled !== undefined) return withPrefix(value, scaled);
  return unit === "ms" ? `${significant(value)} ms` : grouped(value);
}

/** Three digits and a decimal prefix (SI): 1000, not 1024. */
function withPrefix(value: number, unit: string): string {
  let power = 0;
  let scaled = value;
  while (Number(scaled.toPrecision(3)) >= 1000 && power < PREFIXES.length - 1) {
    scaled /= 1000;
    power++;
  }
  const whole = power === 0 && Number.isInteger(scaled);
  return `${whole ? scaled : significant(scaled)} ${PREFIXES[power]}${unit}`;
}

/** Three digits, without an exponent. */
function significant(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toFixed(digits);
}

/** A count, its thousands apart. */
function grouped(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: 2 });
}
