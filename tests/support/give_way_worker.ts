/// <reference lib="deno.worker" />
import { getPriority } from "node:os";
import { giveWay } from "../../core/give_way.ts";

/** Entry of a worker that gives way, and says whether it did, and what its priority is then. */
const gave = giveWay();
self.postMessage({ gave, priority: getPriority(0) });
