import process from "node:process";
import type { McpServer } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";

/** An MCP endpoint that is being served. */
export interface Serving {
  /** Settles when the client has gone. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

/**
 * Serves MCP on standard input and output.
 *
 * @param makeServer makes the server of the connection
 * @param onError hears of what is wrong with the connection
 */
export function serveOnStdio(
  makeServer: () => McpServer,
  onError: (error: Error) => void,
): Serving {
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  // With a collector's timers alive the process would outlast its client: its end has to be heard.
  process.stdin.on("end", resolve).on("close", resolve);
  const handle = serveStdio(makeServer, { onerror: onError });
  return { ended, close: () => handle.close() };
}
