import { DatabaseSync } from "node:sqlite";
import type { FlowColumns } from "../../../core/flow/columns.ts";
import { type DuckConnection, openDuckdb } from "../open_duckdb.ts";
import {
  DISK_QUESTIONS,
  type DiskEngine,
  type DiskQuestion,
  type FlowBlock,
} from "./disk_engine.ts";

/** Columns besides addresses, in the order of the table: what the flows of the generator say. */
const NUMBERS = [
  "src_port",
  "dst_port",
  "protocol",
  "tcp_flags",
  "ip_tos",
  "in_if",
  "out_if",
  "src_as",
  "dst_as",
  "packets",
  "bytes",
] as const;
const TIMES = ["start_at", "end_at", "received_at"] as const;
/** Without names of ports: the lower of both, and of one that is there. */
const LOWER_PORT = "CASE WHEN src_port = 0 OR (dst_port <> 0 AND dst_port <= src_port) " +
  "THEN dst_port ELSE src_port END";
const ROWS_A_FILE = 1 << 20;

/** @param divide the operator of whole division */
function questions(
  address: (side: "src" | "dst") => string,
  divide: "/" | "//",
): Record<DiskQuestion, string> {
  const [src, dst] = [address("src"), address("dst")];
  const tuple = `${src}, ${dst}, src_port, dst_port, protocol`;
  const top = (keys: string, where = "") =>
    `SELECT sum(bytes) m FROM flows ${where} GROUP BY ${keys} ORDER BY m DESC LIMIT 10`;
  return {
    sources: top(src),
    tuples: top(tuple),
    service: top(dst, "WHERE dst_port = 443 AND bytes > 10000"),
    services: top(`protocol, ${LOWER_PORT}`),
    series: top(`received_at ${divide} 10000`),
  };
}

/** Plain rows in SQLite, an address as 4 or 16 octets. */
export class SqliteFile {
  readonly #path: string;
  readonly #database: DatabaseSync;
  readonly #insert: ReturnType<DatabaseSync["prepare"]>;

  /** @param path of the database */
  constructor(path: string) {
    this.#path = path;
    this.#database = new DatabaseSync(path);
    this.#database.exec("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF");
    const columns = ["src", "dst", ...NUMBERS, ...TIMES];
    this.#database.exec(
      `CREATE TABLE flows (src BLOB, dst BLOB, ${
        columns.slice(2).map((name) => `${name} INTEGER`).join()
      })`,
    );
    this.#insert = this.#database.prepare(
      `INSERT INTO flows VALUES (${columns.map(() => "?").join()})`,
    );
  }

  /** Writes a block. */
  add({ columns, start, end }: FlowBlock): void {
    this.#database.exec("BEGIN");
    for (let slot = start; slot < end; slot++) {
      this.#insert.run(
        addressOctets(columns.src_addr, slot),
        addressOctets(columns.dst_addr, slot),
        ...numbersOf(columns, slot),
      );
    }
    this.#database.exec("COMMIT");
  }

  /** What answers from it. */
  engine(): DiskEngine {
    const texts = questions((side) => side, "/");
    const database = this.#database;
    const { version } = database.prepare("SELECT sqlite_version() version").get() as {
      version: string;
    };
    const ask = (name: DiskQuestion) => () =>
      Promise.resolve(
        database.prepare(texts[name]).all().map((row) => Number((row as { m: number }).m)),
      );
    return {
      name: "SQLite rows",
      version,
      octets: Deno.statSync(this.#path).size,
      ask: each(ask),
      close: () => database.close(),
    };
  }
}

/** A database of DuckDB, asked on one thread; an address as two whole numbers. */
export class DuckdbFile {
  readonly #folder: string;
  readonly #connection: DuckConnection;
  #lines: string[] = [];
  #files = 0;
  #copied = Promise.resolve();

  private constructor(folder: string, connection: DuckConnection) {
    this.#folder = folder;
    this.#connection = connection;
  }

