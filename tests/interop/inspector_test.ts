import assert from "node:assert/strict";
import { outsideTool } from "../support/outside_tool.ts";
import { plainEnvironment, Program, programArgs } from "../support/program.ts";
import { defaultTools } from "../../core/mcp/tools/mod.ts";

const npx = outsideTool("npx", "install Node.js with npm");

/** The inspector wants a newer Node than many systems have. */
const PACKAGES = ["-p", "node@24", "-p", "@modelcontextprotocol/inspector@2.12.0"];
const DEADLINE_MS = 240_000;

/** Runs the MCP inspector's command line against the server over stdio. */
async function inspect(...options: string[]): Promise<{ status: number; text: string }> {
  await using program = new Program(npx.path, [
    "-y",
    ...PACKAGES,
    "--",
    ...["mcp-inspector", "--cli", Deno.execPath(), ...programArgs(["serve"])],
    ...options,
  ], plainEnvironment());
  await program.endInput();
  const status = await program.ended(DEADLINE_MS);
  const summary = program.stderr.findLast((line) => /\d+ (errors|warnings)/.test(line));
  if (summary !== undefined) console.log(`the inspector says: ${summary}`);
  assert.equal(status, 0, program.stderr.slice(-20).join("\n"));
  return { status, text: program.stdout.join("\n") };
}

Deno.test({
  name: `inspector: tools/list --strict finds nothing wrong${npx.reason}`,
  ignore: npx.missing,
  async fn() {
    const { text } = await inspect("--method", "tools/list", "--strict", "-q");
    const { tools } = JSON.parse(text);
    assert.equal(tools.length, defaultTools.length);
    assert.equal(tools[0].name, "list_capabilities");
  },
});

Deno.test({
  name: `inspector: tools/call gets a structured answer${npx.reason}`,
  ignore: npx.missing,
  async fn() {
    const { text } = await inspect(
      ...["--method", "tools/call", "--tool-name", "set_thresholds"],
      ...["--tool-args-json", '{"threshold_ms":200}', "-q"],
    );
    assert.equal(JSON.parse(text).structuredContent.thresholds.threshold_ms, 200);
  },
});
