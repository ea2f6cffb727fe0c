import assert from "node:assert/strict";
import type { JSONRPCMessage, Transport } from "@modelcontextprotocol/server";
import { HoldingTransport } from "./holding_transport.ts";

const request = (id: number, method: string): JSONRPCMessage => ({ jsonrpc: "2.0", id, method });
const answer = (id: number): JSONRPCMessage => ({ jsonrpc: "2.0", id, result: {} });

/** A transport at whose other end the test stands. */
class Wire implements Transport {
  onmessage?: Transport["onmessage"];
  onclose?: Transport["onclose"];
  readonly sent: JSONRPCMessage[] = [];
  start = () => Promise.resolve();
  send = (message: JSONRPCMessage) => Promise.resolve(void this.sent.push(message));
  close = () => Promise.resolve(this.onclose?.());
}

async function house() {
  const wire = new Wire();
  const holding = new HoldingTransport(wire);
  const heard: string[] = [];
  holding.onmessage = (message) => heard.push("method" in message ? message.method : "answer");
  await holding.start();
  return { wire, holding, heard };
}

Deno.test("a client is greeted at once; what it says then is heard in order once released", async () => {
  const { wire, holding, heard } = await house();
  wire.onmessage!(request(1, "initialize"));
  assert.deepEqual(heard, ["initialize"]);
  wire.onmessage!({ jsonrpc: "2.0", method: "notifications/initialized" });
  wire.onmessage!(request(2, "tools/list"));
  assert.deepEqual(heard, ["initialize"]);
  holding.release();
  assert.deepEqual(heard, ["initialize", "notifications/initialized", "tools/list"]);
  wire.onmessage!(request(3, "ping"));
  assert.equal(heard.at(-1), "ping");
});

Deno.test("nothing overtakes what is held, and another first word is held", async () => {
  const { wire, holding, heard } = await house();
  wire.onmessage!(request(1, "server/discover"));
  wire.onmessage!(request(2, "initialize"));
  assert.deepEqual(heard, []);
  holding.release();
  assert.deepEqual(heard, ["server/discover", "initialize"]);
});

Deno.test("greeted settles with the first answer, which goes out while all else is held", async () => {
  const { wire, holding } = await house();
  let greeted = false;
  holding.greeted.then(() => greeted = true);
  await holding.send({ jsonrpc: "2.0", method: "notifications/message", params: {} });
  assert.equal(greeted, false);
  await holding.send(answer(1));
  await holding.greeted;
  assert.equal(greeted, true);
  assert.equal(wire.sent.length, 2);
});

Deno.test("the end of the connection is told also before it is released", async () => {
  const { holding } = await house();
  let closed = false;
  holding.onclose = () => closed = true;
  await holding.close();
  assert.equal(closed, true);
});
