import assert from "node:assert/strict";
import type { z } from "zod";
import type { Tool } from "../../core/mcp/tool.ts";

/**
 * What a tool that is to succeed answered, as the tool's own schema types it: neither less nor more.
 *
 * @param tool that was called
 * @param answer its `result`, and `isError` with the `text` that says why
 */
export function readResult<O extends z.ZodObject>(
  { name, output }: Pick<Tool<z.ZodObject, O>, "name" | "output">,
  { isError, text, result }: {
    readonly isError: boolean;
    readonly text: string;
    readonly result: unknown;
  },
): z.infer<O> {
  assert.equal(isError, false, `${name}: ${text}`);
  const read = output.parse(result);
  assert.deepEqual(read, result, "neither less nor more");
  return read;
}
