import assert from "node:assert/strict";
import { ServiceNames } from "../core/names/service_names.ts";
import type { FixtureRow } from "./support/flow_fixture.ts";
import type { FoundItem } from "./support/found_items.ts";
import { callTool, McpHouse } from "./support/mcp_house.ts";
import { SealedRings } from "./support/sealed_rings.ts";

const MINUTE_MS = 60_000;
const NAMES = new ServiceNames();
const NOW_MS = Date.now();
/** Begin of a minute, from which on a flow a second arrived, until a few minutes ago. */
const FROM_MS = Math.floor(NOW_MS / MINUTE_MS) * MINUTE_MS - 40 * MINUTE_MS;
const SECONDS = 38 * 60;
/** Of a second: what is said of sums is worked out from this. */
const sender = (second: number) => `10.0.0.${1 + second % 7}`;
const exporter = (second: number) => `192.0.2.${1 + second % 2}`;
const BYTES = 1000;

const text = (ms: number) => new Date(ms).toISOString();
const minutes = (from: number, to: number) =>
  `${text(FROM_MS + from * MINUTE_MS)}/${text(FROM_MS + to * MINUTE_MS)}`;
/** Window that is asked for, and seconds of it. */
const WINDOW = minutes(5, 25);
const [BEGIN, END] = WINDOW.split("/");
const ASKED = Array.from({ length: 20 * 60 }, (_, i) => 5 * 60 + i);
const sentBy = (host: string) => ASKED.filter((second) => sender(second) === host).length;

function rows(): FixtureRow[] {
  return Array.from({ length: SECONDS }, (_, second) => ({
    received_at: FROM_MS + 1000 * second,
    start_at: FROM_MS + 1000 * second - 500,
    end_at: FROM_MS + 1000 * second,
    exporter: exporter(second),
    in_if: 1 + second % 3,
    out_if: 4,
    src_addr: sender(second),
    dst_addr: "198.51.100.1",
    protocol: 6,
    src_port: 40_000,
    dst_port: 443,
    bytes: BYTES,
    packets: 2,
    latency_ms: 5,
  }));
}

/** What tools answer, as far as these tests look at it. */
interface Answer {
  readonly headline: string;
  readonly items: FoundItem[];
  readonly query: { readonly tool: string; readonly arguments: Record<string, unknown> };
  readonly trust: {
    readonly complete: boolean;
    readonly covered_from: string | null;
    readonly covered_to: string | null;
    readonly notes: string[];
    readonly tiers: { readonly tier: string }[];
  };
}

type HouseSettings = ConstructorParameters<typeof McpHouse>[0];

/** A server over a history.db of an earlier process, which keeps flows for some minutes. */
class Later {
  readonly #sealed: SealedRings;
  readonly #house: McpHouse;
  readonly #client: Awaited<ReturnType<McpHouse["connect"]>>;

  private constructor(
    sealed: SealedRings,
    house: McpHouse,
    client: Awaited<ReturnType<McpHouse["connect"]>>,
  ) {
    this.#sealed = sealed;
    this.#house = house;
    this.#client = client;
  }

  static async open(keptMinutes: number, settings: HouseSettings = {}): Promise<Later> {
    const policy = { keepMs: 1e15, keepMinutesMs: 1e15, keepHoursMs: 1e15, maxOctets: 2 ** 31 };
    const { namedPorts } = NAMES;
    const keepMs = keptMinutes * MINUTE_MS + 1;
    const sealed = new SealedRings([{ epoch: FROM_MS }], { nowMs: FROM_MS, keepMs, namedPorts });
    const all = rows();
    for (let next = 0; sealed.clock.now() < NOW_MS;) {
      sealed.clock.advance(MINUTE_MS);
      const end = all.findIndex((row) => Number(row.received_at) >= sealed.clock.now());
      sealed.add(0, all.slice(next, end < 0 ? all.length : end));
      next = end < 0 ? all.length : end;
      sealed.work({ all: true });
    }
    const house = new McpHouse(settings, {
      history: { ...policy, folder: sealed.folder, namedPorts },
    });
    const client = await house.connect();
    await callTool(client, "start_collection", { capability: "netflow_udp", port: 0 });
    return new Later(sealed, house, client);
  }

