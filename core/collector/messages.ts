import type { ExporterRules } from "../exporter/exporter_policy.ts";
import type { LearntChanges, LearntEntry } from "../wire/learnt.ts";

/** The shared memory of one collector: all that its worker and its readers have in common. */
export interface CollectorMemory {
  readonly control: SharedArrayBuffer;
  readonly ring: SharedArrayBuffer;
  readonly dictionary: SharedArrayBuffer;
  /** Names that exporters gave their interfaces. */
  readonly interfaceNames: SharedArrayBuffer;
  readonly exporters: SharedArrayBuffer;
  /** Who sends what is not taken. */
  readonly strangers: SharedArrayBuffer;
  /** Rings of INTERFACE_TABLE and DEVICE_COUNTER_TABLE; formats without counters never touch them. */
  readonly interfaces: SharedArrayBuffer;
  readonly deviceCounters: SharedArrayBuffer;
}

/** What main tells a collector's worker: to start, once, and later to stop; what to copy meanwhile. */
export type MainMessage = StartMessage | TapMessage | { readonly type: "stop" };

/** What main tells of the copying of datagrams, of which there is one at a time. */
export type TapMessage =
  /** Copy what an exporter sends; `exporter` is its address as text. */
  | { readonly type: "tap"; readonly exporter: string }
  /** So many octets of copies have been dealt with. */
  | { readonly type: "tap_taken"; readonly octets: number }
  /** Copy no more, and say so. */
  | { readonly type: "tap_end" };

/** One datagram of an exporter, copied. */
export interface TappedDatagram {
  readonly address: string;
  readonly port: number;
  /** Unix milliseconds. */
  readonly receivedAtMs: number;
  readonly payload: Uint8Array<ArrayBuffer>;
  /** Whether it was never sent: it says what the collector knew already. */
  readonly recalled: boolean;
}

/** Datagrams copied since the last of these, and counts since then. */
export interface TapBatch {
  readonly datagrams: readonly TappedDatagram[];
  /** Templates, and rates and names, in the recalled ones. */
  readonly templates: number;
  readonly facts: number;
  /** What the collector knows and found no room for. */
  readonly leftOut: number;
  /** Datagrams of the exporter beyond what may be copied in a second, or is not dealt with. */
  readonly notCaptured: number;
  /** Whether nothing follows. */
  readonly ended: boolean;
}

/** What to collect, and the memory to write to. */
export interface StartMessage {
  readonly type: "start";
  /** Built-in name, or the URL of a module that exports `buildCapability`. */
  readonly capability: string;
  readonly host: string;
  readonly port: number;
  /** Whether a worker that hangs still has the port, so that it has to be shared. */
  readonly shared: boolean;
  /** Where main's clock stands, `Clock.shared`; null for the machine's time. */
  readonly clock: SharedArrayBuffer | null;
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
  /** What was copied of an exporter; several a second while it is asked for. */
  | { readonly type: "tapped"; readonly batch: TapBatch }
  /** The socket is closed: nothing is written any more. */
  | { readonly type: "stopped" }
  /** Something worth a line in the log; sent seldom. */
  | { readonly type: "problem"; readonly text: string };
