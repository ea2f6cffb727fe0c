/** Octets that one question's numbers may take: for some five million flows, as many as pages are kept of. */
const MAX_OCTETS = 8 * 1024 * 1024;
/** Questions whose numbers are remembered. */
const MAX_QUESTIONS = 4;

/**
 * Which group each code of some segments was in, when a question was asked: a number, the same for two
 * codes of two segments where their groups were the same.
 */
export class GroupNumbers {
  /** What the keys of groups depend on beside the rows. */
  readonly #of: object;
  /** By the page that has the codes: 1 + the group, 0 where that is not known. */
  readonly #byPage = new WeakMap<object, Int32Array>();
  #octets = 0;
  /** Groups that there were in the end. */
  groups = 0;

  /** @param of as of `GroupMemory.numbers` */
  constructor(of: object) {
    this.#of = of;
  }

  /** Whether they are of questions that number groups alike. */
  isOf(of: object): boolean {
    return this.#of === of;
  }

  /** The numbers of a page's codes; null where they are not known. */
  of(page: object): Int32Array | null {
    return this.#byPage.get(page) ?? null;
  }

  /** Where the numbers of a page's codes are to be noted; null where there is no room. */
  note(page: object, codes: number): Int32Array | null {
    let numbers = this.#byPage.get(page);
    if (numbers === undefined) {
      this.#octets += 4 * codes;
      if (this.#octets > MAX_OCTETS) return null;
      this.#byPage.set(page, numbers = new Int32Array(codes));
    }
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
   * What the last question like this one noted.
   *
   * @param terms its terms, as text
   * @param of what the keys of groups depend on beside the rows
   */
  numbers(terms: string, of: object): GroupNumbers | null {
    const known = this.#known.get(terms);
    return known?.isOf(of) ? known : null;
  }

  /** Takes what a question noted, when it is answered. */
  keep(terms: string, numbers: GroupNumbers): void {
    this.#known.delete(terms);
    this.#known.set(terms, numbers);
    if (this.#known.size > MAX_QUESTIONS) this.#known.delete(this.#known.keys().next().value!);
  }
}
