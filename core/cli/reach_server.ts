import { connectToUrl } from "../agent/connect.ts";
import { CommandFailure, UsageError } from "./command.ts";

/**
 * Connects to a running server.
 *
 * @param url of its `/mcp`
 * @param otherwise what one can do without a server, for the error
 * @throws {CommandFailure} with the remedy
 */
export async function reachServer(
  url: URL,
  otherwise: string,
): ReturnType<typeof connectToUrl> {
  try {
    return await connectToUrl(url);
  } catch (cause) {
    throw new CommandFailure(
      `no MCP server answers at ${url} (${(cause as Error).message}); start one with ` +
        `"flow-agent serve --http ${url.port}", or ${otherwise}`,
      { cause },
    );
  }
}

/**
 * Reads the value of `--url`.
 *
 * @throws {UsageError} when it is no address of the web
 */
export function parseUrl(text: string | undefined): URL | null {
  if (text === undefined) return null;
  if (!/^https?:/.test(text) || !URL.canParse(text)) {
    throw new UsageError(`--url is "${text}"; give one such as http://127.0.0.1:8055/mcp`);
  }
  return new URL(text);
}
