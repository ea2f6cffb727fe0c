/** Draws a latency in ms, given a source of numbers in [0, 1). */
export type LatencyDistribution = (random: () => number) => number;

/** Shapes of latency that differ in spread, skew and repetition, by name; all in 0 … 10^7 ms. */
export const latencyDistributions: Readonly<Record<string, LatencyDistribution>> = {
  constant: () => 42.5,
  uniform: (random) => 1 + 99 * random(),
  "whole milliseconds": (random) => Math.floor(300 * random()),
  exponential: (random) => -20 * Math.log(1 - random()),
  lognormal: (random) => Math.exp(3 + normal(random)),
  pareto: (random) => Math.min(1e7, 0.5 / (1 - random()) ** 1.5),
  "two humps": (random) => random() < 0.9 ? 10 + random() : 2_000 + 500 * random(),
  "every decade": (random) => 10 ** (-3 + 10 * random()),
  "mostly zero": (random) => random() < 0.7 ? 0 : 5 * random(),
};

function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
