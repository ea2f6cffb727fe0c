/**
 * Why something that arrived was not turned into flow records. Every dropped thing is counted
 * under one of these; what is counted is said behind each.
 */
export const DROP_REASONS = [
  /** Datagrams of length 0. */
  "empty_datagram",
  /** Datagrams too short to tell what they are, or shorter than their format's header. */
  "truncated_header",
  /** Datagrams whose version or format the collector does not take. */
  "unknown_version",
  /** Records announced by the header that the datagram does not hold. */
  "records_beyond_payload",
  /** Datagrams with octets after the last announced record. */
  "trailing_octets",
  /** Datagrams, or lines of one, that are not JSON text. */
  "bad_json",
  /** JSON values that are not objects. */
  "not_an_object",
  /** Objects without two readable addresses. */
  "missing_address",
  /** Values out of their field's range or of the wrong type; the rest of the record is kept. */
  "bad_value",
  /** Strings that no longer fit the dictionary; the rest of the record is kept. */
  "dictionary_full",
  /** Sets whose length cannot be: the rest of the datagram is lost with them. */
  "bad_set",
  /** Templates that describe no record. */
  "bad_template",
  /** Template withdrawals, which have no place over UDP (RFC 7011 §8.4); ignored. */
  "template_withdrawal",
  /** Templates over the limit of one exporter. */
  "too_many_templates",
  /** Sets that waited for their template in vain, or found no room to wait. */
  "template_never_came",
  /** Sampling rates that cannot be one; the record is kept, unscaled. */
  "implausible_sampling_rate",
  /** Datagrams on which the decoder itself failed: a defect of flow-agent. */
  "decoder_fault",
  /** Flows with running totals that gave way to others: when they go on, they count whole again. */
  "totals_forgotten",
  /** Templates forgotten to make room for those of other sessions. */
  "template_evicted",
  /** Names and rates that exporters told and that found no room, or were forgotten to make it. */
  "learnt_facts_full",
  /** Datagrams from addresses that the configuration does not let export. */
  "exporter_not_allowed",
  /** sFlow samples whose lengths cannot be: those behind one that reaches too far go with it. */
  "bad_sample",
  /** Structures of sFlow samples that are shorter than what they hold; the row is kept. */
  "bad_structure",
  /** sFlow samples and structures of a number that is not known; stepped over, told by number. */
  "unknown_structure",
  /** Sampled headers of a link layer that is not decoded; the row is kept without addresses. */
  "unknown_header_protocol",
  /** Times that the pool of an sFlow source belied its sampling rate; nothing is corrected. */
  "sampling_rate_mismatch",
] as const;
export type DropReason = (typeof DROP_REASONS)[number];

/** What was wrong with something that arrived. */
export interface WireError {
  /** Format that was being decoded. */
  readonly protocol: string;
  readonly code: DropReason;
  /** Octets from the start of the datagram to where it went wrong. */
  readonly offset: number;
  readonly found: string;
  readonly expected: string;
  /** How many things, in the unit of the code, were dropped. */
  readonly count: number;
}

/** The error as one sentence. */
export function describeWireError(error: WireError): string {
  const { protocol, code, offset, found, expected } = error;
  return `${protocol}: ${code} at octet ${offset}: found ${found}, expected ${expected}`;
}
