import type { Clock } from "../flow/clock.ts";
import { formatTime } from "../flow/record_reader.ts";
import type { FlowRecord } from "../flow/schema.ts";
import type { FiveTuple } from "../query/five_tuple.ts";
import type { CollectionHealth } from "../exporter/collection_health.ts";
import { type Trust, trustBlock } from "../query/trust.ts";
import type { Alert } from "./alert.ts";
import { AlertBook, type AlertPage } from "./alert_book.ts";
import type { FlowLatency } from "./latency_aggregate.ts";
import { latencyAlert, latencyKey } from "./latency_finding.ts";
import type { EvaluateLatency, LatencyEvaluation } from "./latency_monitor.ts";
import type { Thresholds } from "./thresholds.ts";

/** Most alerts raised by one evaluation: beyond it is an outage, not a list of flows. */
const MAX_RAISED = 100;

/** Alerts told at once; the cursor leads on to the rest. */
const MAX_PAGE = 10;

/** What the runner asks of others. */
export interface RunnerOptions {
  readonly clock: Clock;
  readonly thresholds: Thresholds;
  /** Has the monitor look at its window. */
  evaluate(ask: EvaluateLatency): Promise<LatencyEvaluation>;
  /** Finds example records of flows. */
  sample(subjects: readonly FiveTuple[], fromMs: number, toMs: number): Promise<FlowRecord[][]>;
  /** What collection knows of a window. */
  health(fromMs: number, toMs: number): CollectionHealth;
}

/** One look of all monitors at their windows. */
export interface Evaluation {
  window_seconds: number;
  /** Flows with latency in the window. */
  flows: number;
  samples: number;
  monitors: { name: string; findings: number; raised: number }[];
  trust: Trust;
}

/** Runs the monitors, on the interval and on request, and keeps the alerts. */
export class MonitorRunner {
  /** Tells cursors of this process from those of another: 8 hex digits. */
  readonly epoch = crypto.randomUUID().slice(0, 8);
  readonly #options: RunnerOptions;
  readonly #book = new AlertBook();
  #thresholds: Thresholds;
  /** Where callers without a cursor of their own have read to. */
  #anonymousCursor = 0;
  #running: Promise<unknown> = Promise.resolve();

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.#thresholds = { ...options.thresholds };
  }

  get thresholds(): Readonly<Thresholds> {
    return this.#thresholds;
  }

  /** Changes what is given and keeps the rest. */
  setThresholds(changes: Partial<Thresholds>): Readonly<Thresholds> {
    this.#thresholds = { ...this.#thresholds, ...changes };
    return this.#thresholds;
  }

  /** The first alerts that changed after a cursor. */
  alertsSince(cursor: number): AlertPage {
    return this.#book.since(cursor, MAX_PAGE);
  }

  /**
   * Alerts raised since the last call: for callers that keep no cursor. Two such callers share what
   * there is; one that must miss nothing keeps a cursor.
   */
  takeRaised(): AlertPage {
    const page = this.alertsSince(this.#anonymousCursor);
    this.#anonymousCursor = page.cursor;
    return page;
  }

  /** Evaluates now. Evaluations follow one another, so none raises what another has raised. */
  evaluate(): Promise<Evaluation> {
    const next = this.#running.then(() => this.#evaluate());
    this.#running = next.catch(() => {});
    return next;
  }

  async #evaluate(): Promise<Evaluation> {
    const { clock } = this.#options;
    const thresholds = this.#thresholds;
    const nowMs = clock.now();
    const windowMs = thresholds.window_seconds * 1000;
    const seen = await this.#options.evaluate({
      nowMs,
      windowMs,
      minSamples: thresholds.min_samples,
      thresholdMs: thresholds.threshold_ms,
    });
    const health = this.#options.health(nowMs - windowMs, nowMs);
    const trust = trustBlock(seen.scan, health, seen);
    const raised = this.#note(seen.flows, { nowMs, thresholds, trust });
    await this.#addSamples(raised, nowMs - windowMs, nowMs);
    return {
      window_seconds: thresholds.window_seconds,
      flows: seen.flow_count,
      samples: seen.samples,
      monitors: [{
        name: "latency",
        findings: seen.over_threshold,
        raised: raised.length,
      }],
      trust,
    };
  }

  #note(
    flows: readonly FlowLatency[],
    { nowMs, thresholds, trust }: { nowMs: number; thresholds: Thresholds; trust: Trust },
  ): Alert[] {
    const cooldownMs = thresholds.cooldown_seconds * 1000;
    const at = formatTime(nowMs)!;
    const raised: Alert[] = [];
    for (const flow of flows) {
      if (raised.length === MAX_RAISED) break;
      const make = () => latencyAlert(flow, { id: crypto.randomUUID(), at, thresholds, trust });
      const alert = this.#book.note(latencyKey(flow), { nowMs, cooldownMs }, make);
      if (alert !== null) raised.push(alert);
    }
    return raised;
  }

  async #addSamples(raised: readonly Alert[], fromMs: number, toMs: number): Promise<void> {
    if (raised.length === 0) return;
    const records = await this.#options.sample(raised.map(({ subject }) => subject), fromMs, toMs);
    raised.forEach((alert, i) => alert.evidence.sample_flows = records[i]);
  }
}
