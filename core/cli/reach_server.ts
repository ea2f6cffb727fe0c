import { connectToUrl } from "../agent/connect.ts";
import { CommandFailure, UsageError } from "./command.ts";

/**
 * Connects to the MCP server that `--url` names.
 *
 * @param text value of `--url`
 * @throws {UsageError} where that is no URL, {CommandFailure} where nobody answers
 */
export async function reachServer(text: string): ReturnType<typeof connectToUrl> {
  const url = parseServerUrl(text);
  try {
    return await connectToUrl(url);
  } catch (cause) {
    throw new CommandFailure(
      `no MCP server answers at ${url} (${(cause as Error).message}); start one with ` +
        `"flow-agent serve --http ${url.port}", or leave --url out`,
      { cause },
    );
  }
}

/** @throws {UsageError} with an example */
export function parseServerUrl(text: string): URL {
  if (!/^https?:/.test(text) || !URL.canParse(text)) {
    throw new UsageError(`--url is "${text}"; give one such as http://127.0.0.1:8055/mcp`);
  }
  return new URL(text);
}
