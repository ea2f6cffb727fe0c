import assert from "node:assert/strict";
import { FlowFixture } from "../../tests/support/flow_fixture.ts";
import type { FlowSource } from "./flow_source.ts";
import { type ScanReport, scanWindow, type TimeWindow } from "./scan.ts";

const CAPACITY = 1024;

/** What a scan saw, by source: `src_port` numbers the rows. */
async function scan(
  sources: readonly FlowSource[],
  window: Partial<TimeWindow> = {},
  onBlock: () => void = () => {},
): Promise<{ seen: Map<FlowSource, number[]>; report: ScanReport }> {
  const seen = new Map<FlowSource, number[]>(sources.map((source) => [source, []]));
  const report = await scanWindow(
    sources,
    { window: { fromMs: 0, toMs: 1e12, untilNow: false, ...window }, fields: ["src_port"] },
    (block, { start, end }, source) => {
      seen.get(source as FlowSource)!.push(...block.src_port.subarray(start, end));
      onBlock();
    },
  );
  return { seen, report };
}

/** `count` rows from `first` on, row n received at n × 10 ms. */
function fill(fixture: FlowFixture, count: number, first = 0): void {
  for (let n = first; n < first + count; n++) {
    fixture.add({ received_at: n * 10, src_port: n % 65_536, sampling_source: "announced" });
  }
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

Deno.test("scanWindow() takes its start in and leaves its end out", async () => {
  const fixture = new FlowFixture();
  fill(fixture, 100);
  const { seen, report } = await scan([fixture.source], { fromMs: 200, toMs: 500 });
  assert.deepEqual(seen.get(fixture.source), range(20, 50));
  assert.deepEqual(report, {
    asked_from: 200,
    asked_to: 500,
    oldest_row_at: 200,
    window_overwritten: false,
    rows_scanned: 30,
    rows_missed: 0,
    rows_damaged: 0,
    damage: null,
    rows_unplaced: 0,
    sampling_rows: [30, 0, 0, 0],
    stopped_at: null,
    rows_from_disk: 0,
    held_since: null,
    held_until: null,
    collected_since: null,
    earlier_until: null,
    elsewhere_until: null,
    not_collected: [],
    downtime: [],
    tiers: [],
    sums_from: null,
    summed_gone: false,
    untold: null,
    notes: [],
  });
  const between = await scan([fixture.source], { fromMs: 201, toMs: 501 });
  assert.deepEqual(between.seen.get(fixture.source), range(21, 51));
});

Deno.test("a window until now takes in rows of this very millisecond and later ones", async () => {
  const fixture = new FlowFixture();
  fill(fixture, 100);
  const { seen } = await scan([fixture.source], { fromMs: 200, toMs: 500, untilNow: true });
  assert.deepEqual(seen.get(fixture.source), range(20, 100));
});

Deno.test("an empty ring and a window without rows give an empty report", async () => {
  const empty = new FlowFixture();
  const later = new FlowFixture();
  fill(later, 10, 1000);
  for (const sources of [[], [empty.source], [later.source]]) {
    const { report } = await scan(sources, { fromMs: 0, toMs: 100 });
    assert.equal(report.rows_scanned, 0);
    assert.equal(report.window_overwritten, false);
  }
});

Deno.test("scanWindow() reads source by source, and counts sampling over all", async () => {
  const [a, b] = [new FlowFixture(), new FlowFixture()];
  fill(a, 20);
  b.add({ received_at: 50, src_port: 1 }, { received_at: 60, sampling_source: "configured" });
  const { seen, report } = await scan([a.source, b.source]);
  assert.deepEqual(seen.get(a.source), range(0, 20));
  assert.equal(seen.get(b.source)!.length, 2);
  assert.deepEqual(report.sampling_rows, [20, 0, 1, 1]);
  assert.equal(report.oldest_row_at, 0);
});

Deno.test("a ring that went round gives what it holds, in order, and says what is gone", async () => {
  const fixture = new FlowFixture({ capacity: CAPACITY });
  fill(fixture, 5000);
  const oldest = fixture.source.ring.oldest;
  assert.ok(oldest > 3900);
  const { seen, report } = await scan([fixture.source]);
  assert.deepEqual(seen.get(fixture.source), range(oldest, 5000));
  assert.equal(report.window_overwritten, true);
  assert.equal(report.oldest_row_at, oldest * 10);
  assert.equal(report.rows_missed, 0);
  const held = await scan([fixture.source], { fromMs: (oldest + 1) * 10 });
  assert.equal(held.report.window_overwritten, false);
});

Deno.test("coverage begins where the last of the rings that went round begins", async () => {
  const [whole, round] = [new FlowFixture(), new FlowFixture({ capacity: CAPACITY })];
  fill(whole, 10);
  fill(round, 5000);
  const oldest = round.source.ring.oldest * 10;
  for (const sources of [[whole.source, round.source], [round.source, whole.source]]) {
    const { report } = await scan(sources);
    assert.equal(report.window_overwritten, true);
    assert.equal(report.oldest_row_at, oldest);
  }
});

Deno.test("rows overwritten while a scan ran are missed, and counted", async () => {
  const fixture = new FlowFixture({ capacity: 1 << 15 });
  fill(fixture, 20_000);
  let blocks = 0;
  const { seen, report } = await scan([fixture.source], {}, () => {
    // The writer overtakes the reader behind the first block.
    if (blocks++ === 0) fill(fixture, 1 << 15, 20_000);
  });
  const rows = seen.get(fixture.source)!;
  assert.ok(report.rows_missed > 0);
  assert.equal(rows.length, report.rows_scanned);
  assert.equal(report.rows_missed + report.rows_scanned, 20_000);
});

Deno.test("a long scan lets timers have their turn", async () => {
  const fixture = new FlowFixture({ capacity: 1 << 16 });
  fill(fixture, 1 << 15);
  let turns = 0;
  const timer = setInterval(() => turns++, 0);
  let blocks = 0;
  await scan([fixture.source], {}, () => {
    blocks++;
    const end = performance.now() + 6;
    while (performance.now() < end);
  });
  clearInterval(timer);
  assert.ok(blocks >= 3);
  assert.ok(turns >= 2, `${turns} turns`);
});
