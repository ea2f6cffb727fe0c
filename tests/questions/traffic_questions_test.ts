import assert from "node:assert/strict";
import { NETFLOW9_EXPORT } from "../../core/wire/encode/netflow9.ts";
import { TemplatedEncoder } from "../../core/wire/encode/templated_encoder.ts";
import { within } from "../support/until.ts";
import { OFFICE, OFFICE_MINUTES } from "./office.ts";
import { type OpenOffice, openOffice } from "./open_office.ts";
import { QuestionHouse, type Result } from "./question_house.ts";
import { type SentFlow, sumBy, total } from "./sent_flow.ts";

/**
 * The questions that have a tool of their own. Shapes are those of the contract: `headline`,
 * `items`, `omitted`, `query`, `trust`; what the items hold beyond that is found by its values. A
 * tool that is not there yet is passed over, and its questions begin to run when it comes.
 */
interface Question {
  readonly question: string;
  readonly tool: string;
  readonly args: Record<string, unknown>;
  readonly check: (answer: Result, office: OpenOffice) => void;
  /** Why it is passed over. */
  readonly notYet?: string;
}

/** Rates, capacities in use and what is usual go by the time that was collected: seconds, here. */
const AT_ONCE = "the office's half hour arrives at once, so that hardly any of it was collected";

const { backup, wan, scanner, rare, flood } = OFFICE;
const HALF_HOUR = { time_range: `${OFFICE_MINUTES + 5}m` };

