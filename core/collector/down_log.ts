/** Times that are remembered. */
const MAX_DOWNS = 256;

/** When a collector did not listen although it had been started. */
export class DownLog {
  /** Oldest first; `to` is null while it lasts. Unix milliseconds. */
  readonly #downs: { from: number; to: number | null }[] = [];

  /** Notes that it does not listen any more, unless that is known. */
  down(atMs: number): void {
    if (this.#downs.at(-1)?.to === null) return;
    this.#downs.push({ from: atMs, to: null });
    if (this.#downs.length > MAX_DOWNS) this.#downs.shift();
  }

  /** Notes that it listens. */
  up(atMs: number): void {
    const last = this.#downs.at(-1);
    if (last !== undefined) last.to ??= atMs;
  }

  /** The times that overlap a window of Unix milliseconds. */
  within(fromMs: number, toMs: number): { from: number; to: number | null }[] {
    return this.#downs.filter(({ from, to }) => from < toMs && (to ?? Infinity) > fromMs)
      .map((down) => ({ ...down }));
  }
}
