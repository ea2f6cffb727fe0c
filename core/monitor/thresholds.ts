/** What the latency monitor judges by. */
export interface Thresholds {
  /** A p95 above this raises an alert, ms. */
  threshold_ms: number;
  /** Length of the window, seconds. */
  window_seconds: number;
  /** A flow with fewer samples in the window is not judged. */
  min_samples: number;
  /** After an alert a flow is quiet for this long, seconds. */
  cooldown_seconds: number;
}
