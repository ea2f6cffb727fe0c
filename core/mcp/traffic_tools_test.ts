import assert from "node:assert/strict";
import type { Client } from "@modelcontextprotocol/client";
import type { Settings } from "../config/load_config.ts";
import { writeMmdb } from "../../tests/support/mmdb.ts";
import { temporaryFolder } from "../../tests/support/temporary_folder.ts";
import { callTool, McpHouse } from "../../tests/support/mcp_house.ts";
import { sendUdp } from "../../tests/support/udp.ts";
import { until } from "../../tests/support/until.ts";

/** A server that has taken in flows, as `json_udp` takes them. */
async function houseWith(
  flows: readonly Record<string, unknown>[],
  settings: Settings = {},
): Promise<{ house: McpHouse; client: Client }> {
  const house = new McpHouse(settings);
  const client = await house.connect();
  const { result } = await callTool(client, "start_collection", {
    capability: "json_udp",
    port: 0,
  });
  for (const flow of flows) await sendUdp(result.port, JSON.stringify(flow));
  await until("all flows", () => {
    const [collector] = house.engine.collectors.all;
    return collector.status().counters.flow_records === flows.length || undefined;
  });
  return { house, client };
}

const FLOWS = Array.from({ length: 30 }, (_, n) => ({
  src: `10.0.${n % 3}.${n % 5}`,
  dst: "192.0.2.1",
  src_port: 40_000 + n,
  dst_port: n % 2 === 0 ? 443 : 53,
  proto: n % 2 === 0 ? "tcp" : "udp",
  bytes: 100 * (n + 1),
  packets: n + 1,
}));
/** 100 + 200 + … + 3000. */
const ALL_BYTES = 46_500;

Deno.test("query_flows answers what a naive sum over what was sent answers", async () => {
  const { house, client } = await houseWith(FLOWS);
  await using _ = house;
  const { result, text } = await callTool(client, "query_flows", {
    group_by: ["src_addr/24"],
    metrics: ["bytes", "flows", "distinct(src_port)"],
    limit: 2,
  });
  const net = (third: number) => FLOWS.filter(({ src }) => src.startsWith(`10.0.${third}.`));
  const bytes = (third: number) => net(third).reduce((sum, flow) => sum + flow.bytes, 0);
  assert.deepEqual(result.rows, [
    ["10.0.2.0/24", bytes(2), 10, 10],
    ["10.0.1.0/24", bytes(1), 10, 10],
  ]);
  assert.deepEqual(result.other, {
    groups: 1,
    metrics: { bytes: bytes(0), flows: 10, "distinct(src_port)": 10 },
  });
  assert.deepEqual(result.totals.metrics, {
    bytes: ALL_BYTES,
    flows: 30,
    "distinct(src_port)": 30,
  });
  assert.match(
    text,
    /^First: src_addr\/24 10\.0\.2\.0\/24, bytes 16500, .* 1 further group; in all/,
  );
  assert.equal(result.trust.rows_scanned, 30);
});

Deno.test("query_flows pages through groups by its cursor, over one window", async () => {
  const { house, client } = await houseWith(FLOWS);
  await using _ = house;
  // Past every arrival, so that the window of the first page holds them all.
  house.clock.advance(60_000);
  const ask = { group_by: ["src_port"], metrics: ["bytes"], limit: 12 };
  const seen: unknown[] = [];
  let cursor: string | null = null;
  do {
    const { result } = await callTool(client, "query_flows", {
      ...ask,
      ...(cursor === null ? {} : { cursor }),
    });
    seen.push(...result.rows);
    cursor = result.next_cursor;
    house.clock.advance(1000);
  } while (cursor !== null);
  assert.deepEqual(seen, FLOWS.map((f) => [f.src_port, f.bytes]).reverse());
});

