import assert from "node:assert/strict";
import { FakeClock } from "../../tests/support/fake_clock.ts";
import { FlowFixture } from "../../tests/support/flow_fixture.ts";
import { latencyRows } from "../../tests/support/latency_rows.ts";
import { sampleFlows } from "../analysis/sample_flows.ts";
import type { CollectionHealth } from "../exporter/collection_health.ts";
import { type EvaluateLatency, LatencyMonitor } from "./latency_monitor.ts";
import { MonitorRunner } from "./monitor_runner.ts";

const THRESHOLDS = {
  threshold_ms: 150,
  window_seconds: 60,
  min_samples: 5,
  cooldown_seconds: 300,
};
const SLOW = [10, 20, 30, 200, 220];

/** A runner over the real monitor and a ring filled by hand, without threads in between. */
class House {
  readonly clock = new FakeClock();
  readonly fixture = new FlowFixture({ capacity: 4096 });
  readonly asked: EvaluateLatency[] = [];
  health: CollectionHealth = {
    collecting_since: this.clock.now() - 3_600_000,
    listening_since: null,
    collecting_until: null,
    not_listening: [],
    loopback_only: false,
    dated_ahead: [],
    downtime: [],
    undecoded: false,
    untracked: 0,
    uncountable: [],
    loss: [],
    sets_without_template: 0,
    unknown_sampling: [],
    silent_streams: [],
    silence_severity: "info",
    silent_exporters: [],
  };
  /** What looking for examples comes to before it is done. */
  onSample: () => Promise<void> = () => Promise.resolve();
  readonly runner: MonitorRunner;

  constructor() {
    const monitor = new LatencyMonitor(60_000);
    monitor.follow(this.fixture.source);
    this.runner = new MonitorRunner({
      clock: this.clock,
      thresholds: THRESHOLDS,
      evaluate: (ask) => {
        this.asked.push(ask);
        return Promise.resolve(monitor.evaluate(ask));
      },
      sample: async (subjects, fromMs, toMs) => {
        await this.onSample();
        const window = { fromMs, toMs, untilNow: true };
        return (await sampleFlows([this.fixture.source], { window, subjects })).records;
      },
      health: () => this.health,
    });
  }

  /** Slow measurements of a flow, just received. */
  slow(dst_port = 443, latencies: readonly number[] = SLOW): void {
    this.fixture.add(...latencyRows(latencies, { received_at: this.clock.now(), dst_port }));
  }

  /** Titles of alerts after a cursor, and the next cursor. */
  since(cursor: number): [number, (number | null)[]] {
    const page = this.runner.alertsSince(cursor);
    return [page.cursor, page.alerts.map(({ subject }) => subject.dst_port)];
  }
}

Deno.test("an evaluation raises one alert with its evidence and trust", async () => {
  const house = new House();
  house.slow();
  house.slow(80, [1, 2, 3, 4, 5]);
  const { trust, ...evaluation } = await house.runner.evaluate();
  assert.deepEqual(evaluation, {
    window_seconds: 60,
    flows: 2,
    samples: 10,
    monitors: [{ name: "latency", findings: 1, raised: 1 }],
  });
  assert.equal(trust.complete, true);
  assert.deepEqual(house.asked, [{
    nowMs: house.clock.now(),
    windowMs: 60_000,
    minSamples: 5,
    thresholdMs: 150,
  }]);
  const [alert, ...others] = house.runner.takeRaised().alerts;
  assert.deepEqual(others, []);
  assert.equal(alert.value, 220);
  assert.deepEqual(alert.trust, trust);
  assert.equal(alert.first_seen, new Date(house.clock.now()).toISOString());
  assert.deepEqual(
    alert.evidence.sample_flows.map(({ latency_ms, dst_port }) => [latency_ms, dst_port]),
    [[220, 443], [200, 443], [30, 443]],
  );
});

Deno.test("a flow alerts once a cooldown, however often it is looked at, and again after it", async () => {
  const house = new House();
  const { runner, clock } = house;
  const raised: number[] = [];
  for (let second = 0; second <= 310; second += 10) {
    house.slow();
    const { monitors: [{ findings, raised: now }] } = await runner.evaluate();
    assert.equal(findings, 1);
    if (now > 0) raised.push(second);
    clock.advance(10_000);
  }
  assert.deepEqual(raised, [0, 300]);
});

