import { findField } from "../../flow/schema.ts";
import type { AddressFieldName, FilterNode } from "./filter_node.ts";
import { HAS_WORDS, STARTING_WORDS, storedField } from "./filter_words.ts";
import { findNumberField, numberField } from "./number_field.ts";
import { looksLikeAddress, parseAddressField, parseAddressOrNet } from "./parse_address.ts";
import { parseInterface, parseNameOf, parseService } from "./parse_name.ts";
import { parseNumber } from "./parse_number.ts";
import { parseText } from "./parse_text.ts";
import { BARE_PROTOCOLS, PORT_PROTOCOLS } from "./protocol_word.ts";
import { FLAG_NAMES, parseTcpFlags } from "./tcp_flags.ts";
import type { TokenCursor } from "./token_cursor.ts";

/**
 * Reads one condition.
 *
 * @param cursor before its first word
 */
export function parsePrimitive(cursor: TokenCursor): FilterNode {
  const { word } = cursor;
  if (looksLikeAddress(word)) return parseAddressOrNet(cursor, { field: "addr" });
  if (BARE_PROTOCOLS.includes(word)) return parseBareProtocol(cursor);
  return parseKeyword(cursor) ?? parseField(cursor) ?? failAtStart(cursor);
}

function parseKeyword(cursor: TokenCursor): FilterNode | null {
  const { word } = cursor;
  switch (word) {
    case "any":
      cursor.advance();
      return { kind: "any" };
    case "src":
    case "dst":
      return parseSide(cursor);
    case "host":
    case "net":
      cursor.advance();
      return parseAddressOrNet(cursor, { field: "addr", net: word === "net" });
    case "ip":
      cursor.advance();
      return looksLikeAddress(cursor.word) || cursor.following.value === "["
        ? parseAddressOrNet(cursor, { field: "addr" })
        : { kind: "family", version: 4 };
    case "ipv4":
    case "ip6":
    case "ipv6":
      cursor.advance();
      return { kind: "family", version: word === "ipv4" ? 4 : 6 };
    case "in":
    case "out":
      cursor.advance();
      if (!cursor.takeWord("if")) cursor.fail({ expected: ["if"], words: ["if"] });
      return parseInterface(cursor, `${word}_if`) ??
        parseNumber(cursor, numberField(`${word}_if`));
    case "if":
      cursor.advance();
      return parseInterface(cursor, "if") ?? parseNumber(cursor, numberField("if"));
    // tcpdump's word for what `port` takes too.
    case "portrange":
      cursor.advance();
      return parseNumber(cursor, numberField("port"));
    case "service":
      cursor.advance();
      return parseService(cursor);
    case "label":
    case "internal":
    case "external":
    case "country":
      return parseNameOf(cursor, "addr");
    case "next":
      cursor.advance();
      if (!cursor.takeWord("hop")) cursor.fail({ expected: ["hop"], words: ["hop"] });
      return parseAddressField(cursor, "next_hop");
    case "nexthop":
      cursor.advance();
      return parseAddressField(cursor, "next_hop");
    case "flags":
      cursor.advance();
      return parseFlags(cursor);
    case "has":
      cursor.advance();
      return parseHas(cursor);
    default:
      return null;
  }
}

/** `src …`, `dst …`, or `src or dst …`, which is what no side means. */
function parseSide(cursor: TokenCursor): FilterNode {
  const side = cursor.advance().value === "src" ? "src" : "dst";
  const other = side === "src" ? "dst" : "src";
  const both = cursor.word === "or" && cursor.following.value === other;
  if (both) {
    cursor.advance();
    cursor.advance();
  }
  const { word } = cursor;
  const field: AddressFieldName = both ? "addr" : `${side}_addr`;
  if (looksLikeAddress(word)) return parseAddressOrNet(cursor, { field });
  if (cursor.takeWord("host", "ip", "net")) {
    return parseAddressOrNet(cursor, { field, net: word === "net" });
  }
  if (cursor.takeWord("port", "portrange")) {
    return parseNumber(cursor, numberField(both ? "port" : `${side}_port`));
  }
  if (cursor.takeWord("as")) return parseNumber(cursor, numberField(both ? "as" : `${side}_as`));
  const named = parseNameOf(cursor, both ? "addr" : `${side}_addr`);
  if (named !== null) return named;
  const words = ["host", "net", "port", "as", "label", "country", "internal", "external"];
  return cursor.fail({ expected: [...words, "an address"], words });
}

/** `tcp`, or as in tcpdump `tcp dst port 80`. */
function parseBareProtocol(cursor: TokenCursor): FilterNode {
  const { word } = cursor;
  const protocol = parseProtocolName(cursor);
  const ported = ["port", "portrange", "src", "dst"].includes(cursor.word) &&
    PORT_PROTOCOLS.includes(word);
  if (!ported) return protocol;
  // Counts as a level, because the canonical text has it in parentheses below `not`.
  return cursor.nest(() => ({ kind: "and", nodes: [protocol, parsePrimitive(cursor)] }));
}

function parseProtocolName(cursor: TokenCursor): FilterNode {
  return parseNumber(cursor, numberField("protocol"));
}

function parseFlags(cursor: TokenCursor): FilterNode {
  const mask = parseTcpFlags(cursor.word);
  if (mask === 0) {
    cursor.fail({
      expected: ["TCP flags as letters of FSRPAUEC", "a name such as syn"],
      words: FLAG_NAMES,
    });
  }
  cursor.advance();
  return { kind: "flags", mask };
}

function parseHas(cursor: TokenCursor): FilterNode {
  const field = storedField(cursor.word);
  if (!field) cursor.fail({ expected: ["the name of a field"], words: HAS_WORDS });
  cursor.advance();
  return { kind: "has", field };
}

function parseField(cursor: TokenCursor): FilterNode | null {
  const { word } = cursor;
  const number = findNumberField(word);
  if (number) {
    cursor.advance();
    return parseNumber(cursor, number);
  }
  const field = findField(word);
  switch (field?.storage) {
    case "string":
    case "enum":
      cursor.advance();
      return parseText(cursor, field);
    case "address":
      cursor.advance();
      return parseAddressField(cursor, word as Exclude<AddressFieldName, "addr">);
    default:
      return null;
  }
}

function failAtStart(cursor: TokenCursor): never {
  const { word } = cursor;
  const expected = [
    "a condition such as host 10.0.0.1, port 443, proto tcp or bytes > 1M",
    "not",
    "(",
  ];
  if (storedField(word)) expected.push(`has ${word}, the only condition on ${word}`);
  return cursor.fail({ expected, words: STARTING_WORDS });
}
