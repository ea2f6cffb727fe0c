/**
 * Writes core/flow/generated/service_names.ts from scripts/services/service-names.csv.
 *
 *     deno run --allow-read=scripts/services --allow-write=core/flow/generated \
 *       scripts/generate_services.ts
 */
const TABLE = new URL("services/service-names.csv", import.meta.url);
const MODULE = new URL("../core/flow/generated/service_names.ts", import.meta.url);
const COLUMNS = "Port,Service Name,Transport Protocols";
const PROTOCOLS: Readonly<Record<string, number>> = { tcp: 1, udp: 2, sctp: 4, dccp: 8 };
const LINE_WIDTH = 100;

/**
 * The module for a table.
 *
 * @param table text of the CSV file: ports ascending
 * @throws Error that names the line and what is wrong with it
 */
export function generateServices(table: string): string {
  const [header, ...lines] = table.trimEnd().split("\n");
  if (header !== COLUMNS) throw new Error(`expected the columns "${COLUMNS}"`);
  let last = 0;
  const rows = lines.map((line, index) => {
    const [portText, name, protocols = ""] = line.split(",");
    const port = Number(portText);
    const bits = protocols.split(" ").map((word) => PROTOCOLS[word]);
    const faulty = !Number.isInteger(port) || port < last || port > 65_535 ||
      !/^[\w.+/*-]+$/.test(name) || bits.some((bit) => bit === undefined);
    if (faulty) {
      throw new Error(`line ${index + 2}: "${line}" is not port (ascending), name, protocols`);
    }
    last = port;
    return `[${port}, ${JSON.stringify(name)}, ${bits.reduce((a, b) => a | b, 0)}],`;
  });
  return [
    "// Made by scripts/generate_services.ts from scripts/services/service-names.csv.",
    "",
    "/** Port, name, and protocols as bits: 1 TCP, 2 UDP, 4 SCTP, 8 DCCP. Ports ascending. */",
    "// deno-fmt-ignore",
    "export const SERVICE_NAMES: readonly (readonly [number, string, number])[] = [",
    ...wrap(rows),
    "];",
    "",
  ].join("\n");
}

function wrap(rows: readonly string[]): string[] {
  const lines: string[] = [];
  let line = " ";
  for (const row of rows) {
    if (line.length + 1 + row.length > LINE_WIDTH) {
      lines.push(line);
      line = " ";
    }
    line += ` ${row}`;
  }
  return [...lines, line];
}

if (import.meta.main) {
  Deno.writeTextFileSync(MODULE, generateServices(Deno.readTextFileSync(TABLE)));
}
