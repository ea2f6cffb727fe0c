import {
  type CodecMemory,
  type LearntChanges,
  type LearntEntry,
  learntKey,
  type LearntScope,
} from "../wire/learnt.ts";
import { LIMITS } from "../wire/limits.ts";

/**
 * What a collector's codec learnt and main has not heard yet. Bounded: where more is learnt at once
 * than can be told, the rest is left out and counted; collection never waits for it.
 */
export class LearntBatch implements CodecMemory {
  readonly known: readonly LearntEntry[];
  readonly #learnt = new Map<string, LearntEntry>();
  readonly #forgotten = new Map<string, LearntEntry>();
  readonly #used = new Map<string, LearntScope>();
  #weight = 0;
  #leftOut = 0;

  /** @param known what was learnt before, the longest unused first */
  constructor(known: readonly LearntEntry[]) {
    this.known = known;
  }

  /** Entries for which there was no room, so far. */
  get leftOut(): number {
    return this.#leftOut;
  }

  learnt(entry: LearntEntry): void {
    const key = learntKey(entry);
    this.#remove(this.#forgotten, key);
    this.#put(this.#learnt, key, entry);
  }

  forget(entry: LearntEntry): void {
    const key = learntKey(entry);
    this.#remove(this.#learnt, key);
    this.#put(this.#forgotten, key, entry);
  }

  used(scope: LearntScope): void {
    if (this.#used.size >= LIMITS.confirmedScopes) return;
    const { format, address, domain, port } = scope;
    this.#used.set(`${format}|${address}|${domain}|${port}`, scope);
  }

  /**
   * Takes out the oldest of what is to be told.
   *
   * @param maxWeight entries and fields of templates at most, but one entry at least
   * @returns null when there is nothing
   */
  take(maxWeight: number): LearntChanges | null {
    if (this.#learnt.size + this.#forgotten.size + this.#used.size === 0) return null;
    const forgotten = this.#takeFrom(this.#forgotten, maxWeight);
    const learnt = this.#takeFrom(this.#learnt, maxWeight);
    const used = [...this.#used.values()];
    this.#used.clear();
    return { learnt, forgotten, used };
  }

  #put(into: Map<string, LearntEntry>, key: string, entry: LearntEntry): void {
    this.#remove(into, key);
    if (this.#weight + weightOf(entry) > LIMITS.untoldWeight) {
      this.#leftOut++;
      return;
    }
    this.#weight += weightOf(entry);
    into.set(key, entry);
  }

  #remove(from: Map<string, LearntEntry>, key: string): void {
    const entry = from.get(key);
    if (entry === undefined) return;
    from.delete(key);
    this.#weight -= weightOf(entry);
  }

  #takeFrom(from: Map<string, LearntEntry>, maxWeight: number): LearntEntry[] {
    const taken: LearntEntry[] = [];
    let weight = 0;
    for (const [key, entry] of from) {
      weight += weightOf(entry);
      if (weight > maxWeight && taken.length > 0) break;
      taken.push(entry);
      this.#remove(from, key);
    }
    return taken;
  }
}

function weightOf(entry: LearntEntry): number {
  return entry.kind === "template" ? 1 + entry.fields.length : 1;
}
