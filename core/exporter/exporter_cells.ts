import type { SequenceUnit } from "../wire/codec.ts";

/** What a sequence number counts, in storage order: append only. */
export const SEQUENCE_UNITS: readonly SequenceUnit[] = ["flows", "datagrams", "records", "samples"];

/** Where each value of an exporter lies in its slot of the shared table, one Float64 each. */
export const EXPORTER_CELLS = {
  /** Four words. */
  ADDRESS: 0,
  PORT: 4,
  /** Observation domain, -1 for none. */
  DOMAIN: 5,
  LAST_SEEN: 6,
  DATAGRAMS: 7,
  FLOW_RECORDS: 8,
  LOST: 9,
  REORDERED: 10,
  DUPLICATES: 11,
  RESTARTS: 12,
  /** Next sequence number, -1 before the first. */
  EXPECTED: 13,
  /** Index into SEQUENCE_UNITS, -1 where the format has no sequence. */
  UNIT: 14,
  UPTIME: 15,
  /** Unix milliseconds at which the exporter started, by its own clock; 0 for not known. */
  BOOT: 16,
  /** 0 for not known. */
  SAMPLING_RATE: 17,
  SAMPLING_SOURCE: 18,
  TEMPLATES: 19,
  SAMPLES_LOST: 20,
  SAMPLES_DROPPED: 21,
  COUNT: 24,
} as const;
