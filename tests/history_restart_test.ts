import assert from "node:assert/strict";
import { RawMcp } from "./support/raw_mcp.ts";
import { V5_IN_HEX } from "./support/sample_datagrams.ts";
import { temporaryFolder } from "./support/temporary_folder.ts";
import { freeUdpPort, sendUdp } from "./support/udp.ts";
import { until } from "./support/until.ts";

function serveIn(folder: string): Promise<RawMcp> {
  return RawMcp.serve(["--db", folder], { read: [folder], write: [folder] });
}

/** Starts a collector, and sends it datagrams of two flows each. */
async function collect(client: RawMcp, port: number, datagrams: number): Promise<void> {
  await client.tool("start_collection", { capability: "netflow_udp", host: "127.0.0.1", port });
  for (let sent = 0; sent < datagrams; sent++) await sendUdp(port, V5_IN_HEX);
  await client.statusAfter("netflow_udp", datagrams);
}

async function end(client: RawMcp): Promise<void> {
  await client.program.endInput();
  assert.equal(await client.program.ended(5000), 0);
}

Deno.test("answers about the time before a restart say what is not known of it", async () => {
  using temporary = temporaryFolder();
  const port = freeUdpPort();
  const rates = { time: "arrival", metrics: ["flows", "bps"] };
  const time_range = await (async () => {
    await using client = await serveIn(temporary.path);
    await collect(client, port, 5);
    const { trust } = await client.tool("query_flows", { time_range: "5m", ...rates });
    // The window closes before the process ends.
    const closed = `${trust.covered_from}/${trust.covered_to}`;
    await end(client);
    return closed;
  })();
  await using client = await serveIn(temporary.path);
  await collect(client, port, 1);

  const all = await client.tool("query_flows", { time_range: "5m", ...rates });
  assert.equal(all.totals.metrics.flows, 12);
  const notes: string[] = all.trust.notes;
  const gap = notes.flatMap((note) => /^Nothing is held from (\S+) to (\S+): /.exec(note) ?? []);
  assert.equal(gap.length, 3, notes.join("\n"));
  assert(notes.some((note) => /^What was lost .* is not known any more/.test(note)));

  const down = await client.tool("query_flows", { time_range: `${gap[1]}/${gap[2]}`, ...rates });
  const { complete, covered_from, covered_to } = down.trust;
  assert.deepEqual([complete, covered_from, covered_to], [false, null, null]);
  assert.equal(down.totals.metrics.bps, null);
  const why =
    ": no collector ran then, flow-agent was ended before it had written what it received, or " +
    "wrote it to a history.db that is gone.";
  for (const tool of ["query_flows", "search_flows"]) {
    const { text } = await client.tryTool(tool, { time_range: `${gap[1]}/${gap[2]}` });
    assert(text.startsWith("Nothing is held of the ") && text.endsWith(`to ${gap[2]}${why}`), text);
  }
  const told = await client.tool("analyze_traffic", { time_range: `${gap[1]}/${gap[2]}` });
  assert.match(told.headline, /^Nothing/);

  const closed = await client.tool("query_flows", { time_range, ...rates });
  assert.equal(`${closed.trust.covered_from}/${closed.trust.covered_to}`, time_range);
  assert.equal(closed.totals.metrics.flows, 10);
  assert.equal(closed.trust.complete, false);
  assert.equal(closed.trust.dedup_factor, null);
  assert(closed.trust.notes.some((note: string) => /^Whether conversations on disk/.test(note)));
  await end(client);
});

Deno.test("a window on both sides of a restart has the rate of what was collected", async () => {
  using temporary = temporaryFolder();
  const port = freeUdpPort();
  const ask = { metrics: ["bytes", "bps"], time: "arrival" };
  let begin: string;
  {
    await using client = await serveIn(temporary.path);
    await collect(client, port, 5);
    const { trust } = await client.tool("query_flows", { time_range: "5m", ...ask });
    begin = trust.covered_from;
    await end(client);
  }
  await using client = await serveIn(temporary.path);
  await collect(client, port, 5);
  const { totals, trust } = await until("history", async () => {
    const found = await client.tool("query_flows", { time_range: "5m", ...ask });
    return found.trust.rows_from_disk > 0 ? found : undefined;
  });
  const [, from, to] = trust.notes.flatMap((note: string) =>
    /^Nothing is held from (\S+) to (\S+): /.exec(note) ?? []
  );
  // Its begin is known from disk.
  assert.equal(trust.covered_from, begin);
  const collected = Date.parse(trust.covered_to) - Date.parse(trust.covered_from) -
    (Date.parse(to) - Date.parse(from));
  const { bytes, bps } = totals.metrics;
  assert(Math.abs(bps - 8000 * bytes / collected) < 1e-6 * bps, `${bps}`);
  await end(client);
});

Deno.test("after a restart without a collector nothing is said of what came since", async () => {
  using temporary = temporaryFolder();
  const port = freeUdpPort();
  {
    await using client = await serveIn(temporary.path);
    await collect(client, port, 5);
    await end(client);
  }
  const ended = new Date().toISOString();
  await using client = await serveIn(temporary.path);
  const time_range = `${ended}/now`;
  const untrue = /[Nn]o traffic|no flow record|took no part|took part in no|unremarkable/;
  const asked: [tool: string, args: Record<string, unknown>][] = [
    ["query_flows", {}],
    ["query_flows", { time: "arrival", metrics: ["bytes", "bps"] }],
    ["query_flows", { time: "arrival", group_by: ["src_addr"] }],
    ["search_flows", {}],
    ["find_anomalies", {}],
    ["investigate_host", { ip_address: "192.0.2.1" }],
    ["explain_change", {}],
    ["analyze_traffic", {}],
    ["analyze_traffic", { focus: "trend" }],
    ["detect_bottlenecks", {}],
  ];
  for (const [tool, args] of asked) {
    const { text, result, isError } = await client.tryTool(tool, { time_range, ...args });
    assert.equal(isError, false, text);
    const [first] = text.split("\n");
    assert.doesNotMatch(first, untrue, `${tool} ${JSON.stringify(args)}`);
    assert.match(first, /Nothing (?:is held|was collected)/, tool);
    const { complete, covered_from, covered_to, notes } = result.trust;
    assert.deepEqual([complete, covered_from, covered_to], [false, null, null], tool);
    assert(
      notes.some((note: string) => /^No collector runs: nothing is held of what/.test(note)),
      `${tool}: ${notes.join("\n")}`,
    );
  }
  await end(client);
});
