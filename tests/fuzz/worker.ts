import { Failure } from "./life.ts";
import { failureOf, findCrasher, type LifePlan, runLife } from "./run_life.ts";
import type { Arrival } from "./datagram_maker.ts";
import type { Crasher } from "./crasher.ts";

/**
 * What the worker is asked: to live a life, or to try a few datagrams of one. The 32 bits of
 * `progress` are counted up with every datagram that it comes to.
 */
export type Request =
  & { readonly plan: LifePlan; readonly progress: SharedArrayBuffer }
  & ({ readonly type: "life" } | { readonly type: "try"; readonly arrivals: readonly Arrival[] });

/** What it answers. */
export type Answer =
  | { readonly type: "lived"; readonly rows: number; readonly codes: readonly string[] }
  | { readonly type: "failed"; readonly crasher: Crasher }
  | { readonly type: "tried"; readonly failed: boolean };

const scope = self as unknown as {
  onmessage: (event: MessageEvent<Request>) => void;
  postMessage: (answer: Answer) => void;
};

scope.onmessage = async ({ data }) => {
  const { plan } = data;
  const progress = new Int32Array(data.progress);
  const alive = () => Atomics.add(progress, 0, 1);
  if (data.type === "try") {
    const failed = failureOf(data.arrivals, plan, alive) !== null;
    scope.postMessage({ type: "tried", failed });
    return;
  }
  try {
    const { rows, codes } = runLife(plan, alive);
    scope.postMessage({ type: "lived", rows, codes: [...codes] });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const crasher = await findCrasher(plan, alive);
    scope.postMessage(
      crasher === null ? { type: "lived", rows: 0, codes: [] } : { type: "failed", crasher },
    );
  }
};