Deno.test("further pages have what is dated ahead of a clock that was set back, as the first has", async () => {
  const { house, client } = await houseWith(FLOWS);
  await using _ = house;
  house.clock.step(-3_600_000);
  for (
    const [tool, ask] of [
      ["query_flows", { group_by: ["src_port"], metrics: ["bytes"] }],
      ["search_flows", { fields: ["src_port", "bytes"] }],
    ] as const
  ) {
    const seen: unknown[] = [];
    let cursor: string | null = null;
    do {
      const { result } = await callTool(client, tool, {
        ...ask,
        limit: 12,
        ...(cursor === null ? {} : { cursor }),
      });
      seen.push(...result.rows);
      cursor = result.next_cursor;
      house.clock.advance(1000);
    } while (cursor !== null);
    assert.deepEqual(seen, FLOWS.map((f) => [f.src_port, f.bytes]).reverse(), tool);
  }
});

Deno.test("a time in which the only collector was stopped is no time without traffic", async () => {
  await using house = new McpHouse();
  const client = await house.connect();
  const { clock } = house;
  const MINUTE_MS = 60_000;
  clock.step(MINUTE_MS - clock.now() % MINUTE_MS);
  const fromMs = clock.now();
  const capability = "json_udp";
  const start = async (port: number) => {
    const { result } = await callTool(client, "start_collection", { capability, port });
    return Number(result.port);
  };
  // Steps, since a worker whose heart does not beat for a minute is taken for dead.
  /** A minute with one flow of 7500 octets, 1000 bits a second over it. */
  const minute = async (flows: number) => {
    await sendUdp(port, JSON.stringify({ ...FLOWS[0], bytes: 7500 }));
    const [collector] = house.engine.collectors.all;
    await until("the flow", () => collector.status().counters.flow_records === flows || undefined);
    clock.step(MINUTE_MS);
  };
  const port = await start(0);
  await minute(1);
  await callTool(client, "stop_collection", { capability });
  clock.step(2 * MINUTE_MS);
  await start(port);
  await minute(2);
  const time_range = `${new Date(fromMs).toISOString()}/${new Date(clock.now()).toISOString()}`;
  for (const time of ["arrival", "flow"]) {
    const { result } = await callTool(client, "query_flows", {
      ...{ time_range, time, metrics: ["flows", "bps"], bucket_seconds: 60 },
    });
    const rows = (result.rows as unknown[][]).map(([, ...figures]) => figures);
    assert.deepEqual(rows, [[1, 1000], [null, null], [null, null], [1, 1000]], time);
    assert.equal(result.totals.metrics.bps, 1000);
    assert.equal(result.trust.complete, false);
    const { notes } = result.trust;
    assert.equal(notes.filter((note: string) => /did not listen/.test(note)).length, 1);
    assert.ok(
      !notes.some((note: string) => /too low|Nothing is held/.test(note)),
      notes.join("\n"),
    );
  }
  const { result } = await callTool(client, "analyze_traffic", { time_range, focus: "trend" });
  assert.equal(result.items[0].average_bits_per_second, 1000);
});

Deno.test("search_flows gives records, newest first, page by page", async () => {
  const { house, client } = await houseWith(FLOWS);
  await using _ = house;
  const ask = { filter: "udp", fields: ["src_port", "bytes"], limit: 10 };
  const first = (await callTool(client, "search_flows", ask)).result;
  assert.deepEqual(first.columns, [{ name: "src_port", unit: "" }, {
    name: "bytes",
    unit: "octets",
  }]);
  const rest = await callTool(client, "search_flows", { ...ask, cursor: first.next_cursor });
  const found = [...first.rows, ...rest.result.rows];
  assert.deepEqual(
    found,
    FLOWS.filter(({ proto }) => proto === "udp").map((f) => [f.src_port, f.bytes]).reverse(),
  );
  assert.deepEqual([first.rows.length, rest.result.next_cursor], [10, null]);
});

