import assert from "node:assert/strict";
import { OFFICE, OFFICE_MINUTES, OFFICE_ROUTER } from "./office.ts";
import { type OpenOffice, openOffice } from "./open_office.ts";
import { askAll, close, has, only, type Question } from "./question.ts";
import { QuestionHouse, type Result } from "./question_house.ts";
import { sendWithoutTemplates } from "./send_without_templates.ts";
import { total } from "./sent_flow.ts";

const MINUTE = 60_000;
const { wan, growing, scanner, rare, flood, spike, drop } = OFFICE;
const iso = (ms: number) => new Date(ms).toISOString();

/** All of the office's time, in whole minutes. */
const sinceItOpened = ({ office: { fromMs }, nowMs }: OpenOffice) => ({
  time_range: `${iso(fromMs)}/${iso(nowMs)}`,
});
const link = ({ exporter, ifIndex, ifName, bitsPerSecond }: typeof wan | typeof growing) => ({
  kind: "bottleneck",
  exporter,
  if_index: ifIndex,
  if_name: ifName,
  direction: "out",
  capacity_bits_per_second: bitsPerSecond,
  capacity_source: "if_speed",
});
/** 84 % of 10 Mbit/s, all the time. */
const WAN_IS_FULL = {
  ...link(wan),
  severity: "warning",
  p95_bits_per_second: 8_400_000,
  peak_bits_per_second: 8_400_000,
  p95_percent: 84,
  peak_percent: 84,
  seconds_to_saturation: null,
};

