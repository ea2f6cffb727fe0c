import type { Logger } from "@logtape/logtape";
import type { ExporterRules } from "../exporter/exporter_policy.ts";
import type { Clock } from "../flow/clock.ts";
import type { CollectorState } from "./collector_state.ts";

/** What a collector is to be, and what it stands on. */
export interface CollectorOptions {
  readonly capability: string;
  /** Name or module URL by which the worker finds the capability. */
  readonly source: string;
  /** Folders that the worker may read: that of a capability loaded from a path. */
  readonly readable: readonly string[];
  readonly host: string;
  /** UDP port; 0 lets the system choose. */
  readonly port: number;
  /** Rows of the ring. */
  readonly capacity: number;
  /** Entry module of collector workers. */
  readonly workerUrl: URL;
  readonly exporters: ExporterRules;
  /** What outlives its workers. */
  readonly state: CollectorState;
  readonly clock: Clock;
  /** The time, Unix milliseconds; never the same twice. */
  readonly begin: () => number;
  readonly log: Logger;
}
