import type { AddressFieldName, FilterNode } from "./filter_node.ts";
import { parseNetwork } from "../../flow/network.ts";
import type { TokenCursor } from "./token_cursor.ts";

const WANTED = {
  host: "an address such as 10.0.0.1 or 2001:db8::1",
  net: "a net such as 10.0.0.0/8 or 2001:db8::/32",
};

/** Whether a word can only be meant as an address: no name of the language looks so. */
export function looksLikeAddress(word: string): boolean {
  return /^\d|:/.test(word);
}

/**
 * Reads an address or a net.
 *
 * @param cursor before it
 * @param options `field` that it is of; `net` when the prefix length must be written
 */
export function parseAddressOrNet(
  cursor: TokenCursor,
  { field, net = false, op = "=" }: { field: AddressFieldName; net?: boolean; op?: "=" | "!=" },
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
