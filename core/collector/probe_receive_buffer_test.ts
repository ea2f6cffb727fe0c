import assert from "node:assert/strict";
import { systemClock } from "../flow/clock.ts";
import { MAX_PROBED, PROBE_OCTETS, probeReceiveBuffer } from "./probe_receive_buffer.ts";

/** What sysctl says, where there is one. */
async function systemBytes(): Promise<number> {
  if (Deno.build.os !== "linux") return NaN;
  const { stdout } = await new Deno.Command("cat", { args: ["/proc/sys/net/core/rmem_default"] })
    .output();
  return Number(new TextDecoder().decode(stdout));
}

Deno.test("the probe finds what the system gives a socket", async () => {
  const found = await probeReceiveBuffer(systemClock);
  assert.ok(found !== null);
  assert.ok(found.datagrams > 0 && found.datagrams <= MAX_PROBED);
  assert.equal(found.atLeast, found.datagrams === MAX_PROBED);
  const bytes = await systemBytes();
  if (Number.isNaN(bytes) || found.atLeast) return;
  // The kernel counts what a datagram takes up, which is more than it holds, and less than twice.
  assert.ok(found.datagrams * PROBE_OCTETS <= bytes, `${found.datagrams} in ${bytes}`);
  assert.ok(found.datagrams * PROBE_OCTETS * 2 >= bytes, `${found.datagrams} in ${bytes}`);
});

Deno.test("two probes agree, and leave no socket behind", async () => {
  const [a, b] = [await probeReceiveBuffer(systemClock), await probeReceiveBuffer(systemClock)];
  assert.deepEqual(a, b);
});
