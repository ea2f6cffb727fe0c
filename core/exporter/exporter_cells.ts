import type { SequenceUnit } from "../wire/codec.ts";

/** What a sequence number counts, in storage order: append only. */
export const SEQUENCE_UNITS = [
  "flows",
  "datagrams",
  "records",
  "samples",
  "sets",
] as const satisfies readonly SequenceUnit[];

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
  /** Index into SEQUENCE_UNITS, -1 where there is no sequence or it tells nothing. */
  UNIT: 14,
  UPTIME: 15,
  /** Unix milliseconds at which the exporter started, by its own clock; 0 for not known. */
  BOOT: 16,
  /** 0 for not known. */
  SAMPLING_RATE: 17,
  SAMPLING_SOURCE: 18,
  TEMPLATES: 19,
  FIRST_SEEN: 20,
  /** 1 once it has proved real. */
  CONFIRMED: 21,
  /** Index into READINGS: what its sequence number counts. */
  READING: 22,
  /** How many owners the slot had before: with the slot, a number that no other exporter has. */
  OWNER: 23,
  /** Of sFlow agents: samples that never came, and those that the agent itself dropped. */
  SAMPLES_LOST: 24,
  SAMPLES_DROPPED: 25,
  /** Four words of who sends its datagrams, where that is not the exporter itself; else zeros. */
  SENDER: 26,
  /** Sets that wait for their template. */
  WAITING: 30,
  /** What its own clock showed as it sent its last datagram, Unix milliseconds; 0 for not known. */
  EXPORT_TIME: 31,
  /** When records last named a sampler of which no rate is known, Unix milliseconds; 0 for never. */
  UNRATED: 32,
  COUNT: 40,
} as const;
