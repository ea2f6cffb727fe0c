import { type DedupColumns, knows } from "./dedup_columns.ts";
import type { ConversationHash } from "./conversation_hash.ts";

/** Conversations kept at most: more make the sample sparser, never larger. */
const MAX_CONVERSATIONS = 8192;
/** Points that one conversation is followed at. */
const MAX_SIGHTINGS = 16;
/** An exporter's clock that is off by more says nothing: arrival stands for it. */
const MAX_SKEW_MS = 900_000;

/** What one point saw of one conversation. */
export interface Sighting {
  readonly point: number;
  packets: number;
  bytes: number;
  /** Packets that it looked at: fewer than there were where it samples. */
  looked: number;
  /** When, Unix milliseconds. */
  from: number;
  to: number;
}

/**
 * A sample of conversations, each with all that every point saw of it. Which ones are in it depends
 * on their hash alone, so that no point is favoured; bounded, however much there is.
 */
export class OverlapSample {
  readonly #conversations = new Map<number, Sighting[]>();
  /** Conversations whose hash is below are in the sample. */
  #below = 2 ** 32;

  /** What each conversation of the sample looked like, point by point. */
  get conversations(): Iterable<readonly Sighting[]> {
    return this.#conversations.values();
  }

  /**
   * Takes in a row.
   *
   * @param columns block and `slot` of a conversation's row
   * @param at `point` of the row, and the `hash` that has taken it
   */
  add(
    columns: DedupColumns,
    slot: number,
    { point, hash }: { point: number; hash: ConversationHash },
  ): void {
    if (hash.high >= this.#below) return;
    const key = hash.high * 2 ** 21 + (hash.low >>> 11);
    let sightings = this.#conversations.get(key);
    if (sightings === undefined) {
      this.#conversations.set(key, sightings = []);
      if (this.#conversations.size > MAX_CONVERSATIONS) this.#thin();
    }
    let sighting = sightings.find((known) => known.point === point);
    if (sighting === undefined) {
      if (sightings.length === MAX_SIGHTINGS) return;
      sighting = { point, packets: 0, bytes: 0, looked: 0, from: Infinity, to: -Infinity };
      sightings.push(sighting);
    }
    take(sighting, columns, slot);
  }

  #thin(): void {
    this.#below /= 2;
    for (const key of this.#conversations.keys()) {
      if (key >= this.#below * 2 ** 21) this.#conversations.delete(key);
    }
  }
}

function take(sighting: Sighting, columns: DedupColumns, slot: number): void {
  const packets = knows(columns, slot, "packets") ? columns.packets[slot] : 0;
  const rate = knows(columns, slot, "sampling_rate") ? Math.max(1, columns.sampling_rate[slot]) : 1;
  sighting.packets += packets;
  sighting.looked += packets / rate;
  if (knows(columns, slot, "bytes")) sighting.bytes += columns.bytes[slot];
  const arrived = columns.received_at[slot];
  const end = knows(columns, slot, "end_at") ? columns.end_at[slot] : arrived;
  const start = knows(columns, slot, "start_at") ? columns.start_at[slot] : end;
  const to = Math.abs(end - arrived) > MAX_SKEW_MS ? arrived : end;
  sighting.to = Math.max(sighting.to, to);
  sighting.from = Math.min(sighting.from, to - Math.max(0, end - start));
}
