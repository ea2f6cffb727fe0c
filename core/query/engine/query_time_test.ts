import assert from "node:assert/strict";
import { type FixtureRow, FlowFixture } from "../../../tests/support/flow_fixture.ts";
import { type FlowQuery, flowQuery } from "./flow_query.ts";
import type { QueryAnswer } from "./query_answer.ts";
import { QueryEngine } from "./run_query.ts";

const NAMES = { namedPorts: new Uint8Array(65_536), serviceName: () => null };
const MINUTE = 60_000;

function ask(rows: readonly FixtureRow[], query: Partial<FlowQuery>): Promise<QueryAnswer> {
  const fixture = new FlowFixture();
  fixture.add(...rows);
  const window = { fromMs: 0, toMs: 10 * MINUTE, untilNow: false };
  return new QueryEngine().run([fixture.source], flowQuery({ window, ...query }), { names: NAMES });
}

/** Bytes and flows by minute. */
function byMinute({ rows }: QueryAnswer): unknown[] {
  return rows.map(([time, bytes, , flows]) => [(time as string).slice(14, 16), bytes, flows]);
}

Deno.test("a long flow is spread over the buckets that it covers, and counts once", async () => {
  const backup = {
    received_at: 8 * MINUTE,
    start_at: 1.5 * MINUTE,
    end_at: 4 * MINUTE,
    bytes: 2500,
    packets: 25,
  };
  const answer = await ask([backup], { bucket_seconds: 60 });
  assert.deepEqual(byMinute(answer), [
    ["00", 0, 0],
    ["01", 500, 1],
    ["02", 1000, 0],
    ["03", 1000, 0],
    // It ended where this minute begins.
    ["04", 0, 0],
    ["05", 0, 0],
    ["06", 0, 0],
    ["07", 0, 0],
    ["08", 0, 0],
    ["09", 0, 0],
  ]);
  assert.deepEqual(answer.totals.metrics, { bytes: 2500, packets: 25, flows: 1 });
});

Deno.test("by their own time flows are cut to the window in proportion", async () => {
  const rows = [
    // Half of it lies before the window, a quarter of another behind it.
    { received_at: 100, start_at: -MINUTE, end_at: MINUTE, bytes: 100 },
    { received_at: 15 * MINUTE, start_at: 7 * MINUTE, end_at: 11 * MINUTE, bytes: 400 },
    // Wholly outside, though they arrived among the others.
    { received_at: 15 * MINUTE, start_at: 10 * MINUTE, end_at: 10 * MINUTE, bytes: 1 },
    { received_at: 15 * MINUTE, start_at: -5, end_at: -1, bytes: 1 },
    { received_at: 15 * MINUTE, start_at: -5, end_at: 0, bytes: 1 },
  ];
  const byFlow = await ask(rows, { time: "flow" });
  assert.deepEqual(byFlow.totals.metrics, { bytes: 350, packets: 0, flows: 2 });
  const byArrival = await ask(rows, { time: "arrival" });
  assert.deepEqual(byArrival.totals.metrics, { bytes: 100, packets: 0, flows: 1 });
});

Deno.test("a flow without times counts when it arrived, and the answer says how many", async () => {
  const rows = [
    { received_at: 1, bytes: 1 },
    { received_at: 2, start_at: 5 * MINUTE, bytes: 10 },
    { received_at: 3, end_at: 2 * MINUTE, bytes: 100 },
    // The end before the start: the end counts.
    { received_at: 4, start_at: 9 * MINUTE, end_at: 3 * MINUTE, bytes: 1000 },
    { received_at: 11 * MINUTE, bytes: 5 },
  ];
  const answer = await ask(rows, { bucket_seconds: 60 });
  const found = byMinute(answer).filter((row) => (row as number[])[1] > 0);
  assert.deepEqual(found, [["00", 1, 1], ["02", 100, 1], ["03", 1000, 1], ["05", 10, 1]]);
  assert.deepEqual(answer.notes, [
    "Arrival stands for the time of 1 flow without one.",
  ]);
});

Deno.test("an exporter whose clock is wrong is noticed", async () => {
  const rows = [1, 2, 3].map((n) => ({ received_at: n, end_at: -1e9, bytes: 1 }));
  const { notes } = await ask(rows, { time: "flow" });
  assert.match(
    notes[0],
    /^3 of 3 flows .* outside it by their own time, more than 15 minutes from/,
  );
});

Deno.test("a correct clock is not doubted for what was told of behind a past window", async () => {
  // Flows of a minute, told of when they end, for an hour behind the window.
  const rows = Array.from({ length: 60 }, (_, minute) => ({
    received_at: (minute + 1) * MINUTE,
    start_at: minute * MINUTE,
    end_at: (minute + 1) * MINUTE,
    sampling_source: minute < 10 ? "announced" : "configured",
    bytes: 1,
  }));
  const untimed = { received_at: 61 * MINUTE, bytes: 1 };
  const { totals, notes, scan } = await ask([...rows, untimed], { time: "flow" });
  assert.deepEqual([totals.metrics.flows, notes], [10, []]);
  // The sampling that is reported is of the ten, not of all that were looked at.
  assert.deepEqual([scan.sampling_rows, scan.rows_scanned], [[10, 0, 0, 0], 61]);
});

Deno.test("a series by arrival puts each flow whole where it arrived", async () => {
  const rows = [
    { received_at: MINUTE, start_at: -5 * MINUTE, end_at: MINUTE, bytes: 7 },
    { received_at: 2 * MINUTE - 1, bytes: 8 },
  ];
  const answer = await ask(rows, { bucket_seconds: 60, time: "arrival" });
  assert.deepEqual(byMinute(answer)[1], ["01", 15, 2]);
});

