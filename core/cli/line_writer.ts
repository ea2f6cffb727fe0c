const FLUSH_AT = 64 * 1024;

/** Writes lines to a file or pipe in large pieces. */
export class LineWriter {
  readonly #to: { writeSync(bytes: Uint8Array): number };
  readonly #encoder = new TextEncoder();
  #pending = "";

  /** @param to standard output or a file */
  constructor(to: { writeSync(bytes: Uint8Array): number }) {
    this.#to = to;
  }

  /** Writes a line, sooner or later. */
  line(text: string): void {
    this.#pending += `${text}\n`;
    if (this.#pending.length >= FLUSH_AT) this.flush();
  }

  /** Writes what is pending. */
  flush(): void {
    const bytes = this.#encoder.encode(this.#pending);
    this.#pending = "";
    for (let at = 0; at < bytes.length;) at += this.#to.writeSync(bytes.subarray(at));
  }
}
