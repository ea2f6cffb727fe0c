const BAR = 30;
/** How often the line changes. */
const EVERY_MS = 100;

/** How far something has come, as one line on a terminal that is written over and over. */
export class ProgressLine {
  readonly #to: Pick<typeof Deno.stderr, "writeSync"> | null;
  readonly #now: () => number;
  readonly #began: number;
  #shownMs = -Infinity;

  /**
   * @param to the terminal; null shows nothing
   * @param now milliseconds of a clock that does not go back
   */
  constructor(to: Pick<typeof Deno.stderr, "writeSync"> | null, now = () => performance.now()) {
    this.#to = to;
    this.#now = now;
    this.#began = now();
  }

  /**
   * Shows how far it has come.
   *
   * @param rows so far
   * @param part of all, 0 to 1; null where nobody knows how much there is
   */
  show(rows: number, part: number | null): void {
    if (this.#to === null) return;
    const now = this.#now();
    if (now - this.#shownMs < EVERY_MS) return;
    this.#shownMs = now;
    const rate = `${grouped(rows)} flows, ${grouped(this.rate(rows))}/s`;
    if (part === null) return this.#write(rate);
    const done = Math.round(Math.min(1, Math.max(0, part)) * BAR);
    const percent = `${Math.floor(Math.min(1, Math.max(0, part)) * 100)}`.padStart(3);
    this.#write(`[${"#".repeat(done)}${"-".repeat(BAR - done)}] ${percent} % ${rate}`);
  }

  /** Rows a second since the beginning. */
  rate(rows: number): number {
    const ms = this.#now() - this.#began;
    return ms > 0 ? Math.round(rows / ms * 1000) : 0;
  }

  /** Takes the line away. */
  clear(): void {
    if (this.#shownMs > -Infinity) this.#write("");
  }

  #write(text: string): void {
    // Back to the first column, and what an older line left behind is wiped (ECMA-48, EL).
    this.#to!.writeSync(new TextEncoder().encode(`\r${text}\x1b[K`));
  }
}

function grouped(value: number): string {
  return value.toLocaleString("en-US");
}
