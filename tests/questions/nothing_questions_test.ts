import assert from "node:assert/strict";
import { callTool, McpHouse } from "../support/mcp_house.ts";
import { sendUdp } from "../support/udp.ts";
import { until } from "../support/until.ts";

const MINUTE = 60_000;

/** A server, and what it says first to the questions whose answers may be empty. */
class QuietHouse extends McpHouse {
  readonly #sent = new Map<number, number>();

  /** The texts of query_flows and search_flows about the time from and to minutes before now. */
  async texts(from: number, to: number, filter = ""): Promise<string[]> {
    const client = await this.connect();
    const now = this.clock.now();
    const [since, end] = [from, to].map((minutes) => new Date(now - minutes * MINUTE));
    const args = { time_range: `${since.toISOString()}/${end.toISOString()}`, filter };
    const texts = [];
    for (const tool of ["query_flows", "search_flows"]) {
      const { text, isError } = await callTool(client, tool, args);
      assert.equal(isError, false, text);
      texts.push(
        text.replace(/ to \d{4}-\S+?Z/, "").replace(/\d{4}-\S+?Z/g, (time) => {
          const minutes = (Date.parse(time) - now) / MINUTE;
          return `${Math.round(10 * minutes) / 10} min`;
        }),
      );
    }
    return texts;
  }

  /** Starts a collector of JSON flows. */
  async collect(): Promise<number> {
    const client = await this.connect();
    const args = { capability: "json_udp", port: 0 };
    return (await callTool(client, "start_collection", args)).result.port;
  }

  async stop(): Promise<void> {
    await callTool(await this.connect(), "stop_collection", { capability: "json_udp" });
  }

