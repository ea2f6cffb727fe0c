import type { HeardTimes } from "../exporter/silence_rule.ts";

/** What is known of one exporter, from the wire: what a diagnosis is made from. */
export interface ExporterEvidence {
  /** Address that was asked for, as it is written canonically; other words where nobody is heard and none was. */
  readonly address: string;
  readonly nowMs: number;
  readonly collectors: readonly CollectorEvidence[];
  /** What arrives from the address, by collector and observation domain. */
  readonly streams: readonly StreamEvidence[];
  /** Who else is heard, the latest first. */
  readonly others: readonly { readonly address: string; readonly lastSeenMs: number }[];
  /** Templates of the address, and when they came. */
  readonly templates: readonly TemplateEvidence[];
  /** Who sends what is not taken, the latest first. */
  readonly strangers: readonly StrangerEvidence[];
  readonly rows: RowEvidence;
  /** Its flow records of the window of which only sums are kept: they tell nothing about the export. */
  readonly summed: number;
  readonly links: readonly LinkEvidence[];
  /** How many times traffic counts on average, and the sentence that names the points. */
  readonly duplicates: { readonly factor: number; readonly note: string } | null;
}

/** One collector; its counters are of all exporters together. */
export interface CollectorEvidence {
  /** Capability and address. */
  readonly name: string;
  /** Address or name that it listens on. */
  readonly host: string;
  /** UDP port. */
  readonly port: number;
  /** Export formats that it takes. */
  readonly formats: readonly string[];
  readonly running: boolean;
  /** When it was first started, Unix milliseconds; null if never. */
  readonly collectingSinceMs: number | null;
  /** When it was last started, Unix milliseconds; null if never. */
  readonly listeningSinceMs: number | null;
  readonly lastError: string | null;
  readonly datagrams: number;
  readonly datagramBytes: number;
  readonly flowRecords: number;
  readonly drops: Readonly<Record<string, number | undefined>>;
}

/** One exporter and observation domain at one collector. */
export interface StreamEvidence extends HeardTimes {
  /** Name of the collector. */
  readonly collector: string;
  readonly observation_domain: number | null;
  readonly datagrams: number;
  readonly flow_records: number;
  readonly sequence_lost: number;
  readonly sequence_unit: string | null;
  readonly reordered: number;
  readonly duplicates: number;
  readonly restarts: number;
  readonly samples_lost: number;
  readonly samples_dropped: number;
  readonly sampling_rate: number | null;
  readonly sampling_source: string;
  readonly templates: number;
  readonly waiting_sets: number;
  readonly clock_lag_ms: number | null;
  readonly unrated_ms: number | null;
}

/** A template, and when it was announced and used: Unix milliseconds. */
export interface TemplateEvidence {
  /** Name of the collector. */
  readonly collector: string;
  readonly observation_domain: number | null;
  readonly template_id: number;
  readonly announced_ms: number | null;
  readonly interval_ms: number | null;
  readonly used_ms: number | null;
}

/** Someone whose datagrams a collector did not take. */
export interface StrangerEvidence {
  /** Name of the collector. */
  readonly collector: string;
  readonly address: string;
  readonly kind: "refused" | "unread";
  readonly datagrams: number;
  readonly last_seen_ms: number;
  /** What its datagrams look like. */
  readonly format: string;
  /** What takes them, and the port where that listens; null where nothing does. */
  readonly taker: { readonly capability: string; readonly port: number | null } | null;
}

/** Rows that lack something. */
export interface LackingRows {
  readonly rows: number;
  /** Rows without octets or packets. */
  readonly uncounted: number;
  /** Rows without an ingress interface. */
  readonly without_interface: number;
  /** Rows that say no end of their flow. */
  readonly untimed: number;
}

/** What the exporter's flow records of the window say, events left out. */
export interface RowEvidence {
  readonly rows: number;
  /** When the first and the last of them arrived, Unix milliseconds; null where there is none. */
  readonly first_received_ms: number | null;
  readonly last_received_ms: number | null;
  /** Rows that say when their flow ended. */
  readonly timed: number;
  /** Arrival less end of the flow, milliseconds: the least, and half of the rows have less; null where no row is timed. */
  readonly least_lag_ms: number | null;
  readonly median_lag_ms: number | null;
  /** Durations of flows, milliseconds; null where none is said. */
  readonly p95_duration_ms: number | null;
  readonly longest_duration_ms: number | null;
  /** Rows whose octets by packets are more than Ethernet carries. */
  readonly oversized: number;
  /** Rows whose records the exporter is told the fields of. */
  readonly free: LackingRows;
  /** Rows of formats that have the fields that they have, by format. */
  readonly fixed: Readonly<Record<string, LackingRows>>;
  /** Rows that say no sampling rate. */
  readonly unsampled: number;
  /** Rows of TCP that say flags; of these such of one packet amid a connection: only sampling cuts so. */
  readonly tcp: number;
  readonly lone_packets: number;
}

/** One direction of an interface: what it counted itself, and what the flows of that time add up to. */
export interface LinkEvidence {
  readonly if_index: number;
  readonly direction: "in" | "out";
  readonly seconds: number;
  /** Octets by the interface's own counter, layer 2 included. */
  readonly counted_octets: number;
  /** Octets of the flows that name the interface, as estimated. */
  readonly flow_octets: number;
}
