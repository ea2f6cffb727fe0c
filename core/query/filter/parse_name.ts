import { countryCode, countryNames } from "../../names/country_code.ts";
import { noCountries } from "../missing_names.ts";
import type { FilterNode, InterfaceNode, SideName } from "./filter_node.ts";
import { parseAnyOf } from "./parse_any_of.ts";
import { isServiceWord, takeServiceName } from "./parse_service_name.ts";
import type { TokenCursor } from "./token_cursor.ts";

const ENDPOINT = /^(tcp|udp|sctp|dccp)\/(\d{1,5})$/;
const MAX_PORT = 65_535;
/** Words that join filters: they must be quoted to be a name. */
const RESERVED: readonly string[] = ["and", "or", "not", "in"];

/**
 * Reads what is said of an address by name: `label …`, `internal`, `external`, `country …`.
 *
 * @param cursor before its first word
 * @param field the side that it is said of
 * @returns null where the next word is none of these
 * @throws {QueryError} for a country where it is known that no database is configured
 */
export function parseNameOf(cursor: TokenCursor, field: SideName): FilterNode | null {
  if (cursor.takeWord("internal")) return { kind: "internal", field, internal: true };
  if (cursor.takeWord("external")) return { kind: "internal", field, internal: false };
  if (cursor.takeWord("label")) {
    const one = (): FilterNode => ({ kind: "label", field, label: parseLabel(cursor) });
    return cursor.word === "in" ? parseAnyOf(cursor, one) : one();
  }
  if (!cursor.takeWord("country")) return null;
  if (cursor.directory?.countries === null) throw noCountries("filter");
  // IN is India where no list follows.
  const list = cursor.word === "in" && cursor.following.value === "[";
  return { kind: "country", field, codes: parseOneOrList(cursor, { list, item: parseCountry }) };
}

/** Reads what follows `service`. */
export function parseService(cursor: TokenCursor): FilterNode {
  const list = cursor.word === "in";
  return { kind: "service", names: parseOneOrList(cursor, { list, item: parseServiceItem }) };
}

/**
 * Reads the name of an interface.
 *
 * @param cursor before it
 * @param field which interfaces
 * @returns null where no name stands there, but maybe a number
 */
export function parseInterface(
  cursor: TokenCursor,
  field: InterfaceNode["field"],
): FilterNode | null {
  const { token, source } = cursor;
  const bare = token.kind === "word" && /^[a-z]/.test(token.value) &&
    !RESERVED.includes(token.value);
  if (!bare && token.kind !== "text") return null;
  cursor.advance();
  return { kind: "interface", field, name: bare ? source : token.value };
}

function parseOneOrList(
  cursor: TokenCursor,
  { list, item }: { list: boolean; item: (cursor: TokenCursor) => string },
): string[] {
  if (!list) return [item(cursor)];
  cursor.advance();
  if (!cursor.takeMark("[")) cursor.fail({ expected: ["[ and a list"] });
  const items = [item(cursor)];
  while (!cursor.takeMark("]")) {
    cursor.takeMark(",");
    items.push(item(cursor));
  }
  return items;
}

function parseLabel(cursor: TokenCursor): string {
  cursor.takeMark("=");
  const { token, source, directory } = cursor;
  const bare = token.kind === "word" && !RESERVED.includes(token.value);
  if (!bare && token.kind !== "text") cursor.fail({ expected: ['a label such as "head office"'] });
  const label = bare ? source : token.value;
  if (directory !== null && !directory.labels.includes(label)) {
    cursor.fail({
      expected: [
        directory.labels.length === 0
          ? "a label, and none is configured (names.labels)"
          : "a label of the configuration (names.labels)",
      ],
      words: directory.labels,
    });
  }
  cursor.advance();
  return label;
}

function parseCountry(cursor: TokenCursor): string {
  const { kind, value } = cursor.token;
  const code = kind === "word" || kind === "text" ? countryCode(value) : null;
  if (code === null) {
    cursor.fail({
      expected: [
        "a country's code (ISO 3166-1) such as DE",
        'or its English name, such as "France"',
      ],
      words: countryNames().keys(),
    });
  }
  cursor.advance();
  return code;
}

function parseServiceItem(cursor: TokenCursor): string {
  const [, protocol, port] = ENDPOINT.exec(cursor.word) ?? [];
  if (protocol !== undefined && Number(port) <= MAX_PORT) {
    cursor.advance();
    return `${protocol}/${Number(port)}`;
  }
  if (!isServiceWord(cursor)) {
    cursor.fail({ expected: ["a service such as https or tcp/8443"] });
  }
  return takeServiceName(cursor);
}
