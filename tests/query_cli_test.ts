import assert from "node:assert/strict";
import { type Outcome, ROOT, runProgram, startProgram } from "./support/program.ts";
import type { Json } from "./support/raw_mcp.ts";
import { temporaryFolder } from "./support/temporary_folder.ts";
import { freeUdpPort, sendUdp } from "./support/udp.ts";
import { until } from "./support/until.ts";

const CORPUS = `${ROOT}tests/corpus`;
const SOFTFLOWD = `${CORPUS}/netflow5-softflowd-split/capture.pcap`;
const GOFLOW2 = `${CORPUS}/netflow9-goflow2-iosxr/capture.pcap`;

function query(...args: string[]): Promise<Outcome> {
  return runProgram(["query", ...args], { task: "query" });
}

/** What `decode` says of a capture: the independent view of the same flows. */
async function recordsOf(path: string): Promise<Json[]> {
  const { stdout } = await runProgram(["decode", path], { task: "decode" });
  return stdout.map((line) => JSON.parse(line));
}

/** Sums by a key, the largest first. */
function sums(records: readonly Json[], key: (record: Json) => string): [string, number][] {
  const by = new Map<string, number>();
  for (const record of records) by.set(key(record), (by.get(key(record)) ?? 0) + record.bytes);
  return [...by].sort((a, b) => b[1] - a[1]);
}

Deno.test("query --read answers from a capture what its decoded flows add up to", async () => {
  const records = await recordsOf(SOFTFLOWD);
  const { status, stdout, stderr } = await query(
    ...["--read", SOFTFLOWD, "--by", "src_addr,dst_port", "--metric", "bytes,flows"],
    ...["--output", "json"],
  );
  assert.equal(status, 0, stderr.join("\n"));
  const reply: Json = JSON.parse(stdout.join("\n"));
  const expected = sums(records, ({ src_addr, dst_port }) => `${src_addr} ${dst_port}`);
  assert.deepEqual(
    reply.rows.map(([host, port, bytes]: [string, number, number]) => [`${host} ${port}`, bytes]),
    expected,
  );
  assert.equal(reply.totals.metrics.flows, records.length);
  assert.equal(reply.other, null);
  assert.deepEqual(stderr[0], `12 datagrams, ${records.length} flow records`);
});

Deno.test("query --read knows the names that are configured, in groups and in filters", async () => {
  using temporary = temporaryFolder();
  const config = `${temporary.path}/flow-agent.yaml`;
  Deno.writeTextFileSync(
    config,
    'names:\n  labels:\n    10.0.2.15: "the lab"\n  services:\n    tcp/22: "remote-shell"\n',
  );
  const records = await recordsOf(SOFTFLOWD);
  const ask = async (...args: string[]): Promise<Json> => {
    const { status, stdout, stderr } = await query(
      ...[
        "--read",
        SOFTFLOWD,
        "--config",
        config,
        "--metric",
        "bytes",
        "--output",
        "json",
        ...args,
      ],
    );
    assert.equal(status, 0, stderr.join("\n"));
    return JSON.parse(stdout.join("\n"));
  };
  const named = sums(records, ({ src_addr }) => src_addr === "10.0.2.15" ? "the lab" : "null");
  const { rows } = await ask("--by", "src_label");
  assert.deepEqual(rows.map(([label, bytes]: [string, number]) => [`${label}`, bytes]), named);
  const filtered = await ask("--filter", 'src label "the lab" and service "remote-shell"');
  const expected = records.filter(({ src_addr, src_port, dst_port }) =>
    src_addr === "10.0.2.15" && (src_port === 22 || dst_port === 22)
  );
  assert(expected.length > 0);
  assert.equal(
    filtered.totals.metrics.bytes,
    expected.reduce((sum, { bytes }) => sum + bytes, 0),
  );
});

Deno.test("query --read prints a table, its rest and its sum", async () => {
  const { status, stdout } = await query(
    ...["--read", SOFTFLOWD, "--by", "src_addr,dst_port", "--limit", "2"],
  );
  assert.equal(status, 0);
  assert.deepEqual(stdout, [
    "src_addr   dst_port    bytes  packets  flows",
    "10.0.2.2   22        7.10 kB      120     15",
    "10.0.2.15  54435     7.08 kB       85     12",
    "other (2)            4.50 kB       25      3",
    "total (4)            18.7 kB      230     30",
  ]);
});

