import assert from "node:assert/strict";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import {
  plainEnvironment,
  Program,
  programArgs,
  type ProgramOptions,
  runProgram,
  startProgram,
} from "./support/program.ts";
import { defaultTools } from "../core/mcp/tools/mod.ts";
import type { Json } from "./support/raw_mcp.ts";
import { SLOW_FLOW } from "./support/sample_datagrams.ts";
import { sendUdp } from "./support/udp.ts";
import { until, within } from "./support/until.ts";

const ANYWHERE = '["json_udp","netflow_udp","./tests/fixtures/json_anywhere.ts"]';

/** A server over HTTP on a port that was free. */
async function serveHttp(
  options: ProgramOptions & { host?: string; args?: readonly string[] } = {},
): Promise<AsyncDisposable & { program: Program; url: string; origin: string }> {
  const { host = "127.0.0.1", args = [] } = options;
  const program = startProgram(["serve", "--http", `${host}:0`, ...args], options);
  try {
    const [, url] = await program.errorLine(/"url":"(http:[^"]+)"/);
    return {
      program,
      url,
      origin: new URL(url).origin,
      [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
    };
  } catch (error) {
    await program[Symbol.asyncDispose]();
    throw error;
  }
}

/** Sends a request with headers that fetch would not let one set, and reads the answer's head. */
async function rawRequest(origin: string, lines: readonly string[], body = ""): Promise<string> {
  const { hostname, port } = new URL(origin);
  using connection = await Deno.connect({ hostname, port: Number(port) });
  const text = [...lines, "Connection: close", "", body].join("\r\n");
  await connection.write(new TextEncoder().encode(text));
  let answer = "";
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(4096);
  while (!answer.includes("\r\n\r\n")) {
    const length = await within("the answer", connection.read(buffer));
    if (length === null) break;
    answer += decoder.decode(buffer.subarray(0, length), { stream: true });
  }
  return answer;
}

function post(url: string, message: Json, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...headers,
    },
    body: JSON.stringify(message),
  });
}

const INITIALIZE = {
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: {
    protocolVersion: "2025-06-18",
    capabilities: {},
    clientInfo: { name: "fetch", version: "1" },
  },
};

Deno.test("serve --http: /health, and what is not there", async () => {
  await using server = await serveHttp();
  const health = await fetch(`${server.origin}/health`);
  assert.equal(health.status, 200);
  assert.equal((await health.json()).status, "ok");
  const missing = await fetch(`${server.origin}/nosuch`);
  assert.equal(missing.status, 404);
  assert.match((await missing.json()).error, /\/mcp/);
  assert.deepEqual(server.program.stdout, []);
});

Deno.test("serve --http: a client of the SDK sees the whole way", async () => {
  await using server = await serveHttp();
  const client = new Client({ name: "test", version: "1" });
  await client.connect(new StreamableHTTPClientTransport(new URL(server.url)));
  const call = async (name: string, args: Json = {}): Promise<Json> => {
    const result = await client.callTool({ name, arguments: args });
    assert.notEqual(result.isError, true, JSON.stringify(result.content));
    return result.structuredContent as Json;
  };
  const { tools } = await client.listTools();
  assert.equal(tools.length, defaultTools.length);
  const { port } = await call("start_collection", {
    capability: "json_udp",
    host: "127.0.0.1",
    port: 0,
  });
  await sendUdp(port, SLOW_FLOW);
  const latency = await until("five samples", async () => {
    const answer = await call("analyze_latency");
    return answer.samples === 5 ? answer : undefined;
  });
  assert.equal(latency.flows[0].p95_ms, 220);
  assert.equal((await call("monitor_once")).alerts.length, 1);
  await client.close();
  // What runs lives in the server, not in a connection.
  const next = new Client({ name: "next", version: "1" });
  await next.connect(new StreamableHTTPClientTransport(new URL(server.url)));
  const status = await next.callTool({ name: "capability_status", arguments: {} });
  assert.equal((status.structuredContent as Json).capabilities[0].counters.flow_records, 5);
  await next.close();
  server.program.signal("SIGTERM");
  assert.equal(await server.program.ended(), 0);
});

