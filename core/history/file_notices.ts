import { HISTORY_FILE } from "./history_database.ts";

/**
 * What became of a history.db that was moved away under its writer.
 *
 * @param folder it was in
 * @param left `whole`: whether all that was written stands in it; else `log`, where its log is put that
 *   has the rest, null where that is gone
 */
export function leftFileNotice(
  folder: string,
  { whole, log }: { whole: boolean; log: string | null },
): string {
  const kept = log === null ? "" : `: it is kept as ${log}`;
  const without = whole ? "" : `(without what was written last, which its log still had${kept}) `;
  return `${folder}/${HISTORY_FILE} was moved or removed while flows were written to it: of what it ` +
    `holds ${without}answers have only what memory has too, and flows from here on are kept in a new file`;
}

/**
 * That a history.db was put there beside which the log of another lay.
 *
 * @param folder it is in
 * @param log where that one is put; null where it held nothing
 */
export function strayLogNotice(folder: string, log: string | null): string {
  const rest = log === null
    ? "its log held nothing more"
    : `what the log of that one still held was set aside as ${log}, which can be removed, or ` +
      `belongs beside that file as ${HISTORY_FILE}-wal`;
  return `${folder}/${HISTORY_FILE} is not the file that was written last, whose writer was killed: ` +
    rest;
}
