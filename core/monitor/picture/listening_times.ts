/** A stretch of time in which a collector of a capability listened, Unix milliseconds. */
export interface ListeningTime {
  readonly capability: string;
  readonly fromMs: number;
  /** Infinity while it goes on. */
  readonly toMs: number;
}

/** When collectors listened: silence tells nothing of a time in which nobody would have heard. */
export class ListeningTimes {
  /** By capability, in order, without overlaps. */
  readonly #times = new Map<string, { fromMs: number; toMs: number }[]>();

  /** @param times in any order; they may overlap */
  constructor(times: readonly ListeningTime[] = []) {
    for (const { capability, fromMs, toMs } of times.toSorted((a, b) => a.fromMs - b.fromMs)) {
      const merged = this.#times.get(capability) ?? [];
      this.#times.set(capability, merged);
      const last = merged.at(-1);
      if (last === undefined || last.toMs < fromMs) merged.push({ fromMs, toMs });
      else last.toMs = Math.max(last.toMs, toMs);
    }
  }

  /**
   * For how long a capability's collectors listened between two moments.
   *
   * @param capability whose; of one that is not known all the time counts
   * @param fromMs first moment, Unix milliseconds
   * @param toMs last moment
   * @returns milliseconds
   */
  between(capability: string, fromMs: number, toMs: number): number {
    const times = this.#times.get(capability);
    if (times === undefined) return Math.max(0, toMs - fromMs);
    let listened = 0;
    for (const time of times) {
      listened += Math.max(0, Math.min(toMs, time.toMs) - Math.max(fromMs, time.fromMs));
    }
    return listened;
  }
}