Deno.test("query_flows groups and filters by configured names, and says what there are", async () => {
  using folder = temporaryFolder();
  const file = `${folder.path}/country.mmdb`;
  const database = writeMmdb([["192.0.2.0/24", { country: { iso_code: "DE" } }]]);
  Deno.writeFileSync(file, new Uint8Array(database).slice());
  const { house, client } = await houseWith(FLOWS, {
    names: {
      labels: { "10.0.1.0/24": "lab", "10.0.0.0/16": "head office" },
      services: { "udp/53": "resolver" },
    },
    geo: { country_mmdb: file },
  });
  await using _ = house;
  const ask = async (args: Record<string, unknown>) =>
    (await callTool(client, "query_flows", { metrics: ["bytes", "flows"], ...args })).result.rows;
  const sums = (wanted: (flow: (typeof FLOWS)[number]) => boolean) => {
    const some = FLOWS.filter(wanted);
    return [some.reduce((sum, flow) => sum + flow.bytes, 0), some.length];
  };
  const inLab = ({ src }: { src: string }) => src.startsWith("10.0.1.");
  assert.deepEqual(await ask({ group_by: ["src_label", "dst_country", "locality"] }), [
    ["head office", "DE", "outbound", ...sums((flow) => !inLab(flow))],
    ["lab", "DE", "outbound", ...sums(inLab)],
  ]);
  assert.deepEqual(
    await ask({ filter: "src label lab and dst country DE and service resolver" }),
    [sums((flow) => inLab(flow) && flow.dst_port === 53)],
  );
  const wrong = await callTool(client, "query_flows", { filter: "src label lap" });
  assert.ok(wrong.isError);
  assert.match(wrong.text, /expected a label of the configuration[^]*Did you mean lab\?$/);
  const search = { filter: "src label lab", fields: ["src_addr"], limit: 1 };
  const { result } = await callTool(client, "search_flows", search);
  assert.match(result.rows[0][0], /^10\.0\.1\./);
  assert.deepEqual(result.host_names, {});
});

Deno.test("reverse DNS names hosts in a later answer, and no answer waits for it", async () => {
  // A name server that has one name, and takes its time for it.
  const server = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const { port } = server.addr as Deno.NetAddr;
  const serving = (async () => {
    for await (const [question, from] of server) {
      await server.send(pointerAnswer(question, "router.example"), from);
    }
  })();
  const { house, client } = await houseWith(FLOWS.slice(0, 1), {
    dns: { reverse: true, server: `127.0.0.1:${port}`, timeout_ms: 60_000 },
  });
  try {
    const ask = async () =>
      (await callTool(client, "query_flows", { group_by: ["dst_addr"] })).result.host_names;
    assert.deepEqual(await ask(), {});
    const names = await until("the name", async () => {
      const found = await ask();
      return Object.keys(found).length > 0 ? found : undefined;
    });
    assert.deepEqual(names, { "192.0.2.1": "router.example" });
  } finally {
    await house[Symbol.asyncDispose]();
    server.close();
    await serving;
  }
});

/** The answer to a PTR question (RFC 1035 §4.1): the question, and one record that points to it. */
function pointerAnswer(question: Uint8Array, name: string): Uint8Array {
  const labels = name.split(".").flatMap((label) => [
    label.length,
    ...new TextEncoder().encode(label),
  ]);
  const data = [...labels, 0];
  let end = 12;
  while (question[end] !== 0) end += question[end] + 1;
  // Behind the root label: type and class.
  end += 5;
  const header = [...question.subarray(0, 2), 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0];
  const record = [0xc0, 12, 0, 12, 0, 1, 0, 0, 0, 60, 0, data.length, ...data];
  return Uint8Array.from([...header, ...question.subarray(12, end), ...record]);
}