const QUESTIONS: readonly Question[] = [
  {
    question: "Which interfaces are over 70 %?",
    tool: "detect_bottlenecks",
    args: (open) => ({ threshold_percent: 70, ...sinceItOpened(open) }),
    check({ headline, items: [first, second, ...others], omitted }, { sent, office }) {
      has(first, WAN_IS_FULL);
      const { firstBitsPerSecond, moreEachMinute } = growing;
      const highest = firstBitsPerSecond + (OFFICE_MINUTES - 1) * moreEachMinute;
      has(second, {
        ...link(growing),
        severity: "warning",
        peak_bits_per_second: highest,
        peak_percent: 100 * highest / growing.bitsPerSecond,
        peak_at: iso(office.toMs - MINUTE),
        // The 30th of 31 values; in the last minute there was nothing.
        p95_bits_per_second: highest - moreEachMinute,
      });
      // Where the line through the middles of the minutes meets the capacity, from now on.
      const full = (growing.bitsPerSecond - firstBitsPerSecond) / moreEachMinute + 0.5;
      close(second.seconds_to_saturation, (full - (OFFICE_MINUTES + 1)) * 60, "saturation");
      assert.ok(headline.includes("2 of 2 interface directions reached 70 %"), headline);
      // Nobody says what the others can carry.
      const ends = new Set(
        sent.flatMap(({ exporter = OFFICE_ROUTER.address, in_if, out_if }) => {
          if (exporter === OFFICE_ROUTER.address) ({ in_if, out_if } = OFFICE_ROUTER);
          return in_if === undefined
            ? []
            : [`${exporter} in ${in_if}`, `${exporter} out ${out_if}`];
        }),
      );
      for (const { ifIndex } of [wan, growing]) ends.delete(`${wan.exporter} out ${ifIndex}`);
      assert.deepEqual(
        others.map((item: Result) => `${item.exporter} ${item.direction} ${item.if_index}`).sort(),
        [...ends].sort(),
      );
      for (const { kind, p95_percent, why } of others) {
        assert.deepEqual([kind, p95_percent], ["not_judged", null]);
        assert.match(why, /capacity is neither configured nor told/);
      }
      assert.equal(omitted, 0);
    },
  },
  {
    question: "Is the WAN link saturated, and by whom?",
    tool: "detect_bottlenecks",
    args: (open) => ({
      ...sinceItOpened(open),
      filter: `exporter ${wan.exporter} and out if ${wan.ifIndex}`,
    }),
    check({ headline, items: [first] }, { sent }) {
      has(first, WAN_IS_FULL);
      const there = sent.filter(({ out_if_name }) => out_if_name === wan.ifName);
      const bytes = total(there.filter(({ src_addr }) => src_addr === wan.host));
      has(first.top_sources[0], {
        name: wan.host,
        bytes,
        share_percent: 100 * bytes / total(there),
      });
      has(first.top_services[0], { name: "https (tcp/443)", share_percent: 100 });
      assert.match(headline, /84 % of 10 Mbit\/s.* 95 % of it from 10\.10\.0\.5/);
    },
  },
  {
    question: "Is host 10.10.0.5 causing the bottleneck on WAN-1?",
    tool: "detect_bottlenecks",
    args: (open) => ({
      ...sinceItOpened(open),
      filter: `src host ${wan.host} and out_if_name = "${wan.ifName}"`,
    }),
    check({ items: [first] }) {
      // 80 of the 84 percent are its own.
      has(first, {
        ...WAN_IS_FULL,
        p95_bits_per_second: 8e6,
        peak_bits_per_second: 8e6,
        p95_percent: 80,
        peak_percent: 80,
      });
      assert.deepEqual(first.top_sources.map(({ name }: Result) => name), [wan.host]);
    },
  },
  {
    question: "Is anyone port scanning?",
    tool: "find_anomalies",
    args: (open) => ({ anomaly_type: "port_scan", ...sinceItOpened(open) }),
    async check({ items: [found, ...others] }, { house, office: { toMs } }) {
      const { host, target, ports } = scanner;
      assert.deepEqual(others, []);
      has(found, {
        type: "port_scan",
        severity: "critical",
        first_seen: iso(toMs - 5 * MINUTE),
        last_seen: iso(toMs - 5 * MINUTE + (ports - 1) * 100),
      });
      assert.deepEqual(found.subject.hosts, [host, target]);
      has(found.numbers, { attempts: ports, failed: ports, succeeded: 0 });
      const { tool, arguments: args } = found.evidence;
      const { totals } = await house.ask(tool, args);
      has(totals.metrics, { flows: ports, packets: ports });
    },
  },
  {
    question: "Are there spikes?",
    tool: "find_anomalies",
    args: () => ({ anomaly_type: "traffic_spike" }),
    check({ headline, items: [found, ...others] }, { office: { fromMs } }) {
      const { host, peer, minute, bytes } = spike;
      assert.deepEqual(others, []);
      assert.deepEqual(new Set(found.subject.hosts), new Set([host, peer]));
      has(found, {
        severity: "warning",
        first_seen: iso(fromMs + minute * MINUTE),
        last_seen: iso(fromMs + (minute + 1) * MINUTE),
      });
      has(found.numbers, { bits_per_second: bytes * 8 / 60, usual_bits_per_second: 0 });
      assert.match(headline, /80 Mbit\/s from a usual 0 bit\/s/);
    },
  },
  {
    question: "Are there drops?",
    tool: "find_anomalies",
    args: () => ({ anomaly_type: "traffic_drop" }),
    check({ items: [found, ...others] }, { office: { fromMs } }) {
      const { host, peer, minutes, bitsPerSecond } = drop;
      assert.deepEqual(others, []);
      assert.deepEqual(new Set(found.subject.hosts), new Set([host, peer]));
      has(found, { severity: "info", first_seen: iso(fromMs + minutes * MINUTE) });
      assert.match(found.confidence_because, /one host's traffic with one other/);
      has(found.numbers, { bits_per_second: 0, usual_bits_per_second: bitsPerSecond });
    },
  },
  {
    question: "Which hosts use unusual ports?",
    tool: "find_anomalies",
    args: () => ({ anomaly_type: "rare_ports" }),
    check({ items }, { sent }) {
      const found = only(items, { severity: "warning" });
      assert.deepEqual(found.subject.hosts, [rare.host, rare.peer]);
      const theirs = sent.filter(({ dst_port }) => dst_port === rare.port);
      has(found.numbers, { ports: 1, hosts_using_it: 1, octets: total(theirs) });
      assert.match(found.summary, /^10\.10\.0\.7 uses port 31337\/tcp, which no other of/);
    },
  },
  {
    question: "Which internal hosts talk to external addresses on non-standard ports?",
    tool: "find_anomalies",
    args: () => ({
      anomaly_type: "rare_ports",
      filter: "src net 10.0.0.0/8 and not dst net 10.0.0.0/8 and not dst net 172.16.0.0/12",
    }),
    check({ items: [found, ...others] }, { sent }) {
      assert.deepEqual(others, []);
      assert.deepEqual(found.subject.hosts, [rare.host, rare.peer]);
      has(found.numbers, { octets: total(sent.filter(({ dst_port }) => dst_port === rare.port)) });
    },
  },
  {
    question: "Is there potential DDoS activity?",
    tool: "find_anomalies",
    args: () => ({ anomaly_type: "syn_flood" }),
    check({ items: [found, ...others] }) {
      const { target, port, sources } = flood;
      assert.deepEqual(others, []);
      assert.deepEqual(found.subject.hosts, [target]);
      assert.ok(found.summary.includes(`${target} port ${port}/tcp`), found.summary);
      has(found.numbers, {
        syn_packets: 3 * sources,
        half_open_flows: sources,
        completed_flows: 0,
        sources,
        half_open_share: 1,
      });
    },
  },
  {
    question: "What should I focus on now?",
    tool: "get_recommendations",
    async check({ headline, items }, { house }) {
      const [first] = items;
      has(first, { priority: 1, severity: "critical", area: "traffic" });
      assert.ok(first.title.includes(scanner.host), first.title);
      const urgent = items.filter(({ severity }: Result) => severity === "warning");
      assert.deepEqual(urgent.map(({ title }: Result) => title).sort(), [
        `Look into rare ports: ${rare.host}`,
        `Look into syn flood: ${flood.target} port ${flood.port}/tcp (http)`,
        `Look into traffic spike: ${spike.peer}`,
        `Relieve ${wan.ifName} of ${wan.exporter} (out)`,
        `Relieve ${growing.ifName} of ${growing.exporter} (out)`,
      ]);
      // One conversation ended, as those of copies do: a hint.
      const hints = items.filter(({ severity }: Result) => severity === "info");
      const titles = hints.map(({ title }: Result) => title);
      assert.ok(titles.includes(`Look into traffic drop: ${drop.host}`), titles.join());
      for (const { seen, why, next_step, query } of items) {
        for (const text of [seen, why, next_step]) assert.ok(text.length > 0);
        await house.ask(query.tool, query.arguments);
      }
      assert.ok(headline.includes(scanner.host), headline);
    },
  },
];

Deno.test("questions about what is wrong in an office's traffic", async (t) => {
  await using open = await openOffice();
  await askAll(t, open, QUESTIONS);
});

Deno.test("Why do I see nothing from router R? Its templates have not come", async () => {
  await using house = await QuestionHouse.open();
  await sendWithoutTemplates(house);
  const { headline, items } = await house.ask("diagnose_exporter", { address: "127.0.0.1" });
  assert.equal(items.length, 1);
  has(items[0], {
    exporter: "127.0.0.1",
    finding: "datagrams_without_flows",
    severity: "critical",
    why: "Its data cannot be read before its templates come.",
  });
  assert.match(items[0].evidence, /^2 datagrams came of it, with 0 templates, and no flow record/);
  assert.match(headline, /datagrams without flows/);
});