const QUESTIONS: readonly Question[] = [
  {
    question: "What's the current network traffic like?",
    tool: "analyze_traffic",
    args: { focus: "summary" },
    check: (answer, { sent }) => {
      hasAll(answer, total(sent), sent.length, total(sent, ({ packets }) => packets));
    },
  },
  {
    question: "Who are the top talkers?",
    tool: "analyze_traffic",
    args: { focus: "top_talkers" },
    check: (answer, { sent }) => {
      const both = sumBy(
        sent.flatMap((flow) => [flow, { ...flow, src_addr: flow.dst_addr }]),
        ({ src_addr }) => src_addr,
      );
      const [[host, bytes]] = both;
      hasAll(answer.items[0], host, bytes);
      assert.ok(answer.headline.includes(host), answer.headline);
    },
  },
  {
    question: "Which services use the most bandwidth?",
    tool: "analyze_traffic",
    args: { focus: "services" },
    check: ({ headline, items }, { sent }) => {
      const [[port, bytes]] = sumBy(sent, ({ dst_port }) => dst_port);
      assert.equal(port, 443);
      hasAll(items[0], "https (tcp/443)", bytes);
      assert.match(headline, /https/);
    },
  },
  {
    question: "What is the trend over the past 30 minutes?",
    tool: "analyze_traffic",
    args: { focus: "trend", ...HALF_HOUR },
    check: ({ headline, items }) => {
      assert.ok(headline.length > 0);
      assert.ok(items.length > 0);
    },
  },
  {
    question: "What countries are we exchanging traffic with?",
    tool: "analyze_traffic",
    args: { focus: "geographic" },
    // Nothing tells countries here: that has to be said, plainly.
    check: ({ headline, trust }) => {
      assert.match(`${headline} ${trust.notes.join(" ")}`, /countr/i);
    },
  },
  {
    question: "Which interfaces are over 70 %?",
    notYet: AT_ONCE,
    tool: "detect_bottlenecks",
    args: { threshold_percent: 70, ...HALF_HOUR },
    check: ({ items }) => {
      const judged = items.filter((item: Result) => leaves(item).includes(wan.bitsPerSecond));
      assert.equal(judged.length, 1);
      hasAll(judged[0], wan.exporter, wan.ifIndex);
      // 84 % of 10 Mbit/s, all the time.
      const percent = leaves(judged[0]).filter((leaf) => typeof leaf === "number");
      assert.ok(percent.some((value) => Math.abs(value - 84) < 0.5), JSON.stringify(judged[0]));
    },
  },
  {
    question: "Is the WAN link saturated, and by whom?",
    notYet: AT_ONCE,
    tool: "detect_bottlenecks",
    args: { ...HALF_HOUR, filter: `exporter ${wan.exporter}` },
    check: ({ items }) => hasAll(items[0], wan.ifIndex, wan.host),
  },
  {
    question: "Is host 10.10.0.5 causing the bottleneck on WAN-1?",
    notYet: AT_ONCE,
    tool: "detect_bottlenecks",
    args: { ...HALF_HOUR, filter: `src host ${wan.host} and out_if_name = "${wan.ifName}"` },
    check: ({ items }) => hasAll(items[0], wan.host),
  },
  {
    question: "Is anyone port scanning?",
    tool: "find_anomalies",
    args: { anomaly_type: "port_scan", ...HALF_HOUR },
    check: ({ items }) => {
      assert.ok(items.some((item: Result) => leaves(item).includes(scanner.host)), "the scanner");
      for (const host of [backup.host, wan.host, rare.host]) {
        assert.ok(!items.some((item: Result) => leaves(item).includes(host)), `${host} scans not`);
      }
    },
  },
  {
    question: "Are there spikes or drops?",
    notYet: AT_ONCE,
    tool: "find_anomalies",
    args: { anomaly_type: "traffic_spike", ...HALF_HOUR },
    check: ({ items }) => assert.ok(items.length > 0, "a spike of 80 Mbit/s over 12"),
  },
  {
    question: "Which hosts use unusual ports?",
    notYet: AT_ONCE,
    tool: "find_anomalies",
    args: { anomaly_type: "rare_ports", ...HALF_HOUR },
    check: ({ items }) => {
      const mentions = items.filter((item: Result) => {
        const found = leaves(item).join(" ");
        return found.includes(rare.host) && found.includes(String(rare.port));
      });
      assert.ok(mentions.length > 0, JSON.stringify(items));
    },
  },
  {
    question: "Is there potential DDoS activity?",
    tool: "find_anomalies",
    args: { anomaly_type: "syn_flood", ...HALF_HOUR },
    check: ({ items }) => {
      assert.ok(items.some((item: Result) => leaves(item).includes(flood.target)), "the target");
    },
  },
  {
    question: "What is 192.168.1.100 doing?",
    tool: "investigate_host",
    args: { ip_address: backup.host },
    check: (answer) => hasAll(answer, backup.server, backup.bytes),
  },
  {
    question: "Who talks to 172.16.1.10?",
    tool: "investigate_host",
    args: { ip_address: backup.server, direction: "destination" },
    check: (answer, { sent }) => {
      const theirs = sent.filter(({ dst_addr }) => dst_addr === backup.server);
      hasAll(answer, ...theirs.map(({ src_addr }) => src_addr), total(theirs));
    },
  },
  {
    question: "Which internal hosts talk to external addresses on non-standard ports?",
    notYet: AT_ONCE,
    tool: "find_anomalies",
    args: { anomaly_type: "rare_ports", ...HALF_HOUR, filter: "src net 10.0.0.0/8" },
    check: ({ items }) => {
      assert.ok(leaves(items).join(" ").includes(rare.peer), JSON.stringify(items));
    },
  },
  {
    question: "What should I focus on now?",
    tool: "get_recommendations",
    args: { include_analysis: true },
    check: ({ items }) => {
      assert.ok(items.length > 0);
      const all = JSON.stringify(items);
      assert.ok(all.includes(scanner.host) || all.includes(flood.target), all);
    },
  },
];

Deno.test("questions about an office's traffic, answered by analyses", async (t) => {
  await using open = await openOffice();
  for (const { question, tool, args, check, notYet } of QUESTIONS) {
    await step(t, open.house, { question, tool, notYet }, async () => {
      const answer = await open.house.ask(tool, args);
      hasContract(answer);
      check(answer, open);
    });
  }
});