Deno.test("the analyses answer from what was sent, each with a call that leads on", async () => {
  const { house, client } = await houseWith(FLOWS);
  await using _ = house;
  const ask = async (tool: string, args: Record<string, unknown> = {}) => {
    const { isError, text, result } = await callTool(client, tool, args);
    assert.ok(!isError, text);
    assert.equal(text, result.headline);
    assert.match(text, /^[^\n]{10,400}\.$/);
    const next = await callTool(client, result.query.tool, result.query.arguments);
    assert.ok(!next.isError, next.text);
    assert.equal(result.trust.rows_scanned, 30, tool);
    return result;
  };
  const [total, , host] = (await ask("analyze_traffic")).items;
  assert.deepEqual([total.bytes, total.flows], [ALL_BYTES, 30]);
  assert.deepEqual([host.name, host.bytes_received], ["192.0.2.1", ALL_BYTES]);
  const { items: services } = await ask("analyze_traffic", { focus: "services", filter: "udp" });
  assert.deepEqual(services.map(({ name }: { name: string }) => name), ["domain (udp/53)"]);
  const from = FLOWS.filter(({ src }) => src === "10.0.0.0");
  const { items: [sent, received] } = await ask("investigate_host", { ip_address: "10.0.0.0" });
  assert.deepEqual(
    [sent.bytes, sent.flows, received.flows],
    [from.reduce((sum, { bytes }) => sum + bytes, 0), from.length, 0],
  );
  const change = await ask("explain_change", { time_range: "5m", against: "2h/1h" });
  assert.match(change.headline, /^Nothing was collected in .*: there is nothing to compare with/);
  assert.deepEqual(change.items, []);
  assert.match((await ask("detect_bottlenecks")).headline, /^No interface is named by the traffic/);
  const { items: advice } = await ask("get_recommendations");
  assert.deepEqual(
    advice.map(({ title, priority }: { title: string; priority: number }) => [priority, title]),
    [[1, "Have interfaces exported"]],
  );
});

Deno.test("find_anomalies tells of a scan that was sent, and its evidence can be called", async () => {
  const scan = Array.from({ length: 40 }, (_, n) => ({
    src: "203.0.113.9",
    dst: "10.0.0.1",
    src_port: 50_000,
    dst_port: n + 1,
    proto: "tcp",
    tcp_flags: 2,
    bytes: 44,
    packets: 1,
  }));
  const { house, client } = await houseWith([...FLOWS, ...scan]);
  await using _ = house;
  const { result, text } = await callTool(client, "find_anomalies", { anomaly_type: "port_scan" });
  assert.equal(
    text,
    "1 finding, 1 of them to look into. 203.0.113.9 tried 40 ports of 10.0.0.1: 40 failed.",
  );
  assert.equal(result.headline, text);
  const [{ subject, numbers, confidence, evidence, ...item }] = result.items;
  assert.deepEqual(subject.hosts, ["203.0.113.9", "10.0.0.1"]);
  assert.deepEqual([numbers.attempts, numbers.failed, confidence], [40, 40, 0.98]);
  assert.match(item.method, /^threshold random walk/);
  assert.equal(result.trust.rows_scanned, 70);
  const shown = await callTool(client, evidence.tool, {
    ...evidence.arguments,
    // Time stands still here: what came in this millisecond is behind the end of the window.
    time_range: "15m",
  });
  assert.equal(shown.isError, false, shown.text);
  assert.equal(shown.result.totals.metrics.flows, 40);
  const onward = await callTool(client, result.query.tool, result.query.arguments);
  assert.equal(onward.isError, false, onward.text);
});

Deno.test("find_anomalies leaves a configured scanner out, and says so", async () => {
  const scan = Array.from({ length: 20 }, (_, n) => ({
    src: "10.0.9.9",
    dst: "10.0.0.1",
    src_port: 50_000,
    dst_port: n + 1,
    proto: "tcp",
    tcp_flags: 2,
    bytes: 44,
    packets: 1,
  }));
  const { house, client } = await houseWith(scan, {
    expected: { scanners: { "10.0.9.0/28": "Nessus" } },
  });
  await using _ = house;
  const { result, text } = await callTool(client, "find_anomalies", { anomaly_type: "port_scan" });
  assert.deepEqual(result.items, []);
  assert.equal(text, "Nothing out of the ordinary in 20 flow records.");
  assert.ok(
    result.trust.notes.includes("port_scan: 1 configured scanner left out: 10.0.9.9 (Nessus)."),
    result.trust.notes.join("\n"),
  );
});

