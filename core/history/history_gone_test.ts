import assert from "node:assert/strict";
import { nothingFound } from "../analysis/nothing_found.ts";
import type { QueryAnswer } from "../query/engine/query_answer.ts";
import { coverage } from "../query/trust.ts";
import { Processes, START } from "../../tests/support/history_processes.ts";

const ignore = Deno.build.os === "windows";

/** Seconds from the start at which nothing is held, and how many flows there are. */
function held({ scan, totals }: QueryAnswer): { gaps: number[][]; flows: unknown } {
  return {
    gaps: scan.not_collected.map(({ fromMs, toMs }) => [
      (fromMs - START) / 1000,
      (toMs - START) / 1000,
    ]),
    flows: totals.metrics.flows,
  };
}

/** What is said where nothing is found, of a process that began to collect at a second. */
function said({ scan }: QueryAnswer, began: number): string {
  const window = { fromMs: scan.asked_from, toMs: scan.asked_to, untilNow: false };
  const times = { collecting_since: START + began * 1000, collecting_until: null };
  return nothingFound(window, { scan, times, filter: "" });
}

Deno.test(
  "what a history.db that was removed had is told as not held, once memory has it no more",
  {
    ignore,
  },
  async () => {
    using processes = new Processes();
    processes.start();
    processes.run(60);
    processes.removeFile();
    processes.run(30);
    assert.match(processes.notices.join(), /answers have only what memory has too/);
    // Memory has all of it.
    assert.deepEqual(held(await processes.ask(0, 90, null, { anew: true })), {
      gaps: [],
      flows: 90,
    });
    processes.stop();
    processes.start();
    processes.run(5);
    const answer = await processes.ask(0, 95, null, { anew: true });
    const { gaps: [[from, begun]], flows } = held(answer);
    assert.equal(from, 0);
    assert(begun > 40 && begun <= 70, `${begun}`);
    assert.equal(flows, 95 - begun);
    // It reaches back to before anything began; of its minute there are sums, of what came behind it.
    const early = await processes.ask(-10, 30, null, { anew: true });
    assert.equal(early.scan.untold, null);
    assert.equal(
      said(early, 90),
      `Nothing is held of the 40 seconds to 2024-01-01T00:00:30.000Z: flows are held whole from ${
        new Date(START + begun * 1000).toISOString()
      } on.`,
    );
    const before = await processes.ask(0, 30, null, { anew: true });
    assert.match(
      said(before, 90),
      /^Nothing is held of .* wrote it to a history\.db that is gone\.$/,
    );
    processes.stop();
  },
);

Deno.test("a ring that went round since has a gap before the file that was begun anew", {
  ignore,
}, async () => {
  using processes = new Processes();
  processes.start();
  processes.run(60);
  processes.removeFile();
  // The ring holds 1024 flows.
  processes.run(1100);
  const { gaps: [[from, begun]], flows } = held(await processes.ask(0, 1160, null, { anew: true }));
  assert.equal(from, 0);
  assert.equal(flows, 1160 - begun);
  assert.deepEqual(held(await processes.ask(100, 1160, null, { anew: true })).gaps, []);
  processes.stop();
});

Deno.test("a file put in the place of another lacks what that had: nobody says it was quiet", {
  ignore,
}, async () => {
  using processes = new Processes();
  processes.start();
  processes.run(60);
  processes.stop();
  using copy = processes.copyFile();
  processes.clock.advance(540_000);
  processes.start();
  processes.run(60);
  copy.putBack();
  processes.run(30);
  processes.stop();
  processes.start();
  processes.run(5);
  const whole = await processes.ask(0, 695, null, { anew: true });
  const { gaps: [[from, begun], ...more], flows } = held(whole);
  assert.deepEqual([from, more], [60, []]);
  assert(begun > 640 && begun <= 670, `${begun}`);
  assert.equal(flows, 60 + 695 - begun);
  assert.match(said(await processes.ask(605, 635, null, { anew: true }), 690), /^Nothing is held/);
  processes.stop();
});

Deno.test("of the minute in which a file was begun anew only the rest is covered", {
  ignore,
}, async () => {
  using processes = new Processes();
  processes.start();
  processes.run(90);
  processes.removeFile();
  processes.run(210);
  processes.stop();
  processes.off(18_000);
  // The flows of the first are older than is kept, their minutes are not.
  processes.start({ keepMs: 600_000 });
  processes.run(30);
  const began = 18_300;
  const answer = await processes.ask(0, 18_330, 60, { anew: true });
  const { gaps: [[from, begun]], flows } = held(answer);
  assert.deepEqual(answer.scan.tiers.map(({ tier }) => tier), ["minutes", "flows"]);
  assert.equal(from, 0);
  assert(begun > 70 && begun < 110 && begun % 60 !== 0, `${begun}`);
  const covered = coverage(answer.scan, {
    collecting_since: START + began * 1000,
    collecting_until: null,
  });
  assert.equal(covered!.from, START + begun * 1000);
  // One flow of one octet a second, also in the minute that is kept in part.
  assert.equal(flows, 300 - begun + 30);
  const [, , bps] = answer.rows[Math.floor(begun / 60)];
  assert.equal(bps, 8);
  processes.stop();
});
