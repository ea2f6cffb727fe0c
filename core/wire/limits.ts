/** Caps on what the wire may ask for. */
export const LIMITS = {
  /** Receive buffer: the largest UDP payload there is (RFC 768: 16-bit length). */
  datagramBytes: 65_535,
  /** Fields of a template; the largest seen in the field have some 100. */
  templateFields: 512,
  /** Templates of one exporter and observation domain. */
  templatesPerScope: 1024,
  /** Fields of the templates of all exporters together; one takes some 60 octets of memory. */
  fieldsOfAllTemplates: 1_000_000,
  /** Transport sessions whose templates have decoded data. */
  confirmedScopes: 4096,
  /** Transport sessions whose templates have decoded nothing yet. */
  probationScopes: 256,
  /** Sets of one session that may wait for their template. */
  waitingSets: 64,
  /** Octets of all sets that wait. */
  waitingOctets: 4 * 1024 * 1024,
  /** How long a set waits: exporters send templates every minute to half an hour. */
  waitingMs: 1_800_000,
  /** Samplers, interfaces, applications and VRFs learnt of one exporter, of each. */
  learntNames: 16_384,
  /** Exporters of which options data taught something. */
  learntExporters: 4096,
  /** sFlow agents (address, source port, sub-agent) whose data sources are followed. */
  sflowAgents: 4096,
  /** Data sources of all sFlow agents; one takes some 150 octets of memory. */
  sflowSources: 65_536,
  /** Samples that a datagram may be said to lack: more do not fit into one. */
  sflowSamples: 8192,
  /** Numbers of unknown sFlow structures that are counted one by one. */
  sflowUnknownNumbers: 256,
} as const;