  async ask(tool: string, args: Record<string, unknown>): Promise<Answer & { text: string }> {
    const { isError, text, result } = await callTool(this.#client, tool, args);
    assert.equal(isError, false, text);
    return { ...result, text };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#house[Symbol.asyncDispose]();
    this.#sealed.close();
  }
}

/** What is said of sums, once, and nothing that would be wrong. */
function saidOfSums({ headline, trust, ...answer }: Answer): string {
  const said = JSON.stringify({ headline, trust, ...answer });
  assert.doesNotMatch(said, /Nothing was collected in|Collection began only|took no part/);
  assert.doesNotMatch(said, /capacity_rows/);
  assert.equal(trust.complete, false);
  const notes = trust.notes.filter((note) => note.includes("only sums are kept, and they do not"));
  assert.equal(notes.length, 1, trust.notes.join("\n"));
  assert.match(notes[0], /higher history\.keep_days or history\.max_bytes\.$/);
  return /they do not tell (.+?): (?:it is|these are) not in the answer/.exec(notes[0])![1];
}

interface Expected {
  /** Arguments beside the window. */
  readonly args?: Record<string, unknown>;
  readonly headline: RegExp;
  /** What sums do not tell of it. */
  readonly lacking: string;
  /** Kinds of items, and how many. */
  readonly items: Readonly<Record<string, number>>;
  /** Groups of the query to go on with. */
  readonly next?: readonly string[];
}

const SOURCES = "how many sources and destinations there are";
const HOST = "when a host was first and last seen, how many peers it has, its ports and latency";
const FOCUSES: Readonly<Record<string, Expected>> = {
  summary: {
    headline: /^In the 20 minutes to \S+ 1\.2 MB in 1200 flows, 8 kbit\/s on average; 198\.51/,
    lacking: `${SOURCES}, conversations and names of interfaces`,
    items: { total: 1, window_before: 1, host: 5, service: 1, interface: 5, exporter: 2 },
    next: ["src_addr"],
  },
  top_talkers: {
    headline: /198\.51\.100\.1 takes part in 100 % of 1\.2 MB .* 8 hosts in all\.$/,
    lacking: SOURCES,
    items: { host: 8 },
    next: ["src_addr"],
  },
  services: {
    headline: /https \(tcp\/443\) is 100 % of 1\.2 MB .* 1 service in all\.$/,
    lacking: SOURCES,
    items: { service: 1 },
    next: ["service"],
  },
  trend: {
    headline: /8 kbit\/s on average, no clear trend; .* \(over 1 minute\)\.$/,
    lacking: SOURCES,
    items: { trend: 1, bucket: 20 },
  },
  conversations: {
    headline: /^Of the 20 minutes to \S+ only sums .* not tell conversations: 1\.2 MB in all\.$/,
    lacking: `${SOURCES} and conversations`,
    items: {},
    next: ["src_addr"],
  },
  interfaces: {
    headline: /interface 4 of 192\.0\.2\.1, out carries 50 % of 1\.2 MB .* 8 interfaces in all\.$/,
    lacking: `${SOURCES} and names of interfaces`,
    items: { interface: 8 },
    next: ["exporter"],
  },
  exporters: {
    headline: /192\.0\.2\.1 reports 50 % of 1\.2 MB .* 2 exporters in all\.$/,
    lacking: SOURCES,
    items: { exporter: 2 },
    next: ["exporter"],
  },
  as: {
    headline:
      /^Of the 20 minutes to \S+ only sums .* not tell AS numbers; 1 public network .* 1\.2 MB/,
    lacking: `${SOURCES} and AS numbers`,
    items: { "public network": 1 },
    next: ["src_addr/24/48"],
  },
  countries: {
    headline: /^No database of countries is configured; 1 public network .* 1\.2 MB/,
    lacking: SOURCES,
    items: { "public network": 1 },
    next: ["src_addr/24/48"],
  },
};

const TOOLS: Readonly<Record<string, Expected>> = {
  detect_bottlenecks: {
    headline: /no interface can be judged: 8 interface directions cannot be judged \(capacity/,
    lacking: "names of interfaces",
    items: { not_judged: 8 },
    next: ["src_addr"],
  },
  investigate_host: {
    args: { ip_address: "10.0.0.1" },
    headline:
      /^10\.0\.0\.1 sent 172 kB in 172 flows .*; with whom and over which services, sums do not/,
    lacking:
      `${HOST}, with whom a host speaks, services of a host, ports of a host and anomalies, ` +
      "which are found in single flows",
    items: { sent: 1, received: 1 },
    next: ["src_addr"],
  },
  find_anomalies: {
    headline: /^Of the 20 minutes to \S+ only sums are kept, and they do not tell anomalies, which/,
    lacking: "anomalies, which are found in single flows",
    items: {},
  },
  explain_change: {
    args: { against: minutes(15, 35) },
    headline: /^Traffic in the 20 minutes to \S+ was 1\.2 MB, as much as in the 20 minutes to/,
    lacking: "names of interfaces",
    // The total, four sources that sent one flow more or less, and what is left in each dimension.
    items: { undefined: 1 + 4 + 5 },
    next: ["src_addr"],
  },
};

Deno.test("every analysis tells of a time of sums alone what these tell, and says what not", async () => {
  await using later = await Later.open(0);
  const questions = [
    ...Object.entries(FOCUSES).map(([focus, expected]) =>
      ["analyze_traffic", { ...expected, args: { focus } }] as const
    ),
    ...Object.entries(TOOLS),
  ];
  for (const [tool, { args, headline, lacking, items, next }] of questions) {
    const answer = await later.ask(tool, { time_range: WINDOW, ...args });
    const asked = `${tool} ${JSON.stringify(args)}`;
    assert.match(answer.headline, headline, asked);
    assert.equal(saidOfSums(answer), lacking, asked);
    const kinds = Map.groupBy(answer.items, ({ kind }) => kind ?? "undefined");
    assert.deepEqual(
      Object.fromEntries([...kinds].map(([kind, { length }]) => [kind, length])),
      items,
      asked,
    );
    if (next !== undefined) {
      assert.deepEqual(answer.query.arguments.group_by, next, asked);
      const further = await later.ask("query_flows", answer.query.arguments);
      assert(!further.trust.notes.some((note) => note.includes("they do not tell")), asked);
    }
    const { covered_from, covered_to } = answer.trust;
    const told = tool !== "find_anomalies";
    assert.deepEqual([covered_from, covered_to], told ? [BEGIN, END] : [null, null], asked);
  }
});

Deno.test("figures from sums are those of the flows that they sum", async () => {
  await using later = await Later.open(0);
  const { items } = await later.ask("analyze_traffic", {
    time_range: WINDOW,
    focus: "top_talkers",
  });
  assert.deepEqual(
    Object.fromEntries(items.map(({ name, bytes }) => [name, bytes])),
    Object.fromEntries([
      ["198.51.100.1", ASKED.length * BYTES],
      ...Array.from({ length: 7 }, (_, i) => sender(i)).map((host) => [host, sentBy(host) * BYTES]),
    ]),
  );
  const host = await later.ask("investigate_host", { time_range: WINDOW, ip_address: "10.0.0.1" });
  const [sent, received] = host.items;
  assert.deepEqual([sent.bytes, sent.flows], [sentBy("10.0.0.1") * BYTES, sentBy("10.0.0.1")]);
  // Sums do not say it: it is not 0.
  for (const name of ["peers", "destination_ports", "source_ports", "first_seen"]) {
    assert.equal(sent[name], null, name);
  }
  assert.equal(received.bytes, 0);
});

Deno.test("a host that sums do not know took no part, where they tell all apart", async () => {
  await using later = await Later.open(0);
  const { headline } = await later.ask("investigate_host", {
    time_range: WINDOW,
    ip_address: "10.0.0.99",
  });
  assert.match(headline, /^10\.0\.0\.99 took no part in any traffic in the 20 minutes/);
});

Deno.test("recommendations about sums alone are to keep flows for longer", async () => {
  await using later = await Later.open(0);
  const answer = await later.ask("get_recommendations", {});
  assert.equal(
    saidOfSums(answer),
    "which exporters do not say whether they sample, which flows name no interface, names of " +
      "interfaces, anomalies, which are found in single flows and conversations",
  );
  const [first] = answer.items;
  assert.deepEqual([first.title, first.severity], ["Keep flows for longer", "warning"]);
  assert.match(String(first.next_step), /^Raise history\.max_bytes .* or history\.keep_days/);
  assert.doesNotMatch(JSON.stringify(answer.items), /Find out why no flows arrive/);
});

Deno.test("where flows are kept, and too many to be read, nobody is told to keep them for longer", async () => {
  await using later = await Later.open(60, { query: { max_rows: 100 } });
  const { items, trust } = await later.ask("get_recommendations", {});
  assert.ok(trust.tiers.some(({ tier }) => tier === "minutes"), "sums answered");
  const titles = items.map(({ title }) => title);
  assert.ok(titles.includes("Ask of less at a time"), titles.join("; "));
  assert.ok(!titles.includes("Keep flows for longer"), titles.join("; "));
});

Deno.test("an exporter of which only sums are kept did arrive", async () => {
  await using later = await Later.open(0);
  const address = "192.0.2.1";
  const answer = await later.ask("diagnose_exporter", { time_range: WINDOW, address });
  const flows = ASKED.filter((second) => exporter(second) === address).length;
  assert.equal(
    answer.headline.split(";")[0],
    `${address}: 0 datagrams so far, ${flows} flow records in the window (of them only sums are kept)`,
  );
  assert.deepEqual(answer.items.map(({ finding }) => finding), ["not_heard_since_start"]);
  assert.equal(
    answer.trust.notes.at(-1),
    `Of ${flows} flow records of ${address} only sums are kept: they do not tell of its clock, ` +
      "sampling, timeouts, or what its records leave out.",
  );
  const unheard = await later.ask("diagnose_exporter", {
    time_range: WINDOW,
    address: "192.0.2.77",
  });
  assert.deepEqual(unheard.items.map(({ finding }) => finding), ["nothing_arrives"]);
});

Deno.test("what looks at single flows says that only sums are kept", async () => {
  await using later = await Later.open(0);
  for (
    const [tool, args, lacking] of [
      ["search_flows", {}, "single flows"],
      ["query_flows", { group_by: ["src_addr", "dst_addr"] }, "src_addr with dst_addr"],
    ] as const
  ) {
    const answer = await later.ask(tool, { time_range: WINDOW, ...args });
    assert.equal(saidOfSums(answer), lacking);
    assert.match(answer.text, new RegExp(`^Of the 20 minutes .* do not tell ${lacking}\\.$`));
  }
  const latency = await later.ask("analyze_latency", { window_seconds: 1200 });
  assert.equal(saidOfSums(latency), "latency");
});

Deno.test("where flows are kept of a part, what sums do not tell is told of that part", async () => {
  await using later = await Later.open(20);
  const time_range = minutes(5, 35);
  const summary = await later.ask("analyze_traffic", { time_range });
  assert(summary.trust.tiers.some(({ tier }) => tier === "flows"));
  assert(summary.trust.tiers.some(({ tier }) => tier === "minutes"));
  assert.match(summary.headline, /^In the 30 minutes to \S+ 1\.8 MB in 1800 flows/);

  const found = await later.ask("analyze_traffic", { time_range, focus: "conversations" });
  const [since] = /(?<=before )\S+/.exec(found.trust.notes.join("\n")) ?? [];
  const seconds = (FROM_MS + 35 * MINUTE_MS - Date.parse(since!)) / 1000;
  assert(seconds > 600 && seconds < 1800, since);
  assert.match(found.headline, /\(of which flows are kept of \d+ (?:minutes|seconds)\)/);
  // Shares are of what passed in that part.
  const share = found.items.reduce((sum, item) => sum + Number(item.share_percent), 0);
  assert(Math.abs(share - 100) < 1e-6, `${share}`);
  assert.equal(found.items.reduce((sum, { bytes }) => sum + bytes, 0), seconds * BYTES);

  const host = await later.ask("investigate_host", { time_range, ip_address: "10.0.0.1" });
  assert.match(
    host.headline,
    /in the 30 minutes to \S+; since \S+, of which flows are kept, with 1 peer/,
  );
  const recommended = await later.ask("find_anomalies", { time_range });
  assert.match(saidOfSums(recommended), /^anomalies/);
});
