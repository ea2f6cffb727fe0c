import { connectToUrl } from "../agent/connect.ts";
import { refuseHost } from "../mcp/refuse_host.ts";
import { CommandFailure, UsageError } from "./command.ts";

/** Ports below are privileged: no plain user can serve there. */
const FIRST_FREE_PORT = 1024;

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
      `no MCP server answers at ${url} (${(cause as Error).message}); ${startOne(url)}, or ` +
        otherwise,
      { cause },
    );
  }
}

/** Says how a server would come to be there: it serves loopback alone, and on no privileged port. */
function startOne({ hostname, port }: URL): string {
  const host = hostname.replace(/^\[|\]$/g, "");
  if (refuseHost(host) !== null) return "see that it runs, and that this machine reaches it";
  if (Number(port) >= FIRST_FREE_PORT) {
    const where = host === "::1" ? `${hostname}:${port}` : port;
    return `start one with "flow-agent serve --http ${where}"`;
  }
  return 'start one with "flow-agent serve --http 8055" and give ' +
    "--url http://127.0.0.1:8055/mcp";
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