Deno.test("query --output csv is plain, and its filter counts", async () => {
  const records = (await recordsOf(SOFTFLOWD)).filter(({ dst_port }) => dst_port === 22);
  const { status, stdout } = await query(
    ...["--read", SOFTFLOWD, "--filter", "dst port 22", "--by", "src_addr", "--by", "application"],
    ...["--metric", "bytes", "--output", "csv"],
  );
  const [[host, bytes]] = sums(records, ({ src_addr }) => src_addr);
  assert.deepEqual([status, stdout], [0, ["src_addr,application,bytes", `${host},,${bytes}`]]);
});

Deno.test("query --read takes several captures, and a series covers all that flowed", async () => {
  const records = [...await recordsOf(SOFTFLOWD), ...await recordsOf(GOFLOW2)];
  const { status, stdout, stderr } = await query(
    ...["--output=json", "--time=arrival", "--metric=bytes", "--read", SOFTFLOWD, GOFLOW2],
  );
  assert.equal(status, 0, stderr.join("\n"));
  const whole = records.reduce((sum, { bytes, event }) => sum + (event === null ? bytes : 0), 0);
  assert.equal(JSON.parse(stdout[0]).totals.metrics.bytes, whole);
  const series = await query(
    ...["--read", GOFLOW2, "--bucket", "1h", "--metric", "bytes,flows", "--output", "json"],
  );
  const reply: Json = JSON.parse(series.stdout[0]);
  const spread = reply.rows.reduce((sum: number, [, bytes]: number[]) => sum + bytes, 0);
  const sent = (await recordsOf(GOFLOW2)).reduce((sum, { bytes }) => sum + bytes, 0);
  assert.ok(Math.abs(spread - sent) < 1e-6 * sent, `${spread} of ${sent}`);
});

Deno.test("query --dedup counts conversations that several points saw once", async () => {
  // Two exporters told of the same conversations: here the same datagrams from two addresses.
  using folder = temporaryFolder();
  const file = `${folder.path}/twice.bin`;
  const flows = Array.from({ length: 300 }, (_, n) =>
    [1, 2].map((router) => ({
      src: `10.1.${n >> 6}.${n & 63}`,
      dst: "192.0.2.1",
      src_port: 40_000 + n,
      dst_port: 443,
      proto: "tcp",
      bytes: 1000,
      packets: 10,
      exporter: `192.0.2.${router}`,
      in_if: 1,
      out_if: 2,
      start_at: "2026-01-31T10:00:00.000Z",
      end_at: "2026-01-31T10:00:01.000Z",
    }))).flat();
  Deno.writeTextFileSync(file, flows.map((flow) => JSON.stringify(flow)).join("\n"));
  const ask = async (...mode: string[]) => {
    const { status, stdout, stderr } = await query(
      ...["--read", file, "--metric", "bytes", "--output", "json", ...mode],
    );
    assert.equal(status, 0, stderr.join("\n"));
    const { totals, trust }: Json = JSON.parse(stdout[0]);
    return [totals.metrics.bytes, trust.dedup_factor];
  };
  assert.deepEqual(await ask(), [600_000, 2]);
  assert.deepEqual(await ask("--dedup", "on"), [300_000, 2]);
  assert.deepEqual(await ask("--dedup", "off"), [600_000, null]);
});

Deno.test("query --read of what is not whole says so on standard error", async () => {
  const { status, stdout, stderr } = await query(
    ...["--read", `${CORPUS}/netflow5-invalid-02/capture.pcap`, "--output", "json"],
  );
  assert.equal(status, 0);
  assert.match(stderr.join("\n"), /not decoded: 133 records_beyond_payload/);
  assert.match(stderr.join("\n"), /Some of what the files hold could not be decoded\./);
  assert.equal(JSON.parse(stdout[0]).trust.complete, false);
});

const REFUSED: readonly [args: readonly string[], status: number, message: RegExp][] = [
  [["--read", "/nosuch.pcap"], 1, /\/nosuch\.pcap is not read to its end/],
  [["--read", SOFTFLOWD, "--by", "sorce"], 2, /there is no field "sorce"/],
  [["--read", SOFTFLOWD, "--filter", "port https or"], 2, /Cannot read the filter/],
  [["--read", SOFTFLOWD, "--last", "soon"], 2, /time_range: "soon" is no range of time/],
  [["--read", SOFTFLOWD, "--url", "http://127.0.0.1:1/mcp"], 2, /give either --url/],
  [[SOFTFLOWD], 2, /to answer from .*, write --read before it/],
  [["--last", "1h", "--range", "1h"], 2, /give one of --last, --range and --from/],
  [["--to", "now"], 2, /--to wants --from/],
  [["--bucket", "5w"], 2, /--bucket is "5w"; give 1s to 1d/],
  [["--limit", "1.5"], 2, /--limit is "1\.5"; give a whole number/],
  [["--dedup", "twice"], 2, /--dedup is "twice"; give one of off, report, on/],
  [["--output", "xml"], 2, /--output is "xml"; give one of table, json, csv/],
  [["--url", "mcp"], 2, /--url is "mcp"/],
];
for (const [args, status, message] of REFUSED) {
  Deno.test(`query ${args.join(" ").replaceAll(ROOT, "")} ends with status ${status}`, async () => {
    const outcome = await query(...args);
    assert.equal(outcome.status, status);
    assert.match(outcome.stderr.join("\n"), message);
    assert.deepEqual(outcome.stdout, []);
  });
}