Deno.test("What changed in the last minutes? By arrival and by the flows' own time", async (t) => {
  await using house = await QuestionHouse.open();
  await step(t, house, { question: "explain_change", tool: "explain_change" }, async () => {
    const before = await moment(house, [steady(40_000), newcomer(30_000, "10.1.0.8")]);
    const after = await moment(house, [steady(40_000), newcomer(500_000, "10.1.0.9")]);
    house.pass(60_000);
    const answer = await house.ask("explain_change", { time_range: after, against: before });
    hasContract(answer);
    // One has come, one has gone, and one is as before.
    const hosts = leaves(answer.items.slice(0, 2)).join(" ");
    assert.ok(hosts.includes("10.1.0.9"), hosts);
    assert.ok(leaves(answer.items).join(" ").includes("10.1.0.8"));
  });
});

Deno.test("Why do I see nothing from router R?", async (t) => {
  await using house = await QuestionHouse.open();
  await step(t, house, { question: "no templates", tool: "diagnose_exporter" }, async () => {
    const now = Date.now();
    const router = new TemplatedEncoder(NETFLOW9_EXPORT, { bootMs: now - 3_600_000 });
    const flow = { ...steady(1000), start_ms: now - 1000, end_ms: now };
    router.encode([flow], now);
    await house.sendRaw("netflow_udp", router.encode([flow], now));

    const answer = await house.ask("diagnose_exporter", { address: "127.0.0.1" });
    hasContract(answer);
    assert.match(`${answer.headline} ${JSON.stringify(answer.items)}`, /template/i);
  });
});

/** A step that is passed over, with the reason, where its tool is not there. */
async function step(
  t: Deno.TestContext,
  house: QuestionHouse,
  { question, tool, notYet }: { question: string; tool: string; notYet?: string },
  fn: () => Promise<void>,
): Promise<void> {
  const reason = house.tools.has(tool) ? notYet : `there is no tool ${tool}`;
  const name = reason === undefined ? question : `${question} (ignored: ${reason})`;
  await t.step({ name, ignore: reason !== undefined, fn });
}

function hasContract(answer: Result): void {
  assert.equal(typeof answer.headline, "string");
  assert.ok(Array.isArray(answer.items));
  assert.equal(typeof answer.omitted, "number");
  assert.ok("query" in answer);
  assert.equal(typeof answer.trust.complete, "boolean");
}

/** Every plain value of an answer, at any depth. */
function leaves(value: unknown): (string | number | boolean | null)[] {
  if (value === null || typeof value !== "object") return [value as string];
  return Object.values(value).flatMap(leaves);
}

function hasAll(answer: Result, ...values: readonly (string | number)[]): void {
  const found = leaves(answer);
  for (const value of values) {
    assert.ok(
      found.some((leaf) =>
        leaf === value || (typeof leaf === "string" && leaf.includes(String(value)))
      ),
      `${value} is not in ${JSON.stringify(answer)}`,
    );
  }
}

/** Sends flows that are of the moment, and says which moment it was, as a time range. */
async function moment(house: QuestionHouse, flows: readonly SentFlow[]): Promise<string> {
  const fromMs = Date.now();
  await house.send("json", flows.map((flow) => ({ ...flow, start_ms: fromMs, end_ms: fromMs })));
  const toMs = Date.now() + 1;
  // The next moment begins behind this one.
  await within(
    "the clock",
    (async () => {
      while (Date.now() <= toMs) await new Promise((resolve) => setTimeout(resolve, 1));
    })(),
  );
  return `${new Date(fromMs).toISOString()}/${new Date(toMs).toISOString()}`;
}

function steady(bytes: number): SentFlow {
  return {
    src_addr: "10.1.0.1",
    dst_addr: "10.1.0.2",
    src_port: 4000,
    dst_port: 443,
    protocol: 6,
    bytes,
    packets: 10,
    start_ms: 0,
    end_ms: 0,
    latency_ms: 1,
  };
}

function newcomer(bytes: number, src_addr: string): SentFlow {
  return { ...steady(bytes), src_addr };
}
