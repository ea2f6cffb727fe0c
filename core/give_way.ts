import { setPriority } from "node:os";

/** The weakest claim on a processor that there is, in Linux's terms. */
const WEAKEST = 19;
/** On Linux a priority is a thread's own; elsewhere it is the process's, collectors and all. */
const BY_THREAD = Deno.build.os === "linux";

/**
 * What a worker has to be granted so that it can give way: nothing where that would be of no use,
 * or the program may not grant it.
 */
export function giveWayPermission(): Pick<Deno.PermissionOptionsObject, "sys"> {
  const sys = { name: "sys", kind: "setPriority" } as const;
  if (!BY_THREAD || Deno.permissions.querySync(sys).state !== "granted") return {};
  return { sys: ["setPriority"] };
}

/**
 * Has the worker that calls it get only what processor time collectors leave over, where it was
 * granted that: a collector that is woken by a datagram goes on at once instead of waiting for its
 * turn, for which the buffer of its socket may have no room (docs/adr/0018).
 *
 * @returns whether it does
 */
export function giveWay(): boolean {
  if (!BY_THREAD) return false;
  try {
    // Of process 0, which Linux takes as the thread that asks.
    setPriority(0, WEAKEST);
    return true;
  } catch {
    return false;
  }
}
