import assert from "node:assert/strict";
import { HISTORY_FILE, openHistory } from "../core/history/history_database.ts";
import { HistoryStore } from "../core/history/history_store.ts";
import { allBytes } from "./support/history_rows.ts";
import { ROOT } from "./support/program.ts";
import { Random } from "./support/random.ts";
import { RawMcp } from "./support/raw_mcp.ts";
import { V5_IN_HEX } from "./support/sample_datagrams.ts";
import { temporaryFolder } from "./support/temporary_folder.ts";
import { freeUdpPort, sendUdp } from "./support/udp.ts";
import { until } from "./support/until.ts";

const KILLS = 8;

function open(folder: string): HistoryStore {
  return new HistoryStore(openHistory(folder));
}

function serveIn(folder: string, env: Record<string, string> = {}): Promise<RawMcp> {
  return RawMcp.serve(["--db", folder], { read: [folder], write: [folder], env });
}

/** Sends datagrams of two flows each. */
async function sendFlows(client: RawMcp, port: number, datagrams: number): Promise<void> {
  for (let sent = 0; sent < datagrams; sent++) await sendUdp(port, V5_IN_HEX);
  await client.statusAfter("netflow_udp", datagrams);
}

Deno.test("flows that serve received are on disk when SIGTERM has ended it, run after run", async () => {
  using temporary = temporaryFolder();
  for (let run = 1; run <= 2; run++) {
    await using client = await serveIn(temporary.path);
    await sendFlows(client, await client.collect("netflow_udp"), 20);
    const history = await until("history", async () => {
      const { history: found } = await client.tool("capability_status");
      // Until its file is open it is "opening", and has no flows.
      const isOpen = found.state === "kept" && found.flow_records === 40 * (run - 1);
      return isOpen ? found : undefined;
    });
    assert.equal(history.folder, temporary.path);
    client.program.signal("SIGTERM");
    assert.equal(await client.program.ended(5000), 0);
    const store = open(temporary.path);
    assert.equal(store.size().rows, 40 * run);
    assert.equal(
      new Set(store.list({ fromMs: 0, toMs: 1e15 }).map(({ epoch }) => epoch)).size,
      run,
    );
    store.close();
  }
});

Deno.test("serve keeps no history where nothing is to be kept, or where it is switched off", async () => {
  using temporary = temporaryFolder();
  {
    await using client = await RawMcp.serve(["--db", ":memory:"]);
    const { history } = await client.tool("capability_status");
    assert.deepEqual([history.state, history.folder], ["off", null]);
  }
  await using client = await serveIn(temporary.path, { FLOW_HISTORY_ENABLED: "no" });
  assert.equal((await client.tool("capability_status")).history.state, "off");
  const names = [...Deno.readDirSync(temporary.path)].map(({ name }) => name);
  assert(names.includes("state.db") && !names.includes(HISTORY_FILE), names.join(" "));
});

Deno.test("serve runs where history.db cannot be used, and says so in status and log", async () => {
  using temporary = temporaryFolder();
  Deno.writeTextFileSync(`${temporary.path}/${HISTORY_FILE}`, "no database ".repeat(900));
  await using client = await serveIn(temporary.path);
  await sendFlows(client, await client.collect("netflow_udp"), 2);
  const history = await until("the pause", async () => {
    const { history: found } = await client.tool("capability_status");
    return found.state === "paused" ? found : undefined;
  });
  assert.match(history.reason, /history\.db is damaged .*move it away/);
  const log = client.logLines().map(({ message }) => message);
  assert(log.includes("history is not written"), log.join("\n"));
  await client.program.endInput();
  assert.equal(await client.program.ended(5000), 0);
});

