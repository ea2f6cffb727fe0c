import type { AddressFieldName, FilterNode } from "./filter_node.ts";
import { parseNetwork } from "../../flow/network.ts";
import { parseAnyOf } from "./parse_any_of.ts";
import type { TokenCursor } from "./token_cursor.ts";

const WANTED = {
  host: "an address such as 10.0.0.1 or 2001:db8::1",
  net: "a net such as 10.0.0.0/8 or 2001:db8::/32",
};

/** Whether a word can only be meant as an address: no name of the language looks so. */
export function looksLikeAddress(word: string): boolean {
  return /^\d|:/.test(word);
}

/** Of what an address is read. */
interface AddressOptions {
  readonly field: AddressFieldName;
  /** Whether the prefix length must be written. */
  readonly net?: boolean;
  readonly op?: "=" | "!=";
}

/**
 * Reads an address, a net, or a list of them.
 *
 * @param cursor before it
 * @param options of what it is read
 */
export function parseAddressOrNet(cursor: TokenCursor, options: AddressOptions): FilterNode {
  if (options.op === "!=" || cursor.word !== "in") return parseOne(cursor, options);
  return parseAnyOf(cursor, (list) => parseOne(list, options));
}

function parseOne(
  cursor: TokenCursor,
  { field, net = false, op = "=" }: AddressOptions,
): FilterNode {
  const { word } = cursor;
  const network = net && !word.includes("/") ? null : parseNetwork(word);
  if (!network) cursor.fail({ expected: net ? [WANTED.net] : [WANTED.host, WANTED.net] });
  cursor.advance();
  return { kind: "address", field, op, ...network };
}

/**
 * Reads what follows the name of an address field: a net, with or without `=` or `!=`.
 *
 * @param cursor after the name
 * @param field the field of the schema
 */
export function parseAddressField(
  cursor: TokenCursor,
  field: Exclude<AddressFieldName, "addr">,
): FilterNode {
  const op = cursor.takeMark("!=") ? "!=" : "=";
  if (op === "=") cursor.takeMark("=");
  return parseAddressOrNet(cursor, { field, op });
}
