import assert from "node:assert/strict";
import { OFFICE, OFFICE_MINUTES, serviceOf } from "./office.ts";
import { type OpenOffice, openOffice, quarter } from "./open_office.ts";
import { askAll, close, type Question } from "./question.ts";
import { QuestionHouse } from "./question_house.ts";
import { sendWithoutTemplates } from "./send_without_templates.ts";
import { bytesWithin, distinct, type SentFlow, sumBy, total } from "./sent_flow.ts";

const MINUTE = 60_000;
const iso = (ms: number) => new Date(ms).toISOString();

const whole = ({ office: { fromMs, toMs } }: OpenOffice) => ({
  time: "flow",
  time_range: `${iso(fromMs)}/${iso(toMs)}`,
});

const QUESTIONS: readonly Question[] = [
  {
    question: "What's the current network traffic like?",
    tool: "query_flows",
    args: () => ({ metrics: ["bytes", "packets", "flows", "bps", "distinct(src_addr)"] }),
    check: ({ totals, rows, other }, open) => {
      const sent = quarter(open);
      const bytes = total(sent);
      assert.deepEqual(totals.metrics, {
        bytes,
        packets: total(sent, ({ packets }) => packets),
        flows: sent.length,
        bps: bytes * 8 / (15 * 60),
        "distinct(src_addr)": distinct(sent, ({ src_addr }) => src_addr),
      });
      assert.deepEqual([rows.length, other], [1, null]);
    },
  },
  {
    question: "Who are the top talkers?",
    tool: "query_flows",
    args: () => ({ group_by: ["src_addr"], metrics: ["bytes"], limit: 10 }),
    check: ({ rows, other, totals }, open) => {
      const sent = quarter(open);
      const talkers = sumBy(sent, ({ src_addr }) => src_addr);
      assert.deepEqual(rows, talkers.slice(0, 10));
      const rest = talkers.slice(10);
      const bytes = rest.reduce((sum, [, value]) => sum + value, 0);
      assert.deepEqual(other, { groups: rest.length, metrics: { bytes } });
      assert.equal(totals.metrics.bytes, total(sent));
    },
  },
  {
    question: "Which services use the most bandwidth?",
    tool: "query_flows",
    args: () => ({ group_by: ["service"], metrics: ["bytes", "bps"], limit: 4 }),
    check: ({ rows }, open) => {
      const services = sumBy(quarter(open), serviceOf).slice(0, 4);
      assert.deepEqual(rows, services.map(([name, bytes]) => [name, bytes, bytes * 8 / 900]));
    },
  },
  {
    question: "What is the trend over the past 30 minutes?",
    tool: "query_flows",
    args: (open) => ({ ...whole(open), metrics: ["bytes"], bucket_seconds: 60 }),
    check: ({ rows, totals }, { sent, office: { fromMs } }) => {
      assert.equal(rows.length, OFFICE_MINUTES);
      rows.forEach(([time, bytes]: [string, number], i: number) => {
        const at = fromMs + i * MINUTE;
        assert.equal(time, iso(at));
        close(bytes, bytesWithin(sent, at, at + MINUTE), time);
      });
      close(totals.metrics.bytes, total(sent), "all");
    },
  },
  {
    question: "What networks abroad are we exchanging traffic with?",
    tool: "query_flows",
    args: () => ({
      filter: "not dst net 10.0.0.0/8 and not dst net 172.16.0.0/12",
      group_by: ["dst_addr/24"],
      metrics: ["bytes", "distinct(src_addr)"],
    }),
    check: ({ rows }, open) => {
      const abroad = quarter(open).filter(({ dst_addr }) => !/^(10|172\.16)\./.test(dst_addr));
      const net = ({ dst_addr }: SentFlow) => dst_addr.replace(/\.\d+$/, ".0/24");
      const expected = sumBy(abroad, net).map(([name, bytes]) => [
        name,
        bytes,
        distinct(abroad.filter((flow) => net(flow) === name), ({ src_addr }) => src_addr),
      ]);
      assert.deepEqual(rows, expected);
    },
  },
  {
    question: "Which interfaces are over 70 %?",
    tool: "query_flows",
    args: (open) => ({
      ...whole(open),
      filter: "has out_if_name",
      group_by: ["exporter", "out_if", "out_if_name"],
      metrics: ["bps"],
    }),
    check: ({ rows: [[...link], [...other], ...more] }) => {
      const { wan, growing } = OFFICE;
      assert.deepEqual(more, []);
      for (const [row, { exporter, ifIndex, ifName }] of [[link, wan], [other, growing]] as const) {
        assert.deepEqual(row.slice(0, 3), [exporter, ifIndex, ifName]);
      }
      close(100 * link[3] / wan.bitsPerSecond, 84, "percent");
      const { firstBitsPerSecond, moreEachMinute } = growing;
      close(other[3], firstBitsPerSecond + moreEachMinute * (OFFICE_MINUTES - 1) / 2, "average");
    },
  },
  {
    question: "Is the WAN link saturated, and by whom?",
    tool: "query_flows",
    args: (open) => ({
      ...whole(open),
      filter: `exporter ${OFFICE.wan.exporter} and out if ${OFFICE.wan.ifIndex}`,
      group_by: ["src_addr"],
      metrics: ["bps"],
      limit: 1,
    }),
    check: ({ rows: [[host, bps]], other }) => {
      assert.equal(host, OFFICE.wan.host);
      close(bps, 0.8 * OFFICE.wan.bitsPerSecond, "bps");
      assert.equal(other.groups, 3);
      close(other.metrics.bps, 0.04 * OFFICE.wan.bitsPerSecond, "bps of the others");
    },
  },
  {
    question: "Is anyone port scanning?",
    tool: "query_flows",
    args: () => ({
      filter: "tcp and flags S and not flags A",
      group_by: ["src_addr", "dst_addr"],
      metrics: ["distinct(dst_port)", "packets"],
      limit: 2,
    }),
    check: ({ rows: [first, second] }) => {
      const { host, target, ports } = OFFICE.scanner;
      assert.deepEqual(first, [host, target, ports, ports]);
      assert.equal(second[2], 1);
    },
  },
  {
    question: "Are there spikes or drops?",
    tool: "query_flows",
    args: (open) => ({ ...whole(open), metrics: ["bps"], bucket_seconds: 60 }),
    check: ({ rows }, { office: { fromMs } }) => {
      const highest = [...rows].sort((a, b) => b[1] - a[1]);
      const { minute, bytes } = OFFICE.spike;
      assert.equal(highest[0][0], iso(fromMs + minute * MINUTE));
      assert.ok(highest[0][1] - highest[1][1] > 0.9 * bytes * 8 / 60);
    },
  },
  {
    question: "Which hosts use unusual ports?",
    tool: "query_flows",
    args: () => ({
      filter: `dst port > 1023 and not host ${OFFICE.scanner.host}`,
      group_by: ["src_addr", "dst_addr", "dst_port"],
      metrics: ["flows", "bytes"],
    }),
    check: ({ rows }, { sent }) => {
      const { host, peer, port } = OFFICE.rare;
      const theirs = sent.filter(({ dst_port }) => dst_port === port);
      assert.deepEqual(rows, [[host, peer, port, 5, total(theirs)]]);
    },
  },
  {
    question: "What is 192.168.1.100 doing?",
    tool: "query_flows",
    args: () => ({
      filter: `host ${OFFICE.backup.host}`,
      group_by: ["src_addr", "dst_addr", "service"],
      metrics: ["bytes", "flows", "first_seen", "last_seen"],
    }),
    check: ({ rows }, { office: { fromMs, toMs } }) => {
      const { host, server, bytes } = OFFICE.backup;
      assert.deepEqual(rows, [[host, server, "rsync (tcp/873)", bytes, 1, iso(fromMs), iso(toMs)]]);
    },
  },
  {
    question: "What did 192.168.1.100 send, record by record?",
    tool: "search_flows",
    args: () => ({
      filter: `src host ${OFFICE.backup.host}`,
      fields: ["dst_addr", "dst_port", "bytes", "duration_ms", "in_if", "out_if"],
    }),
    check: ({ rows, next_cursor }) => {
      const { server, port, bytes } = OFFICE.backup;
      assert.deepEqual(rows, [[server, port, bytes, OFFICE_MINUTES * MINUTE, 3, 4]]);
      assert.equal(next_cursor, null);
    },
  },
  {
    question: "Who talks to 172.16.1.10?",
    tool: "query_flows",
    args: () => ({
      filter: `dst host ${OFFICE.backup.server}`,
      group_by: ["src_addr"],
      metrics: ["bytes"],
    }),
    check: ({ rows, other }, { sent }) => {
      const theirs = sent.filter(({ dst_addr }) => dst_addr === OFFICE.backup.server);
      assert.deepEqual(rows, sumBy(theirs, ({ src_addr }) => src_addr));
      assert.equal(other, null);
    },
  },
  {
    question: "Is host 10.10.0.5 causing the bottleneck on WAN-1?",
    tool: "query_flows",
    args: (open) => ({
      ...whole(open),
      filter: `out_if_name = "${OFFICE.wan.ifName}"`,
      group_by: ["src_addr"],
      metrics: ["bytes"],
    }),
    check: ({ rows: [[host, bytes]], totals }) => {
      assert.equal(host, OFFICE.wan.host);
      close(bytes / totals.metrics.bytes, 0.8 / 0.84, "share");
    },
  },
  {
    question: "Which internal hosts talk to external addresses on non-standard ports?",
    tool: "query_flows",
    args: () => ({
      filter: "src net 10.0.0.0/8 and not dst net 10.0.0.0/8 and not dst net 172.16.0.0/12 and " +
        "not dst port in [53 80 443]",
      group_by: ["src_addr", "dst_addr", "dst_port"],
      metrics: ["flows"],
    }),
    check: ({ rows }) => {
      const { host, peer, port } = OFFICE.rare;
      assert.deepEqual(rows, [[host, peer, port, 5]]);
    },
  },
  {
    question: "Is there potential DDoS activity?",
    tool: "query_flows",
    args: () => ({
      filter: "tcp and flags S and not flags A",
      group_by: ["dst_addr", "dst_port"],
      metrics: ["distinct(src_addr)", "flows", "packets"],
      limit: 1,
    }),
    check: ({ rows }) => {
      const { target, port, sources } = OFFICE.flood;
      assert.deepEqual(rows, [[target, port, sources, sources, 3 * sources]]);
    },
  },
  {
    question: "What changed in the last 15 minutes?",
    tool: "query_flows",
    args: ({ office: { toMs } }) => ({
      time: "flow",
      time_range: `${iso(toMs - 15 * MINUTE)}/${iso(toMs)}`,
      group_by: ["src_addr"],
      metrics: ["bytes"],
      limit: 1000,
    }),
    check: ({ rows, totals }, { sent, office: { toMs } }) => {
      close(totals.metrics.bytes, bytesWithin(sent, toMs - 15 * MINUTE, toMs), "all");
      const sources = Map.groupBy(sent, ({ src_addr }) => src_addr);
      for (const [host, bytes] of rows as [string, number][]) {
        const now = bytesWithin(sources.get(host)!, toMs - 15 * MINUTE, toMs);
        close(bytes, now, host);
      }
      assert.ok(rows.some(([host]: [string]) => host === OFFICE.spike.host));
    },
  },
];

Deno.test("questions about an office's traffic, answered from flows", async (t) => {
  await using open = await openOffice();
  await askAll(t, open, QUESTIONS);
});

Deno.test("of an exporter whose templates have not come the trust block says so", async () => {
  await using house = await QuestionHouse.open();
  await sendWithoutTemplates(house);
  const { capabilities: [status] } = await house.ask("capability_status", {
    capability: "netflow_udp",
  });
  assert.equal(status.counters.sets_without_template, 2);
  assert.deepEqual(
    [status.exporters[0].address, status.exporters[0].datagrams, status.exporters[0].flow_records],
    ["127.0.0.1", 2, 0],
  );
  house.pass(60_000);
  const { rows, totals, trust } = await house.ask("query_flows", { filter: "exporter 127.0.0.1" });
  assert.equal(totals.metrics.flows, 0);
  assert.ok(rows.length <= 1);
  assert.deepEqual([trust.complete, trust.sets_without_template], [false, 2]);
  assert.match(trust.notes.join(), /Waiting for their template: 2 sets/);
});
