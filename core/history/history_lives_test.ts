import assert from "node:assert/strict";
import { HEALTHY } from "../../tests/support/fixture_ground.ts";
import { FlowFixture } from "../../tests/support/flow_fixture.ts";
import { NAMES, Processes, START } from "../../tests/support/history_processes.ts";
import { analyzeTraffic } from "../analysis/analyze_traffic.ts";
import { nothingFound } from "../analysis/nothing_found.ts";
import { flowQuery } from "../query/engine/flow_query.ts";
import { QueryEngine } from "../query/engine/run_query.ts";
import { coverage, trustBlock } from "../query/trust.ts";
import type { QueryAnswer } from "../query/engine/query_answer.ts";
import { searchFlows } from "../query/search_flows.ts";

/** What a scan tells of lives, in seconds since the start. */
function told({ scan }: Pick<QueryAnswer, "scan">) {
  const seconds = (ms: number | null) => ms === null ? null : (ms - START) / 1000;
  return {
    since: seconds(scan.collected_since),
    until: seconds(scan.earlier_until),
    gaps: scan.not_collected.map(({ fromMs, toMs }) => [seconds(fromMs), seconds(toMs)]),
  };
}

Deno.test("the time between two processes is told to the millisecond, however short", async () => {
  using processes = new Processes();
  processes.start();
  processes.run(60);
  processes.stop();
  processes.clock.advance(26_500);
  processes.start();
  processes.run(60);
  const expected = { since: 0, until: 60, gaps: [[60, 86.5]] };
  assert.deepEqual(told(await processes.ask(50, 100)), expected);
  assert.deepEqual(told(await processes.ask(65, 70)), {
    ...expected,
    until: null,
    gaps: [[65, 86.5]],
  });
  // Nothing is missing of a time that one process collected.
  assert.deepEqual(told(await processes.ask(10, 50)), { ...expected, gaps: [] });
  const { scan } = await searchFlows(processes.sources, {
    window: { fromMs: START + 50_000, toMs: START + 100_000, untilNow: false },
    filter: "",
    limit: 5,
    before: null,
  }, { archive: processes.archive });
  assert.deepEqual(told({ scan }), expected);
  processes.stop();
});

Deno.test("by the flows' own time a restart before the window is none of its business", async () => {
  using processes = new Processes();
  processes.start();
  processes.run(60);
  processes.stop();
  processes.clock.advance(5000);
  processes.start();
  processes.run(65);
  const query = (from: number, to: number) =>
    flowQuery({
      window: { fromMs: START + from * 1000, toMs: START + to * 1000, untilNow: false },
      time: "flow",
      metrics: ["flows"],
      collection: { collecting_since: START + 65_000, collecting_until: null },
    });
  const ask = (from: number, to: number) =>
    new QueryEngine().run(processes.sources, query(from, to), {
      names: NAMES,
      archive: processes.archive,
    });
  // Flows of the window arrived in it, or later: what is 25 s before it takes nothing from it.
  assert.deepEqual(told(await ask(90, 110)), { since: 0, until: null, gaps: [] });
  assert.deepEqual(told(await ask(62, 110)), { since: 0, until: null, gaps: [[62, 65]] });
  // No flow is so long that it would have been told of behind the window.
  assert.deepEqual(told(await ask(20, 50)).gaps, []);
  processes.stop();
});

Deno.test("rates over sums leave out the time in which nothing was collected", async () => {
  using processes = new Processes();
  processes.start();
  processes.run(180);
  processes.stop();
  processes.off(600);
  // The flows of the first are older than is kept, their minutes are not.
  processes.start({ keepMs: 300_000 });
  processes.run(240);
  const { scan, totals, rows } = await processes.ask(0, 1020, 60);
  assert.deepEqual(scan.tiers.map(({ tier }) => tier), ["minutes", "flows"]);
  assert.deepEqual([scan.rows_from_disk, scan.rows_scanned], [0, 240]);
  assert.deepEqual(told({ scan }), { since: null, until: 180, gaps: [[180, 780]] });
  // One flow a second, each of one octet.
  assert.deepEqual(totals.metrics, { flows: 420, bps: 8 });
  assert.deepEqual(rows.map(([, , bps]) => bps), [
    ...[8, 8, 8],
    ...Array.from({ length: 10 }, () => null),
    ...[8, 8, 8, 8],
  ]);
  const { from, to } = coverage(scan, {
    collecting_since: START + 780_000,
    collecting_until: null,
  })!;
  assert.deepEqual([from, to], [START, START + 1_020_000]);
  // A window of the time between alone was not collected, though sums reach around it.
  const between = await processes.ask(240, 600);
  assert.equal(between.totals.metrics.bps, null);
  processes.stop();
});

