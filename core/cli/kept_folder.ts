import { stateFolder } from "../state/state_folder.ts";

/**
 * Where things are kept over a restart.
 *
 * @param wanted folder, or "" for the platform's
 * @throws {StorageError} when nothing says where the platform's is
 */
export function keptFolder(wanted: string): string {
  return wanted !== "" ? wanted : stateFolder(Deno.build.os, readVariable);
}

/** Asks before the system would, so that nobody is prompted. */
function readVariable(variable: string): string | undefined | { denied: true } {
  const { state } = Deno.permissions.querySync({ name: "env", variable });
  return state === "granted" ? Deno.env.get(variable) : { denied: true };
}
