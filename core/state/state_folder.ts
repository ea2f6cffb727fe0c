import { StorageError } from "../storage/storage_error.ts";

const NAME = "flow-agent";

/** Variables that say where state belongs, by system. */
const VARIABLES: Readonly<Record<string, readonly string[]>> = {
  darwin: ["HOME"],
  windows: ["LOCALAPPDATA"],
};
const UNIX_VARIABLES = ["XDG_STATE_HOME", "HOME"];

/**
 * The platform's folder for what flow-agent keeps: `$XDG_STATE_HOME/flow-agent`, else
 * `~/.local/state/flow-agent` (XDG Base Directory Specification 0.8); on macOS
 * `~/Library/Application Support/flow-agent`, on Windows `%LOCALAPPDATA%\flow-agent`.
 *
 * @param os as `Deno.build.os` names it
 * @param read gives a variable; "denied" where the program may not know it
 * @throws {StorageError} when no variable says where
 */
export function stateFolder(
  os: string,
  read: (name: string) => string | undefined | { denied: true },
): string {
  const names = VARIABLES[os] ?? UNIX_VARIABLES;
  const denied: string[] = [];
  for (const name of names) {
    const value = read(name);
    if (typeof value === "object") denied.push(name);
    else if (value !== undefined && isAbsolute(value, os)) return inside(value, name, os);
  }
  throw new StorageError(
    denied.length > 0
      ? `flow-agent may not read ${
        denied.join(" and ")
      }, which say where state belongs; start it ` +
        `with --allow-env=${names.join(",")}, or name a folder with --db`
      : `none of ${
        names.join(" and ")
      } is set, which say where state belongs; name a folder with ` +
        `--db`,
  );
}

/** What is relative says nothing (so the specification). */
function isAbsolute(path: string, os: string): boolean {
  return os === "windows" ? /^([a-z]:)?[\\/]/i.test(path) : path.startsWith("/");
}

function inside(folder: string, variable: string, os: string): string {
  if (os === "windows") return `${folder}\\${NAME}`;
  if (os === "darwin") return `${folder}/Library/Application Support/${NAME}`;
  return variable === "HOME" ? `${folder}/.local/state/${NAME}` : `${folder}/${NAME}`;
}
