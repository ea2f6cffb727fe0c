import type { InterfaceNameKeeper } from "../interface_name_keeper.ts";
import { LIMITS } from "../limits.ts";
import { ExporterFacts, type LearntBudget } from "./exporter_facts.ts";

/** The row of those that are real is kept in order to so much. */
const QUEUE_AGAIN_MS = 1000;

/**
 * What options data has taught about all exporters, by address and observation domain, bounded in
 * exporters and in entries. Exporters that have decoded no flow yet share a small pool, so that
 * forged options push out each other and not what is known of an exporter that is real.
 */
export class LearntFacts {
  /** In order of use, the longest unused first; of confirmed ones to the second. */
  readonly #confirmed = new Map<string, ExporterFacts>();
  readonly #probation = new Map<string, ExporterFacts>();
  readonly #budget: LearntBudget = { left: LIMITS.learntEntries };
  /** Handed out where nothing is known; kept when it has been taught something. */
  #blank: ExporterFacts;
  #blankKey = "";
  #evicted = 0;
  #evictedTold = 0;
  readonly #shared: InterfaceNameKeeper | undefined;

  /** @param shared where names of interfaces go besides; left out where nobody wants them */
  constructor(shared?: InterfaceNameKeeper) {
    this.#shared = shared;
    this.#blank = new ExporterFacts(this.#budget, shared);
  }

  /** Exporters of which everything was forgotten to make room. */
  get evicted(): number {
    return this.#evicted;
  }

  /** Exporters of which everything was forgotten since the last call. */
  takeEvicted(): number {
    const told = this.#evictedTold;
    this.#evictedTold = this.#evicted;
    return this.#evicted - told;
  }

  /** What is known of an exporter at `nowMs`; nothing where it has taught nothing. */
  find(key: string, nowMs: number): ExporterFacts {
    const confirmed = this.#confirmed.get(key);
    const facts = confirmed ?? this.#probation.get(key);
    if (facts === undefined) {
      this.#blankKey = key;
      this.#blank.lastUsedMs = nowMs;
      return this.#blank;
    }
    facts.lastUsedMs = nowMs;
    // Any datagram moves a newcomer; of those that are real one a second does.
    if (confirmed === undefined || !(Math.abs(nowMs - facts.queuedMs) < QUEUE_AGAIN_MS)) {
      const pool = confirmed === undefined ? this.#probation : this.#confirmed;
      pool.delete(key);
      pool.set(key, facts);
      facts.queuedMs = nowMs;
    }
    return facts;
  }

  /** Whether the exporter of these facts has taught anything. */
  isKept(facts: ExporterFacts): boolean {
    return facts !== this.#blank;
  }

  /** Makes room for more, at the cost of exporters in probation other than this one. */
  prepare(key: string): void {
    while (this.#budget.left < LIMITS.learntNames) {
      const [oldest] = this.#probation.keys();
      if (oldest === undefined || oldest === key) return;
      this.#evict(this.#probation);
    }
  }

  /** Keeps what an exporter taught since `find`, where it was unknown before. */
  keep(facts: ExporterFacts): void {
    if (facts !== this.#blank) return;
    if (this.#probation.size >= LIMITS.probationExporters) this.#evict(this.#probation);
    this.#probation.set(this.#blankKey, facts);
    this.#blank = new ExporterFacts(this.#budget, this.#shared);
  }

  /** Notes that flows of an exporter have been decoded: it is real. A full house takes in no more. */
  confirm(key: string): void {
    const facts = this.#probation.get(key);
    if (facts === undefined) return;
    if (this.#confirmed.size >= LIMITS.learntExporters) {
      const [oldest] = this.#confirmed.values();
      if (facts.lastUsedMs - oldest.lastUsedMs < LIMITS.reuseAfterMs) return;
      this.#evict(this.#confirmed);
    }
    this.#probation.delete(key);
    facts.teller = "flow";
    this.#confirmed.set(key, facts);
  }

  #evict(pool: Map<string, ExporterFacts>): void {
    const [key, { entries }] = pool.entries().next().value!;
    this.#budget.left += entries;
    pool.delete(key);
    this.#evicted++;
  }
}
