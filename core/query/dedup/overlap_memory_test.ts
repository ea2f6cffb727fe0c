import assert from "node:assert/strict";
import { FlowFixture } from "../../../tests/support/flow_fixture.ts";
import { LEARN_AHEAD_MS, OverlapMemory } from "./overlap_memory.ts";

const ASK = { inPlace: false, cancelled: () => {} };

/** Rows of two routers that each see the same conversations. */
function add(fixture: FlowFixture, count: number): void {
  for (let n = 0; n < count; n++) {
    for (const exporter of ["198.51.100.1", "198.51.100.2"]) {
      fixture.add({
        exporter,
        src_addr: `10.0.0.${n}`,
        dst_addr: "192.0.2.1",
        protocol: 6,
        packets: 100 + n,
        bytes: 5000 + n,
      });
    }
  }
}

Deno.test("what was learnt ahead is at hand, however late the question comes", async () => {
  let now = 0;
  const memory = new OverlapMemory(() => now);
  const fixture = new FlowFixture();
  add(fixture, 20);
  const sources = [fixture.source];
  await memory.ahead(sources);
  const learnt = await memory.overlap(sources, ASK);
  assert.equal(learnt.clusters.length, 1);
  for (let times = 0; times < 3; times++) {
    now += LEARN_AHEAD_MS;
    await memory.ahead(sources);
  }
  now += LEARN_AHEAD_MS;
  assert.equal(await memory.overlap(sources, ASK), learnt, "no row has come");
  add(fixture, 2);
  await memory.ahead(sources);
  const anew = await memory.overlap(sources, ASK);
  assert.notEqual(anew, learnt);
  now += LEARN_AHEAD_MS;
  assert.equal(await memory.overlap(sources, ASK), anew, "it holds until it is learnt ahead again");
  now += LEARN_AHEAD_MS;
  assert.notEqual(await memory.overlap(sources, ASK), anew, "nobody learnt ahead");
});

Deno.test("of no collectors there is nothing to learn ahead", async () => {
  const memory = new OverlapMemory();
  await memory.ahead([]);
  assert.deepEqual((await memory.overlap([], ASK)).clusters, []);
});
