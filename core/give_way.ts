import { setPriority } from "node:os";

/**
 * How far workers step back, in Linux's terms (0 to 19): somebody waits for an answer, and nobody for
 * flows to be on disk. Beside a thread that could do with all of a core answers get a tenth of it,
 * and history a seventieth.
 */
const NICENESS = { answers: 10, history: 19 } as const;
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
 * Has the worker that calls it get little more processor time than collectors leave over, where it
 * was granted that: a collector that is woken by a datagram goes on at once instead of waiting for its
 * turn, for which the buffer of its socket may have no room (docs/adr/0018).
 *
 * @param work that the worker does
 * @returns whether it does
 */
export function giveWay(work: keyof typeof NICENESS): boolean {
  if (!BY_THREAD) return false;
  try {
    // Of process 0, which Linux takes as the thread that asks.
    setPriority(0, NICENESS[work]);
    return true;
  } catch {
    return false;
  }
}