Deno.test("a bucket of which nothing was collected holds nothing, and one without traffic 0", async () => {
  const collection = { collecting_since: 3 * MINUTE, collecting_until: 7 * MINUTE };
  const rows = [
    { received_at: 4 * MINUTE, src_port: 1, bytes: 5, packets: 1 },
    { received_at: 6 * MINUTE, src_port: 2, bytes: 7, packets: 1 },
  ];
  const query = { bucket_seconds: 120, time: "arrival", collection } as const;
  const metrics = ["bytes", "flows", "bps", "distinct(src_port)", "p50(bytes)", "first_seen"];
  const { rows: found, totals } = await ask(rows, { ...query, metrics });
  const at = (minute: number) => new Date(minute * MINUTE).toISOString();
  const nothing = Array(metrics.length).fill(null);
  assert.deepEqual(found, [
    [at(0), ...nothing],
    // Collection began within it.
    [at(2), 0, 0, 0, 0, null, null],
    [at(4), 5, 1, 5 * 8 / 120, 1, 5, at(4)],
    [at(6), 7, 1, 7 * 8 / 60, 1, 7, at(6)],
    [at(8), ...nothing],
  ]);
  assert.equal(totals.metrics.bytes, 12);
  // The same of each group.
  const grouped = await ask(rows, { ...query, metrics: ["bytes"], group_by: ["src_port"] });
  assert.deepEqual(grouped.rows.map(([, port, bytes]) => [port, bytes]), [
    ...[[2, null], [2, 0], [2, 0], [2, 7], [2, null]],
    ...[[1, null], [1, 0], [1, 5], [1, 0], [1, null]],
  ]);
  // By the flows' own time some reach back to before it: what is known of them is told.
  const early = { received_at: 4 * MINUTE, start_at: 0, end_at: 4 * MINUTE, bytes: 8, packets: 1 };
  const own = await ask([early], { ...query, time: "flow", metrics: ["bytes"] });
  assert.deepEqual(own.rows.map(([, bytes]) => bytes), [4, 4, 0, 0, null]);
});

Deno.test("a series by groups ranks them over the whole window and fills every bucket", async () => {
  const rows = [
    { received_at: 0, src_port: 1, bytes: 10 },
    { received_at: 1, src_port: 2, bytes: 6 },
    { received_at: 5 * MINUTE, src_port: 2, bytes: 6 },
    { received_at: 9 * MINUTE, src_port: 3, bytes: 1 },
  ];
  const answer = await ask(rows, {
    bucket_seconds: 300,
    group_by: ["src_port"],
    metrics: ["bytes", "bps"],
    limit: 2,
  });
  const at = (minute: number) => new Date(minute * MINUTE).toISOString();
  assert.deepEqual(answer.rows, [
    [at(0), 2, 6, 6 * 8 / 300],
    [at(5), 2, 6, 6 * 8 / 300],
    [at(0), 1, 10, 10 * 8 / 300],
    [at(5), 1, 0, 0],
  ]);
  assert.deepEqual(answer.columns.map(({ name }) => name), ["time", "src_port", "bytes", "bps"]);
  assert.deepEqual(answer.other, { groups: 1, metrics: { bytes: 1, bps: 8 / 600 } });
});

Deno.test("rates of the first and last bucket are over the part within the window", async () => {
  // Steady: 100 octets a second from before the window until after it.
  const steady = {
    received_at: 4 * MINUTE,
    start_at: 0,
    end_at: 4 * MINUTE,
    bytes: 24_000,
    packets: 240,
  };
  const window = { fromMs: MINUTE - 15_000, toMs: 3 * MINUTE + 20_000, untilNow: false };
  const metrics = ["bytes", "bps", "pps"];
  const query = { window, bucket_seconds: 60, metrics };
  const series = await ask([steady], query);
  assert.deepEqual(series.rows.map(([, ...values]) => values), [
    [1500, 800, 1],
    [6000, 800, 1],
    [6000, 800, 1],
    [2000, 800, 1],
  ]);
  assert.deepEqual(series.totals.metrics, { bytes: 15_500, bps: 800, pps: 1 });
  // By groups too, and where the window lies within one bucket.
  const within = { fromMs: MINUTE + 10_000, toMs: MINUTE + 30_000, untilNow: false };
  const grouped = await ask([{ ...steady, src_port: 1 }, { ...steady, src_port: 2, bytes: 2400 }], {
    ...query,
    window: within,
    group_by: ["src_port"],
  });
  assert.deepEqual(grouped.rows.map(([, ...values]) => values), [
    [1, 2000, 800, 1],
    [2, 200, 80, 1],
  ]);
});

Deno.test("what is measured of a long flow counts whole and once, its counters are spread", async () => {
  const rows = [
    { received_at: 0, start_at: 0, end_at: 2 * MINUTE, bytes: 100, latency_ms: 80, duration_ms: 9 },
    { received_at: 0, start_at: MINUTE, end_at: MINUTE, bytes: 7, latency_ms: 20 },
  ];
  const metrics = ["bytes", "avg(latency_ms)", "p95(latency_ms)", "sum(duration_ms)", "avg(bytes)"];
  const answer = await ask(rows, { bucket_seconds: 60, metrics });
  assert.deepEqual(answer.rows.slice(0, 3).map(([, ...measured]) => measured), [
    [50, 80, 80, 9, 100],
    [57, 20, 20, 0, 7],
    [0, null, null, 0, null],
  ]);
  const [bytes, latency, p95, duration, size] = metrics.map((name) => answer.totals.metrics[name]);
  assert.deepEqual([bytes, latency, p95, duration, size], [107, 50, 80, 9, 53.5]);
});
