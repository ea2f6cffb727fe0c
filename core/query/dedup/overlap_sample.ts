import type { ConversationHash } from "./conversation_hash.ts";
import { type DedupColumns, knows } from "./dedup_columns.ts";

/** Conversations kept at most: more make the sample sparser, never larger. */
const MAX_CONVERSATIONS = 8192;
/** Slots of the table of conversations: at most half of them are taken. */
const SLOTS = MAX_CONVERSATIONS * 2;
/** Points that one conversation is followed at. */
const MAX_SIGHTINGS = 16;
/** An exporter's clock that is off by more says nothing: arrival stands for it. */
const MAX_SKEW_MS = 900_000;
/** Numbers of a sighting, in the order of its fields. */
const CELLS = 6;
/** Sightings that there is room for before it has grown. */
const FIRST_SIGHTINGS = 1024;

/** What one point saw of one conversation. */
export interface Sighting {
  readonly point: number;
  readonly packets: number;
  readonly bytes: number;
  /** Packets that it looked at: fewer than there were where it samples. */
  readonly looked: number;
  /** When, Unix milliseconds. */
  readonly from: number;
  readonly to: number;
}

/**
 * A sample of conversations, each with all that every point saw of it. Which ones are in it depends
 * on their hash alone, so that no point is favoured; bounded, however much there is. Every question
 * may have to wait for it, so that it lies in typed arrays, without an object a conversation.
 */
export class OverlapSample {
  /** Conversations whose hash is below are in the sample. */
  #below = 2 ** 32;
  /** Both halves of the hash of each conversation, in the order in which they came. */
  #hashes = new Uint32Array(MAX_CONVERSATIONS * 2);
  /** Number of its newest sighting; each leads to the one before, -1 where there is none. */
  #newest = new Int32Array(MAX_CONVERSATIONS);
  #count = 0;
  /** Numbers of conversations by hash; -1 where there is none. */
  readonly #slots = new Int16Array(SLOTS).fill(-1);
  #cells = new Float64Array(FIRST_SIGHTINGS * CELLS);
  #before = new Int32Array(FIRST_SIGHTINGS);
  #sightings = 0;

  /** What each conversation of the sample looked like, point by point. */
  *conversations(): Generator<readonly Sighting[]> {
    for (let conversation = 0; conversation < this.#count; conversation++) {
      const found: Sighting[] = [];
      let sighting = this.#newest[conversation];
      for (; sighting >= 0; sighting = this.#before[sighting]) {
        const at = sighting * CELLS;
        const [point, packets, bytes, looked, from, to] = this.#cells.subarray(at, at + CELLS);
        found.push({ point, packets, bytes, looked, from, to });
      }
      yield found;
    }
  }

  /** Whether conversations with that first half of a hash may be in the sample. */
  wants(high: number): boolean {
    return high < this.#below;
  }

  /**
   * Takes in a row whose conversation is wanted.
   *
   * @param columns block and `slot` of a conversation's row
   * @param at `point` of the row, and the `hash` that has taken it whole
   */
  add(
    columns: DedupColumns,
    slot: number,
    { point, hash: { high, low } }: { point: number; hash: ConversationHash },
  ): void {
    let place = this.#place(high, low);
    if (this.#slots[place] < 0) {
      if (this.#count === MAX_CONVERSATIONS) {
        while (this.#count === MAX_CONVERSATIONS) this.#thin();
        if (!this.wants(high)) return;
        place = this.#place(high, low);
      }
      this.#slots[place] = this.#push(high, low);
    }
    const conversation = this.#slots[place];
    let sighting = this.#newest[conversation];
    let known = 0;
    for (; sighting >= 0; sighting = this.#before[sighting]) {
      if (this.#cells[sighting * CELLS] === point) break;
      known++;
    }
    if (sighting < 0) {
      if (known === MAX_SIGHTINGS) return;
      sighting = this.#see(conversation, point);
    }
    take(this.#cells, sighting * CELLS, columns, slot);
  }

  /** Where a conversation is in the table, or belongs. */
  #place(high: number, low: number): number {
    // The upper bits of `high` are alike in a sparse sample.
    let place = low & (SLOTS - 1);
    for (let known = this.#slots[place]; known >= 0; known = this.#slots[place]) {
      if (this.#hashes[known * 2] === high && this.#hashes[known * 2 + 1] === low) break;
      place = (place + 1) & (SLOTS - 1);
    }
    return place;
  }

  #push(high: number, low: number): number {
    const conversation = this.#count++;
    this.#hashes[conversation * 2] = high;
    this.#hashes[conversation * 2 + 1] = low;
    this.#newest[conversation] = -1;
    return conversation;
  }

  #see(conversation: number, point: number): number {
    if (this.#sightings === this.#before.length) {
      const before = new Int32Array(this.#before.length * 2);
      before.set(this.#before);
      this.#before = before;
      const cells = new Float64Array(before.length * CELLS);
      cells.set(this.#cells);
      this.#cells = cells;
    }
    const sighting = this.#sightings++;
    const at = sighting * CELLS;
    this.#cells[at] = point;
    this.#cells[at + 4] = Infinity;
    this.#cells[at + 5] = -Infinity;
    this.#before[sighting] = this.#newest[conversation];
    return this.#newest[conversation] = sighting;
  }

  /** Forgets the conversations of the upper half of the hashes, and what was seen of them. */
  #thin(): void {
    this.#below /= 2;
    const [hashes, newest, before, cells] = [this.#hashes, this.#newest, this.#before, this.#cells];
    const count = this.#count;
    this.#hashes = new Uint32Array(hashes.length);
    this.#newest = new Int32Array(newest.length);
    this.#before = new Int32Array(before.length);
    this.#cells = new Float64Array(cells.length);
    this.#count = this.#sightings = 0;
    this.#slots.fill(-1);
    for (let old = 0; old < count; old++) {
      const high = hashes[old * 2];
      const low = hashes[old * 2 + 1];
      if (!this.wants(high)) continue;
      const kept = this.#slots[this.#place(high, low)] = this.#push(high, low);
      for (let sighting = newest[old]; sighting >= 0; sighting = before[sighting]) {
        const from = sighting * CELLS;
        const to = this.#see(kept, cells[from]) * CELLS;
        for (let i = 0; i < CELLS; i++) this.#cells[to + i] = cells[from + i];
      }
    }
  }
}

/** Adds a row to what its point saw of its conversation. */
function take(cells: Float64Array, at: number, columns: DedupColumns, slot: number): void {
  const packets = knows(columns, slot, "packets") ? columns.packets[slot] : 0;
  const rate = knows(columns, slot, "sampling_rate") ? Math.max(1, columns.sampling_rate[slot]) : 1;
  cells[at + 1] += packets;
  if (knows(columns, slot, "bytes")) cells[at + 2] += columns.bytes[slot];
  cells[at + 3] += packets / rate;
  const arrived = columns.received_at[slot];
  const end = knows(columns, slot, "end_at") ? columns.end_at[slot] : arrived;
  const start = knows(columns, slot, "start_at") ? columns.start_at[slot] : end;
  const to = Math.abs(end - arrived) > MAX_SKEW_MS ? arrived : end;
  cells[at + 4] = Math.min(cells[at + 4], to - Math.max(0, end - start));
  cells[at + 5] = Math.max(cells[at + 5], to);
}