for (const over of ["stdio", "HTTP"]) {
  Deno.test(`a client of the older era, of the SDK's 1.x line, over ${over}`, async () => {
    await using server = over === "HTTP" ? await serveHttp() : null;
    const where = server !== null
      ? { url: server.url }
      : { command: Deno.execPath(), args: programArgs(["serve"]), env: plainEnvironment() };
    await using client = new Program(Deno.execPath(), [
      ...["run", "--check", "--frozen", "--no-prompt", "--config", "tests/older_client/deno.json"],
      ...["--allow-net=127.0.0.1", "--allow-run", "--allow-env", "--allow-read", "--allow-sys"],
      "tests/older_client/main.ts",
    ], plainEnvironment());
    await client.write(JSON.stringify(where));
    await client.endInput();
    assert.equal(await client.ended(), 0, client.stderr.join("\n"));
    const saw = JSON.parse(client.stdout.join("\n"));
    assert.equal(saw.server.name, "flow-agent");
    assert.equal(saw.tools.length, defaultTools.length);
    assert.equal(saw.latency.samples, 5);
    assert.deepEqual(
      saw.latency.flows.map(({ p50_ms, p95_ms }: Json) => [p50_ms, p95_ms]),
      [[30, 220]],
    );
    assert.deepEqual(saw.monitor.alerts.map(({ value }: Json) => value), [220]);
    assert.equal(saw.refused.isError, true);
    assert.equal(saw.stopped.flow_records, 5);
  });
}

for (const host of ["evil.example", "10.0.0.1", "127.0.0.1.evil.example"]) {
  Deno.test(`serve --http refuses the Host ${host} on every route`, async () => {
    await using server = await serveHttp();
    for (const path of ["/health", "/mcp", "/"]) {
      const answer = await rawRequest(server.origin, [`GET ${path} HTTP/1.1`, `Host: ${host}`]);
      assert.match(answer, /^HTTP\/1\.1 403 /, path);
    }
  });
}

for (const origin of ["http://evil.example", "https://127.0.0.1.evil.example", "null"]) {
  Deno.test(`serve --http refuses the Origin ${origin} on every route`, async () => {
    await using server = await serveHttp();
    for (const path of ["/health", "/mcp", "/"]) {
      const answer = await fetch(`${server.origin}${path}`, { headers: { origin } });
      assert.equal(answer.status, 403, path);
      await answer.body?.cancel();
    }
    const posted = await post(server.url, INITIALIZE, { origin });
    assert.equal(posted.status, 403);
    await posted.body?.cancel();
  });
}

Deno.test("serve --http takes an Origin of this machine", async () => {
  await using server = await serveHttp();
  const answer = await post(server.url, INITIALIZE, { origin: "http://localhost:3000" });
  assert.equal(answer.status, 200);
  assert.match(await answer.text(), /"flow-agent"/);
});

Deno.test("serve --http: a body over the cap is refused before it is read", async () => {
  await using server = await serveHttp({ env: { FLOW_HTTP_MAX_BODY_BYTES: "2048" } });
  const padded = { ...INITIALIZE, padding: "x".repeat(4096) };
  const answer = await post(server.url, padded);
  assert.equal(answer.status, 413);
  await answer.body?.cancel();
  const announced = await rawRequest(server.origin, [
    "POST /mcp HTTP/1.1",
    `Host: ${new URL(server.origin).host}`,
    "Content-Type: application/json",
    "Accept: application/json, text/event-stream",
    "Content-Length: 999999999",
  ]);
  assert.match(announced, /^HTTP\/1\.1 413 /);
  assert.equal((await post(server.url, INITIALIZE)).status, 200);
});

Deno.test("serve --http: junk in place of JSON is answered, and the server goes on", async () => {
  await using server = await serveHttp();
  for (const body of ["", "{", "[]", "null", "\u0000"]) {
    const answer = await fetch(server.url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
      },
      body,
    });
    assert.equal(answer.status, 400, JSON.stringify(body));
    await answer.body?.cancel();
  }
  const { status, body } = await fetch(`${server.origin}/health`);
  assert.equal(status, 200);
  await body?.cancel();
});