  /** @param folder for the database and what it is filled from */
  static async open(folder: string): Promise<DuckdbFile> {
    const connection = await openDuckdb(`${folder}/flows.duckdb`);
    const addresses = ["src_hi", "src_lo", "dst_hi", "dst_lo"].map((side) => `${side} UBIGINT`);
    const numbers = NUMBERS.map((name) => `${name} BIGINT`);
    const times = TIMES.map((name) => `${name} BIGINT`);
    await connection.run(`CREATE TABLE flows (${[...addresses, ...numbers, ...times].join()})`);
    return new DuckdbFile(folder, connection);
  }

  /** Takes a block; every so many rows go in together, by and by. */
  add({ columns, start, end }: FlowBlock): void {
    for (let slot = start; slot < end; slot++) {
      this.#lines.push([
        ...addressHalves(columns.src_addr, slot),
        ...addressHalves(columns.dst_addr, slot),
        ...numbersOf(columns, slot),
      ].join());
    }
    if (this.#lines.length >= ROWS_A_FILE) this.#copy();
  }

  /** What answers from it, when all is in the file. */
  async engine(): Promise<DiskEngine> {
    this.#copy();
    await this.#copied;
    const connection = this.#connection;
    await connection.run("CHECKPOINT");
    const read = async (sql: string) => (await connection.runAndReadAll(sql)).getRows();
    const [[version]] = await read("SELECT version()");
    const texts = questions((side) => `${side}_hi, ${side}_lo`, "//");
    const ask = (name: DiskQuestion) => async () =>
      (await read(texts[name])).map((row) => Number(row.at(-1)));
    return {
      name: "DuckDB, 1 thread",
      version: String(version),
      octets: Deno.statSync(`${this.#folder}/flows.duckdb`).size,
      ask: each(ask),
      close: () => connection.closeSync(),
    };
  }

  #copy(): void {
    const file = `${this.#folder}/flows-${this.#files++}.csv`;
    using csv = Deno.createSync(file);
    const encoder = new TextEncoder();
    for (let at = 0; at < this.#lines.length; at += 50_000) {
      const lines = this.#lines.slice(at, at + 50_000);
      csv.writeSync(encoder.encode(`${lines.join("\n")}\n`));
    }
    this.#lines = [];
    this.#copied = this.#copied.then(async () => {
      await this.#connection.run(`COPY flows FROM '${file}' (FORMAT csv, HEADER false)`);
      Deno.removeSync(file);
    });
  }
}

/** All questions there are. */
function each<T>(ask: (name: DiskQuestion) => T): Record<DiskQuestion, T> {
  return Object.fromEntries(
    Object.keys(DISK_QUESTIONS).map((name) => [name, ask(name as DiskQuestion)]),
  ) as Record<DiskQuestion, T>;
}

function* numbersOf(columns: FlowColumns, slot: number): Generator<number> {
  for (const name of NUMBERS) yield columns[name][slot];
  for (const name of TIMES) yield Math.floor(columns[name][slot]);
}

/** The octets of the address at a slot: 4 of IPv4. */
function addressOctets(words: Uint32Array, slot: number): Uint8Array {
  const at = slot * 4;
  const octets = new Uint8Array(16);
  const view = new DataView(octets.buffer);
  for (let w = 0; w < 4; w++) view.setUint32(w * 4, words[at + w]);
  return words[at] === 0 && words[at + 2] === 0xffff ? octets.subarray(12) : octets;
}

/** Both halves of the address at a slot, as decimal texts. */
function addressHalves(words: Uint32Array, slot: number): [string, string] {
  const half = (high: number, low: number) =>
    high < 2 ** 21 ? String(high * 2 ** 32 + low) : String((BigInt(high) << 32n) | BigInt(low));
  const at = slot * 4;
  return [half(words[at], words[at + 1]), half(words[at + 2], words[at + 3])];
}
