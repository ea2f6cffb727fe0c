import { DatabaseSync } from "node:sqlite";

/**
 * Notes in a history.db that time was reckoned on after it was written, as if that had been watched: a
 * leap of the clock by as much is none for who opens it next.
 *
 * @param folder of history.db, which nobody has open
 * @param ms how far
 */
export function reckonOn(folder: string, ms: number): void {
  const database = new DatabaseSync(`${folder}/history.db`);
  database.prepare("UPDATE writer SET reckoned_ms = reckoned_ms + ?").run(ms);
  database.close();
}
