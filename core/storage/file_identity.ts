/** Of no file. */
export const NOWHERE = "";

/**
 * Tells the file at a path from every other that lies, lay or will lie there. Its number alone does
 * not: systems give the number of a file that was removed to the next. What is said of a file holds
 * when the machine was started anew, which may number its devices in another way.
 *
 * @returns `NOWHERE` where there is none; null where that cannot be told, as on Windows
 */
export function fileIdentity(path: string): string | null {
  try {
    const { dev, ino, birthtime } = Deno.statSync(path);
    if (ino === null) return null;
    // Some file systems do not note when a file was made.
    return birthtime === null ? `${dev}/${ino}` : `${ino}@${birthtime.getTime()}`;
  } catch (error) {
    return error instanceof Deno.errors.NotFound ? NOWHERE : null;
  }
}
