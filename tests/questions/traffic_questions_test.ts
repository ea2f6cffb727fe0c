import assert from "node:assert/strict";
import { writeMmdb } from "../support/mmdb.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { COUNTRIES, OFFICE, OFFICE_MINUTES, OFFICE_ROUTER, serviceOf } from "./office.ts";
import { openOffice, quarter } from "./open_office.ts";
import { askAll, close, has, only, type Question } from "./question.ts";
import type { Result } from "./question_house.ts";
import { bitsPerSecond, bytesWithin, distinct, type SentFlow, sumBy, total } from "./sent_flow.ts";

const MINUTE = 60_000;
const { backup, spike, drop } = OFFICE;
const iso = (ms: number) => new Date(ms).toISOString();

const packetsOf = ({ packets }: SentFlow) => packets;
const exporterOf = ({ exporter = OFFICE_ROUTER.address }: SentFlow) => exporter;
const nameAndBytes = ({ name, bytes }: Result) => [name, bytes];
const sumOf = (items: readonly Result[], name: string): number =>
  items.reduce((sum, item) => sum + item[name], 0);
/** Bytes that hosts sent and received, the largest first. */
const byHost = (flows: readonly SentFlow[]) =>
  sumBy(
    flows.flatMap((flow) => [flow, { ...flow, src_addr: flow.dst_addr }]),
    ({ src_addr }) => src_addr,
  );

