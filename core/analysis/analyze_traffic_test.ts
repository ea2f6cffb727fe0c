import assert from "node:assert/strict";
import { fixtureGround, HEALTHY } from "../../tests/support/fixture_ground.ts";
import { FlowFixture } from "../../tests/support/flow_fixture.ts";
import {
  arrivedIn,
  BEFORE_WINDOW,
  bytesOf,
  NOW_WINDOW,
  officeTraffic,
} from "../../tests/support/office_traffic.ts";
import { foundItems } from "../../tests/support/found_items.ts";
import { NAME_DATA } from "../../tests/support/filter/sample_names.ts";
import { writeMmdb } from "../../tests/support/mmdb.ts";
import type { FlowRecord } from "../flow/schema.ts";
import { NameDirectory } from "../names/name_directory.ts";
import { analyzeTraffic, type Focus, FOCUSES } from "./analyze_traffic.ts";

const SECONDS = 900;
const { fixtures, records } = officeTraffic(11);
const now = arrivedIn(records, NOW_WINDOW);

function look(focus: Focus, filter = "") {
  return analyze(fixtureGround(fixtures), { window: NOW_WINDOW, filter, focus });
}

async function analyze(...asked: Parameters<typeof analyzeTraffic>) {
  const answer = await analyzeTraffic(...asked);
  return { ...answer, items: foundItems(answer) };
}

function bytesBy(list: readonly FlowRecord[], key: (r: FlowRecord) => string | number | null) {
  return new Map([...Map.groupBy(list, key)].map(([name, of]) => [name, bytesOf(of)]));
}

function descending(map: ReadonlyMap<unknown, number>): [unknown, number][] {
  return [...map].sort(([, a], [, b]) => b - a);
}

Deno.test("top_talkers: bytes sent and received of each host, the largest first", async () => {
  const { items, omitted } = await look("top_talkers");
  const sent = bytesBy(now, (r) => r.src_addr);
  const received = bytesBy(now, (r) => r.dst_addr);
  const expected = new Map(
    [...sent.keys()].map((host) => [host, sent.get(host)! + (received.get(host) ?? 0)]),
  );
  assert.deepEqual(
    items.map(({ name, bytes }) => [name, bytes]),
    descending(expected),
  );
  for (const item of items) {
    assert.equal(item.bytes_sent, sent.get(item.name));
    assert.equal(item.bytes_received, received.get(item.name));
    assert.equal(item.bits_per_second, item.bytes * 8 / SECONDS);
    assert.equal(item.share_percent, 100 * item.bytes / bytesOf(now));
  }
  assert.equal(omitted, 0);
});

Deno.test("services, exporters: each part, and together the whole", async () => {
  const services = (await look("services")).items;
  const port = (r: FlowRecord) =>
    [r.src_port!, r.dst_port!].find((p) => [53, 443, 8443, 123].includes(p))!;
  const names: Record<number, string> = {
    53: "domain (udp/53)",
    123: "ntp (udp/123)",
    443: "https (tcp/443)",
    8443: "pcsync-https (tcp/8443)",
  };
  assert.deepEqual(
    services.map(({ name, bytes }) => [name, bytes]),
    descending(bytesBy(now, (r) => names[port(r)])),
  );
  const exporters = (await look("exporters")).items;
  assert.deepEqual(
    exporters.map(({ name, bytes }) => [name, bytes]),
    descending(bytesBy(now, (r) => r.exporter)),
  );
  for (const list of [services, exporters]) {
    assert.equal(list.reduce((sum, { bytes }) => sum + bytes, 0), bytesOf(now));
    assert.equal(list.reduce((sum, { flows }) => sum + flows, 0), now.length);
  }
});

Deno.test("conversations: both directions of two hosts and a service are one", async () => {
  const { items, omitted } = await look("conversations");
  const key = (r: FlowRecord) =>
    JSON.stringify([
      [r.src_addr!, r.dst_addr!].sort(),
      [r.src_port!, r.dst_port!].find((p) => [53, 443, 8443, 123].includes(p)),
    ]);
  const expected = descending(bytesBy(now, key));
  assert.deepEqual(
    items.map(({ bytes }) => bytes),
    expected.slice(0, 20).map(([, b]) => b),
  );
  assert.equal(omitted, expected.length - 20);
  for (const { source, destination, bytes_sent, bytes_received, bytes } of items) {
    assert.ok(bytes_sent + bytes_received === bytes && source !== destination);
  }
});

Deno.test("interfaces: what was watched at the interface itself counts, else at the other end", async () => {
  const { items } = await look("interfaces");
  const naive = new Map<string, number>();
  for (const [side, own] of [["in", false], ["out", true]] as const) {
    const groups = Map.groupBy(now, (r) => JSON.stringify([r.exporter, r[`${side}_if`], side]));
    for (const [name, list] of groups) {
      const here = list.filter(({ direction }) => (direction === "egress") === own);
      naive.set(name, bytesOf(here.length > 0 ? here : list));
    }
  }
  assert.deepEqual(
    items.map((i) => [JSON.stringify([i.exporter, i.if_index, i.direction]), i.bytes]),
    descending(naive).slice(0, 20),
  );
  const named = items.find(({ direction, if_index }) => direction === "in" && if_index === 2);
  assert.match(named!.name, /^ge-0\/0\/2 \(2\) of 198\.18\.0\.[12], in$/);
});

