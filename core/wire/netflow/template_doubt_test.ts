import assert from "node:assert/strict";
import { netflowUdp } from "../../../capabilities/netflow_udp/mod.ts";
import { ARRIVAL_MS, CodecHarness } from "../../../tests/support/codec_harness.ts";
import { ipfix, set, template, u, v9 } from "../../../tests/support/netflow_messages.ts";
import { LIMITS } from "../limits.ts";

/** Source port, octets and packets; and the same with an interface, as an exporter may mean by 256 next. */
const OLD = template(256, [[7, 2], [1, 4], [2, 4]]);
const NEW = template(256, [[7, 2], [1, 4], [2, 4], [10, 4]]);
const old = (port: number) => set(256, u(port, 2) + u(1000, 4) + u(10, 4));
const fresh = (port: number) => set(256, u(port, 2) + u(1000, 4) + u(10, 4) + u(6, 4));
const UPTIME_MS = 3_600_000;
const DAY_MS = LIMITS.templateDoubtMs;

/** One datagram: its header, its sets, how long after the first it comes, and the ports it gives. */
interface Step {
  readonly head?: { uptimeMs?: number; sequence?: number };
  readonly sets: readonly string[];
  readonly afterMs: number;
  readonly gives: readonly number[];
  /** Sets that wait then; 0 where left out. */
  readonly waiting?: number;
}

function check(steps: readonly Step[], message: typeof v9 | typeof ipfix): void {
  const it = new CodecHarness(netflowUdp);
  for (const [i, { head = {}, sets, afterMs, gives, waiting = 0 }] of steps.entries()) {
    const { records } = it.decode(message([...sets], head), { at: ARRIVAL_MS + afterMs });
    assert.deepEqual(records.map(({ src_port }) => src_port), gives, `datagram ${i}`);
    assert.equal(it.setsWithoutTemplate, waiting, `sets that wait after datagram ${i}`);
  }
}

const V9_FIRST: Step = {
  head: { uptimeMs: UPTIME_MS, sequence: 1 },
  sets: [set(0, OLD), old(1)],
  afterMs: 0,
  gives: [1],
};
const rebooted = { uptimeMs: 1000, sequence: 2 };

Deno.test("TRAPS 8: v9 data after a restart that contradicts its template waits for the new one", () => {
  check([
    V9_FIRST,
    { head: rebooted, sets: [fresh(2)], afterMs: 5000, gives: [], waiting: 1 },
    { head: { uptimeMs: 2000 }, sets: [set(0, NEW)], afterMs: 6000, gives: [2] },
    { head: { uptimeMs: 3000 }, sets: [fresh(3)], afterMs: 7000, gives: [3] },
  ], v9);
});

Deno.test("a doubtful template decodes what fits it, and is trusted when announced again", () => {
  check([
    V9_FIRST,
    { head: rebooted, sets: [old(2)], afterMs: 5000, gives: [2] },
    { head: { uptimeMs: 2000 }, sets: [set(0, OLD)], afterMs: 6000, gives: [] },
    // Trusted, it reads what it can of a set that is not whole records.
    { head: { uptimeMs: 3000 }, sets: [set(256, u(3, 2) + u(0, 14))], afterMs: 7000, gives: [3] },
  ], v9);
});

for (
  const [name, before, after, passedMs] of [
    ["an overtaken datagram", UPTIME_MS, UPTIME_MS - 60_000, 5],
    ["the uptime's 32-bit wrap", 2 ** 32 - 1000, 1000, 2000],
    ["the wrap after an hour's silence", 2 ** 32 - 1000, UPTIME_MS - 1000, UPTIME_MS],
  ] as const
) {
  Deno.test(`TRAPS 15: ${name} is no restart`, () => {
    check([
      { ...V9_FIRST, head: { uptimeMs: before } },
      {
        head: { uptimeMs: after },
        sets: [set(256, u(2, 2) + u(0, 14))],
        afterMs: passedMs,
        gives: [2],
      },
    ], v9);
  });
}

for (
  const [name, before, after, doubted] of [
    ["from large to near 0 is a restart", 500_000, 3, true],
    ["back a little is none", 500_000, 499_000, false],
    ["over 32 bits is none", 2 ** 32 - 10, 5, false],
    ["from small to smaller is none", 900, 3, false],
  ] as const
) {
  Deno.test(`TRAPS 15: an IPFIX sequence ${name}`, () => {
    check([
      {
        head: { sequence: before },
        sets: [set(2, OLD), old(1)],
        afterMs: 0,
        gives: [1],
      },
      {
        head: { sequence: after },
        sets: [set(256, u(2, 2) + u(0, 14))],
        afterMs: 1000,
        gives: doubted ? [] : [2],
        waiting: doubted ? 1 : 0,
      },
    ], ipfix);
  });
}

Deno.test("RFC 7011 §8.4: a template not announced for a day holds only for what fits it", () => {
  const misfit = set(256, u(3, 2) + u(0, 14));
  const head = {};
  const first = { head, sets: [set(2, OLD), old(1)], afterMs: 0, gives: [1] };
  check([
    first,
    { head, sets: [misfit], afterMs: DAY_MS, gives: [3] },
    { head, sets: [old(2)], afterMs: DAY_MS + 1, gives: [2] },
    { head, sets: [misfit], afterMs: DAY_MS + 1, gives: [], waiting: 1 },
  ], ipfix);
  // One that is announced every half hour stays.
  check([
    first,
    { head, sets: [set(2, OLD)], afterMs: 1_800_000, gives: [] },
    { head, sets: [misfit], afterMs: DAY_MS + 1, gives: [3] },
  ], ipfix);
});