Deno.test("other thresholds hold from the next evaluation on", async () => {
  const house = new House();
  const { runner } = house;
  house.slow();
  assert.deepEqual(runner.setThresholds({ threshold_ms: 500 }), {
    ...THRESHOLDS,
    threshold_ms: 500,
  });
  assert.equal((await runner.evaluate()).monitors[0].findings, 0);
  runner.setThresholds({ threshold_ms: 219, window_seconds: 1 });
  assert.deepEqual(runner.thresholds, {
    ...THRESHOLDS,
    threshold_ms: 219,
    window_seconds: 1,
  });
  const { window_seconds, monitors } = await runner.evaluate();
  assert.deepEqual([window_seconds, monitors[0].raised], [1, 1]);
  assert.equal(runner.alertsSince(0).alerts[0].window_seconds, 1);
});

Deno.test("clients that keep cursors each get every alert, none twice", async () => {
  const house = new House();
  const { runner } = house;
  let [a, b] = [0, 0];
  let seen: (number | null)[];
  house.slow(1);
  await runner.evaluate();
  [a, seen] = house.since(a);
  assert.deepEqual(seen, [1]);
  house.slow(2);
  await runner.evaluate();
  [a, seen] = house.since(a);
  assert.deepEqual(seen, [2]);
  [b, seen] = house.since(b);
  assert.deepEqual(seen, [1, 2]);
  await runner.evaluate();
  assert.deepEqual(house.since(a), [a, []]);
  assert.deepEqual(house.since(b), [b, []]);
});

Deno.test("takeRaised() gives each alert once, and takes none from a cursor", async () => {
  const house = new House();
  const { runner } = house;
  house.slow(1);
  await runner.evaluate();
  assert.equal(runner.takeRaised().alerts.length, 1);
  assert.equal(runner.takeRaised().alerts.length, 0);
  house.slow(2);
  await runner.evaluate();
  assert.deepEqual(runner.takeRaised().alerts.map(({ subject }) => subject.dst_port), [2]);
  assert.deepEqual(house.since(0)[1], [1, 2]);
});

Deno.test("an evaluation raises a bounded number of alerts; the next goes on with the rest", async () => {
  const house = new House();
  for (let port = 0; port < 130; port++) house.slow(port);
  const { monitors: [first] } = await house.runner.evaluate();
  assert.deepEqual([first.findings, first.raised], [130, 100]);
  const { monitors: [second] } = await house.runner.evaluate();
  assert.deepEqual([second.findings, second.raised], [130, 30]);
  const alerts = [];
  for (let page = house.runner.takeRaised();; page = house.runner.takeRaised()) {
    alerts.push(...page.alerts);
    assert.ok(page.alerts.length <= 10);
    if (page.omitted === 0) break;
  }
  assert.equal(alerts.length, 130);
  assert.ok(alerts.every(({ evidence }) => evidence.sample_flows.length === 3));
});

Deno.test("evaluations at once raise an alert once", async () => {
  const house = new House();
  house.slow();
  const evaluations = await Promise.all([1, 2, 3].map(() => house.runner.evaluate()));
  assert.deepEqual(evaluations.map(({ monitors }) => monitors[0].raised), [1, 0, 0]);
});

Deno.test("an evaluation that fails costs neither its alert nor the next evaluation", async () => {
  const house = new House();
  house.slow();
  house.onSample = () => Promise.reject(new Error("the query worker died"));
  await assert.rejects(house.runner.evaluate(), /the query worker died/);
  house.onSample = () => Promise.resolve();
  assert.equal((await house.runner.evaluate()).monitors[0].raised, 0);
  assert.deepEqual(house.since(0)[1], [443]);
});

Deno.test("what takes from collection shows in the evaluation and its alert", async () => {
  const house = new House();
  house.health = { ...house.health, silent_exporters: ["192.0.2.1"] };
  house.slow();
  const { trust } = await house.runner.evaluate();
  assert.equal(trust.complete, false);
  assert.deepEqual(trust.silent_exporters, ["192.0.2.1"]);
  assert.equal(house.runner.takeRaised().alerts[0].trust.complete, false);
});

Deno.test("each process has an epoch of its own", () => {
  const [a, b] = [new House().runner.epoch, new House().runner.epoch];
  assert.match(a, /^[0-9a-f]{8}$/);
  assert.notEqual(a, b);
});
