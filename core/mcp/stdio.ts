import process from "node:process";
import { PassThrough } from "node:stream";
import type { McpServer } from "@modelcontextprotocol/server";
import { serveStdio, StdioServerTransport } from "@modelcontextprotocol/server/stdio";
import type { Clock } from "../flow/clock.ts";
import { bareServer } from "./bare_server.ts";
import { DrainingTransport } from "./draining_transport.ts";
import { HoldingTransport } from "./holding_transport.ts";

/** An MCP endpoint that is being served. */
export interface Serving {
  /** Settles when the client has gone. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

/**
 * A request that is not answered by then is not worth staying for. The first question to a busy
 * machine starts the query worker, which takes seconds.
 */
const DRAIN_MS = 10_000;

/** Gives a server its tools. */
export type AddTools = (server: McpServer) => void;

/**
 * Serves MCP on standard input and output, until the input ends and what was asked before is
 * answered: `printf '…' | flow-agent serve` loses no answer. A client is greeted at once; what it
 * asks waits for the tools.
 *
 * @param tools what gives the server of the connection its tools, as soon as that is known
 * @param options `onError` hears of what is wrong with the connection; `clock`
 * @returns also `greeted`, which settles when the client has had its first answer
 */
export function serveOnStdio(
  tools: Promise<AddTools>,
  { onError, clock }: { onError: (error: Error) => void; clock: Clock },
): Serving & { readonly greeted: Promise<void> } {
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  // The SDK drops open requests when its input ends, so it is given one that does not end.
  const input = new PassThrough();
  process.stdin.pipe(input, { end: false });
  const transport = new DrainingTransport(new StdioServerTransport(input, process.stdout));
  // With a collector's timers alive the process would outlast its client: its end has to be heard.
  // Lines that came before the end are still on their way through the pipe.
  const end = () => {
    clock.after(0, () => transport.drained().then(resolve));
    clock.after(DRAIN_MS, resolve);
  };
  process.stdin.on("end", end).on("close", end);
  // A message over the SDK's limit ends the connection without the input's end ever being read.
  transport.closed.then(resolve);
  const holding = new HoldingTransport(transport);
  const bare: McpServer[] = [];
  let addTools: AddTools = (server) => void bare.push(server);
  tools.then((add) => {
    bare.forEach(add);
    addTools = add;
    holding.release();
  }, onError);
  const makeServer = () => {
    const server = bareServer();
    addTools(server);
    return server;
  };
  const handle = serveStdio(makeServer, { transport: holding, onerror: onError });
  return { ended, greeted: holding.greeted, close: () => handle.close() };
}
