import { protocolNumber } from "../../flow/protocol.ts";
import { DSCP_NAMES } from "./dscp_names.ts";
import type {
  AsNameNode,
  CompareOp,
  FilterNode,
  NumberRange,
  PortNameNode,
} from "./filter_node.ts";
import { isPair, type NumberField } from "./number_field.ts";
import { PROTOCOL_WORDS } from "./protocol_word.ts";
import { isAsName, takeAsName } from "./parse_as_name.ts";
import { isServiceWord, takeServiceName } from "./parse_service_name.ts";
import { parseQuantity } from "./quantity.ts";
import type { TokenCursor, Wanted } from "./token_cursor.ts";

const OPS: readonly CompareOp[] = ["=", "!=", "<", "<=", ">", ">="];

/**
 * Reads what follows a number's name: an operator and a value, or for an `id` also a value, a range
 * or a list alone.
 *
 * @param cursor after the name
 * @param field what is compared
 */
export function parseNumber(cursor: TokenCursor, field: NumberField): FilterNode {
  const op = OPS.find((op) => cursor.token.kind === "mark" && cursor.token.value === op);
  if (op) {
    if (op === "!=" && isPair(field.name)) {
      // "Either side differs" is what it would say, and hardly ever what is meant.
      cursor.fail({ expected: ["= < <= > >=", `not ${field.name} …`] });
    }
    cursor.advance();
    if (op === "=" && isNamed(field.name, cursor)) {
      return named(field.name, [takeName(cursor, field.name)]);
    }
    return { kind: "compare", field: field.name, op, value: parseValue(cursor, field) };
  }
  if (field.kind !== "id") cursor.fail({ expected: [`an operator (${OPS.join(" ")})`] });
  if (cursor.takeWord("in")) {
    if (!cursor.takeMark("[")) {
      cursor.fail({ expected: ["[ and a list such as [80 443 8000-8100]"] });
    }
    return members(cursor, field, parseList(cursor, field));
  }
  return members(cursor, field, [parseItem(cursor, field)]);
}

/** A number, or of ports also the name of a service, of systems their own. */
type Item = NumberRange | string;
/** Numbers that have names. */
type Named = PortNameNode["field"] | AsNameNode["field"];

function isPort(name: NumberField["name"]): name is PortNameNode["field"] {
  return name === "port" || name === "src_port" || name === "dst_port";
}

function isAs(name: NumberField["name"]): name is AsNameNode["field"] {
  return name === "as" || name === "src_as" || name === "dst_as";
}

/** Whether the name of such a number follows. */
function isNamed(name: NumberField["name"], cursor: TokenCursor): name is Named {
  return (isPort(name) && isServiceWord(cursor)) || (isAs(name) && isAsName(cursor));
}

function takeName(cursor: TokenCursor, name: Named): string {
  return isPort(name) ? takeServiceName(cursor) : takeAsName(cursor);
}

function named(field: Named, names: readonly string[]): FilterNode {
  return isPort(field) ? { kind: "port_name", field, names } : { kind: "as_name", field, names };
}

function members(cursor: TokenCursor, field: NumberField, items: readonly Item[]): FilterNode {
  const names = items.filter((item) => typeof item === "string");
  const ranges = items.filter((item) => typeof item !== "string");
  if (names.length === 0) return member(field, ranges);
  const byName = named(field.name as Named, names);
  if (ranges.length === 0) return byName;
  // Counts as a level, because the canonical text has it in parentheses.
  return cursor.nest(() => ({ kind: "or", nodes: [member(field, ranges), byName] }));
}

function member(field: NumberField, ranges: readonly NumberRange[]): FilterNode {
  const [[low, high]] = ranges;
  return ranges.length === 1 && low === high
    ? { kind: "compare", field: field.name, op: "=", value: low }
    : { kind: "member", field: field.name, ranges };
}

function parseList(cursor: TokenCursor, field: NumberField): Item[] {
  const ranges = [parseItem(cursor, field)];
  while (!cursor.takeMark("]")) {
    cursor.takeMark(",");
    ranges.push(parseItem(cursor, field, ["]"]));
  }
  return ranges;
}

function parseItem(
  cursor: TokenCursor,
  field: NumberField,
  orElse: readonly string[] = [],
): Item {
  if (isNamed(field.name, cursor)) return takeName(cursor, field.name);
  const value = readValue(cursor.word, field);
  if (value <= field.max) {
    cursor.advance();
    return [value, value];
  }
  const ends = /^(\d+)-(\d+)$/.exec(cursor.word)?.slice(1).map(Number);
  if (!ends || !(ends[0] <= ends[1] && ends[1] <= field.max)) {
    const { expected, words } = wanted(field);
    const range = `a range such as 10-20 within 0-${field.max}`;
    cursor.fail({ expected: [...expected, range, ...orElse], words });
  }
  cursor.advance();
  return [ends[0], ends[1]];
}

function parseValue(cursor: TokenCursor, field: NumberField): number {
  const value = readValue(cursor.word, field);
  if (!(value <= field.max)) cursor.fail(wanted(field));
  cursor.advance();
  return value;
}

/** The value of a word, or NaN. */
function readValue(word: string, field: NumberField): number {
  if (field.name === "protocol") {
    const named = protocolNumber(word);
    if (named >= 0) return named;
  }
  if (field.name === "dscp") return DSCP_NAMES.get(word) ?? parseQuantity(word, field.kind);
  // AS64500 is how systems are written and shown.
  if (isAs(field.name)) return parseQuantity(word.replace(/^as(?=\d)/, ""), field.kind);
  return parseQuantity(word, field.kind);
}

function wanted({ name, kind, max }: NumberField): Wanted {
  if (name === "protocol") {
    return {
      expected: ["a protocol such as tcp", `a number from 0 to ${max}`],
      words: PROTOCOL_WORDS,
    };
  }
  if (name === "dscp") {
    return {
      expected: [`a number from 0 to ${max}`, "a name such as ef, af41 or cs3"],
      words: DSCP_NAMES.keys(),
    };
  }
  if (kind === "id") {
    const names = isPort(name)
      ? ["a service such as https"]
      : isAs(name)
      ? ['part of a name such as "example"']
      : [];
    return { expected: [`a number from 0 to ${max}`, ...names] };
  }
  return {
    expected: [
      kind === "count"
        ? "a number up to 2^53 such as 1500, 1.5M or 64Ki (k M G T Ki Mi Gi Ti)"
        : "a duration such as 250ms, 1.5s, 5m or 1h",
    ],
  };
}
