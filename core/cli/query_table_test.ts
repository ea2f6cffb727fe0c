import assert from "node:assert/strict";
import type { CellValue } from "../query/engine/term.ts";
import type { Remainder } from "../query/engine/query_answer.ts";
import type { Trust } from "../query/trust.ts";
import { formatMeasure, formatTable } from "./query_table.ts";

const MEASURES: readonly [value: CellValue, unit: string, text: string][] = [
  [0, "octets", "0 B"],
  [999, "octets", "999 B"],
  [0.5, "octets", "0.50 B"],
  [1000, "octets", "1.00 kB"],
  [1024, "octets", "1.02 kB"],
  [999_499, "octets", "999 kB"],
  // Rounding must not leave four digits behind.
  [999_600, "octets", "1.00 MB"],
  [12_345_678, "octets", "12.3 MB"],
  [2 ** 53, "octets", "9.01 PB"],
  [1e24, "octets", "1000000 EB"],
  [1_500_000_000, "bit/s", "1.50 Gbit/s"],
  [12.34, "packets/s", "12.3 packets/s"],
  [1_234_567, "packets", "1,234,567"],
  [1_234_567, "flows", "1,234,567"],
  [17, "", "17"],
  [0.25, "", "0.25"],
  [123.456, "ms", "123 ms"],
  [1.5, "ms", "1.50 ms"],
  [null, "octets", "-"],
  ["2026-01-31T10:00:00.000Z", "time", "2026-01-31T10:00:00.000Z"],
];
for (const [value, unit, text] of MEASURES) {
  Deno.test(`formatMeasure() writes ${value} ${unit} as ${text}`, () => {
    assert.equal(formatMeasure(value, unit), text);
  });
}

const TOTALS: Remainder = { groups: 3, metrics: { bytes: 6000, flows: 3 } };
const MEASURED = [{ name: "bytes", unit: "octets" }, { name: "flows", unit: "flows" }];
const reply = (
  labels: readonly string[],
  rows: readonly CellValue[][],
  other: Remainder | null = null,
) => ({
  columns: [...labels.map((name) => ({ name, unit: "" })), ...MEASURED],
  rows,
  other,
  totals: TOTALS,
  next_cursor: null,
  trust: {} as Trust,
});

Deno.test("formatTable() aligns, and writes the remainder and the sum below", () => {
  const other = { groups: 2, metrics: { bytes: 1000, flows: 2 } };
  assert.deepEqual(
    formatTable(reply(["src_addr", "dst_port"], [["10.0.0.1", 443, 5000, 1]], other), 2),
    [
      "src_addr   dst_port    bytes  flows",
      "10.0.0.1   443       5.00 kB      1",
      "other (2)            1.00 kB      2",
      "total (3)            6.00 kB      3",
    ],
  );
});

Deno.test("formatTable() of one sum has no second line of it", () => {
  assert.deepEqual(formatTable(reply([], [[6000, 3]]), 2), ["  bytes  flows", "6.00 kB      3"]);
});

Deno.test("formatTable() keeps control characters and line breaks from the terminal", () => {
  const [, row] = formatTable(reply(["application"], [["\x1b[2Ja\nb", 1, 1], [null, 1, 1]]), 2);
  // deno-lint-ignore no-control-regex -- that is what is looked for.
  assert.ok(!/[\x00-\x1f\x7f]/.test(row), JSON.stringify(row));
});
