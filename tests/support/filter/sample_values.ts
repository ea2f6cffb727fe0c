/**
 * Few values, drawn by random filters and random rows alike, so that filters match some rows and not
 * others, and borders are met.
 */
export const ADDRESSES = [
  "10.0.0.1",
  "10.0.0.2",
  "10.1.1.1",
  "192.168.0.255",
  "255.255.255.255",
  "0.0.0.0",
  "::",
  "::1",
  "::fffe:a00:1",
  "0:0:1:0:0:ffff:a00:1",
  "1::ffff:a00:1",
  "2001:db8::1",
  "2001:db8:0:1::1",
  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
] as const;

export const TEXTS = [
  "http",
  "https",
  "HTTP",
  'a "quoted" \\ name',
  "Gi0/1",
  "größe",
  "and",
] as const;

export const NUMBERS = [0, 1, 2, 46, 63, 80, 184, 255] as const;

/** Numbers for fields that hold more than 8 bits. */
export const LARGE_NUMBERS = [443, 1000, 8080, 65_535] as const;

/** Numbers for counters and measures. */
export const MEASURES = [0.1, 1.5, 999.75, 1e6, 1.1e6, 3_600_000, 2 ** 40, 2 ** 53 - 1] as const;

/** One of several. */
export function pick<T>(random: () => number, from: readonly T[]): T {
  return from[Math.floor(random() * from.length)];
}
