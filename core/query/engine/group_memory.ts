/** Octets that the numbers of codes may take: for some five million flows, as many as pages are kept of. */
const MAX_OCTETS = 8 * 1024 * 1024;
/** Numbers that are given out. */
const MAX_NUMBERS = 1 << 21;
/** Pages that found no room before those that have it are forgotten: most may be gone by then. */
const MAX_REFUSED = 1000;
/** Questions whose numbers are remembered. */
const MAX_QUESTIONS = 4;

/**
 * Numbers for the groups of codes of segments, from 1 on: codes of one number are of one group, in
 * whichever segment, as long as questions have the same terms. Groups may have several.
 */
export class GroupNumbers {
  /** What the keys of groups depend on beside the rows. */
  readonly #of: object;
  /** By the key of the page that has the codes: the number of each, 0 where it has none yet. */
  readonly #byPage = new WeakMap<object, Int32Array>();
  #octets = 0;
  #refused = 0;
  /** Numbers given out. */
  count = 0;

  /** @param of as of `GroupMemory.numbers` */
  constructor(of: object) {
    this.#of = of;
  }

  /** Whether they are of questions that number groups alike, and still good for new pages. */
  isGoodFor(of: object): boolean {
    return this.#of === of && this.#refused < MAX_REFUSED;
  }

  /**
   * The numbers of a page's codes, to be read and added to.
   *
   * @param key of the page, and how many `codes` it has
   * @returns null where there is no room for them
   */
  numbersOf(key: object, codes: number): Int32Array | null {
    const known = this.#byPage.get(key);
    if (this.count + codes > MAX_NUMBERS || (!known && this.#octets + 4 * codes > MAX_OCTETS)) {
      this.#refused++;
      return null;
    }
    if (known !== undefined) return known;
    const numbers = new Int32Array(codes);
    this.#octets += numbers.byteLength;
    this.#byPage.set(key, numbers);
    return numbers;
  }
}

/**
 * Remembers from one question to the next which codes of segments are of one group, as long as the
 * pages with the codes are kept: a group's key is looked up once a question and not once a segment.
 */
export class GroupMemory {
  /** By the names of the terms; the one that was asked last is the last. */
  readonly #known = new Map<string, GroupNumbers>();

  /**
   * The numbers for questions like this one.
   *
   * @param terms its terms, as text
   * @param of what the keys of groups depend on beside the rows
   */
  numbers(terms: string, of: object): GroupNumbers {
    const known = this.#known.get(terms);
    const numbers = known?.isGoodFor(of) ? known : new GroupNumbers(of);
    this.#known.delete(terms);
    this.#known.set(terms, numbers);
    if (this.#known.size > MAX_QUESTIONS) this.#known.delete(this.#known.keys().next().value!);
    return numbers;
  }
}
