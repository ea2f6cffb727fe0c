/**
 * A minimal MCP client: starts a collector, then polls for alerts with the cursor of the poll
 * before, so that from its first poll on it misses none and sees none twice.
 *
 * With a server of its own, which it starts as a child process and speaks to over stdio:
 *
 *     deno run --allow-env --allow-run=deno docs/examples/poll_alerts.ts --polls 10 --interval 1
 *
 * With a server that runs already (`deno task dev`):
 *
 *     deno run --allow-net=127.0.0.1 docs/examples/poll_alerts.ts --url http://127.0.0.1:8055/mcp
 *
 * Then send it something: `deno task send --scenario latency`.
 */
import { parseArgs } from "node:util";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";

const { values: options } = parseArgs({
  args: Deno.args,
  options: {
    url: { type: "string" },
    port: { type: "string", default: "6343" },
    polls: { type: "string", default: "10" },
    interval: { type: "string", default: "1" },
  },
});

const client = new Client({ name: "poll_alerts", version: "1.0.0" });
if (options.url === undefined) {
  const { StdioClientTransport } = await import("@modelcontextprotocol/client/stdio");
  const args = ["task", "--quiet", "serve", "--log-level", "warning"];
  await client.connect(new StdioClientTransport({ command: "deno", args }));
} else {
  await client.connect(new StreamableHTTPClientTransport(new URL(options.url)));
}

/** Calls a tool; an error of the tool says in its text what to do. */
async function call(name: string, args: Record<string, unknown>): Promise<Record<string, unknown>> {
  const { isError, content, structuredContent } = await client.callTool({ name, arguments: args });
  if (isError) throw new Error(content[0]?.type === "text" ? content[0].text : `${name} failed`);
  return structuredContent as Record<string, unknown>;
}

const { status, port } = await call("start_collection", {
  capability: "json_udp",
  host: "127.0.0.1",
  port: Number(options.port),
});
console.log(`json_udp ${status} on port ${port}`);

let since: string | undefined;
for (let poll = 1; poll <= Number(options.polls); poll++) {
  const { analysis, alerts, cursor } = await call("monitor_once", since ? { since } : {});
  since = cursor as string;
  const { flows, samples } = analysis as { flows: number; samples: number };
  console.log(`poll ${poll}: ${flows} flows, ${samples} samples`);
  for (const { severity, title } of alerts as { severity: string; title: string }[]) {
    console.log(`${severity}: ${title}`);
  }
  await new Promise((resolve) => setTimeout(resolve, Number(options.interval) * 1000));
}
await client.close();
