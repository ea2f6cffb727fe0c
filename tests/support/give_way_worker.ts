/// <reference lib="deno.worker" />
import { getPriority } from "node:os";
import { giveWay } from "../../core/give_way.ts";

/**
 * Entry of a worker that gives way for the work that it is told of, and says whether it did, and what
 * its priority is then.
 */
self.onmessage = ({ data }: MessageEvent<"answers" | "history">) => {
  const gave = giveWay(data);
  self.postMessage({ gave, priority: getPriority(0) });
};
