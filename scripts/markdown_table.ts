/**
 * A Markdown table, padded as `deno fmt` wants it.
 *
 * @param head titles of the columns
 * @param rows cells, as many in each row as there are titles
 */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const width = head.map((title, i) =>
    Math.max(2, title.length, ...rows.map((cells) => cells[i].length))
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => cell.padEnd(width[i])).join(" | ")} |`;
  return [line(head), line(width.map((n) => "-".repeat(n))), ...rows.map(line)].join("\n");
}
