/** Size, precision and caps of a {@linkcode LatencyWindow}. */
export interface LatencyWindowLimits {
  /** Length of the window in ms: 1 … 86,400,000 (a day). */
  windowMs: number;
  /** Panes that the window is divided into for sketched groups: 1 … 1,000. */
  paneCount: number;
  /** A group with up to this many samples in the window is answered exactly: 1 … 4,096. */
  exactSamples: number;
  /** Bound of the relative error of a sketched group's figures: 0.003 … 0.5. */
  relativeError: number;
  /** Latencies below this (ms) share a bin once sketched: their error is below this value. */
  minLatencyMs: number;
  /** Latencies above this (ms) are taken as this, and counted as clamped. */
  maxLatencyMs: number;
  /** Group ids are 0 … `maxGroups` − 1: 1 … 16,777,216. The table costs 25 bytes a group at once. */
  maxGroups: number;
  /** Cap on all memory of the window in bytes, the table of groups included. */
  maxBytes: number;
}

/**
 * One minute in panes of a second. 128 MiB hold 65,536 groups of 64 samples: at 22.5 bytes a sample
 * and up to two chunks of 180 bytes that are partly used, 1.6 kB a group.
 */
export const latencyWindowDefaults: Readonly<LatencyWindowLimits> = {
  windowMs: 60_000,
  paneCount: 60,
  exactSamples: 64,
  relativeError: 0.01,
  minLatencyMs: 0.001,
  maxLatencyMs: 1e7,
  maxGroups: 65_536,
  maxBytes: 128 * 2 ** 20,
};

/** Lowest and highest value of each limit, and whether it must be whole. */
const ranges: Readonly<Record<keyof LatencyWindowLimits, readonly [number, number, boolean]>> = {
  windowMs: [1, 86_400_000, false],
  paneCount: [1, 1_000, true],
  exactSamples: [1, 4_096, true],
  relativeError: [0.003, 0.5, false],
  minLatencyMs: [1e-9, 1e9, false],
  maxLatencyMs: [1e-9, 1e12, false],
  maxGroups: [1, 2 ** 24, true],
  maxBytes: [1, 2 ** 39, true],
};

/** Fills in the defaults; throws a RangeError that names the limit, its value and its range. */
export function latencyWindowLimits(given: Partial<LatencyWindowLimits>): LatencyWindowLimits {
  const limits = { ...latencyWindowDefaults, ...given };
  for (const name of Object.keys(ranges) as (keyof LatencyWindowLimits)[]) {
    checkLimit(name, limits[name]);
  }
  return limits;
}

/** Throws a RangeError unless `value` is within the range of the limit `name`. */
export function checkLimit(name: keyof LatencyWindowLimits, value: number): void {
  const [low, high, whole] = ranges[name];
  if (value >= low && value <= high && (!whole || Number.isInteger(value))) return;
  throw new RangeError(
    `Cannot make a latency window: ${name} is ${value}, wanted ${low} to ${high}` +
      (whole ? " in whole numbers" : ""),
  );
}