Deno.test(`after each of ${KILLS} kill -9 history holds whole what was said to be written`, async () => {
  using temporary = temporaryFolder();
  const random = new Random(11);
  let next = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--frozen",
        "--no-prompt",
        `--allow-read=${ROOT},${temporary.path}`,
        `--allow-write=${temporary.path}`,
        `${ROOT}tests/support/history_writer.ts`,
        temporary.path,
        `${next}`,
        `${kill + 1}`,
      ],
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    let said = next;
    let lines = 0;
    let tail = "";
    const wanted = 5 + random.below(60);
    for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
      const parts = (tail + chunk).split("\n");
      tail = parts.pop()!;
      for (const line of parts) {
        assert.match(line, /^\d+$/);
        said = Number(line);
        // At any moment: not only between two segments.
        if (++lines === wanted) {
          setTimeout(() => child.kill("SIGKILL"), random.below(12));
        }
      }
    }
    assert.equal((await child.status).signal, "SIGKILL");
    const store = open(temporary.path);
    const numbers = allBytes(store).toSorted((a, b) => a - b);
    store.close();
    assert(numbers.length >= said, `run ${kill}: ${said} were said, ${numbers.length} are there`);
    assert.deepEqual(numbers, Array.from({ length: numbers.length }, (_, i) => i));
    next = numbers.length;
  }
  assert(next > KILLS * 100);
});

Deno.test("a collector's flows go on being kept when it is stopped and started", async () => {
  using temporary = temporaryFolder();
  const port = freeUdpPort();
  {
    await using client = await serveIn(temporary.path);
    for (let round = 1; round <= 2; round++) {
      await client.tool("start_collection", { capability: "netflow_udp", host: "127.0.0.1", port });
      await sendUdp(port, V5_IN_HEX);
      await client.statusAfter("netflow_udp", round);
      await client.tool("stop_collection", { capability: "netflow_udp" });
    }
    await client.program.endInput();
    assert.equal(await client.program.ended(5000), 0);
  }
  const store = open(temporary.path);
  assert.equal(store.size().rows, 4);
  assert.equal(store.size().segments, 1);
  store.close();
});

Deno.test("after a restart questions about the time before it get exactly what was sent", async () => {
  using temporary = temporaryFolder();
  const sent = 60;
  {
    await using client = await serveIn(temporary.path);
    await sendFlows(client, await client.collect("netflow_udp"), sent);
    const { totals, trust } = await client.tool("query_flows", {
      time_range: "5m",
      metrics: ["flows"],
    });
    assert.deepEqual([totals.metrics.flows, trust.rows_from_disk], [2 * sent, 0]);
    await client.program.endInput();
    assert.equal(await client.program.ended(5000), 0);
  }
  await using client = await serveIn(temporary.path);
  const ask = { time_range: "5m", metrics: ["flows", "bytes", "packets"], group_by: ["src_addr"] };
  const before = await until("history to be read", async () => {
    const found = await client.tool("query_flows", ask);
    return found.trust.rows_scanned > 0 ? found : undefined;
  });
  assert.equal(before.totals.metrics.flows, 2 * sent);
  assert.deepEqual([before.trust.rows_from_disk, before.trust.rows_missed], [2 * sent, 0]);
  assert.notEqual(before.trust.covered_from, null);
  const { next_cursor, rows } = await client.tool("search_flows", { time_range: "5m", limit: 100 });
  const rest = await client.tool("search_flows", { limit: 100, cursor: next_cursor });
  assert.deepEqual([rows.length, rest.rows.length, rest.next_cursor], [100, 2 * sent - 100, null]);
  // Every tool reaches back alike.
  const host = before.rows[0][0];
  for (
    const [tool, args] of [
      ["analyze_traffic", { time_range: "5m" }],
      ["investigate_host", { time_range: "5m", ip_address: host }],
      ["find_anomalies", { time_range: "5m" }],
      ["explain_change", { time_range: "5m", against: "now-10m/now-5m" }],
      ["analyze_latency", { window_seconds: 300 }],
    ] as const
  ) {
    const { trust } = await client.tool(tool, args);
    assert(trust.rows_from_disk > 0, `${tool}: ${JSON.stringify(trust)}`);
    assert.equal(trust.rows_missed, 0, tool);
  }
  // And what comes now counts beside what came before.
  await sendFlows(client, await client.collect("netflow_udp"), 5);
  const both = await client.tool("query_flows", ask);
  assert.equal(both.totals.metrics.flows, 2 * sent + 10);
  assert.equal(both.trust.rows_from_disk, 2 * sent);
  for (const [i, row] of before.rows.entries()) {
    assert.equal(row[1] * (sent + 5), both.rows[i][1] * sent, `${row}`);
    assert.equal(row[2] * (sent + 5), both.rows[i][2] * sent);
  }
  await client.program.endInput();
  assert.equal(await client.program.ended(5000), 0);
});
