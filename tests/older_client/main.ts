/**
 * A client of the older protocol era, built on the SDK line that most hosts run today. It is a
 * program with a lock file of its own, so that what it needs is never downloaded with flow-agent.
 *
 * Standard input names the server: `{"url": …}`, or `{"command": …, "args": […], "env": {…}}`.
 * Standard output tells what it saw as one JSON object. The SDK's client checks every
 * `structuredContent` against the tool's `outputSchema`.
 */
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const LATENCIES = [10, 20, 30, 200, 220];
const POLL_MS = 20;
const DEADLINE_MS = 60_000;

const where = JSON.parse(await new Response(Deno.stdin.readable).text());
const transport = where.url === undefined
  ? new StdioClientTransport({ command: where.command, args: where.args, env: where.env })
  : new StreamableHTTPClientTransport(new URL(where.url));
const client = new Client({ name: "older client", version: "1.0.0" });
await client.connect(transport);
try {
  console.log(JSON.stringify(await lookAround()));
} finally {
  await client.close();
}

async function lookAround(): Promise<Record<string, unknown>> {
  const { tools } = await client.listTools();
  const { port } = await call("start_collection", {
    capability: "json_udp",
    host: "127.0.0.1",
    port: 0,
  });
  const flows = LATENCIES.map((latency_ms) => ({
    src_addr: "10.1.1.1",
    dst_addr: "10.2.2.2",
    src_port: 50_000,
    dst_port: 443,
    protocol: 6,
    latency_ms,
  }));
  send(port as number, JSON.stringify(flows));
  const end = performance.now() + DEADLINE_MS;
  let samples = 0;
  while (samples < LATENCIES.length && performance.now() < end) {
    samples = (await call("analyze_latency")).samples as number;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  const latency = await call("analyze_latency");
  const monitor = await call("monitor_once");
  const refused = await client.callTool({
    name: "start_collection",
    arguments: { capability: "nosuch_udp" },
  });
  return {
    server: client.getServerVersion(),
    tools: tools.map(({ name }: { name: string }) => name),
    latency,
    monitor,
    refused,
    stopped: await call("stop_collection", { capability: "json_udp" }),
  };
}

async function call(name: string, args = {}): Promise<Record<string, unknown>> {
  const result = await client.callTool({ name, arguments: args });
  if (result.isError) throw new Error(JSON.stringify(result.content));
  return result.structuredContent as Record<string, unknown>;
}

function send(port: number, text: string): void {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  socket.send(new TextEncoder().encode(text), { transport: "udp", hostname: "127.0.0.1", port })
    .finally(() => socket.close());
}