Deno.test("rates and buckets leave out the time in which nothing was collected", async () => {
  using processes = new Processes();
  processes.start();
  processes.run(60);
  const before = await processes.ask(0, 60, 20);
  processes.stop();
  processes.clock.advance(60_000);
  processes.start();
  processes.run(60);
  const { totals, rows } = await processes.ask(0, 180, 20);
  // A flow of one octet a second, whenever it was collected.
  assert.equal(totals.metrics.bps, 8);
  assert.deepEqual(rows.map((row) => row.at(-1)), [8, 8, 8, null, null, null, 8, 8, 8]);
  const cut = await processes.ask(50, 130, 40);
  assert.deepEqual(cut.rows.map((row) => row.slice(1)), [[10, 8], [null, null], [10, 8]]);
  const none = await processes.ask(70, 110);
  assert.deepEqual(none.totals.metrics, { flows: 0, bps: null });
  assert.deepEqual((await processes.ask(0, 60, 20)).rows, before.rows);
  processes.stop();
});

Deno.test("a trend leaves out the time in which nothing was collected", async () => {
  using processes = new Processes();
  processes.start();
  processes.run(60);
  processes.stop();
  processes.clock.advance(92_000);
  processes.start();
  processes.run(58);
  const { archive, sources } = processes;
  const [{ epoch }] = sources;
  const { items } = await analyzeTraffic({
    run: (query) => new QueryEngine().run(sources, query, { names: NAMES, archive }),
    health: () => ({ ...HEALTHY, collecting_since: epoch }),
    nowMs: START + 210_000,
  }, {
    window: { fromMs: START, toMs: START + 210_000, untilNow: true },
    filter: "",
    focus: "trend",
  });
  const [figures, ...buckets] = items as Record<string, unknown>[];
  // A flow of one octet a second, whenever it was collected.
  assert.deepEqual([figures.average_bits_per_second, figures.peak_bits_per_second], [8, 8]);
  assert.deepEqual(
    buckets.map((bucket) => [bucket.bytes, bucket.bits_per_second, bucket.whole]),
    [
      ...Array.from({ length: 12 }, () => [5, 8, true]),
      ...Array.from({ length: 18 }, () => [null, null, false]),
      // Collection went on within it.
      [3, null, false],
      ...Array.from({ length: 11 }, () => [5, 8, true]),
    ],
  );
  // So does a series of query_flows.
  const query = flowQuery({
    window: { fromMs: START, toMs: START + 210_000, untilNow: true },
    bucket_seconds: 5,
    metrics: ["bytes", "bps"],
    collection: { collecting_since: epoch, collecting_until: null },
  });
  const series = await new QueryEngine().run(sources, query, { names: NAMES, archive });
  assert.deepEqual(
    series.rows.map(([, bytes, bps]) => [bytes, bps]),
    buckets.map((bucket) => [bucket.bytes, bucket.bits_per_second]),
  );
  assert.equal(series.totals.metrics.bps, 8);
  processes.stop();
});

Deno.test("a process that heard nothing collected all the same", async () => {
  using processes = new Processes();
  processes.start();
  processes.run(60, { quiet: true });
  processes.run(60);
  const before = await processes.ask(0, 120);
  processes.stop();
  processes.start();
  const after = await processes.ask(0, 120);
  assert.deepEqual(before.totals.metrics, { flows: 60, bps: 4 });
  assert.deepEqual(after.totals, before.totals);
  assert.deepEqual(told(after), { since: 0, until: 120, gaps: [] });
  processes.stop();
});

Deno.test("after a kill what had not been written is no time that was collected", async () => {
  using processes = new Processes();
  processes.start();
  processes.run(25);
  processes.kill();
  processes.clock.advance(5000);
  processes.start();
  processes.run(5);
  const answer = await processes.ask(0, 35);
  const [[from, to]] = (told(answer) as { gaps: number[][] }).gaps;
  assert.equal(to, 30);
  assert(from >= 15 && from <= 25, `${from}`);
  // All that lies before it is there, but for what a timer of 2 s cuts off.
  const flows = Number(answer.totals.metrics.flows);
  assert(flows >= from + 5, `${flows} of ${from} + 5`);
  processes.stop();
});

Deno.test("two kills are told in one sentence, and not of the collector again", async () => {
  using processes = new Processes();
  for (const rest of [5000, 7000, null]) {
    processes.start();
    processes.run(25);
    if (rest === null) break;
    processes.kill();
    processes.clock.advance(rest);
  }
  const answer = await processes.ask(0, 87);
  const [note, forgotten, ...more] = notesOf(answer, START + 62_000);
  assert.match(
    note,
    /^Nothing is held from \S+:00:\S+ to 2024-01-01T00:00:30.000Z, from \S+ to 2024-01-01T00:01:02.000Z: no collector ran then, flow-agent was ended before it had written /,
  );
  assert.match(forgotten, /^What was lost on the way/);
  assert.deepEqual(more, []);
  processes.stop();
});

