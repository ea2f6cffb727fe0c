import type { WriteBytes } from "./row_sink.ts";

const FLUSH_AT = 256 * 1024;

/** Gathers text and hands it on as UTF-8 in large pieces. */
export class TextBuffer {
  readonly #write: WriteBytes;
  readonly #encoder = new TextEncoder();
  #pending = "";

  /** @param write takes the octets */
  constructor(write: WriteBytes) {
    this.#write = write;
  }

  /** Writes a text, sooner or later. */
  add(text: string): void {
    this.#pending += text;
    if (this.#pending.length >= FLUSH_AT) this.flush();
  }

  /** Writes what is pending. */
  flush(): void {
    if (this.#pending === "") return;
    const bytes = this.#encoder.encode(this.#pending);
    this.#pending = "";
    this.#write(bytes);
  }
}
