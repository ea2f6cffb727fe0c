/** What of DuckDB's package is used. */
interface DuckModule {
  readonly DuckDBInstance: {
    create(path: string): Promise<{ connect(): Promise<DuckConnection> }>;
  };
}

/** A database of DuckDB. */
export interface DuckConnection {
  run(sql: string): Promise<unknown>;
  runAndReadAll(sql: string): Promise<{ getRows(): unknown[][] }>;
  closeSync(): void;
}

/**
 * Opens a database of DuckDB, to be asked on one thread.
 *
 * @param path of its file, or `:memory:`
 * @throws where the package cannot be had
 */
export async function openDuckdb(path: string): Promise<DuckConnection> {
  // No dependency of the program: the lock file does not know it.
  const name = "npm:@duckdb/node-api@1.4.4-r.1";
  const { DuckDBInstance }: DuckModule = await import(name);
  const connection = await (await DuckDBInstance.create(path)).connect();
  await connection.run("SET threads = 1");
  return connection;
}
