import type { DropReason, WireError } from "../wire_error.ts";
import { formatStructureNumber } from "./structure.ts";
import { LIMITS } from "../limits.ts";

/** What holds the structure or sample of a number that is not known. */
export type NumberSpace = "sample" | "flow record" | "counter record";

/** Unknown numbers that the report of one datagram names. */
const MAX_NAMED = 8;

/**
 * The problems of one datagram: told once a kind, with a count, so that a broken agent costs a few
 * reports and not one a sample.
 */
export class DatagramProblems {
  readonly #report: (error: WireError) => void;
  readonly #problems = new Map<DropReason, { -readonly [K in keyof WireError]: WireError[K] }>();
  /** How often each unknown number was met, over all datagrams. */
  readonly #unknown = new Map<string, number>();
  /** The unknown numbers of the datagram, as far as its report names them. */
  readonly #named = new Set<string>();

  /** @param report where they go */
  constructor(report: (error: WireError) => void) {
    this.#report = report;
  }

  /**
   * Notes a problem.
   *
   * @param code of it
   * @param offset in the datagram
   * @param text what was `found` (only asked for the first of a kind) and `expected`; `count` of
   *   things dropped, 1 where left out
   */
  add(
    code: DropReason,
    offset: number,
    { found, expected, count = 1 }: { found: () => string; expected: string; count?: number },
  ): void {
    const known = this.#problems.get(code);
    if (known !== undefined) known.count += count;
    else {
      this.#problems.set(code, {
        protocol: "sflow5",
        code,
        offset,
        found: found(),
        expected,
        count,
      });
    }
  }

  /**
   * Notes a structure that is not known and was stepped over.
   *
   * @param space what holds it
   * @param number enterprise and format
   * @param offset in the datagram
   */
  unknown(space: NumberSpace, number: number, offset: number): void {
    const name = `${space} ${formatStructureNumber(number)}`;
    const met = this.#unknown.get(name);
    if (met !== undefined || this.#unknown.size < LIMITS.sflowUnknownNumbers) {
      this.#unknown.set(name, (met ?? 0) + 1);
    }
    this.add("unknown_structure", offset, {
      found: () => "",
      expected: "a structure that is known",
    });
    if (this.#named.size < MAX_NAMED) this.#named.add(name);
  }

  /** Ends the datagram: reports what was noted. */
  flush(): void {
    if (this.#problems.size === 0) return;
    const unknown = this.#problems.get("unknown_structure");
    if (unknown !== undefined) {
      unknown.found = [...this.#named]
        .map((name) => `${name} (met ${this.#unknown.get(name) ?? "many"} times)`).join(", ");
      this.#named.clear();
    }
    for (const problem of this.#problems.values()) this.#report(problem);
    this.#problems.clear();
  }
}
