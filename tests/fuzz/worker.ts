import { Failure } from "./life.ts";
import { failureOf, findCrasher, type LifePlan, runLife } from "./run_life.ts";
import type { Arrival } from "./datagram_maker.ts";
import type { Crasher } from "./crasher.ts";

/** What the worker is asked: to live a life, or to try a few datagrams. */
export type Request =
  | { readonly type: "life"; readonly plan: LifePlan; readonly progress: SharedArrayBuffer }
  | { readonly type: "try"; readonly plan: LifePlan; readonly arrivals: readonly Arrival[] };

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
  if (data.type === "try") {
    scope.postMessage({ type: "tried", failed: failureOf(data.arrivals, data.plan) !== null });
    return;
  }
  const progress = new Int32Array(data.progress);
  try {
    const { rows, codes } = runLife(data.plan, (n) => Atomics.store(progress, 0, n));
    scope.postMessage({ type: "lived", rows, codes: [...codes] });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const crasher = await findCrasher(data.plan);
    scope.postMessage(
      crasher === null ? { type: "lived", rows: 0, codes: [] } : { type: "failed", crasher },
    );
  }
};