Deno.test("as: traffic within one counts once, and what has no number is said", async () => {
  const { items, headline } = await look("as");
  for (const { name: text, bytes, bytes_sent, bytes_received } of items) {
    const name = Number(text.slice(2));
    const either = now.filter((r) => r.src_as === name || r.dst_as === name);
    assert.equal(bytes, bytesOf(either));
    assert.equal(bytes_sent, bytesOf(now.filter((r) => r.src_as === name)));
    assert.equal(bytes_received, bytesOf(now.filter((r) => r.dst_as === name)));
  }
  assert.equal(items.length, 3);
  assert.match(
    headline,
    /^In the last 15 minutes AS6450\d takes part in \d\d % of .* 3 AS numbers in all, none known for up to 3\d % of the bytes\.$/,
  );
});

Deno.test("countries: without a database that is said, and public networks are listed", async () => {
  for (const focus of ["countries", "geographic"] as const) {
    const { headline, items, trust } = await look(focus);
    assert.match(headline, /^No database of countries is configured; 5 public networks \(IPv4/);
    const outside = now.filter((r) => r.src_addr === "8.8.8.8" || r.dst_addr === "8.8.8.8");
    const google = items.find(({ name }) => name === "8.8.8.0/24");
    assert.equal(google!.bytes, bytesOf(outside));
    assert.ok(!items.some(({ name }) => name.startsWith("10.")));
    assert.equal(trust.complete, false);
  }
});

Deno.test("countries: a database that knows no address of the traffic is not called missing", async () => {
  const countries = writeMmdb([["100.127.255.0/24", { country: { iso_code: "DE" } }]]);
  const directory = new NameDirectory({ ...NAME_DATA, countries });
  const { headline, trust } = await analyze(fixtureGround(fixtures, { directory }), {
    window: NOW_WINDOW,
    filter: "",
    focus: "countries",
  });
  const said = "The database of countries knows no address of the traffic";
  assert(headline.startsWith(`${said}; 5 public networks`), headline);
  assert(trust.notes.includes(`${said}: networks are listed instead.`), trust.notes.join("\n"));
});

Deno.test("trend: the series holds what the flows carried in the window, and its figures fit", async () => {
  const { items, headline } = await look("trend");
  const [trend, ...buckets] = items;
  assert.equal(trend.bucket_seconds, 15);
  assert.equal(buckets.length, 60);
  const { fromMs, toMs } = NOW_WINDOW;
  let sum = 0;
  for (const { start_at, end_at, bytes } of records) {
    const [a, b] = [Date.parse(start_at!), Date.parse(end_at!)];
    const inside = Math.min(b, toMs) - Math.max(a, fromMs);
    if (a === b ? a >= fromMs : inside > 0) sum += bytes! * (a === b ? 1 : inside / (b - a));
  }
  const spread = buckets.reduce((total, { bytes }) => total + bytes, 0);
  assert.ok(Math.abs(spread - sum) < 1e-6 * sum, `${spread} ${sum}`);
  const rates = buckets.map(({ bytes }) => bytes * 8 / 15).sort((a, b) => a - b);
  assert.equal(trend.peak_bits_per_second, rates[59]);
  assert.equal(trend.p95_bits_per_second, rates[56]);
  assert.ok(trend.slope_bits_per_second_per_minute > 0, "more came from the 20th minute on");
  assert.match(headline, /on average, rising by [\d.]+ kbit\/s a minute; 95 % of the time at most/);
});

Deno.test("summary: totals, the window before, the first of each kind", async () => {
  const { items, headline, query } = await look("summary");
  const [total, before, ...rest] = items;
  assert.deepEqual(
    [total.bytes, total.flows, total.sources, total.destinations],
    [
      bytesOf(now),
      now.length,
      new Set(now.map((r) => r.src_addr)).size,
      new Set(now.map((r) => r.dst_addr)).size,
    ],
  );
  const then = bytesOf(arrivedIn(records, BEFORE_WINDOW));
  assert.deepEqual([before.bytes, before.covered_seconds], [then, 900]);
  const change = 100 * (bytesOf(now) - then) / then;
  assert.ok(Math.abs(before.change_percent - change) < 1e-9);
  assert.ok(headline.includes(`${Math.round(change)} % more than in the window before`), headline);
  assert.deepEqual(
    [...new Set(rest.map(({ kind }) => kind))],
    ["host", "service", "conversation", "interface", "exporter"],
  );
  assert.deepEqual(query.arguments.time_range, "1970-01-01T00:15:00.000Z/1970-01-01T00:30:00.000Z");
});

Deno.test("a window that was collected in part has rates over that part, and no comparison", async () => {
  const health = () => ({ ...HEALTHY, collecting_since: 25 * 60_000 });
  const late = officeTraffic(11, 25 * 60_000).fixtures;
  const { items, headline, trust } = await analyze(fixtureGround(late, { health }), {
    window: NOW_WINDOW,
    filter: "",
    focus: "summary",
  });
  const [total, before] = items;
  assert.equal(total.covered_seconds, 300);
  assert.equal(total.bits_per_second, total.bytes * 8 / 300);
  // Of the window before nobody knows what passed: 0 would say that nothing did.
  assert.deepEqual(before, {
    kind: "window_before",
    name: "1970-01-01T00:00:00.000Z/1970-01-01T00:15:00.000Z",
    bytes: null,
    packets: null,
    flows: null,
    bits_per_second: null,
    share_percent: null,
    covered_seconds: 0,
    why:
      "Nothing was collected in the 15 minutes to 1970-01-01T00:15:00.000Z: collection, as far " +
      "as is known, began only at 1970-01-01T00:25:00.000Z.",
    change_percent: null,
  });
  assert.match(headline, /^In the last 15 minutes \(of which 5 minutes were collected\) /);
  assert.doesNotMatch(headline, /window before/);
  assert.match(trust.notes.join(), /Collection began only at 1970-01-01T00:25:00.000Z/);
});

Deno.test("a long flow is an average and a peak of what passed within the window", async () => {
  const fixture = new FlowFixture();
  // 40 Mbit/s for half an hour, told of when it ended.
  const end_at = 30 * 60_000;
  fixture.add({ received_at: end_at - 1, start_at: 0, end_at, duration_ms: end_at, bytes: 9e9 });
  const ask = {
    window: { ...NOW_WINDOW, fromMs: 29 * 60_000 },
    filter: "",
    focus: "trend" as const,
  };
  const { items: [trend], headline } = await analyze(fixtureGround([fixture]), ask);
  const { average_bits_per_second, peak_bits_per_second, slope_bits_per_second_per_minute } = trend;
  assert.ok(Math.abs(average_bits_per_second - 40e6) < 1);
  assert.ok(Math.abs(peak_bits_per_second - 40e6) < 1);
  assert.equal(slope_bits_per_second_per_minute, null);
  assert.match(headline, /40 Mbit\/s on average, no clear trend; .* at the peak 40 Mbit\/s/);
});

Deno.test("no traffic is said of as much of the window as was collected", async () => {
  const health = () => ({ ...HEALTHY, collecting_since: 29 * 60_000 });
  const ground = fixtureGround([new FlowFixture()], { health });
  const ask = { window: NOW_WINDOW, filter: "", focus: "services" as const };
  assert.equal(
    (await analyze(ground, ask)).headline,
    "No traffic in the last 15 minutes (of which 1 minute was collected).",
  );
});

Deno.test("of a window before that was collected in part it is said of how much", async () => {
  const health = () => ({ ...HEALTHY, collecting_since: 10 * 60_000 });
  const { fixtures } = officeTraffic(11, 10 * 60_000);
  const { items: [total, before], headline } = await analyze(fixtureGround(fixtures, { health }), {
    window: NOW_WINDOW,
    filter: "",
    focus: "summary",
  });
  assert.deepEqual([total.covered_seconds, before.covered_seconds], [900, 300]);
  assert.equal(before.change_percent, null);
  assert.doesNotMatch(headline, /window before/);
});

for (const focus of FOCUSES) {
  Deno.test(`${focus}: nothing is said to be nothing`, async () => {
    const ground = fixtureGround([new FlowFixture()]);
    const empty = await analyze(ground, { window: NOW_WINDOW, filter: "port 1", focus });
    assert.match(empty.headline, /^(No traffic that matches the filter|In) .*last 15 minutes/);
    const one = new FlowFixture();
    one.add({ received_at: NOW_WINDOW.fromMs, bytes: 1 });
    const { headline } = await analyze(fixtureGround([one]), {
      window: NOW_WINDOW,
      filter: "",
      focus,
    });
    assert.doesNotMatch(headline, /NaN|undefined|Infinity|null/);
  });
}

Deno.test("more names than a query gives: they are counted, and what may be off is said", async () => {
  const many = new FlowFixture({ capacity: 32_768 });
  for (let i = 0; i < 12_000; i++) {
    many.add({
      received_at: NOW_WINDOW.fromMs,
      src_addr: `10.1.${i >> 8}.${i & 255}`,
      dst_addr: "192.0.2.1",
      bytes: i < 3 ? 1_000_000 : 7,
    });
  }
  const ask = async (focus: Focus) =>
    await analyze(fixtureGround([many]), { window: NOW_WINDOW, filter: "", focus });
  const talkers = await ask("top_talkers");
  assert.deepEqual(
    talkers.items.slice(0, 4).map(({ name }) => name),
    ["192.0.2.1", "10.1.0.0", "10.1.0.1", "10.1.0.2"],
  );
  assert.match(talkers.headline, /at least 11999 hosts in all\.$/);
  assert.deepEqual(talkers.trust.approximate, [{
    figure: "bytes by host",
    error: "there are more than 10000: those of each may be off by up to 7 octets",
  }]);
  assert.match((await ask("conversations")).headline, /at least 10000 conversations in all\.$/);
});
