const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM"];

/** What waiting for a signal gives: the process is to end. */
export const STOPPED = Symbol("stopped");

/** Settles when the process is asked to end. */
export function untilSignal(): Promise<typeof STOPPED> {
  const { promise, resolve } = Promise.withResolvers<typeof STOPPED>();
  for (const signal of SIGNALS) Deno.addSignalListener(signal, () => resolve(STOPPED));
  return promise;
}
