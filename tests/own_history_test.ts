import assert from "node:assert/strict";
import { numberedRows } from "./support/history_rows.ts";
import { callTool, McpHouse } from "./support/mcp_house.ts";
import { SealedRings } from "./support/sealed_rings.ts";

/** Notes of an answer of a server by some name, while a history of the name "here" is written. */
async function notesOf(writer: string): Promise<string> {
  const now = Date.now();
  const sealed = new SealedRings([{ epoch: now - 5000 }], { nowMs: now, writer: "here" });
  try {
    sealed.add(0, numberedRows(100, { fromMs: now - 5000 }));
    sealed.work({ all: true });
    await using house = new McpHouse({}, {
      history: {
        folder: sealed.folder,
        keepMs: 1e15,
        keepMinutesMs: 1e15,
        keepHoursMs: 1e15,
        maxOctets: 2 ** 31,
        namedPorts: new Uint8Array(65_536),
        writer,
      },
    });
    const client = await house.connect();
    const { isError, text, result } = await callTool(client, "query_flows", {
      time_range: `${new Date(now - 60_000).toISOString()}/${new Date(now).toISOString()}`,
      metrics: ["flows"],
    });
    assert.equal(isError, false, text);
    assert.match(text, /100/);
    return JSON.stringify((result as { trust: { notes: string[] } }).trust.notes);
  } finally {
    sealed.close();
  }
}

Deno.test("a server knows its own writing of history from that of another by its name", async () => {
  // All have the same process id here, as each has in a container of its own.
  assert.match(await notesOf("there"), /Another flow-agent writes history/);
  assert.doesNotMatch(await notesOf("here"), /Another flow-agent writes history/);
});
