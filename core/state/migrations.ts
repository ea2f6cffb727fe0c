/**
 * What brings a database of each age to the newest: the SQL at place n makes version n + 1 of
 * version n. Forward only; append only: what was released is never changed.
 */
export const MIGRATIONS: readonly string[] = [
  // What collectors learnt. `port` is the collector's own, `source_port` that of templates, or -1.
  // `used_at` in Unix milliseconds; `value` a rate, a name, or a template's fields as JSON.
  `CREATE TABLE learnt (
    capability TEXT NOT NULL,
    port INTEGER NOT NULL,
    format TEXT NOT NULL,
    address TEXT NOT NULL,
    domain INTEGER NOT NULL,
    source_port INTEGER NOT NULL,
    kind TEXT NOT NULL,
    id INTEGER NOT NULL,
    value TEXT NOT NULL,
    used_at INTEGER NOT NULL,
    PRIMARY KEY (capability, port, format, address, domain, source_port, kind, id)
  ) WITHOUT ROWID;
  CREATE INDEX learnt_by_use ON learnt (capability, port, used_at);`,
];
