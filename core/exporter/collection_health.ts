import type { SequenceUnit } from "../wire/codec.ts";

/** What never arrived from one exporter and observation domain. */
export interface SequenceLoss {
  exporter: string;
  observation_domain: number | null;
  unit: SequenceUnit;
  lost: number;
}

/** What collection knows of a window without reading rows. */
export interface CollectionHealth {
  /** Earliest start of a collector, Unix milliseconds; null when none was ever started. */
  readonly collecting_since: number | null;
  /** When the last collector stopped, Unix milliseconds; null while one runs. */
  readonly collecting_until: number | null;
  readonly loss: readonly SequenceLoss[];
  readonly sets_without_template: number;
  /** Addresses of exporters that were heard before and are not any more. */
  readonly silent_exporters: readonly string[];
}