Deno.test("query without a server says how to start one, or to do without", async () => {
  // Nobody listens there: TCP and UDP ports are apart, but the tests leave this range alone.
  const { status, stdout, stderr } = await query("--url", "http://127.0.0.1:9/mcp");
  assert.deepEqual([status, stdout, stderr.length], [1, [], 1]);
  assert.match(
    stderr[0],
    /no MCP server answers at http:\/\/127\.0\.0\.1:9\/mcp .*; start one with "flow-agent serve --http 8055" and give --url \S+, or answer from a capture with --read FILE$/,
  );
});

Deno.test("query asks a running server, found by --url or by the configuration", async () => {
  const udp = freeUdpPort();
  await using server = startProgram(
    ["serve", "--http", "127.0.0.1:0", "--collect", `json_udp@127.0.0.1:${udp}`],
  );
  const [, url, port] = await server.errorLine(/"url":"(http:\/\/127\.0\.0\.1:(\d+)[^"]*)"/);
  const flows = [1, 2, 3].map((n) => ({
    src: `10.0.0.${n}`,
    dst: "192.0.2.1",
    dst_port: 443,
    proto: "tcp",
    bytes: n * 1000,
    packets: n,
  }));
  await sendUdp(udp, JSON.stringify(flows));
  const at = url.endsWith("/mcp") ? url : `${url.replace(/\/$/, "")}/mcp`;
  const ask = ["--by", "src_addr", "--metric", "bytes", "--last", "5m", "--limit", "2"];
  const lines = await until("the flows to be there", async () => {
    const { status, stdout, stderr } = await query(...ask, "--url", at);
    assert.equal(status, 0, stderr.join("\n"));
    return stdout.some((line) => /^total \(3\)/.test(line)) ? stdout : undefined;
  });
  assert.deepEqual(lines, [
    "src_addr     bytes",
    "10.0.0.3   3.00 kB",
    "10.0.0.2   2.00 kB",
    "other (1)  1.00 kB",
    "total (3)  6.00 kB",
  ]);
  using folder = temporaryFolder();
  const config = `${folder.path}/flow.yaml`;
  Deno.writeTextFileSync(config, `http:\n  port: ${port}\n`);
  const json = await query(...ask, "--output", "json", "--config", config);
  const reply: Json = JSON.parse(json.stdout.join("\n"));
  assert.deepEqual(reply.rows, [["10.0.0.3", 3000], ["10.0.0.2", 2000]]);
  // What takes from the answer is said beside it.
  assert.deepEqual(json.stderr, reply.trust.notes);
  assert.match(json.stderr.join("\n"), /Collection began only at /);
  // What nobody collected is not 0, and the server says why.
  const before = ["--by", "src_addr", "--range", "now-2h/now-1h", "--url", at];
  const { status, stdout, stderr } = await query(...before);
  assert.equal(status, 0);
  assert.deepEqual(stdout.map((line) => line.split(/ +/)), [
    ["src_addr", "bytes", "packets", "flows"],
    ["total", "(0)", "-", "-", "-"],
  ]);
  assert.match(
    stderr[0],
    /^Nothing was collected in the hour to \S+: collection, as far as is known/,
  );
  const ahead = await query("--url", at, "--range", "2999-01-01/2999-01-02");
  assert.equal(ahead.status, 2);
  assert.match(ahead.stderr.join("\n"), /lies ahead: it is \S+ now/);
  const refused = await query("--url", at, "--by", "sorce");
  assert.equal(refused.status, 2);
  assert.match(refused.stderr.join("\n"), /there is no field "sorce"/);
  const unread = await query("--url", at, "--filter", "port https or");
  assert.equal(unread.status, 2);
  assert.match(unread.stderr.join("\n"), /Cannot read the filter/);
});
