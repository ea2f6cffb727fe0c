import type { CollectorCounters, ReceiveGap } from "./control_block.ts";

/** A collector as `capability_status` shows it. */
export interface CollectorStatus {
  host: string;
  port: number;
  running: boolean;
  /** Unix milliseconds; null before the first start. */
  started_at_ms: number | null;
  restarts: number;
  last_error: string | null;
  permissions: string[];
  counters: CollectorCounters;
  receive_gaps: ReceiveGap[];
}
