import assert from "node:assert/strict";
import type { Client } from "@modelcontextprotocol/client";
import { Agent, AgentFailure, type AgentOptions } from "./agent.ts";

type CallTool = Client["callTool"];

const ANSWERS: Readonly<Record<string, unknown>> = {
  list_capabilities: {
    capabilities: [
      { name: "json_udp", formats: ["json"], default_port: 6343, running: false },
      { name: "netflow_udp", formats: ["netflow5", "netflow9"], default_port: 2055, running: true },
    ],
  },
  set_thresholds: { thresholds: { threshold_ms: 150, window_seconds: 300 } },
};

/** A client that answers from a script and keeps what it was asked. */
class FakeClient {
  readonly calls: [string, unknown][] = [];
  readonly polls: { alerts: unknown[]; cursor: string }[] = [];
  failing: { tool: string; content: unknown[] } | null = null;

  readonly callTool = (({ name, arguments: args }: Parameters<CallTool>[0]) => {
    this.calls.push([name, args]);
    if (this.failing?.tool === name) {
      return Promise.resolve({ isError: true, content: this.failing.content });
    }
    return Promise.resolve({ content: [], structuredContent: this.#answer(name, args ?? {}) });
  }) as unknown as CallTool;

  #answer(name: string, args: Record<string, unknown>): unknown {
    if (name === "start_collection") {
      const { capability, host = "::", port = 2055 } = args;
      return { capability, status: "started", host, port };
    }
    if (name === "monitor_once") return this.polls.shift();
    return ANSWERS[name];
  }
}

function setUp(options: Partial<AgentOptions> = {}) {
  const client = new FakeClient();
  const lines: string[] = [];
  const agent = new Agent(client, {
    collect: [],
    thresholds: {},
    print: (line) => lines.push(line),
    ...options,
  });
  return { client, agent, lines };
}

Deno.test("prepare() lists, starts, sets thresholds, in that order, and tells of each", async () => {
  const { client, agent, lines } = setUp({
    collect: [{ capability: "netflow_udp" }, { capability: "json_udp", host: "::1", port: 7 }],
    thresholds: { threshold_ms: 150 },
  });
  assert.deepEqual(await agent.prepare(), [2055, 7]);
  assert.deepEqual(client.calls, [
    ["list_capabilities", {}],
    ["start_collection", { capability: "netflow_udp" }],
    ["start_collection", { capability: "json_udp", host: "::1", port: 7 }],
    ["set_thresholds", { threshold_ms: 150 }],
  ]);
  assert.deepEqual(lines, [
    "CAPABILITIES",
    "  json_udp  UDP 6343  json  stopped",
    "  netflow_udp  UDP 2055  netflow5, netflow9  running",
    "START",
    "  netflow_udp  started  UDP :: port 2055",
    "  json_udp  started  UDP ::1 port 7",
    "THRESHOLDS",
    "  threshold_ms=150  window_seconds=300",
  ]);
});

function alert(title: string) {
  return { severity: "warning", title, summary: `summary of ${title}` };
}

Deno.test("poll() reads on from its cursor and prints each alert once", async () => {
  const { client, agent, lines } = setUp();
  client.polls.push(
    { alerts: [alert("a"), alert("b")], cursor: "0123abcd.2" },
    { alerts: [], cursor: "0123abcd.2" },
    { alerts: [alert("c")], cursor: "0123abcd.3" },
  );
  assert.deepEqual([await agent.poll(), await agent.poll(), await agent.poll()], [2, 0, 1]);
  assert.deepEqual(client.calls, [
    ["monitor_once", { since: "00000000.0" }],
    ["monitor_once", { since: "0123abcd.2" }],
    ["monitor_once", { since: "0123abcd.2" }],
  ]);
  assert.deepEqual(lines, [
    "ALERTS",
    "  WARNING  a",
    "    summary of a",
    "  WARNING  b",
    "    summary of b",
    "ALERTS",
    "  WARNING  c",
    "    summary of c",
  ]);
});

Deno.test("a poll that fails keeps its cursor", async () => {
  const { client, agent } = setUp();
  client.polls.push({ alerts: [], cursor: "0123abcd.9" }, { alerts: [], cursor: "0123abcd.9" });
  await agent.poll();
  client.failing = { tool: "monitor_once", content: [{ type: "text", text: "ask again" }] };
  await assert.rejects(agent.poll(), AgentFailure);
  client.failing = null;
  await agent.poll();
  assert.deepEqual(client.calls.at(-1), ["monitor_once", { since: "0123abcd.9" }]);
});

Deno.test("a tool's error becomes an AgentFailure with its text, and ends the preparation", async () => {
  const { client, agent } = setUp({ collect: [{ capability: "netflow_udp" }] });
  const text = "cannot start netflow_udp on [::]:2055: port 2055 is in use";
  client.failing = { tool: "start_collection", content: [{ type: "text", text }] };
  await assert.rejects(agent.prepare(), (error: Error) => {
    assert.ok(error instanceof AgentFailure);
    assert.equal(error.message, text);
    return true;
  });
  assert.deepEqual(client.calls.map(([name]) => name), ["list_capabilities", "start_collection"]);
});

Deno.test("an error without a text names the tool", async () => {
  const { client, agent } = setUp();
  client.failing = { tool: "monitor_once", content: [] };
  await assert.rejects(agent.poll(), /^AgentFailure: monitor_once failed without saying why$/);
});
