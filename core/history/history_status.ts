/** What is known of history while it is kept: what `capability_status` says of it. */
export interface HistoryStatus {
  /** Where history.db is; null where no history is kept. */
  readonly folder: string | null;
  /** Whether history.db is open, so that flows are kept; false until it has been opened. */
  readonly open: boolean;
  /** Why nothing is written just now, and the remedy; null while it is. */
  readonly paused: string | null;
  readonly segments: number;
  /** Flows in the segments. */
  readonly rows: number;
  /** Octets in use. */
  readonly octets: number;
  /** Arrival of the oldest flow, Unix milliseconds; null when there is none. */
  readonly oldestMs: number | null;
  /** Flows written since the start, and flows that were not: in whole blocks, for lack of time or disk. */
  readonly sealedRows: number;
  readonly skippedRows: number;
  readonly skippedBlocks: number;
  /** Flows that are in memory alone: they wait for a block to fill, or for the disk. */
  readonly waitingRows: number;
  /** Flows that are in no sum either: the ring turned faster than they could be summed. */
  readonly unsummedRows: number;
  /** Begin of the oldest minute and hour that is summed, Unix milliseconds; null for none. */
  readonly oldestMinuteMs: number | null;
  readonly oldestHourMs: number | null;
  /**
   * By how much the clock is ahead of the time by which ages are counted, since it leapt; 0 while it is
   * believed. Milliseconds.
   */
  readonly leapMs: number;
  /** What went wrong last; null when nothing has. */
  readonly lastError: string | null;
}

/** Of a program that keeps no history. */
export const NO_HISTORY: HistoryStatus = {
  folder: null,
  open: false,
  paused: null,
  segments: 0,
  rows: 0,
  octets: 0,
  oldestMs: null,
  sealedRows: 0,
  skippedRows: 0,
  skippedBlocks: 0,
  waitingRows: 0,
  unsummedRows: 0,
  oldestMinuteMs: null,
  oldestHourMs: null,
  leapMs: 0,
  lastError: null,
};
