import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { formatFilter } from "./format_filter.ts";
import { parseFilter } from "./parse_filter.ts";

const page = new URL("../../../docs/filter.md", import.meta.url);
// Without the permission there is no page to check.
const ignore = (await Deno.permissions.query({ name: "read", path: page })).state !== "granted";

Deno.test({
  name: "docs/filter.md has at least twenty examples, and all are filters",
  ignore,
  fn: async () => {
    const [, block] = (await Deno.readTextFile(page)).split(/```(?:filter)?\n/);
    const examples = block.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    ok(examples.length >= 20, `${examples.length} examples`);
    for (const text of examples) {
      const node = parseFilter(text);
      deepStrictEqual(parseFilter(formatFilter(node)), node, text);
    }
  },
});

Deno.test({
  name: "docs/filter.md shows an error as it is",
  ignore,
  fn: async () => {
    const shown = (await Deno.readTextFile(page)).split("```\n").at(-2);
    let message = "";
    try {
      parseFilter("src net 10.0.0.0/8 and proto tpc");
    } catch (error) {
      message = (error as Error).message;
    }
    strictEqual(shown, message + "\n");
  },
});
