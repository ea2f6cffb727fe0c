import assert from "node:assert/strict";
import { RawMcp } from "./support/raw_mcp.ts";
import { SLOW_FLOW, V5_IN_HEX } from "./support/sample_datagrams.ts";
import { holdPort, sendUdp } from "./support/udp.ts";

Deno.test("serve: standard output holds JSON-RPC alone, standard error log lines alone", async () => {
  await using client = await RawMcp.serve(["--log-level", "debug"]);
  const port = await client.collect("netflow_udp");
  await sendUdp(port, "junk", new Uint8Array(0), V5_IN_HEX);
  await client.statusAfter("netflow_udp", 3);
  await client.program.write("this is no JSON\n");
  await client.tool("monitor_once");
  await client.tool("stop_collection", { capability: "netflow_udp" });
  await client.program.endInput();
  assert.equal(await client.program.ended(), 0);
  assert.ok(client.messages().length >= 5);
  const entries = client.logLines();
  assert.ok(entries.some(({ message }) => message === "listening"), JSON.stringify(entries));
  assert.ok(entries.some((entry) => /unknown_version/.test(JSON.stringify(entry))));
});

Deno.test("serve --log-level error says nothing when nothing is wrong", async () => {
  await using client = await RawMcp.serve(["--log-level", "error"]);
  await client.collect("json_udp");
  await client.program.endInput();
  assert.equal(await client.program.ended(), 0);
  assert.deepEqual(client.program.stderr, []);
});

Deno.test("serve answers what was asked before the end of standard input, then ends", async () => {
  await using client = await RawMcp.serve();
  const ask = (id: number, name: string) =>
    `${JSON.stringify({ jsonrpc: "2.0", id, method: "tools/call", params: { name } })}\n`;
  await client.program.write(ask(100, "list_capabilities") + ask(101, "analyze_latency"));
  await client.program.write('{"jsonrpc":"2.0","id":102,');
  await client.program.endInput();
  assert.equal(await client.program.ended(), 0);
  const answered = client.messages().map((message) => (message as { id?: number }).id);
  for (const id of [100, 101]) assert.ok(answered.includes(id), `${id} of ${answered}`);
  client.logLines();
});

Deno.test("serve ends when a message is too long to be read, and lets its ports go", async () => {
  await using client = await RawMcp.serve();
  const port = await client.collect("json_udp");
  const blanks = " ".repeat(1 << 20);
  for (let i = 0; i < 12; i++) await client.program.write(blanks).catch(() => {});
  await client.program.endInput().catch(() => {});
  assert.equal(await client.program.ended(), 0);
  holdPort(port)[Symbol.dispose]();
});

Deno.test("serve does not wait for the answer to a request that was cancelled", async () => {
  await using client = await RawMcp.serve();
  const call = { jsonrpc: "2.0", id: 900, method: "tools/call", params: { name: "monitor_once" } };
  const cancel = { jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 900 } };
  await client.program.write(`${JSON.stringify(call)}\n${JSON.stringify(cancel)}\n`);
  await client.program.endInput();
  // Waiting for an answer in vain would take ten seconds.
  assert.equal(await client.program.ended(8000), 0);
});

for (const end of ["the end of standard input", "SIGTERM", "SIGINT"] as const) {
  Deno.test(`serve ends with status 0 at ${end} while collectors run under traffic`, async () => {
    await using client = await RawMcp.serve();
    const json = await client.collect("json_udp");
    const netflow = await client.collect("netflow_udp");
    await sendUdp(json, SLOW_FLOW);
    await sendUdp(netflow, V5_IN_HEX);
    await client.statusAfter("netflow_udp", 1);
    if (end === "the end of standard input") await client.program.endInput();
    else client.program.signal(end);
    assert.equal(await client.program.ended(5000), 0);
    // The ports are free again.
    for (const port of [json, netflow]) holdPort(port)[Symbol.dispose]();
    client.messages();
    assert.ok(client.logLines().some(({ message }) => message === "stopping"));
  });
}
