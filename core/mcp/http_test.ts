import assert from "node:assert/strict";
import { builtInCapabilities } from "../../capabilities/registry.ts";
import { connectToUrl } from "../agent/connect.ts";
import { callTool, McpHouse } from "../../tests/support/mcp_house.ts";
import { within } from "../../tests/support/until.ts";
import { VERSION } from "../version.ts";
import { HttpFailure, serveOnHttp } from "./http.ts";
import { defaultTools } from "./tools/mod.ts";

const MAX_BODY = 2048;

interface Served {
  house: McpHouse;
  url: URL;
  port: number;
  errors: Error[];
}

async function onHttp(run: (served: Served) => Promise<void>, host = "127.0.0.1"): Promise<void> {
  await using house = new McpHouse();
  const errors: Error[] = [];
  const serving = serveOnHttp(house.engine.createServer, {
    host,
    port: 0,
    maxBodyBytes: MAX_BODY,
    onError: (error) => errors.push(error),
  });
  try {
    const url = new URL(serving.url);
    await run({ house, url, port: Number(url.port), errors });
  } finally {
    await serving.close();
    await serving.ended;
  }
}

/** What comes back for a request written by hand: `fetch` sets the Host header itself. */
async function raw(port: number, lines: readonly string[], body = ""): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const head = [...lines, "Connection: close", "", ""].join("\r\n");
  await connection.write(new TextEncoder().encode(head + body));
  return await new Response(connection.readable).text();
}

/** A client that announces a large body and never sends it. */
async function announce(port: number): Promise<Deno.TcpConn> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(new TextEncoder().encode([
    "POST /mcp HTTP/1.1",
    `Host: 127.0.0.1:${port}`,
    "Content-Type: application/json",
    "Accept: application/json, text/event-stream",
    "Content-Length: 1000000000",
    "",
    "",
  ].join("\r\n")));
  return connection;
}

function status(response: string): number {
  return Number(/^HTTP\/1\.1 (\d+)/.exec(response)?.[1]);
}

const INITIALIZE = JSON.stringify({
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: {
    protocolVersion: "2025-06-18",
    capabilities: {},
    clientInfo: { name: "raw", version: "1" },
  },
});

function post(url: URL, body: BodyInit, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...headers,
    },
    body,
  });
}

Deno.test("MCP is served at /mcp to a real client", async () => {
  await onHttp(async ({ url, house, errors }) => {
    const client = await connectToUrl(url);
    const { result } = await callTool(client, "list_capabilities");
    assert.equal(result.capabilities.length, builtInCapabilities.length);
    const bad = await callTool(client, "stop_collection", { capability: "json_udp" });
    assert.equal(bad.isError, true);
    // What one request sets, the next one finds: it lives in the process.
    await callTool(client, "set_thresholds", { threshold_ms: 7 });
    assert.equal(house.engine.runner.thresholds.threshold_ms, 7);
    await client.close();
    assert.deepEqual(errors, []);
  });
});

Deno.test("MCP is served on ::1 too", async () => {
  await onHttp(async ({ url }) => {
    assert.match(url.href, /^http:\/\/\[::1\]:\d+\/mcp$/);
    const client = await connectToUrl(url);
    assert.equal((await client.listTools()).tools.length, defaultTools.length);
    await client.close();
  }, "::1");
});

Deno.test("a client of the older era is answered", async () => {
  await onHttp(async ({ url }) => {
    const response = await post(url, INITIALIZE);
    assert.equal(response.status, 200);
    const text = await response.text();
    assert.match(text, /"protocolVersion":"2025-06-18"/);
    assert.match(text, /flow-agent/);
  });
});

Deno.test("GET /health says ok and the version; an unknown path is 404 and says where MCP is", async () => {
  await onHttp(async ({ url }) => {
    const health = await fetch(new URL("/health", url));
    assert.equal(health.status, 200);
    assert.deepEqual(await health.json(), { status: "ok", version: VERSION });
    const lost = await fetch(new URL("/nowhere", url));
    assert.equal(lost.status, 404);
    assert.deepEqual(await lost.json(), { error: "there is no /nowhere; MCP is at /mcp" });
  });
});

