import type { TokenCursor } from "./token_cursor.ts";

/** Words of the language that stand where a name may. */
const RESERVED: readonly string[] = ["and", "or", "not", "in"];
/** A name that needs no quotes. */
const BARE = /^[a-z][\w.-]*$/;
const NAME = /^[\w][\w.+*-]{0,63}$/;

/** Whether the next token can only be meant as the name of a service. */
export function isServiceWord(cursor: TokenCursor): boolean {
  if (cursor.token.kind === "text") return NAME.test(cursor.token.value);
  return BARE.test(cursor.word) && !RESERVED.includes(cursor.word);
}

/**
 * Reads the name of a service.
 *
 * @param cursor before it: `isServiceWord` said so
 * @returns it in lower case
 */
export function takeServiceName(cursor: TokenCursor): string {
  const name = cursor.token.value.toLowerCase();
  const services = cursor.directory?.services;
  if (services !== undefined && services.ports(name).length === 0) {
    cursor.fail({
      expected: ["a port", "a service that IANA or the configuration names, such as https"],
      words: services.names,
    });
  }
  cursor.advance();
  return name;
}

/** Writes a name so that it is read as one. */
export function formatServiceName(name: string): string {
  return (BARE.test(name) && !RESERVED.includes(name)) || name.includes("/") ? name : `"${name}"`;
}
