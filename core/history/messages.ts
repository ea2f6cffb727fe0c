import type { RingIdentity } from "../flow/ring_identity.ts";
import type { HistoryPolicy } from "./history_policy.ts";
import type { HistoryStatus } from "./history_status.ts";

/** The memory of one collector as the history worker is handed it. */
export interface HistoryMemory extends RingIdentity {
  readonly ring: SharedArrayBuffer;
  readonly dictionary: SharedArrayBuffer;
  /** Counters of the collector, whose heartbeat tells whether it runs; left out where nobody beats. */
  readonly control?: SharedArrayBuffer;
}

/** What main tells the history worker. */
export type HistoryMessage =
  | { readonly type: "start"; readonly policy: HistoryPolicy }
  | { readonly type: "follow"; readonly memory: HistoryMemory }
  | { readonly type: "close" };

/** What the history worker tells main. */
export type HistoryReply =
  | { readonly type: "status"; readonly status: HistoryStatus }
  | { readonly type: "paused"; readonly reason: string | null }
  | { readonly type: "notice"; readonly message: string }
  | { readonly type: "closed"; readonly status: HistoryStatus };