const QUESTIONS: readonly Question[] = [
  {
    question: "What's the current network traffic like?",
    tool: "analyze_traffic",
    args: () => ({ focus: "summary" }),
    check({ headline, items }, office) {
      const [now, before] = [quarter(office), quarter(office, 1)];
      const bytes = total(now);
      has(only(items, { kind: "total" }), {
        bytes,
        packets: total(now, packetsOf),
        flows: now.length,
        bits_per_second: bitsPerSecond(bytes, 15 * MINUTE),
        sources: distinct(now, ({ src_addr }) => src_addr),
        destinations: distinct(now, ({ dst_addr }) => dst_addr),
      });
      has(only(items, { kind: "window_before" }), {
        bytes: total(before),
        flows: before.length,
        change_percent: 100 * (bytes - total(before)) / total(before),
      });
      for (
        const [kind, sums] of [
          ["host", byHost(now)],
          ["service", sumBy(now, serviceOf)],
          ["exporter", sumBy(now, exporterOf)],
        ] as const
      ) {
        const found = items.filter((item: Result) => item.kind === kind).map(nameAndBytes);
        assert.deepEqual(found, sums.slice(0, 5), kind);
      }
      assert.ok(headline.includes(byHost(now)[0][0]), headline);
    },
  },
  {
    question: "Who are the top talkers?",
    tool: "analyze_traffic",
    args: () => ({ focus: "top_talkers" }),
    check({ headline, items, omitted }, office) {
      const now = quarter(office);
      const talkers = byHost(now);
      assert.deepEqual(items.map(nameAndBytes), talkers.slice(0, 20));
      assert.equal(omitted, talkers.length - 20);
      for (const item of items) {
        has(item, {
          bytes_sent: total(now.filter(({ src_addr }) => src_addr === item.name)),
          bytes_received: total(now.filter(({ dst_addr }) => dst_addr === item.name)),
          share_percent: 100 * item.bytes / total(now),
        });
      }
      assert.ok(headline.includes(talkers[0][0]), headline);
    },
  },
  {
    question: "Which services use the most bandwidth?",
    tool: "analyze_traffic",
    args: () => ({ focus: "services" }),
    check({ headline, items, omitted }, office) {
      const now = quarter(office);
      const services = sumBy(now, serviceOf);
      assert.deepEqual(items.slice(0, 5).map(nameAndBytes), services.slice(0, 5));
      assert.equal(items.length + omitted, services.length);
      for (const item of items) {
        has(item, { bits_per_second: bitsPerSecond(item.bytes, 15 * MINUTE) });
      }
      assert.match(headline, /^In the last 15 minutes https \(tcp\/443\) is /);
    },
  },
  {
    question: "What is the trend over the past 30 minutes?",
    tool: "analyze_traffic",
    args: ({ office: { fromMs }, nowMs }) => ({
      focus: "trend",
      time_range: `${iso(fromMs)}/${iso(nowMs)}`,
    }),
    check({ headline, items: [summary, ...buckets] }, { sent, office: { fromMs }, nowMs }) {
      const minutes = Array.from({ length: OFFICE_MINUTES + 1 }, (_, i) => fromMs + i * MINUTE);
      const bytes = minutes.map((at) => bytesWithin(sent, at, at + MINUTE));
      const rates = bytes.map((b) => bitsPerSecond(b, MINUTE));
      assert.equal(buckets.length, minutes.length);
      buckets.forEach((bucket: Result, i: number) =>
        has(bucket, { time: iso(minutes[i]), bytes: bytes[i], bits_per_second: rates[i] })
      );
      const sorted = [...rates].sort((a, b) => a - b);
      has(summary, {
        average_bits_per_second: bitsPerSecond(total(sent), nowMs - fromMs),
        p95_bits_per_second: sorted[Math.ceil(0.95 * sorted.length) - 1],
        peak_bits_per_second: sorted.at(-1),
        peak_at: iso(fromMs + spike.minute * MINUTE),
        // A flow as long as the window may yet add to the last quarter: no line is fitted there.
        slope_bits_per_second_per_minute: medianSlope(
          rates.slice(0, Math.floor(0.75 * rates.length)),
        ),
      });
      assert.match(headline, /rising by/);
    },
  },
  {
    question: "What countries are we exchanging traffic with?",
    tool: "analyze_traffic",
    args: () => ({ focus: "geographic" }),
    check({ headline, items, omitted }, office) {
      const now = quarter(office);
      const expected = COUNTRIES.map(([, name]) => {
        const sent = now.filter(({ src_addr }) => countryOf(src_addr) === name);
        const received = now.filter(({ dst_addr }) => countryOf(dst_addr) === name);
        return {
          name,
          bytes_sent: total(sent),
          bytes_received: total(received),
          bytes: total(sent) + total(received),
          flows: sent.length + received.length,
        };
      }).sort((a, b) => b.bytes - a.bytes);
      assert.deepEqual([items.length, omitted], [expected.length, 0]);
      expected.forEach((country, i) => has(items[i], country));
      assert.match(headline, /^In the last 15 minutes DE takes part in /);
      assert.match(headline, /none known for up to 100 % of the bytes\.$/);
    },
  },
  {
    question: "What changed in the last 15 minutes?",
    tool: "explain_change",
    check({ headline, items, trust }, office) {
      const [now, before] = [quarter(office), quarter(office, 1)];
      const difference = total(now) - total(before);
      has(only(items, { dimension: "total" }), {
        before: total(before),
        now: total(now),
        change: difference,
        change_kind: "grew",
      });
      for (
        const [dimension, key] of [
          ["source", ({ src_addr }: SentFlow) => src_addr],
          ["destination", ({ dst_addr }: SentFlow) => dst_addr],
          ["service", serviceOf],
        ] as const
      ) {
        const found = items.filter((item: Result) => item.dimension === dimension);
        assert.deepEqual(
          found.map(({ name, change }: Result) => [name, change]),
          changes({ now, before, key }),
        );
        // The parts and what is left of them make the whole.
        assert.equal(sumOf(found, "change"), difference, dimension);
        close(sumOf(found, "share_of_change_percent"), 100, dimension);
      }
      has(only(items, { dimension: "source", name: backup.host }), {
        change_kind: "new",
        before: 0,
        now: backup.bytes,
      });
      has(only(items, { dimension: "destination", name: spike.peer }), { change_kind: "new" });
      has(only(items, { dimension: "source", name: drop.host }), { change_kind: "shrank" });
      assert.ok(headline.includes(backup.host), headline);
      assert.match(trust.notes.join(), /^By the flows' own time it was /);
    },
  },
  {
    question: "What changed in the last 15 minutes, by the flows' own time?",
    tool: "explain_change",
    args: () => ({ time: "flow" }),
    check({ items }, { sent, nowMs }) {
      const at = (back: number) => nowMs - back * 15 * MINUTE;
      const [now, before] = [0, 1].map((n) => bytesWithin(sent, at(n + 1), at(n)));
      has(only(items, { dimension: "total" }), { now, before, change: now - before });
      const [first] = items.filter(({ dimension }: Result) => dimension === "source");
      // In the minute of the spike it did some browsing too.
      assert.deepEqual([first.name, first.change_kind], [spike.host, "grew"]);
      // The backup went on as before, but for the last minute.
      const listed = items.find(({ name }: Result) => name === backup.host);
      if (listed !== undefined) assert.equal(listed.change_kind, "shrank");
    },
  },
  {
    question: "What is 192.168.1.100 doing?",
    tool: "investigate_host",
    args: () => ({ ip_address: backup.host }),
    check({ headline, items }, { office: { fromMs, toMs } }) {
      const rate = bitsPerSecond(backup.bytes, toMs - fromMs);
      has(only(items, { kind: "sent" }), {
        bytes: backup.bytes,
        packets: backup.bytes / 1500,
        flows: 1,
        peers: 1,
        first_seen: iso(fromMs),
        last_seen: iso(toMs),
        peak_bits_per_second: rate,
        p95_latency_ms: 3,
      });
      has(only(items, { kind: "received" }), { bytes: 0, flows: 0, first_seen: null });
      has(only(items, { kind: "peer" }), { name: backup.server, bytes_sent: backup.bytes });
      has(only(items, { kind: "service" }), {
        name: "rsync (tcp/873)",
        bytes_used: backup.bytes,
        bytes_offered: 0,
      });
      assert.match(headline, /^192\.168\.1\.100 sent 900 MB in 1 flow .* received nothing /);
    },
  },
  {
    question: "Who talks to 172.16.1.10?",
    tool: "investigate_host",
    args: () => ({ ip_address: backup.server, direction: "destination" }),
    check({ headline, items }, { sent }) {
      const theirs = sent.filter(({ dst_addr }) => dst_addr === backup.server);
      has(only(items, { kind: "received" }), {
        bytes: total(theirs),
        packets: total(theirs, packetsOf),
        flows: theirs.length,
        peers: theirs.length,
      });
      const listed = (kind: string) => items.filter((item: Result) => item.kind === kind);
      assert.deepEqual(
        listed("peer").map(nameAndBytes),
        sumBy(theirs, ({ src_addr }) => src_addr),
      );
      assert.deepEqual(
        listed("service").map(({ name, bytes_offered }: Result) => [name, bytes_offered]),
        sumBy(theirs, serviceOf),
      );
      assert.match(headline, /most with 192\.168\.1\.100; offers rsync/);
    },
  },
];

Deno.test("questions about an office's traffic, answered by analyses", async (t) => {
  using folder = temporaryFolder();
  const country_mmdb = `${folder.path}/country.mmdb`;
  const file = writeMmdb(COUNTRIES.map(([net, iso_code]) => [net, { country: { iso_code } }]));
  await Deno.writeFile(country_mmdb, new Uint8Array(new Uint8Array(file)));
  await using open = await openOffice({ geo: { country_mmdb } });
  await askAll(t, open, QUESTIONS);
});

/** By the last number of the networks of COUNTRIES. */
function countryOf(address: string): string | null {
  const [, net, last] = /^([\d.]+)\.(\d+)$/.exec(address)!;
  if (net === "203.0.113") return "DE";
  if (net === "198.51.100") return Number(last) < 16 ? "NL" : "FR";
  return /^198\.1[89]\./.test(address) ? "BR" : null;
}

/** The six parts that changed most, and the rest. */
function changes(
  { now, before, key }: {
    now: readonly SentFlow[];
    before: readonly SentFlow[];
    key: (flow: SentFlow) => string;
  },
): [string, number][] {
  const back = before.map((flow) => ({ ...flow, bytes: -flow.bytes }));
  const parts = sumBy([...now, ...back], key)
    .sort(([, a], [, b]) => Math.abs(b) - Math.abs(a));
  const rest = parts.slice(6).reduce((sum, [, change]) => sum + change, 0);
  return [...parts.slice(0, 6), ["all other", rest]];
}

/** The median of the slopes between any two values, a step. */
function medianSlope(values: readonly number[]): number {
  const slopes = values.flatMap((a, i) => values.slice(i + 1).map((b, j) => (b - a) / (j + 1)))
    .sort((a, b) => a - b);
  const half = slopes.length / 2;
  return (slopes[Math.floor(half - 0.5)] + slopes[Math.floor(half)]) / 2;
}
