/**
 * What brings a history.db of each age to the newest: the SQL at place n makes version n + 1 of
 * version n. Forward only; append only: what was released is never changed.
 */
export const MIGRATIONS: readonly string[] = [
  // `epoch` is the life of a ring: rows are numbered anew in each. `from_ms` and `to_ms` are the
  // first and last arrival, Unix milliseconds. `octets` are those of directory and pages. A page's id
  // follows from that of its segment and its place in the directory (segment_pages.ts). A rollup is a
  // segment of the rollup table: `tier` in seconds, `pages` one behind the other in the order of the
  // directory. When its hour is over minutes become packed: all minutes of an hour by one dimension, a
  // segment each. Of a ring, the rows before the end_row of summed are in the rollups. A life is the time
  // for which a ring took flows in and all of them were written, or came to nothing, Unix
  // milliseconds; it is `whole` until what arrived in it is deleted. Rows of unsummed arrived in that
  // time and are in no rollup.
  `CREATE TABLE collector (
    id INTEGER PRIMARY KEY,
    capability TEXT NOT NULL,
    port INTEGER NOT NULL,
    UNIQUE (capability, port)
  );
  CREATE TABLE segment (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    collector INTEGER NOT NULL REFERENCES collector (id),
    epoch INTEGER NOT NULL,
    first_row INTEGER NOT NULL,
    end_row INTEGER NOT NULL,
    from_ms REAL NOT NULL,
    to_ms REAL NOT NULL,
    octets INTEGER NOT NULL,
    directory BLOB NOT NULL
  );
  CREATE UNIQUE INDEX segment_by_row ON segment (collector, epoch, first_row);
  CREATE INDEX segment_by_time
    ON segment (to_ms, from_ms, collector, epoch, first_row, end_row, octets);
  CREATE TABLE page (id INTEGER PRIMARY KEY, octets BLOB NOT NULL);
  CREATE TABLE rollup (
    id INTEGER PRIMARY KEY,
    tier INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    octets INTEGER NOT NULL,
    directory BLOB NOT NULL,
    pages BLOB NOT NULL
  );
  CREATE INDEX rollup_by_time ON rollup (tier, at_ms, octets);
  CREATE TABLE packed (
    id INTEGER PRIMARY KEY,
    hour_ms INTEGER NOT NULL,
    dimension INTEGER NOT NULL,
    octets INTEGER NOT NULL,
    directory BLOB NOT NULL,
    pages BLOB NOT NULL
  );
  CREATE INDEX packed_by_time ON packed (hour_ms, dimension, octets);
  CREATE TABLE summed (
    collector INTEGER NOT NULL REFERENCES collector (id),
    epoch INTEGER NOT NULL,
    end_row INTEGER NOT NULL,
    PRIMARY KEY (collector, epoch)
  ) WITHOUT ROWID;
  CREATE TABLE unsummed (from_ms REAL NOT NULL, to_ms REAL NOT NULL, rows INTEGER NOT NULL);
  CREATE TABLE life (
    collector INTEGER NOT NULL REFERENCES collector (id),
    epoch INTEGER NOT NULL,
    from_ms REAL NOT NULL,
    to_ms REAL NOT NULL,
    whole INTEGER NOT NULL DEFAULT 1,
    PRIMARY KEY (collector, epoch, from_ms)
  ) WITHOUT ROWID;`,
  // Who writes the file, in one row: a name of the process by chance, null when it has ended in order,
  // and when it said so last; how far time was reckoned, by which ages are counted (reckoned_time.ts;
  // leaps as JSON). Milliseconds.
  `CREATE TABLE writer (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    name TEXT,
    alive_ms REAL NOT NULL,
    reckoned_ms REAL NOT NULL,
    ahead_ms REAL NOT NULL,
    behind_ms REAL NOT NULL,
    leaps TEXT NOT NULL
  );`,
];