Deno.test("analyze_latency says of how much of the window it tells", async () => {
  const { house, client } = await houseWith([{ ...FLOWS[0], latency_ms: 5 }]);
  await using _ = house;
  house.clock.step(4000);
  const late = await callTool(client, "analyze_latency");
  assert.match(
    late.text,
    /^1 flow with latency in the last 5 minutes \(of which \d seconds were col/,
  );
  const none = await callTool(client, "analyze_latency", { filter: "host 10.9.9.9" });
  assert.match(none.text, /^No flow with measured latency in the last 5 minutes \(of which \d sec/);
  const whole = await callTool(client, "analyze_latency", { window_seconds: 3 });
  assert.equal(whole.text, "No flow with measured latency in the last 3 seconds.");
});

Deno.test("find_anomalies says when there is nothing to judge", async () => {
  await using house = new McpHouse();
  const client = await house.connect();
  const none = await callTool(client, "find_anomalies");
  assert.equal(
    none.text,
    "Nothing was collected in the last 15 minutes: no collector has been started.",
  );
  assert.deepEqual(none.result.items, []);
  assert.doesNotMatch(none.result.trust.notes.join(" "), /asked for something/);
});

const REFUSED: readonly [tool: string, args: Record<string, unknown>, message: RegExp][] = [
  ["query_flows", { time_range: "soon" }, /time_range: "soon" is no range of time/],
  ["query_flows", { filter: "port https or" }, /Cannot read the filter at/],
  ["query_flows", { filter: "dst country DE" }, /set geo\.country_mmdb \(FLOW_GEO_COUNTRY_MMDB\)/],
  ["query_flows", { group_by: ["src_country"] }, /set geo\.country_mmdb/],
  ["search_flows", { filter: "port htps" }, /Did you mean https\?/],
  ["analyze_latency", { filter: "service intranot" }, /"intranot", expected a port/],
  ["query_flows", { group_by: ["sorce"] }, /there is no field "sorce"/],
  ["query_flows", { cursor: "1.2" }, /cursor: "1\.2" is no cursor/],
  ["search_flows", { fields: ["byte"] }, /there is no field "byte"; did you mean "bytes"\?/],
  ["analyze_traffic", { focus: "everything" }, /focus: .*summary/s],
  ["analyze_traffic", { filter: "prot 5" }, /Cannot read the filter at/],
  ["detect_bottlenecks", { time_range: "soon" }, /time_range: "soon" is no range of time/],
  ["investigate_host", { ip_address: "10.0.0.0/8" }, /ip_address: "10\.0\.0\.0\/8" is no IP addr/],
  ["explain_change", { against: "before" }, /^against: "before" is no range of time/],
  ["explain_change", { against: "1h/2h" }, /^against: "1h\/2h" ends before it begins/],
  ["explain_change", { time_range: "soon" }, /^time_range: "soon" is no range of time/],
  ["find_anomalies", { anomaly_type: "ghosts" }, /anomaly_type/],
  ["find_anomalies", { time_range: "soon" }, /time_range: "soon" is no range of time/],
  ["find_anomalies", { filter: "hots" }, /Cannot read the filter at/],
  ["search_flows", { cursor: "x" }, /cursor: "x" is no cursor/],
];
for (const [tool, args, message] of REFUSED) {
  Deno.test(`${tool} says how to mend ${JSON.stringify(args)}`, async () => {
    await using house = new McpHouse();
    const { isError, text } = await callTool(await house.connect(), tool, args);
    assert.ok(isError);
    assert.match(text, message);
  });
}
