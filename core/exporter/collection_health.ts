import type { SequenceUnit } from "../wire/codec.ts";
import type { HeardTimes } from "./silence_rule.ts";

/** What never arrived from one exporter and observation domain. */
export interface SequenceLoss {
  exporter: string;
  observation_domain: number | null;
  unit: SequenceUnit;
  lost: number;
}

/** A time in which a collector did not listen. */
export interface Downtime {
  /** Capability and address. */
  readonly collector: string;
  /** Unix milliseconds; `to` is null while it lasts. */
  readonly from: number;
  readonly to: number | null;
}

/** A part of what an exporter sends that is not heard any more. */
export interface SilentStream {
  readonly address: string;
  readonly observation_domain: number | null;
  /** Capability and address of the collector that heard it. */
  readonly collector: string;
}

/** A collector whose arrivals are ahead of the clock, which was set back. */
export interface DatedAhead {
  /** Capability and address. */
  readonly collector: string;
  /** What arrives is dated so until the clock shows it again, Unix milliseconds. */
  readonly until: number;
}

/** What collection knows of a window without reading rows. */
export interface CollectionHealth {
  /** Earliest start of a collector, Unix milliseconds; null when none was ever started. */
  readonly collecting_since: number | null;
  /** When the first of the collectors that run was started, Unix milliseconds; null for none. */
  readonly listening_since: number | null;
  /** When the last collector stopped, Unix milliseconds; null while one runs. */
  readonly collecting_until: number | null;
  /** When no collector listened between the two, of what overlaps the window, in order. */
  readonly not_listening: readonly { readonly fromMs: number; readonly toMs: number }[];
  /** Whether all collectors that run listen where only this machine can send. */
  readonly loopback_only: boolean;
  /** When collectors that were started did not listen, within the window. */
  readonly downtime: readonly Downtime[];
  readonly dated_ahead: readonly DatedAhead[];
  /** Whether, within the window, flow data arrived that could not be decoded. */
  readonly undecoded: boolean;
  /** Datagrams of exporters for which there was no room: their loss is not known. */
  readonly untracked: number;
  readonly loss: readonly SequenceLoss[];
  /** Addresses of exporters whose sequence numbers tell nothing: their loss is not known. */
  readonly uncountable: readonly string[];
  readonly sets_without_template: number;
  /** Addresses of exporters heard in the window that say no sampling rate, while others sample. */
  readonly unknown_sampling: readonly string[];
  /** Addresses of exporters that were heard before and are not any more, by any collector. */
  readonly silent_exporters: readonly string[];
  /** How grave that is at most; "info" where none is silent. */
  readonly silence_severity: "info" | "warning";
  /** What is not heard any more of exporters that are, and was not replaced. */
  readonly silent_streams: readonly SilentStream[];
}

/** An exporter as accounting knows it: it may be heard without sending flows. */
export interface HeardExporter extends HeardTimes {
  readonly address: string;
}

/** A time in which the collector of a port did not listen, Unix milliseconds. */
export interface PortDowntime {
  readonly capability: string;
  readonly port: number;
  readonly from: number;
  /** Null while it lasts. */
  readonly to: number | null;
}

/** What tells an exporter that fell silent from one that nobody heard. */
export interface Heard {
  readonly exporters: readonly HeardExporter[];
  readonly downtime: readonly PortDowntime[];
}
