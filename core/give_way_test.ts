import assert from "node:assert/strict";
import { getPriority } from "node:os";
import { giveWayPermission } from "./give_way.ts";

/** Runs a worker that gives way, and says whether it did, and what its priority is then. */
async function tried(sys: string[]): Promise<{ gave: boolean; priority: number }> {
  const url = new URL("../tests/support/give_way_worker.ts", import.meta.url);
  const permissions = { sys: [...sys, "getPriority"] } as Deno.PermissionOptionsObject;
  const worker = new Worker(url, { type: "module", deno: { permissions } });
  try {
    return await new Promise((resolve, reject) => {
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
    assert.deepEqual(await tried(giveWayPermission().sys as string[]), {
      gave: true,
      priority: 19,
    });
    assert.equal(getPriority(0), before);
  },
});

Deno.test({
  name: "giveWay() goes on as before where that is not granted",
  ignore,
  async fn() {
    assert.deepEqual(await tried([]), { gave: false, priority: getPriority(0) });
  },
});
