import {
  createMcpHandler,
  hostHeaderValidationResponse,
  localhostAllowedHostnames,
  localhostAllowedOrigins,
  type McpServer,
  originValidationResponse,
} from "@modelcontextprotocol/server";
import { VERSION } from "../version.ts";
import type { Serving } from "./stdio.ts";
import { refuseHost } from "./refuse_host.ts";

/** Where and how HTTP is served. */
export interface HttpOptions {
  readonly host: string;
  /** TCP port; 0 lets the system choose. */
  readonly port: number;
  readonly maxBodyBytes: number;
  readonly onError: (error: Error) => void;
}

/** HTTP cannot be served; the message says why and the remedy. */
export class HttpFailure extends Error {
  override readonly name = "HttpFailure";
}

/**
 * Serves MCP over Streamable HTTP at `/mcp`, and `/health`, on a loopback address. Host and Origin
 * are checked on every route, so that no web page of a browser on this machine gets in by
 * rebinding a name; bodies are capped before they are read.
 *
 * @param makeServer makes the server of one request
 * @param options where to listen, and the cap
 * @throws {HttpFailure} for an address beyond loopback, or one that cannot be opened
 */
export function serveOnHttp(
  makeServer: () => McpServer,
  { host, port, maxBodyBytes, onError }: HttpOptions,
): Serving & { url: string } {
  const refused = refuseHost(host);
  if (refused !== null) throw new HttpFailure(`cannot serve HTTP on ${host}: ${refused}`);
  const handler = createMcpHandler(makeServer, {
    maxRequestBodySize: maxBodyBytes,
    onerror: onError,
  });
  const closing = new AbortController();
  const { signal } = closing;
  const server = listen({ host, port, onError, signal }, async (request) => {
    const refused = hostHeaderValidationResponse(request, localhostAllowedHostnames()) ??
      originValidationResponse(request, localhostAllowedOrigins());
    if (refused !== undefined) return refused;
    const { pathname } = new URL(request.url);
    if (pathname === "/mcp") return await handler.fetch(request);
    if (pathname === "/health") return Response.json({ status: "ok", version: VERSION });
    return Response.json({ error: `there is no ${pathname}; MCP is at /mcp` }, { status: 404 });
  });
  const name = host.includes(":") ? `[${host}]` : host;
  return {
    url: `http://${name}:${server.addr.port}/mcp`,
    ended: server.finished,
    async close() {
      await handler.close();
      // A graceful shutdown would wait for a client that announced a body and never sends it.
      closing.abort();
      await server.finished;
    },
  };
}

function listen(
  { host, port, onError, signal }: Pick<HttpOptions, "host" | "port" | "onError"> & {
    signal: AbortSignal;
  },
  handle: (request: Request) => Promise<Response>,
): Deno.HttpServer<Deno.NetAddr> {
  try {
    return Deno.serve({
      hostname: host,
      port,
      signal,
      onListen: () => {},
      onError(error) {
        onError(error as Error);
        return Response.json({ error: "internal error" }, { status: 500 });
      },
    }, handle);
  } catch (error) {
    const { name, message } = error as Error;
    const remedy = name === "AddrInUse"
      ? "another program has that port; give another with --http PORT"
      : name === "NotCapable"
      ? `start flow-agent with --allow-net=${host}:${port}`
      : message;
    throw new HttpFailure(`cannot serve HTTP on ${host}:${port}: ${remedy}`);
  }
}
