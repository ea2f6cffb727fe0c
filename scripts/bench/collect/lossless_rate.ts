import { busySeconds } from "./core_watch.ts";
import type { FormatName, Sender } from "./generator.ts";
import type { Receiver } from "./receiver.ts";

/** Part of the records that a rate may lose and still count as lossless. */
export const LOSSLESS = 0.001;
/** The search ends where both ends are this near. */
const NEAR = 1.06;
const MAX_TRIALS = 10;
const MAX_STEPS = 8;
/** Rates that runs of full length are made at lie this far from each other, at least. */
const STEP = 1.08;
const RUNS = 3;
/** Datagrams a second below which nothing is looked for. */
const LEAST_RATE = 1000;
/** A trial that loses while others have this part of the collector's core is repeated, so often. */
const DISTURBED = 0.1;
const MAX_REPEATED = 4;
/** The generator does not send as fast as it was told to. */
const OUTRUN = 0.95;

/** What came of sending at one rate. */
export interface Trial {
  /** Really sent. */
  readonly datagramsPerSecond: number;
  readonly recordsPerSecond: number;
  /** Part of the records that were sent and not taken in. */
  readonly loss: number;
  readonly cpuSecondsPerMillion: number;
  readonly rssMib: number;
  /** Part of the time that other programs had the collector's core. */
  readonly disturbed: number;
}

/** The highest rate without loss, and how sure that is. */
export interface LosslessRate {
  /** The run of median loss at that rate. */
  readonly median: Trial;
  readonly runs: readonly Trial[];
  /** Whether the generator could send no faster. */
  readonly outran: boolean;
}

/** What is to be measured, and how. */
export interface Measurement {
  /** Ready to receive. */
  readonly receiver: Receiver;
  readonly sender: Sender;
  readonly format: FormatName;
  /** Core of the collector; null where it has more than one. */
  readonly core: number | null;
  readonly log: (line: string) => void;
}

/**
 * Finds the highest rate at which a collector loses at most one record in a thousand: by halving
 * with short trials, where what lost twice has lost, and then in steps with longer runs, up as long as
 * their median holds, or down until it does.
 *
 * @param measured what, and how
 * @param search where to begin, datagrams a second; seconds of a trial while looking, and of a run
 *   that counts
 */
export async function losslessRate(
  measured: Measurement,
  { guess, trialSeconds, runSeconds }: {
    guess: number;
    trialSeconds: number;
    runSeconds: number;
  },
): Promise<LosslessRate> {
  // Code that has not run yet is slow.
  await attempt(measured, { rate: guess / 4, seconds: trialSeconds });
  const start = await halve(measured, { guess, seconds: trialSeconds });
  let { rate } = start;
  let best: LosslessRate | null = null;
  let falling = false;
  for (let step = 0;; step++) {
    const runs: Trial[] = [];
    for (let run = 0; run < RUNS; run++) {
      runs.push(await attempt(measured, { rate, seconds: runSeconds }));
    }
    const median = runs.toSorted((a, b) => a.loss - b.loss)[RUNS >> 1];
    if (median.loss > LOSSLESS) {
      if (best !== null || step === MAX_STEPS) return best ?? { median, runs, outran: false };
      falling = true;
      // What gets through of too much is about what can be taken in.
      rate = Math.max(LEAST_RATE, rate * Math.min(1 / STEP, 1 - median.loss));
    } else {
      const outran = !falling && start.outran || median.datagramsPerSecond < rate * OUTRUN;
      best = { median, runs, outran };
      if (outran || falling || step === MAX_STEPS) return best;
      rate *= STEP;
    }
  }
}

/** The highest rate that short trials hold, and whether the generator could send no faster. */
async function halve(
  measured: Measurement,
  { guess, seconds }: { guess: number; seconds: number },
): Promise<{ rate: number; outran: boolean }> {
  let low = 0;
  let high = Infinity;
  let rate = guess;
  for (let trial = 0; trial < MAX_TRIALS && high > low * NEAR && rate >= LEAST_RATE; trial++) {
    let { loss, datagramsPerSecond } = await attempt(measured, { rate, seconds });
    // A stall that comes once in a minute would halve the rate.
    if (loss > LOSSLESS) {
      ({ loss, datagramsPerSecond } = await attempt(measured, { rate, seconds }));
    }
    if (loss > LOSSLESS) high = Math.min(high, rate);
    else if (datagramsPerSecond < rate * OUTRUN) return { rate: datagramsPerSecond, outran: true };
    else low = Math.max(low, rate);
    rate = high === Infinity ? low * 1.5 : (low + high) / 2;
  }
  return { rate: Math.max(low, LEAST_RATE), outran: false };
}

/** One trial, again where others disturbed it. */
async function attempt(
  measured: Measurement,
  load: { rate: number; seconds: number },
): Promise<Trial> {
  for (let repeated = 0;; repeated++) {
    const trial = await send(measured, load);
    const { datagramsPerSecond, recordsPerSecond, loss, disturbed } = trial;
    const again = loss > LOSSLESS && disturbed > DISTURBED && repeated < MAX_REPEATED;
    measured.log(
      `${measured.format} ${(datagramsPerSecond / 1e3).toFixed(1)}k datagrams/s, ` +
        `${(recordsPerSecond / 1e6).toFixed(2)} M/s: ${
          (loss * 100).toFixed(3)
        } % lost, others had ` +
        `${(disturbed * 100).toFixed(0)} % of the core${again ? ": once more" : ""}`,
    );
    if (!again) return trial;
  }
}

/** Sends at a rate, and holds what was taken in against what was sent. */
async function send(
  { receiver, sender, format, core }: Measurement,
  load: { rate: number; seconds: number },
): Promise<Trial> {
  await receiver.begin();
  const began = performance.now();
  const before = core === null ? 0 : await busySeconds(core);
  const sent = await sender.send({ format, ports: receiver.ports, ...load });
  // What goes on behind the load is not part of it.
  const tookMs = performance.now() - began;
  const busy = core === null ? NaN : await busySeconds(core) - before;
  const { records, usage: { cpuSeconds, rssMib } } = await receiver.end();
  return {
    datagramsPerSecond: sent.datagrams / sent.seconds,
    recordsPerSecond: sent.records / sent.seconds,
    loss: 1 - records / sent.records,
    cpuSecondsPerMillion: cpuSeconds / (records / 1e6),
    rssMib,
    disturbed: core === null ? 0 : Math.max(0, busy - cpuSeconds) * 1000 / tookMs,
  };
}
