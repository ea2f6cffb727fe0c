import type { DatabaseSync } from "node:sqlite";

/** Who reads is waited for no longer. */
const WAIT_MS = 200;

/**
 * Takes what the write-ahead log of a database holds over into its file; nothing is to be written any
 * more.
 *
 * @param database that is open
 * @returns whether all of it is there: what somebody reads who began before the last write is in the
 *   way
 */
export function takeLogOver(database: DatabaseSync): boolean {
  database.exec(`PRAGMA busy_timeout = ${WAIT_MS}`);
  const { busy, log, checkpointed } = database.prepare("PRAGMA wal_checkpoint(TRUNCATE)")
    .get() as { busy: number; log: number; checkpointed: number };
  // Busy, it may yet have taken all over, and only not have been able to cut the log.
  return busy === 0 || (log >= 0 && log === checkpointed);
}
