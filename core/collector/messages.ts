import type { ExporterRules } from "../exporter/exporter_policy.ts";
import type { LearntChanges, LearntEntry } from "../wire/learnt.ts";

/** The shared memory of one collector: all that its worker and its readers have in common. */
export interface CollectorMemory {
  readonly control: SharedArrayBuffer;
  readonly ring: SharedArrayBuffer;
  readonly dictionary: SharedArrayBuffer;
  readonly exporters: SharedArrayBuffer;
  /** Rings of INTERFACE_TABLE and DEVICE_COUNTER_TABLE; formats without counters never touch them. */
  readonly interfaces: SharedArrayBuffer;
  readonly deviceCounters: SharedArrayBuffer;
}

/** What main tells a collector's worker: to start, once, and later to stop. */
export type MainMessage = StartMessage | { readonly type: "stop" };

/** What to collect, and the memory to write to. */
export interface StartMessage {
  readonly type: "start";
  /** Built-in name, or the URL of a module that exports `buildCapability`. */
  readonly capability: string;
  readonly host: string;
  readonly port: number;
  /** Whether a worker that hangs still has the port, so that it has to be shared. */
  readonly shared: boolean;
  readonly memory: CollectorMemory;
  /** Who may export, and at which rates. */
  readonly exporters: ExporterRules;
  /** What was learnt on this port before, the longest unused first. */
  readonly known: readonly LearntEntry[];
}

/** What a collector's worker tells main. */
export type WorkerMessage =
  /** Its code is loaded and it waits for the start message. */
  | { readonly type: "ready" }
  /** The socket is open. */
  | { readonly type: "listening"; readonly host: string; readonly port: number }
  /** The socket could not be opened: `error` is the name of Deno's error class. */
  | { readonly type: "failed"; readonly error: string; readonly message: string }
  /** What the codec learnt; at most one a second, and the last of it before `stopped`. */
  | { readonly type: "learnt"; readonly changes: LearntChanges }
  /** The socket is closed: nothing is written any more. */
  | { readonly type: "stopped" }
  /** Something worth a line in the log; sent seldom. */
  | { readonly type: "problem"; readonly text: string };
