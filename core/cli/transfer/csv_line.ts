/** What makes a spreadsheet take a text for a formula (OWASP, "CSV Injection"). */
const FORMULA = /^[=+\-@\t\r\uff0b\uff0d\uff1d\uff20]/;
const QUOTED = /[",\r\n]/;

/**
 * A line of CSV, without its end.
 *
 * @param cells as `csvCell` takes them
 */
export function csvLine(cells: readonly (string | number | null)[]): string {
  return cells.map(csvCell).join(",");
}

/**
 * A value of CSV: quoted as RFC 4180 wants it, nothing for what is not known. A text that a
 * spreadsheet would run as a formula gets an apostrophe before it, since names of interfaces and
 * applications come from the network; numbers stay numbers.
 *
 * @param cell null is unknown
 */
export function csvCell(cell: string | number | null): string {
  if (cell === null) return "";
  if (typeof cell === "number") return `${cell}`;
  const text = FORMULA.test(cell) ? `'${cell}` : cell;
  return QUOTED.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
