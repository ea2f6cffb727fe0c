/**
 * Cost of a sample and of an evaluation, beside the naive window on the same samples.
 * Run: deno bench core/monitor/latency_window_bench.ts
 *
 * The names say how many samples an iteration adds, or how many groups it evaluates.
 */
import { LatencyWindow } from "./latency_window.ts";
import { NaiveLatencyWindow } from "../../tests/support/latency/naive_latency_window.ts";
import { seededRandom } from "../wire/encode/seeded_random.ts";

const batch = 100_000;
const random = seededRandom(1);
const latencies = Float64Array.from({ length: batch }, () => Math.exp(3 + 2 * random()));
const order = Uint32Array.from({ length: batch }, () => Math.floor(100_000 * random()));

/** A window, and the time that goes on from one iteration to the next. */
interface Load {
  window: LatencyWindow | NaiveLatencyWindow;
  atMs: number;
}

/** Adds batches at `samplesPerMs` to `groups` groups, and advances once. */
function addBatch(
  load: Load,
  groups: number,
  { samplesPerMs, batches = 1 }: { samplesPerMs: number; batches?: number },
): void {
  for (let n = 0; n < batches; n++) {
    const start = load.atMs;
    for (let i = 0; i < batch; i++) {
      load.window.add(order[i] % groups, latencies[i], start + Math.floor(i / samplesPerMs));
    }
    load.atMs = start + batch / samplesPerMs;
  }
  load.window.advance(load.atMs);
}

function incremental(): Load {
  return {
    window: new LatencyWindow({ maxGroups: 131_072, maxBytes: 2 ** 29 }),
    atMs: 1_700_000_000_000,
  };
}

function naive(): Load {
  return { window: new NaiveLatencyWindow(60_000), atMs: 1_700_000_000_000 };
}

/** Groups, samples a ms and how a window is warmed up: full for one window, or 1 s for the naive. */
const loads = [
  { name: "4 hot groups, 100,000 samples/s", groups: 4, samplesPerMs: 100, batches: 70 },
  { name: "100,000 groups, 10 samples each", groups: 100_000, samplesPerMs: 16, batches: 12 },
];

for (const { name, groups, samplesPerMs, batches } of loads) {
  for (const [kind, make] of [["incremental", incremental], ["naive", naive]] as const) {
    const load = make();
    // The naive one looks through all it has at each advance: it is warmed up in one go.
    const step = kind === "naive" ? batches : 1;
    for (let i = 0; i < batches; i += step) addBatch(load, groups, { samplesPerMs, batches: step });
    Deno.bench({
      name: `add ${batch} samples, ${kind}`,
      group: `add: ${name}`,
      baseline: kind === "incremental",
      n: 10,
      warmup: 2,
      fn: () => addBatch(load, groups, { samplesPerMs }),
    });
    Deno.bench({
      name: `evaluate ${groups} groups, ${kind}`,
      group: `evaluate: ${name}`,
      baseline: kind === "incremental",
      n: 5,
      warmup: 1,
      fn: () => {
        for (let group = 0; group < groups; group++) load.window.statistics(group);
      },
    });
  }
}
