/** Caps on what the wire may ask for. */
export const LIMITS = {
  /** Receive buffer: the largest UDP payload there is (RFC 768: 16-bit length). */
  datagramBytes: 65_535,
  /** Fields of a template; the largest seen in the field have some 100. */
  templateFields: 512,
  /** Templates of one exporter and observation domain. */
  templatesPerScope: 1024,
  /**
   * Fields of the templates of all exporters together. One takes some 250 to 750 octets of memory
   * with its share of a compiled plan, which templates of one layout have in common: a fleet takes
   * far less than as many fields of which every layout differs.
   */
  fieldsOfAllTemplates: 1_000_000,
  /** Transport sessions whose templates have decoded data. */
  confirmedScopes: 4096,
  /** Transport sessions whose templates have decoded nothing yet. */
  probationScopes: 256,
  /** How long a confirmed session or exporter is silent before a new one may have its place. */
  reuseAfterMs: 600_000,
  /** Sets of one session that may wait for their template. */
  waitingSets: 64,
  /** Octets of one session's sets that wait. */
  waitingOctetsPerScope: 512 * 1024,
  /** Octets of all sets that wait. */
  waitingOctets: 4 * 1024 * 1024,
  /** Of these, what sessions may take whose templates have decoded nothing yet. */
  probationWaitingOctets: 2 * 1024 * 1024,
  /** How long a set waits: exporters send templates every minute to half an hour. */
  waitingMs: 1_800_000,
  /** How long a template holds unasked that is not announced again. */
  templateDoubtMs: 86_400_000,
  /** Samplers, interfaces, applications and VRFs learnt of one exporter, of each. */
  learntNames: 16_384,
  /** Names of interfaces that one exporter may have in the table of its collector. */
  interfaceNames: 4096,
  /** Of all exporters of which no flow has been decoded yet. */
  probationInterfaceNames: 8192,
  /** A confirmed exporter is confirmed again no more often than this: it says that it goes on. */
  confirmEveryMs: 10_000,
  /** Exporters of which options data taught something. */
  learntExporters: 4096,
  /** Headers of a sampled packet below IP, a label stack as one: more is a loop that somebody built. */
  linkHeaders: 16,
  /** Labels of an MPLS stack. */
  mplsLabels: 16,
  /** Extension headers of an IPv6 packet. */
  extensionHeaders: 8,
  /** Packets within packets that are described. */
  tunnels: 4,
  /** Flows whose totals are kept to be differenced, of NetFlow v9 and IPFIX each; 40 octets a flow. */
  totalledFlows: 65_536,
  /** How long a flow with totals may be silent and still be expected to go on. */
  totalledFlowMs: 1_800_000,
  /** Lists within lists (RFC 6313) that `--elements` decodes. */
  listDepth: 4,
  /** The same for exporters of which no flow has been decoded yet. */
  probationExporters: 256,
  /** Names and rates learnt of all exporters together; one takes some 40 octets of memory. */
  learntEntries: 1_000_000,
  /** Record layouts kept compiled for templates to come; one takes some 10 KiB. */
  compiledPlans: 512,
  /** Entries that one collector may have kept on disk, and octets of their values. */
  storedEntries: 65_536,
  storedOctets: 8 * 1024 * 1024,
  /** Ports of one exporter and observation domain whose templates are brought back. */
  restoredPorts: 4,
  /** What a collector may have learnt and not told yet, and tells at once: entries and fields. */
  untoldWeight: 131_072,
  toldWeight: 8192,
  /** Octets, and sessions, of what a capture is told of its exporter's templates and options. */
  recalledOctets: 2 * 1024 * 1024,
  recalledSessions: 1024,
  /** sFlow agents (address, source port, sub-agent) whose data sources are followed. */
  sflowAgents: 4096,
  /** Data sources of all sFlow agents; one takes some 150 octets of memory. */
  sflowSources: 65_536,
  /** Samples that a datagram may be said to lack: more do not fit into one. */
  sflowSamples: 8192,
  /** Numbers of unknown sFlow structures that are counted one by one. */
  sflowUnknownNumbers: 256,
} as const;
