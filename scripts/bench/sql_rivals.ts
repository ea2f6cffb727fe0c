import { DatabaseSync } from "node:sqlite";
import type { FlowSource } from "../../core/query/flow_source.ts";
import { openDuckdb } from "./open_duckdb.ts";
import type { Measures, QuestionName, Rival } from "./rival.ts";

const NAMES = ["src", "dst", "sport", "dport", "proto", "bytes", "arrival"] as const;
const TUPLE = "src, dst, sport, dport, proto";
const CREATE = "CREATE TABLE flows (src BIGINT, dst BIGINT, sport INTEGER, dport INTEGER, " +
  "proto INTEGER, bytes BIGINT, arrival BIGINT)";

/** What both kinds of SQL say alike; addresses are whole numbers. */
const COMMON = {
  sources: "SELECT src, sum(bytes) m FROM flows GROUP BY src ORDER BY m DESC LIMIT 10",
  tuples: `SELECT ${TUPLE}, sum(bytes) m FROM flows GROUP BY ${TUPLE} ORDER BY m DESC LIMIT 10`,
  filtered: "SELECT dst, sum(bytes) m FROM flows WHERE dport = 443 AND bytes > 10000 " +
    "GROUP BY dst ORDER BY m DESC LIMIT 10",
  ports: "SELECT src, count(DISTINCT dport) m FROM flows GROUP BY src ORDER BY m DESC LIMIT 10",
};
/** The nearest rank, written out: sqlite has no percentiles of its own everywhere. */
const SQLITE: Readonly<Record<QuestionName, string>> = {
  ...COMMON,
  series: "SELECT arrival / 300000 b, sum(bytes) m FROM flows GROUP BY b ORDER BY b LIMIT 10",
  p95: `SELECT bytes m FROM (SELECT bytes, row_number() OVER (PARTITION BY ${TUPLE} ORDER BY ` +
    `bytes) r, count(*) OVER (PARTITION BY ${TUPLE}) n FROM flows) ` +
    "WHERE r = (n * 95 + 99) / 100 ORDER BY m DESC LIMIT 10",
};
const DUCKDB: Readonly<Record<QuestionName, string>> = {
  ...COMMON,
  series: "SELECT arrival // 300000 b, sum(bytes) m FROM flows GROUP BY b ORDER BY b LIMIT 10",
  p95: `SELECT quantile_disc(bytes, 0.95) m FROM flows GROUP BY ${TUPLE} ORDER BY m DESC LIMIT 10`,
};
const QUESTION_NAMES = Object.keys(SQLITE) as QuestionName[];

/** The rows of a ring of IPv4 flows, as numbers in the order of the table. */
function* rowsOf({ ring: { columns, committed } }: FlowSource): Generator<number[]> {
  const { src_addr, dst_addr, src_port, dst_port, protocol, bytes, received_at } = columns;
  for (let row = 0; row < committed; row++) {
    yield [
      src_addr[row * 4 + 3],
      dst_addr[row * 4 + 3],
      src_port[row],
      dst_port[row],
      protocol[row],
      bytes[row],
      Math.floor(received_at[row]),
    ];
  }
}

/** SQLite in memory, as the runtime has it. */
export function sqliteRival(source: FlowSource): Rival {
  const database = new DatabaseSync(":memory:");
  database.exec(CREATE);
  database.exec("BEGIN");
  const insert = database.prepare(`INSERT INTO flows VALUES (${NAMES.map(() => "?").join()})`);
  for (const row of rowsOf(source)) insert.run(...row);
  database.exec("COMMIT");
  const { version } = database.prepare("SELECT sqlite_version() version").get() as {
    version: string;
  };
  const ask = (sql: string): Measures =>
    database.prepare(sql).all().map((row) => Number((row as { m: number }).m));
  return {
    name: "SQLite",
    version,
    ask: Object.fromEntries(QUESTION_NAMES.map((name) => [name, () => ask(SQLITE[name])])),
    close: () => database.close(),
  };
}

/**
 * DuckDB in memory, on one thread.
 *
 * @param source of the flows
 * @param folder for the file that they are brought in by
 */
export async function duckdbRival(source: FlowSource, folder: string): Promise<Rival> {
  const connection = await openDuckdb(":memory:");
  await connection.run(CREATE);
  const file = `${folder}/flows.csv`;
  using csv = Deno.createSync(file);
  const encoder = new TextEncoder();
  let lines: string[] = [];
  for (const row of rowsOf(source)) {
    lines.push(row.join());
    if (lines.length < 50_000) continue;
    csv.writeSync(encoder.encode(`${lines.join("\n")}\n`));
    lines = [];
  }
  csv.writeSync(encoder.encode(lines.map((line) => `${line}\n`).join("")));
  await connection.run(`COPY flows FROM '${file}' (FORMAT csv, HEADER false)`);
  const read = async (sql: string) => (await connection.runAndReadAll(sql)).getRows();
  const [[version]] = await read("SELECT version()");
  return {
    name: "DuckDB, 1 thread",
    version: String(version),
    ask: Object.fromEntries(
      QUESTION_NAMES.map((question) => [
        question,
        async () => (await read(DUCKDB[question])).map((row) => Number(row.at(-1))),
      ]),
    ),
    close: () => connection.closeSync(),
  };
}
