import assert from "node:assert/strict";
import { getPriority } from "node:os";
import { giveWayPermission } from "./give_way.ts";

/** Runs a worker that gives way for some work, and says whether it did, and what its priority is then. */
async function tried(
  work: "answers" | "history",
  sys: string[],
): Promise<{ gave: boolean; priority: number }> {
  const url = new URL("../tests/support/give_way_worker.ts", import.meta.url);
  const permissions = { sys: [...sys, "getPriority"] } as Deno.PermissionOptionsObject;
  const worker = new Worker(url, { type: "module", deno: { permissions } });
  try {
    return await new Promise((resolve, reject) => {
      worker.postMessage(work);
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error(event.message));
      };
    });
  } finally {
    worker.terminate();
  }
}

const ignore = Deno.build.os !== "linux";

Deno.test({
  name: "giveWay() lowers the priority of the worker that calls it, and of no other thread",
  ignore,
  async fn() {
    const before = getPriority(0);
    const sys = giveWayPermission().sys as string[];
    assert.deepEqual(await tried("history", sys), { gave: true, priority: 19 });
    // Answers go before what nobody waits for.
    assert.deepEqual(await tried("answers", sys), { gave: true, priority: 10 });
    assert.equal(getPriority(0), before);
  },
});

Deno.test({
  name: "giveWay() goes on as before where that is not granted",
  ignore,
  async fn() {
    assert.deepEqual(await tried("history", []), { gave: false, priority: getPriority(0) });
  },
});
