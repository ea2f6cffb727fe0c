import type { FlowField } from "../../flow/schema.ts";
import type { FilterNode, TextFieldName, TextOp } from "./filter_node.ts";
import type { TokenCursor } from "./token_cursor.ts";

/** Words that join filters: they must be quoted to be a text. */
const RESERVED: readonly string[] = ["and", "or", "not"];

/**
 * Reads what follows the name of a text: an operator and a text, or for a field with fixed names
 * also a name alone. `event` alone asks whether there is one.
 *
 * @param cursor after the name
 * @param schema the field, of storage `string` or `enum`
 */
export function parseText(cursor: TokenCursor, schema: FlowField): FilterNode {
  const field = schema.name as TextFieldName;
  const { values } = schema;
  const op = takeOp(cursor, values !== undefined);
  if (values) return { kind: "text", field, op: op ?? "=", value: parseName(cursor, values) };
  if (op) return { kind: "text", field, op, value: parseValue(cursor) };
  if (field === "event") return { kind: "has", field };
  return cursor.fail({ expected: ["=", "!=", "contains"], words: ["contains"] });
}

function takeOp(cursor: TokenCursor, named: boolean): TextOp | null {
  if (cursor.takeMark("=")) return "=";
  if (cursor.takeMark("!=")) return "!=";
  return !named && cursor.takeWord("contains") ? "contains" : null;
}

function parseName(cursor: TokenCursor, values: readonly string[]): string {
  const { value } = cursor.token;
  if (!values.includes(value)) cursor.fail({ expected: values, words: values });
  cursor.advance();
  return value;
}

function parseValue(cursor: TokenCursor): string {
  const { token, source } = cursor;
  const bare = token.kind === "word" && !RESERVED.includes(token.value);
  if (!bare && token.kind !== "text") cursor.fail({ expected: ['a text such as "http"'] });
  cursor.advance();
  // The letter case of a word counts where it is a text.
  return bare ? source : token.value;
}
