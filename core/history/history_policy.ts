/** How history is kept. */
export interface HistoryPolicy {
  /** Of history.db; `:memory:` for a database that is gone with the process. */
  readonly folder: string;
  /** Flows that arrived longer ago are deleted, milliseconds. */
  readonly keepMs: number;
  /** The same of sums by the minute and by the hour. */
  readonly keepMinutesMs: number;
  readonly keepHoursMs: number;
  /** Octets that history.db may take; beyond it the oldest are deleted. */
  readonly maxOctets: number;
  /** 1 where a port has a name, by port: a service is told by it. */
  readonly namedPorts: Uint8Array;
  /**
   * Name by chance of the process that keeps it, by which others tell that it runs: in containers many
   * have one process id. Left out where nobody is to know.
   */
  readonly writer?: string;
}
