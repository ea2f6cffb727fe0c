import { noSystems } from "../missing_names.ts";
import type { TokenCursor } from "./token_cursor.ts";

/** Words that join filters: they must be quoted to be a name. */
const RESERVED: readonly string[] = ["and", "or", "not", "in"];

/** Whether part of the name of an autonomous system follows: a word with a letter first, or a text. */
export function isAsName({ token, word }: TokenCursor): boolean {
  if (token.kind === "text") return token.value.trim() !== "";
  return /^[a-z]/.test(word) && !/^as\d+(-\d+)?$/.test(word) && !RESERVED.includes(word);
}

/**
 * Reads part of the name of an autonomous system.
 *
 * @param cursor before it
 * @returns it in lower case
 * @throws {QueryError} where it is known that no database is configured; FilterError where there is
 *   one, and none of its names has this in it
 */
export function takeAsName(cursor: TokenCursor): string {
  const { token: { value }, directory } = cursor;
  const name = value.trim().toLowerCase();
  if (directory !== null) {
    const { systems } = directory;
    if (systems === null) throw noSystems("filter");
    if (systems.numbersOf(name).length === 0) {
      cursor.fail({
        expected: ["part of the name of an autonomous system in the database (geo.asn_mmdb)"],
        // There are some 100,000: typing errors seldom hit the first letter.
        words: [...systems.words()].filter((word) => word[0] === name[0]),
      });
    }
  }
  cursor.advance();
  return name;
}