  /** Sends flows in datagrams of a hundred, and waits for them. */
  async flows(port: number, count: number): Promise<void> {
    const flow = { src: "10.0.0.1", dst: "192.0.2.1", src_port: 1000 + port % 10, bytes: 100 };
    const collector = this.engine.collectors.all.find((one) => one.port === port)!;
    const wanted = (this.#sent.get(port) ?? 0) + count;
    for (let left = count; left > 0; left -= 100) {
      const batch = Array.from({ length: Math.min(100, left) }, () => flow);
      await sendUdp(port, JSON.stringify(batch));
      const sent = wanted - left + batch.length;
      await until(
        "flows",
        () => collector.status().counters.flow_records >= sent || undefined,
      );
    }
    this.#sent.set(port, wanted);
  }
}

Deno.test("an empty answer says first whether there was nothing, or nothing is known", async (t) => {
  await using house = new QuietHouse({ store: { capacity_rows: 1024 } });
  const said = async (what: string, asked: [number, number, string?], expected: string[]) => {
    await t.step(what, async () => assert.deepEqual(await house.texts(...asked), expected));
  };
  await said("no collector was ever started", [10, 0], [
    "Nothing was collected in the last 10 minutes: no collector has been started.",
    "Nothing was collected in the last 10 minutes: no collector has been started.",
  ]);
  const port = await house.collect();
  house.clock.step(10 * MINUTE);
  const before = "Nothing was collected in the 5 minutes: collection, as far as is known, began " +
    "only at -10 min.";
  await said("before the first collector", [20, 15], [before, before]);
  await said("collected, and quiet", [5, 0], [
    "There is no traffic in the last 5 minutes.",
    "There is no flow record in the last 5 minutes.",
  ]);
  await house.flows(port, 100);
  house.clock.step(MINUTE);
  await said("collected, and nothing matches", [2, 0, "port 53"], [
    "Nothing matches in the last 2 minutes.",
    "Nothing matches in the last 2 minutes.",
  ]);
  await said("collected in part", [20, 0, "port 53"], [
    "Nothing matches in the last 20 minutes (of which 11 minutes were collected).",
    "Nothing matches in the last 20 minutes (of which 11 minutes were collected).",
  ]);
  // The ring turns over twice.
  await house.flows(port, 2100);
  house.clock.step(MINUTE);
  const gone = "Nothing is held of the minute: flows are held whole from -1 min on.";
  await said("flows are gone from memory", [4, 3], [gone, gone]);
  await house.stop();
  house.clock.step(10 * MINUTE);
  const after = "Nothing was collected in the last 5 minutes: collection ended at -10 min.";
  await said("after the last collector was stopped", [5, 0], [after, after]);
});

Deno.test("a time in which every collector was stopped was not collected, and not quiet", async () => {
  await using house = new QuietHouse();
  const client = await house.connect();
  const ask = async (tool: string, [from, to]: [number, number], more = {}) => {
    const moment = (seconds: number) => new Date(house.clock.now() - seconds * 1000).toISOString();
    const time_range = `${moment(from)}/${moment(to)}`;
    const { isError, text, result } = await callTool(client, tool, { time_range, ...more });
    assert.equal(isError, false, text);
    return { text: text.split("\n")[0], result };
  };
  house.clock.step(MINUTE - house.clock.now() % MINUTE);
  const port = await house.collect();
  house.clock.step(30_000);
  await house.flows(port, 300);
  house.clock.step(30_000);
  await house.stop();
  house.clock.step(2 * MINUTE);
  const other = await house.collect();
  await house.flows(other, 300);
  house.clock.step(MINUTE);
  const tools: [tool: string, args?: Record<string, unknown>][] = [
    ["query_flows"],
    ["query_flows", { time: "flow" }],
    ["search_flows"],
    ["find_anomalies"],
    ["investigate_host", { ip_address: "10.0.0.1" }],
    ["analyze_traffic"],
    ["analyze_traffic", { focus: "trend" }],
    ["detect_bottlenecks"],
    ["explain_change"],
  ];
  for (const [tool, args] of tools) {
    const { text, result } = await ask(tool, [150, 90], args);
    assert.match(text, /^Nothing was collected in the minute to /, tool);
    const { complete, covered_from, notes } = result.trust;
    assert.deepEqual([complete, covered_from], [false, null], tool);
    assert.match(notes.join("\n"), / did not listen /, tool);
    if (tool !== "query_flows") continue;
    assert.deepEqual(result.totals.metrics, { bytes: null, packets: null, flows: null });
  }
  // It was quiet then, and that is known.
  const { result: quiet } = await ask("query_flows", [20, 10]);
  assert.deepEqual(quiet.totals.metrics, { bytes: 0, packets: 0, flows: 0 });
  assert.deepEqual([quiet.trust.rows_scanned, quiet.trust.dedup_factor], [0, null]);
  // Four minutes, of which two were collected: 600 flows of 100 octets.
  const rate = 600 * 100 * 8 / 120;
  const metrics = ["flows", "bytes", "bps"];
  const { result: { totals, trust } } = await ask("query_flows", [240, 0], {
    metrics,
    time: "arrival",
  });
  assert.deepEqual(totals.metrics, { flows: 600, bytes: 60_000, bps: rate });
  assert.equal(trust.complete, false);
  const { result: series } = await ask("query_flows", [240, 0], {
    metrics,
    time: "arrival",
    bucket_seconds: 60,
  });
  assert.deepEqual(series.rows.map((row: unknown[]) => row.at(-1)), [4000, null, null, 4000]);
  const whole = await ask("analyze_traffic", [240, 0]);
  assert.match(
    whole.text,
    /^In the last 4 minutes \(of which 2 minutes were collected\) 60 kB .* 4 kbit/,
  );
  const [total] = whole.result.items;
  assert.equal(total.covered_seconds, 120);
  const { result: trend } = await ask("analyze_traffic", [240, 0], { focus: "trend" });
  const down = trend.items.filter(({ bytes }: { bytes: number | null }) => bytes === null);
  assert.deepEqual([trend.items.length, down.length], [48 + 1, 24]);
  assert.match(trend.headline, / 4 kbit\/s on average/);
  const change = await ask("explain_change", [120, 0]);
  assert.match(change.text, /was 4 kbit\/s, in .* 4 kbit\/s: too little was collected to say what/);
});

Deno.test("of what lies ahead nothing is said, and what is asked until then ends now", async () => {
  await using house = new QuietHouse();
  const client = await house.connect();
  const port = await house.collect();
  await house.flows(port, 100);
  house.clock.step(MINUTE);
  const now = house.clock.now();
  const range = (from: number, to: number) =>
    [from, to].map((minutes) => new Date(now + minutes * MINUTE).toISOString()).join("/");
  const tools = [
    ...["query_flows", "search_flows", "find_anomalies", "explain_change"],
    ...["analyze_traffic", "detect_bottlenecks"],
  ];
  for (const tool of tools) {
    const { isError, text } = await callTool(client, tool, { time_range: range(1440, 1450) });
    assert.equal(isError, true, text);
    assert.match(text, /^time_range: ".*" lies ahead: it is \S+ now/);
    const { result } = await callTool(client, tool, { time_range: range(-5, 55) });
    const at = new Date(now).toISOString();
    assert.deepEqual([result.trust.asked_to, result.trust.covered_to], [at, at], tool);
    assert.deepEqual(result.trust.silent_exporters, [], tool);
  }
  const args = { time_range: range(-5, 55), metrics: ["bytes", "bps"], time: "arrival" };
  const { result: { totals } } = await callTool(client, "query_flows", args);
  assert.deepEqual(totals.metrics, { bytes: 10_000, bps: 10_000 * 8 / 60 });
  const { text } = await callTool(client, "analyze_traffic", { time_range: range(-5, 55) });
  assert.match(text, /^In the last 5 minutes \(of which 1 minute was collected\) 10 kB /);
});

Deno.test("an empty answer says first that the budget of rows was reached", async () => {
  await using house = new QuietHouse({ query: { max_rows: 1 } });
  const [one, other] = [await house.collect(), await house.collect()];
  house.clock.step(5 * MINUTE);
  await house.flows(one, 3);
  house.clock.step(MINUTE);
  await house.flows(other, 2);
  house.clock.step(MINUTE);
  const [text] = await house.texts(5, 0, "port 53");
  assert.equal(
    text,
    "Nothing matches among the 3 flow records that were read: the query reached its budget, and " +
      "what arrived after -1 min was not looked at.",
  );
  const client = await house.connect();
  const { result: { items, trust } } = await callTool(client, "get_recommendations");
  assert.deepEqual([items[0].title, items[0].severity], ["Ask of less at a time", "warning"]);
  assert.match(items[0].seen, /^Of the last 15 minutes 3 flow records were read, those that arr/);
  assert.match(items[0].next_step, /raise query\.max_rows /);
  assert.equal(trust.complete, false);
  // What was not read may have been collected.
  const change = await callTool(client, "explain_change", { time_range: "3m" });
  assert.match(change.text, /: too little was read to say what changed\.$/);
  assert.match(
    change.result.trust.notes.join("\n"),
    /^Not all of both windows was read: rates are over the parts that were, /m,
  );
  const [found] = await house.texts(5, 0);
  assert.match(
    found,
    /^First: .*flows 3; what arrived after -1 min is not in it, since the query reached its budget\.$/,
  );
});