Deno.test("serve --http beyond loopback is refused with the remedy", async () => {
  for (const host of ["0.0.0.0", "192.0.2.1", "[::]", "example.com"]) {
    const { status, stderr } = await runProgram(["serve", "--http", `${host}:0`]);
    assert.equal(status, 2, host);
    assert.match(stderr.join("\n"), /127\.0\.0\.1/);
  }
});

Deno.test("serve --http on a port that is taken is refused with the remedy", async () => {
  using holder = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = holder.addr as Deno.NetAddr;
  const { status, stderr } = await runProgram(["serve", "--http", `127.0.0.1:${port}`]);
  assert.equal(status, 1);
  assert.match(stderr.join("\n"), new RegExp(`${port}.*--http`));
});

Deno.test("serve --http on [::1]", async () => {
  await using server = await serveHttp({ host: "[::1]" });
  const answer = await post(server.url, INITIALIZE);
  assert.equal(answer.status, 200);
  await answer.body?.cancel();
});

Deno.test("serve --http --collect starts collectors at once", async () => {
  await using server = await serveHttp({
    args: ["--collect", "json_udp@127.0.0.1:0", "--collect", "netflow_udp@127.0.0.1:0"],
  });
  const [, port] = await server.program.errorLine(/json_udp@127\.0\.0\.1:(\d+)/);
  await server.program.errorLine(/netflow_udp@127\.0\.0\.1:\d+/);
  await sendUdp(Number(port), SLOW_FLOW);
});

Deno.test("agent --once --url tells of the alerts of a running server", async () => {
  const env = { FLOW_CAPABILITIES: ANYWHERE, FLOW_COLLECTOR_HOST: "127.0.0.1" };
  await using server = await serveHttp({ args: ["--collect", "json_udp@127.0.0.1:0"], env });
  const [, port] = await server.program.errorLine(/json_udp@127\.0\.0\.1:(\d+)/);
  await sendUdp(Number(port), SLOW_FLOW);
  const once = () =>
    runProgram(["agent", "--once", "--url", server.url, "--capability", "json_anywhere"], {
      task: "agent",
    });
  const { status, stdout, stderr } = await until("an alert", async () => {
    const outcome = await once();
    return outcome.stdout.includes("ALERTS") || outcome.status !== 0 ? outcome : undefined;
  });
  assert.equal(status, 0, stderr.join("\n"));
  const text = stdout.join("\n");
  for (const heading of ["CAPABILITIES", "START", "THRESHOLDS", "ALERTS"]) {
    assert.ok(stdout.includes(heading), heading);
  }
  assert.match(text, /WARNING {2}p95 latency 220 ms on 10\.1\.1\.1:50000 > 10\.2\.2\.2:443 TCP/);
});

Deno.test("agent --url where nothing listens ends with status 1 and the remedy", async () => {
  const holder = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = holder.addr as Deno.NetAddr;
  holder.close();
  const url = `http://127.0.0.1:${port}/mcp`;
  const { status, stdout, stderr } = await runProgram(["agent", "--once", "--url", url], {
    task: "agent",
  });
  assert.deepEqual([status, stdout], [1, []]);
  assert.equal(stderr.length, 1, stderr.join("\n"));
  assert.match(stderr[0], new RegExp(`${port}.*serve --http`));
});

Deno.test("serve --http ends at SIGTERM within 5 s, whatever connections are open", async () => {
  await using server = await serveHttp();
  const { hostname, port } = new URL(server.origin);
  using halfWay = await Deno.connect({ hostname, port: Number(port) });
  await halfWay.write(new TextEncoder().encode("POST /mcp HTTP/1.1\r\nContent-Length: 100\r\n"));
  using idle = await Deno.connect({ hostname, port: Number(port) });
  assert.notEqual(idle.localAddr, halfWay.localAddr);
  assert.equal((await post(server.url, INITIALIZE)).status, 200);
  server.program.signal("SIGTERM");
  assert.equal(await server.program.ended(5000), 0);
});
