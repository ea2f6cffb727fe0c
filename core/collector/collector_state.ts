import type { LearntChanges, LearntEntry } from "../wire/learnt.ts";

/** The collector that something belongs to. */
export interface CollectorPlace {
  readonly capability: string;
  /** UDP port that it listens on. */
  readonly port: number;
}

/** Where collectors keep what outlives their workers. Neither method throws. */
export interface CollectorState {
  /** What a collector learnt before, the longest unused first. */
  load(place: CollectorPlace): LearntEntry[];
  /** Keeps what a collector learnt. */
  save(place: CollectorPlace, changes: LearntChanges): void;
}
