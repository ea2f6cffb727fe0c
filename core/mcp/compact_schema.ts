import type { z } from "zod";

type Json = { readonly [key: string]: unknown };
type Standard<S extends z.ZodType> = S["~standard"];

/** What is said of a value, and not the value's own words. */
const NAMES: ReadonlySet<string> = new Set(["properties", "$defs"]);

/**
 * A schema that announces itself in fewer words and validates as before: every client pays for the
 * list of tools with each conversation.
 *
 * - The dialect is left out: without one it is 2020-12 (MCP, "JSON Schema Usage").
 * - Results do not say that they hold nothing else: a later version may add to them. That all fields
 *   are always there is said of the outermost only; within them it would name each field twice.
 * - `anyOf` of two plain types becomes one list of types.
 *
 * @param schema of arguments or of results
 */
export function compactSchema<S extends z.ZodType>(schema: S): { "~standard": Standard<S> } {
  const standard = schema["~standard"] as Standard<S> & {
    jsonSchema: Record<"input" | "output", (options: never) => Json>;
  };
  const { input, output } = standard.jsonSchema;
  return {
    "~standard": {
      ...standard,
      jsonSchema: {
        input: (options: never) => withoutDialect(input(options)),
        output: (options: never) => {
          const { required, ...rest } = withoutDialect(output(options));
          return { ...(compact(rest) as Json), required };
        },
      },
    },
  };
}

function withoutDialect({ $schema: _, ...schema }: Json): Json {
  return schema;
}

function compact(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(compact);
  if (typeof value !== "object" || value === null) return value;
  const { additionalProperties, anyOf, required: _, ...rest } = value as Json;
  const entries = Object.entries(rest).map(([key, inner]) => [
    key,
    NAMES.has(key) ? compactEach(inner as Json) : compact(inner),
  ]);
  const types = plainTypes(anyOf);
  return {
    ...(types === null ? anyOf === undefined ? {} : { anyOf: compact(anyOf) } : { type: types }),
    ...Object.fromEntries(entries),
    ...(additionalProperties === undefined || additionalProperties === false
      ? {}
      : { additionalProperties: compact(additionalProperties) }),
  };
}

/** Properties may have any name, also one of the words above. */
function compactEach(schemas: Json): Json {
  return Object.fromEntries(Object.entries(schemas).map(([name, one]) => [name, compact(one)]));
}

/** The types of alternatives that say nothing else; null where one does. */
function plainTypes(anyOf: unknown): unknown[] | null {
  if (!Array.isArray(anyOf)) return null;
  const plain = anyOf.every((one: Json) =>
    typeof one.type === "string" && Object.keys(one).length === 1
  );
  return plain ? anyOf.map((one: Json) => one.type) : null;
}
