import type { Texts } from "../flow/texts.ts";

/** Ids of strings are 16 bits wide. */
const MAX_TEXTS = 65_535;

/** The strings of many segments, numbered anew: each segment has numbers of its own. */
export class ArchivedTexts implements Texts {
  readonly #texts: string[] = [];
  readonly #ids = new Map<string, number>();

  text(id: number): string | null {
    return this.#texts[id] ?? null;
  }

  /**
   * The number of a string, a new one where it has none.
   *
   * @returns -1 where there are too many
   */
  intern(text: string): number {
    const known = this.#ids.get(text);
    if (known !== undefined) return known;
    if (this.#texts.length === MAX_TEXTS) return -1;
    const id = this.#texts.push(text) - 1;
    this.#ids.set(text, id);
    return id;
  }
}
