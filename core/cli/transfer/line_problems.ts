/** Problems told one by one; the rest are only counted. */
const MAX_TOLD = 10;

/** What could not be used of lines of text: the first are told with their place, all are counted. */
export class LineProblems {
  /** Number of the line that is being read, from 1. */
  line = 0;
  readonly #name: string;
  readonly #say: (text: string) => void;
  readonly #counts = new Map<string, number>();
  #told = 0;

  /**
   * @param name of the file
   * @param say takes a sentence
   */
  constructor(name: string, say: (text: string) => void) {
    this.#name = name;
    this.#say = say;
  }

  /** Takes note of `count` things of a line that could not be used. */
  readonly take = (reason: string, text: string, count = 1): void => {
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + count);
    if (this.#told++ < MAX_TOLD) this.#say(`${this.#name}:${this.line}: ${text}`);
    else if (this.#told === MAX_TOLD + 1) this.#say("further problems are only counted");
  };

  /** How often each thing happened, such as "3 bad_json, 1 bad_value"; "" for nothing. */
  get summary(): string {
    return [...this.#counts].map(([reason, count]) => `${count} ${reason}`).join(", ");
  }
}