Deno.test("another Host is refused on every route: a name that was rebound does not get in", async () => {
  await onHttp(async ({ port }) => {
    for (const path of ["/mcp", "/health", "/nowhere"]) {
      for (
        const host of ["attacker.example", `attacker.example:${port}`, "127.0.0.1.example", ""]
      ) {
        const answer = await raw(port, [`GET ${path} HTTP/1.1`, `Host: ${host}`]);
        assert.ok([400, 403].includes(status(answer)), `${path} ${host}: ${answer}`);
      }
      for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, "localhost", `[::1]:${port}`]) {
        const answer = await raw(port, [`GET ${path} HTTP/1.1`, `Host: ${host}`]);
        assert.notEqual(status(answer), 403, `${path} ${host}`);
      }
    }
  });
});

Deno.test("a foreign Origin and null are refused on every route", async () => {
  await onHttp(async ({ url, port }) => {
    for (const path of ["/mcp", "/health", "/nowhere"]) {
      for (const origin of ["https://attacker.example", "null", "http://127.0.0.1.example", "x"]) {
        const answer = await raw(port, [
          `GET ${path} HTTP/1.1`,
          `Host: 127.0.0.1:${port}`,
          `Origin: ${origin}`,
        ]);
        assert.equal(status(answer), 403, `${path} ${origin}`);
      }
    }
    const { status: own, body } = await post(url, INITIALIZE, {
      origin: `http://localhost:${port}`,
    });
    await body?.cancel();
    assert.equal(own, 200);
  });
});

Deno.test("a body over the cap is refused, whether its length is told or not", async () => {
  await onHttp(async ({ url, port }) => {
    const large = INITIALIZE.replace('"raw"', JSON.stringify("x".repeat(MAX_BODY)));
    const told = await post(url, large);
    await told.body?.cancel();
    assert.equal(told.status, 413);
    const untold = await post(url, new Blob([large]).stream());
    await untold.body?.cancel();
    assert.equal(untold.status, 413);
    // Announced and never sent: it must not be waited for.
    using announcing = await announce(port);
    const head = new Uint8Array(64);
    const length = await within("an answer", announcing.read(head));
    assert.equal(status(new TextDecoder().decode(head.subarray(0, length!))), 413);
    const small = await post(url, INITIALIZE);
    await small.body?.cancel();
    assert.equal(small.status, 200);
  });
});

Deno.test("what is no JSON-RPC is refused and harms nothing", async () => {
  await onHttp(async ({ url }) => {
    for (const body of ["", "{", "[]", '"text"', '{"jsonrpc":"1.0"}']) {
      const { status, body: answer } = await post(url, body);
      await answer?.cancel();
      assert.ok(status >= 400 && status < 500, `${body}: ${status}`);
    }
    const health = await fetch(new URL("/health", url));
    await health.body?.cancel();
    assert.equal(health.status, 200);
  });
});

const OPTIONS = { port: 0, maxBodyBytes: MAX_BODY, onError: () => {} };

for (
  const host of ["0.0.0.0", "::", "192.0.2.1", "flow.example", "127.0.0.1.example", "", "[::1]"]
) {
  Deno.test(`serveOnHttp() refuses to listen on "${host}"`, async () => {
    await using house = new McpHouse();
    assert.throws(
      () => serveOnHttp(house.engine.createServer, { ...OPTIONS, host }),
      (error: Error) => {
        assert.ok(error instanceof HttpFailure);
        assert.match(error.message, /beyond loopback it would need a token, .*give 127\.0\.0\.1/);
        return true;
      },
    );
  });
}

Deno.test("a port that is taken is an HttpFailure that names the remedy", async () => {
  await onHttp(async ({ house, port }) => {
    assert.throws(
      () => serveOnHttp(house.engine.createServer, { ...OPTIONS, host: "127.0.0.1", port }),
      new RegExp(`^HttpFailure: cannot serve HTTP on 127\\.0\\.0\\.1:${port}: another program has`),
    );
    await Promise.resolve();
  });
});

Deno.test("close() frees the port, also with a client still connected", async () => {
  let port = 0;
  let client: Deno.TcpConn | null = null;
  const served = onHttp(async (served) => {
    port = served.port;
    const response = await fetch(new URL("/health", served.url));
    await response.body?.cancel();
    client = await announce(port);
    await client.read(new Uint8Array(64));
  });
  await within("the end of serving", served);
  client!.close();
  Deno.listen({ hostname: "127.0.0.1", port }).close();
});
