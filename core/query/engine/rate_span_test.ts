import assert from "node:assert/strict";
import { emptyReport, type TimeWindow } from "../scan.ts";
import { flowQuery, readQuery } from "./flow_query.ts";
import { rateSpan } from "./rate_span.ts";

const MINUTE = 60_000;
const window: TimeWindow = { fromMs: 0, toMs: 8 * MINUTE, untilNow: false };

/** Nothing ran from 2:00 to 4:30 and from 6:10 to 6:10.5. */
const GAPS = [
  { fromMs: 2 * MINUTE, toMs: 4.5 * MINUTE },
  { fromMs: 6 * MINUTE + 10_000, toMs: 6 * MINUTE + 10_500 },
];

/** Seconds of each minute, and of all; `live`: collectors of this process stopped and started then. */
function seconds(
  time: "flow" | "arrival",
  { tier, live = false }: { tier?: "minutes"; live?: boolean } = {},
): (number | null)[] {
  const scan = {
    ...emptyReport(window),
    rows_scanned: 1,
    collected_since: 0,
    earlier_until: 8 * MINUTE,
    not_collected: live ? [] : GAPS,
    tiers: tier === undefined ? [] : [{ tier, from: 0, to: 8 * MINUTE, rows: 1 }],
  };
  const collection = {
    collecting_since: 0,
    collecting_until: null,
    not_listening: live ? GAPS : [],
  };
  const asked = flowQuery({ window, time, bucket_seconds: 60, metrics: ["bps"], collection });
  const read = readQuery(asked);
  const span = rateSpan(read, scan, 0);
  const minutes = Array.from(
    { length: 8 },
    (_, i) => span.secondsWithin(i * MINUTE, (i + 1) * MINUTE),
  );
  return [...minutes, span.seconds].map((value) => Number.isNaN(value) ? null : value);
}

Deno.test("a bucket that flows reach into from behind a downtime has no rate", () => {
  assert.deepEqual(seconds("flow"), [60, 60, null, null, null, 60, 59.5, 60, 329.5]);
});

Deno.test("by arrival, and of sums, nothing reaches back into a downtime", () => {
  const all = [60, 60, null, null, 30, 60, 59.5, 60, 329.5];
  assert.deepEqual(seconds("arrival"), all);
  assert.deepEqual(seconds("flow", { tier: "minutes" }), all);
});

Deno.test("it is the same whether a process ended, or its collectors stopped", () => {
  for (const time of ["flow", "arrival"] as const) {
    assert.deepEqual(seconds(time, { live: true }), seconds(time));
  }
});
