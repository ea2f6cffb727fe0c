/** Folders beside those of PATH where systems keep daemons. */
const SYSTEM_FOLDERS = ["/usr/sbin", "/usr/local/sbin"];

/** A program of others that an interoperation test talks to. */
export interface OutsideTool {
  /** Path to execute; the bare name where it is missing. */
  readonly path: string;
  readonly missing: boolean;
  /** What to add to the name of a test that is skipped; "" where the tool is there. */
  readonly reason: string;
}

/**
 * Looks for a program.
 *
 * @param name of its file
 * @param remedy how to come by it
 */
export function outsideTool(name: string, remedy: string): OutsideTool {
  const folders = [...(Deno.env.get("PATH") ?? "").split(":"), ...SYSTEM_FOLDERS];
  for (const folder of folders.filter((entry) => entry !== "")) {
    try {
      if (Deno.statSync(`${folder}/${name}`).isFile) {
        return { path: `${folder}/${name}`, missing: false, reason: "" };
      }
    } catch {
      // Not there.
    }
  }
  return { path: name, missing: true, reason: ` (skipped: ${name} is not installed; ${remedy})` };
}
