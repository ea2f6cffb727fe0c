import type { TrafficLog } from "../../tests/support/traffic_log.ts";

/** Who is there: hosts that attacks come from and go to. */
export interface Ground {
  /** Hosts of one's own that ask; five at least. */
  readonly insiders: readonly string[];
  /** Hosts of one's own that are asked; four at least. */
  readonly servers: readonly string[];
  /** An address of one's own that nobody has, by number. */
  readonly unused: (n: number) => string;
  readonly exporters: readonly [string, string];
  /** What is configured as expected: hosts that scan, and hosts that poll. */
  readonly scanners: readonly string[];
  readonly monitoring: readonly string[];
}

/** A place whose ordinary traffic is made up: all that only looks like an attack, and no attack. */
export interface Site {
  readonly ground: Ground;
  /**
   * Writes the exchanges that begin within a minute.
   *
   * @param log to write to
   * @param at when the minute begins, Unix milliseconds
   */
  minute(log: TrafficLog, at: number): void;
}
