/** A span of time in words, negative ones too: "1.5 s", "40 s", "3 min", "2 h". */
export function span(ms: number): string {
  const sign = ms < 0 ? "-" : "";
  const size = Math.abs(ms);
  if (size < 120_000) return `${sign}${(size / 1000).toFixed(size < 10_000 ? 1 : 0)} s`;
  return size < 7_200_000
    ? `${sign}${Math.round(size / 60_000)} min`
    : `${sign}${Math.round(size / 3_600_000)} h`;
}

/** How long ago in words: "40 s ago", "3 min ago", "2 h ago". */
export function ago(ms: number): string {
  if (ms < 100_000) return `${Math.max(0, Math.round(ms / 1000))} s ago`;
  return ms < 6_000_000
    ? `${Math.round(ms / 60_000)} min ago`
    : `${Math.round(ms / 3_600_000)} h ago`;
}
