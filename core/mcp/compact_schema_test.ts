import assert from "node:assert/strict";
import { z } from "zod";
import { compactSchema } from "./compact_schema.ts";

/** What a schema announces, as the server asks it. */
function announced(schema: z.ZodType, io: "input" | "output"): unknown {
  const { "~standard": { jsonSchema } } = compactSchema(schema) as unknown as {
    "~standard": { jsonSchema: Record<typeof io, (options: { target: string }) => unknown> };
  };
  return jsonSchema[io]({ target: "draft-2020-12" });
}

const SCHEMA = z.object({
  required: z.string().nullable(),
  anyOf: z.array(z.object({ additionalProperties: z.number().describe("of it") })),
  items: z.union([z.string(), z.number().min(1)]),
  by: z.record(z.string(), z.number().nullable()),
});

Deno.test("results announce what they hold, and nothing that goes without saying", () => {
  assert.deepEqual(announced(SCHEMA, "output"), {
    type: "object",
    properties: {
      required: { type: ["string", "null"] },
      anyOf: {
        type: "array",
        items: {
          type: "object",
          properties: { additionalProperties: { type: "number", description: "of it" } },
        },
      },
      items: { anyOf: [{ type: "string" }, { type: "number", minimum: 1 }] },
      by: {
        type: "object",
        propertyNames: { type: "string" },
        additionalProperties: { type: ["number", "null"] },
      },
    },
    required: ["required", "anyOf", "items", "by"],
  });
});

Deno.test("arguments announce all that is asked of them", () => {
  assert.deepEqual(announced(z.strictObject({ port: z.number().min(1).optional() }), "input"), {
    type: "object",
    properties: { port: { type: "number", minimum: 1 } },
    additionalProperties: false,
  });
});

Deno.test("what a schema refuses it refuses in fewer words too", async () => {
  const { validate } = compactSchema(SCHEMA)["~standard"];
  const good = { required: null, anyOf: [{ additionalProperties: 1 }], items: 1, by: {} };
  assert.deepEqual(await validate(good), { value: good });
  for (const bad of [{ ...good, anyOf: [{}] }, { ...good, items: 0 }, {}]) {
    assert.ok((await validate(bad)).issues, JSON.stringify(bad));
  }
});
