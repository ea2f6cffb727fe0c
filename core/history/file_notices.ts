import { HISTORY_FILE } from "./history_database.ts";

/**
 * What became of a history.db that was moved away under its writer.
 *
 * @param folder it was in
 * @param whole whether all that was written stands in it
 */
export function leftFileNotice(folder: string, whole: boolean): string {
  const without = whole
    ? ""
    : `(without what was written last, which its log still had: it is kept as ${HISTORY_FILE}-wal.left) `;
  return `${folder}/${HISTORY_FILE} was moved or removed while flows were written to it: of what it ` +
    `holds ${without}answers have only what memory has too, and flows from here on are kept in a new file`;
}

/**
 * That a history.db was put there beside which the log of another lay.
 *
 * @param folder it is in
 */
export function strayLogNotice(folder: string): string {
  const log = `${HISTORY_FILE}-wal`;
  return `${folder}/${HISTORY_FILE} is not the file that was written last, whose writer was killed: ` +
    `what the log of that one still held was set aside as ${log}.left, which can be removed, or ` +
    `belongs beside that file as ${log}`;
}
