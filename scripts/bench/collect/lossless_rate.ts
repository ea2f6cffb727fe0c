import type { FormatName, Generator } from "./generator.ts";
import type { Receiver, Usage } from "./receiver.ts";

/** Part of the records that a rate may lose and still count as lossless. */
export const LOSSLESS = 0.001;
/** The search ends where both ends are this near. */
const NEAR = 1.05;
const MAX_TRIALS = 12;
const MAX_LOWERED = 6;
const RUNS = 3;
/** Datagrams a second below which nothing is looked for. */
const LEAST_RATE = 1000;

/** What came of sending at one rate. */
export interface Trial {
  /** Really sent. */
  readonly datagramsPerSecond: number;
  readonly recordsPerSecond: number;
  /** Part of the records that were sent and not taken in. */
  readonly loss: number;
  readonly cpuSecondsPerMillion: number;
  readonly rssMib: number;
}

/** The highest rate without loss, and how sure that is. */
export interface LosslessRate {
  /** The run of median loss at that rate. */
  readonly median: Trial;
  readonly runs: readonly Trial[];
}

/** How to look. */
export interface Search {
  readonly format: FormatName;
  /** Where to begin, datagrams a second. */
  readonly guess: number;
  /** Seconds of a trial while looking, and of a run that counts. */
  readonly trialSeconds: number;
  readonly runSeconds: number;
  readonly log: (line: string) => void;
}

/**
 * Finds the highest rate at which a collector loses at most one record in a thousand: by halving
 * with short trials, and then with longer runs whose median has to hold.
 *
 * @param receiver ready to receive
 * @param generator sends
 * @param search what and how long
 */
export async function losslessRate(
  receiver: Receiver,
  generator: Generator,
  { format, guess, trialSeconds, runSeconds, log }: Search,
): Promise<LosslessRate> {
  const attempt = async (rate: number, seconds: number): Promise<Trial> => {
    const trial = await send(receiver, generator, { format, rate, seconds });
    const { datagramsPerSecond, recordsPerSecond, loss } = trial;
    log(
      `${format} ${(datagramsPerSecond / 1e3).toFixed(1)}k datagrams/s, ` +
        `${(recordsPerSecond / 1e6).toFixed(2)} M/s: ${(loss * 100).toFixed(3)} % lost`,
    );
    return trial;
  };
  let low = 0;
  let high = Infinity;
  let rate = guess;
  for (let trial = 0; trial < MAX_TRIALS && high > low * NEAR && rate >= LEAST_RATE; trial++) {
    const { loss, datagramsPerSecond } = await attempt(rate, trialSeconds);
    if (loss > LOSSLESS) high = Math.min(high, rate);
    else low = Math.max(low, rate);
    // The generator sends no faster.
    if (loss <= LOSSLESS && datagramsPerSecond < rate * 0.95) high = rate;
    rate = high === Infinity ? low * 1.5 : (low + high) / 2;
  }
  rate = Math.max(low, LEAST_RATE);
  for (let lowered = 0;; lowered++) {
    const runs: Trial[] = [];
    for (let run = 0; run < RUNS; run++) runs.push(await attempt(rate, runSeconds));
    const median = runs.toSorted((a, b) => a.loss - b.loss)[RUNS >> 1];
    if (median.loss <= LOSSLESS || lowered === MAX_LOWERED) return { median, runs };
    rate *= 0.93;
  }
}

/** Sends at a rate, and holds what was taken in against what was sent. */
export async function send(
  receiver: Receiver,
  generator: Generator,
  { format, ...load }: { format: FormatName; rate: number; seconds: number },
): Promise<Trial> {
  await receiver.begin();
  const sent = await generator.send({ format, port: receiver.portOf(format), ...load });
  const { records, usage } = await receiver.end();
  return trialOf(sent, records, usage);
}

function trialOf(
  { records: sent, datagrams, seconds }: { records: number; datagrams: number; seconds: number },
  records: number,
  { cpuSeconds, rssMib }: Usage,
): Trial {
  return {
    datagramsPerSecond: datagrams / seconds,
    recordsPerSecond: sent / seconds,
    loss: 1 - records / sent,
    cpuSecondsPerMillion: cpuSeconds / (records / 1e6),
    rssMib,
  };
}