Deno.test("what was deleted is no time that is known to be whole", async () => {
  using processes = new Processes();
  processes.start();
  processes.run(60);
  processes.stop();
  processes.off(3600);
  processes.start({ keepMs: 600_000 });
  processes.run(30);
  assert.equal((await processes.ask(0, 3700)).scan.collected_since, null);
  processes.stop();
});

Deno.test("of flows that are no longer kept nobody says that they were not collected", async () => {
  using processes = new Processes();
  processes.start();
  processes.run(60);
  processes.stop();
  processes.off(18_000);
  // Their sums go with them.
  processes.start({ keepMs: 600_000, keepSumsMs: 600_000 });
  processes.run(30);
  const { scan } = await processes.ask(0, 50);
  const times = { collecting_since: START + 18_060_000, collecting_until: null };
  const window = { fromMs: START, toMs: START + 50_000, untilNow: false };
  assert.equal(
    nothingFound(window, { scan, times, filter: "" }),
    "Nothing is held of the 50 seconds to 2024-01-01T00:00:50.000Z: flows are held whole from " +
      "2024-01-01T05:01:00.000Z on.",
  );
  processes.stop();
});

Deno.test("a collector that rested within a process is known to have, after it", async () => {
  using processes = new Processes();
  processes.start();
  processes.run(30);
  processes.rest(30);
  processes.run(30);
  processes.stop();
  processes.start();
  const { gaps } = told(await processes.ask(0, 90)) as { gaps: number[][] };
  assert.equal(gaps.length, 1);
  const [[from, to]] = gaps;
  // It takes two seconds to tell that a heart stands still, and a second to the next beat.
  assert(from >= 28 && from <= 33 && to >= 60 && to <= 61, `${from} to ${to}`);
  processes.stop();
});

/** What an answer says of collection. */
function notesOf({ scan }: QueryAnswer, collecting_since: number | null = null): string[] {
  const { notes } = trustBlock(scan, { ...HEALTHY, collecting_since, collecting_until: null });
  return notes.filter((note) => /collected|held|another|lost|listen/i.test(note));
}

Deno.test("what another process has not sealed yet is told so, and not as not collected", async () => {
  using processes = new Processes();
  processes.start();
  processes.run(65);
  const archive = processes.elsewhere();
  const other = { archive, sources: [] };
  // By then it has sealed what came up to some 10 s ago.
  const answer = await processes.ask(0, 65, null, other);
  const until = answer.scan.elsewhere_until!;
  assert(until >= START + 50_000 && until < START + 65_000, `${until - START}`);
  assert.equal(
    coverage(answer.scan, { collecting_since: null, collecting_until: null })!.to,
    until,
  );
  const [note, ...more] = notesOf(answer);
  assert.match(
    note,
    /^Another flow-agent writes history: what it received after \S+ is not sealed/,
  );
  assert.deepEqual(more, []);
  // Of a time that it has sealed all of, no more is unknown than what it lost.
  const [sealed, ...others] = notesOf(await processes.ask(0, 40, null, other));
  assert.match(sealed, /^Another flow-agent writes history: what it lost on the way/);
  assert.deepEqual(others, []);
  // Nor is it said that nothing is collected of a time behind all that it has sealed.
  const since = (until - START) / 1000 + 1;
  const last = await processes.ask(since, 65, null, other);
  assert.equal(last.scan.elsewhere_until, until);
  const window = { fromMs: START + since * 1000, toMs: START + 65_000, untilNow: true };
  const times = { collecting_since: null, collecting_until: null };
  assert.match(
    nothingFound(window, { scan: last.scan, times, filter: "" }),
    /^Nothing is held of .*: another flow-agent collects, and what it received after \S+ is not seal/,
  );
  // A collector of this process began within what the other has not sealed.
  const own = new FlowFixture({ epoch: START + 64_000, port: 9 }).source;
  const both = await processes.ask(0, 65, null, { archive, sources: [own] });
  assert.deepEqual([both.scan.not_collected, both.scan.downtime], [[], []]);
  assert.equal(notesOf(both, own.epoch).length, 1);
  // The process that writes knows what it has.
  assert.equal((await processes.ask(0, 65)).scan.elsewhere_until, null);
  processes.stop();
  // Once it has ended nothing is to come any more.
  const ended = await processes.ask(0, 80, null, other);
  assert.equal(ended.scan.elsewhere_until, null);
  assert.match(notesOf(ended).join(), /nothing is held of what came after/);
  archive.close();
});

Deno.test("another process that was killed is no longer waited for", async () => {
  using processes = new Processes();
  processes.start();
  processes.run(35);
  const archive = processes.elsewhere();
  processes.kill();
  processes.clock.advance(20_000);
  const answer = await processes.ask(0, 55, null, { archive, sources: [] });
  assert.equal(answer.scan.elsewhere_until, null);
  assert.match(notesOf(answer).join(), /nothing is held of what came after/);
  archive.close();
});
