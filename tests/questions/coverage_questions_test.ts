import assert from "node:assert/strict";
import { close, only } from "./question.ts";
import { QuestionHouse, type Result } from "./question_house.ts";
import type { SentFlow } from "./sent_flow.ts";

/** Questions about times of which only a part was collected, or nothing, or not all is held. */

const MINUTE = 60_000;
const ROUTER = "192.0.2.254";

/** A flow that ends now. */
function flow(nowMs: number, changes: Partial<SentFlow> = {}): SentFlow {
  return {
    src_addr: "10.0.0.1",
    dst_addr: "192.0.2.1",
    src_port: 50_000,
    dst_port: 443,
    protocol: 6,
    bytes: 1_000_000,
    packets: 1000,
    start_ms: nowMs - 1000,
    end_ms: nowMs,
    latency_ms: 1,
    ...changes,
  };
}

const range = (fromMs: number, toMs: number) =>
  `${new Date(fromMs).toISOString()}/${new Date(toMs).toISOString()}`;

Deno.test("of a time before collection began nobody says that there was no traffic", async () => {
  await using house = await QuestionHouse.open();
  const began = house.nowMs;
  house.pass(36_000);
  await house.send("json", [flow(house.nowMs)]);
  house.pass(1000);
  const time_range = range(began - 20 * MINUTE, began - 10 * MINUTE);
  const asked: readonly [string, Record<string, unknown>][] = [
    ["analyze_traffic", {}],
    ["analyze_traffic", { focus: "trend" }],
    ["investigate_host", { ip_address: "10.0.0.1" }],
    ["detect_bottlenecks", {}],
  ];
  for (const [tool, args] of asked) {
    const { headline, trust } = await house.ask(tool, { ...args, time_range });
    assert.match(headline, /^Nothing was collected in the 10 minutes to 20.*Z\.$/, tool);
    assert.deepEqual([trust.covered_from, trust.covered_to, trust.complete], [null, null, false]);
    assert.match(trust.notes[0], /^Collection began only at 20.*: nothing of the window was coll/);
  }
  const change = await house.ask("explain_change", { time_range: "36s", against: time_range });
  assert.match(change.headline, /^Nothing was collected in the 10 .* nothing to compare with/);
  const both = await house.ask("explain_change", { time_range, against: time_range });
  assert.match(both.headline, /^Nothing was collected in the 10 minutes to .*, nor in the 10 min/);
  // Of a window that was collected in part, what was is said.
  const other = await house.ask("investigate_host", { ip_address: "10.9.9.9" });
  assert.match(
    other.headline,
    /took no part in any traffic in the last hour \(of which 37 seconds/,
  );
});

Deno.test("what changed is told by rates over what was collected, and without a ratio", async () => {
  await using house = await QuestionHouse.open();
  house.pass(3000);
  await house.send("json", [flow(house.nowMs, { bytes: 13_115_000 })]);
  house.pass(MINUTE);
  await house.send("json", [flow(house.nowMs, { bytes: 6_000_000, src_addr: "10.0.0.2" })]);
  house.pass(MINUTE - 1);
  const { headline, items, trust } = await house.ask("explain_change", {
    time_range: "60s",
    against: "1h/60s",
  });
  const [total, ...parts] = items;
  assert.equal(total.unit, "bit/s");
  close(total.before, 13_115_000 * 8 / 62.999, "before");
  close(total.now, 6_000_000 * 8 / 60, "now");
  assert.match(
    headline,
    /^Traffic in the last minute was 800 kbit\/s, in the .* \(of which 63 seconds were collected\) 1\.67 Mbit\/s: too little was collected to say what changed\.$/,
  );
  assert.deepEqual(
    parts.filter(({ change_kind }: Result) => change_kind === "new" || change_kind === "gone"),
    [],
  );
  assert.match(trust.notes.join("\n"), /rates are over the parts that were/);
});

Deno.test("one meaning of a rate: over the part that was collected and asked for", async () => {
  await using house = await QuestionHouse.open();
  house.pass(100_000);
  await house.send("json", [flow(house.nowMs), flow(house.nowMs, { src_addr: "10.0.0.2" })]);
  house.pass(100_000);
  const wanted = 8_000_000 / 200;
  const { items, query, headline } = await house.ask("analyze_traffic", { focus: "top_talkers" });
  assert.match(headline, /\(of which 200 seconds were collected\)|\(of which 3 minutes were coll/);
  close(only(items, { name: "10.0.0.1" }).bits_per_second, wanted, "analyze_traffic");
  const metrics = ["bytes", "bps", "pps"];
  for (const args of [{ time_range: "15m", group_by: ["src_addr"] }, query.arguments]) {
    const { rows, totals } = await house.ask("query_flows", { ...args, metrics });
    const row = rows.find(([name]: Result) => name === "10.0.0.1");
    close(row[2], wanted, "query_flows");
    close(totals.metrics.bps, 2 * wanted, "totals");
    close(totals.metrics.pps, 2000 / 200, "totals");
  }
  // Buckets: what was not collected has no rate, and is not 0.
  const { rows } = await house.ask("query_flows", {
    time_range: "15m",
    time: "arrival",
    bucket_seconds: 60,
    metrics: ["bps", "bytes"],
  });
  const [before, known] = [rows.slice(0, 5), rows.filter(([, bps]: Result) => bps !== null)];
  assert.ok(before.every(([, bps]: Result) => bps === null), JSON.stringify(rows));
  assert.ok(known.length >= 3 && known.length <= 5, JSON.stringify(rows));
  close(Math.max(...known.map(([, bps]: Result) => bps)), 16_000_000 / 60, "bucket");
});

Deno.test("a ring that turned over does not raise the rates of the others", async () => {
  await using house = await QuestionHouse.open({ store: { capacity_rows: 1024 } });
  // Steady: 8 Mbit a minute by NetFlow for ten minutes, while a thousand JSON flows a minute go by.
  for (let minute = 0; minute < 10; minute++) {
    await house.send("netflow5", [flow(house.nowMs, { src_addr: "10.0.0.7" })]);
    for (let n = 0; n < 6; n++) {
      house.pass(MINUTE / 6);
      await house.send("json", Array.from({ length: 100 }, () => flow(house.nowMs, { bytes: 1 })));
    }
  }
  house.pass(1000);
  const { items, trust, query } = await house.ask("analyze_traffic", {
    focus: "top_talkers",
    time_range: "10m",
  });
  const talker = only(items, { name: "10.0.0.7" });
  // Of the last 100 s or so, in which the JSON ring holds all, there is one flow or two.
  const seconds = (Date.parse(trust.covered_to) - Date.parse(trust.covered_from)) / 1000;
  assert.ok(seconds > 80 && seconds < 120, `${seconds}`);
  assert.ok(talker.bytes === 1_000_000 || talker.bytes === 2_000_000, `${talker.bytes}`);
  close(talker.bits_per_second, talker.bytes * 8 / seconds, "rate");
  assert.match(trust.notes[0], /^Memory holds fewer flows than the window/);
  assert.ok(Date.parse(trust.asked_to) - Date.parse(trust.asked_from) === 10 * MINUTE);
  const ask = { group_by: ["src_addr"], metrics: ["bytes", "bps"] };
  const same = await house.ask("query_flows", { ...query.arguments, ...ask });
  close(same.rows[0][2], talker.bits_per_second, "the query that leads on");
  // All that is held is summed up, but over which time nobody can say.
  const all = await house.ask("query_flows", { time_range: "601s", ...ask });
  assert.deepEqual(all.rows[0], ["10.0.0.7", 10_000_000, null]);
  assert.match(all.trust.notes.join("\n"), /^Memory holds flows of all collectors only from 20/m);
});

Deno.test("the newest buckets of a series still grow, and that is said", async () => {
  await using house = await QuestionHouse.open();
  house.pass(15 * MINUTE);
  // A backup that is told of every five minutes, at the same rate for as long as anybody looks.
  for (let n = 0; n < 3; n++) {
    house.pass(5 * MINUTE);
    const start_ms = house.nowMs - 5 * MINUTE;
    await house.send("json", [flow(house.nowMs, { start_ms, bytes: 300_000_000 })]);
  }
  house.pass(4 * MINUTE);
  const { items, trust } = await house.ask("analyze_traffic", {
    focus: "trend",
    time_range: "15m",
  });
  const [trend, ...buckets] = items;
  const at = new Date(house.nowMs - 15 * MINUTE / 4).toISOString();
  assert.ok(
    trust.notes.some((note: string) =>
      note.startsWith(
        `Flows are exported up to 300 s after they began: what passed after ${at} is not all told of`,
      )
    ),
    trust.notes.join("\n"),
  );
  const low = buckets.filter(({ bytes }: Result) => bytes === 0);
  assert.ok(low.length >= 14 && low.every(({ time, settled }: Result) => !settled || time < at));
  assert.ok(buckets.filter(({ settled }: Result) => settled).length >= 40);
  assert.equal(trend.slope_bits_per_second_per_minute, null);
  const series = { time_range: "15m", bucket_seconds: 60 };
  const query = await house.ask("query_flows", series);
  assert.match(query.trust.notes.join("\n"), /^Flows are exported up to 300 s after/m);
  const arrival = await house.ask("query_flows", { ...series, time: "arrival" });
  assert.doesNotMatch(arrival.trust.notes.join("\n"), /Flows are exported/);
  // Of a time that is long past everything has been told.
  const past = await house.ask("query_flows", { ...series, time_range: "19m/10m" });
  assert.doesNotMatch(past.trust.notes.join("\n"), /Flows are exported/);
});

Deno.test("is the WAN link saturated? It is answered by its configured name", async () => {
  await using house = await QuestionHouse.open({
    names: {
      interfaces: [{ exporter: ROUTER, if_index: 12, name: "wan-1", capacity: "10M" }],
    },
  });
  for (let minute = 0; minute < 10; minute++) {
    house.pass(MINUTE);
    const flows = ["10.0.0.1", "10.0.0.2"].map((src_addr, n) =>
      flow(house.nowMs, {
        src_addr,
        start_ms: house.nowMs - MINUTE,
        bytes: (n === 0 ? 7 : 2) * 1e6 * 60 / 8,
        exporter: ROUTER,
        in_if: 3,
        out_if: 12,
        out_if_name: "GigabitEthernet0/12",
      })
    );
    await house.send("json", flows);
  }
  const time_range = "10m";
  const wan = { exporter: ROUTER, if_index: 12, direction: "out" };
  const { items, headline } = await house.ask("detect_bottlenecks", { time_range });
  const full = only(items, wan);
  assert.deepEqual([full.if_name, Math.round(full.peak_percent)], ["wan-1", 90]);
  assert.match(
    headline,
    /the fullest wan-1 \(12\) of 192\.0\.2\.254, out: .* 78 % of it from 10\.0\.0\.1/,
  );
  const { items: listed } = await house.ask("analyze_traffic", { time_range, focus: "interfaces" });
  assert.equal(only(listed, { ...wan, kind: "interface" }).if_name, "wan-1");
  house.pass(5 * MINUTE + 1);
  const { items: changes } = await house.ask("explain_change", { time_range: "5m" });
  const [change] = changes.filter(({ dimension }: Result) => dimension === "out_interface");
  assert.deepEqual([change.name, change.change_kind], ["wan-1 (12) of 192.0.2.254", "gone"]);
  // Of a part of the traffic nothing is foretold, and it is said that it is a part.
  const part = await house.ask("detect_bottlenecks", { filter: "src host 10.0.0.2" });
  assert.match(part.headline, /with the traffic that matches the filter/);
  assert.match(
    part.trust.notes.join("\n"),
    /^Load is that of the traffic which matches the filter/m,
  );
  assert.ok(part.items.every((item: Result) => item.seconds_to_saturation === null));
});

Deno.test("traffic that two routers saw counts once where that is asked for, by every tool", async () => {
  await using house = await QuestionHouse.open();
  house.pass(15 * MINUTE);
  const at = house.nowMs - 2000;
  const flows = Array.from({ length: 300 }, (_, n) =>
    [1, 2].map((router) =>
      flow(at, {
        src_addr: `10.1.${n >> 6}.${n & 63}`,
        src_port: 40_000 + n,
        bytes: 1000,
        exporter: `192.0.2.${router}`,
        in_if: 1,
        out_if: 2,
      })
    )).flat();
  await house.send("json", flows);
  house.pass(1000);
  const seen = await house.ask("analyze_traffic", {});
  assert.equal(seen.trust.dedup_factor, 2);
  assert.equal(only(seen.items, { kind: "total" }).bytes, 600_000);
  const note = seen.trust.notes.find((text: string) => text.startsWith("Traffic is counted 2.00"));
  assert.match(note, /ask query_flows or analyze_traffic with dedup "on"\.$/);
  // Of the window that was asked for, whatever it was compared with.
  const { asked_from, asked_to } = seen.trust;
  assert.equal(Date.parse(asked_to) - Date.parse(asked_from), 15 * MINUTE);
  const once = await house.ask("analyze_traffic", { dedup: "on" });
  assert.equal(only(once.items, { kind: "total" }).bytes, 300_000);
  assert.equal(once.query.arguments.dedup, "on");
  const host = await house.ask("investigate_host", { ip_address: "192.0.2.1", dedup: "on" });
  assert.equal(only(host.items, { kind: "received" }).bytes, 300_000);
  const change = await house.ask("explain_change", { time_range: "5m", dedup: "on" });
  assert.equal(change.items[0].now, 300_000);
  const { items: advice } = await house.ask("get_recommendations", {});
  const told = only(advice, { title: "Count conversations once" });
  assert.match(told.seen, /^Traffic is counted 2\.00 times on average/);
  const { totals } = await house.ask(told.query.tool, told.query.arguments);
  assert.equal(totals.metrics.bytes, 300_000);
});

Deno.test("when a host was seen is told of flows without times too, as text everywhere", async () => {
  await using house = await QuestionHouse.open();
  house.pass(1000);
  const { start_ms: _start, end_ms: _end, ...timeless } = flow(house.nowMs);
  const datagram = new TextEncoder().encode(JSON.stringify({ ...timeless }));
  await house.sendRaw("json_udp", datagram);
  const now = new Date(house.nowMs).toISOString();
  house.pass(1000);
  const metrics = ["flows", "first_seen", "last_seen"];
  const { rows, totals } = await house.ask("query_flows", { metrics, group_by: ["src_addr"] });
  assert.deepEqual(rows, [["10.0.0.1", 1, now, now]]);
  assert.deepEqual(totals.metrics, { flows: 1, first_seen: now, last_seen: now });
  const { items } = await house.ask("investigate_host", { ip_address: "10.0.0.1" });
  assert.deepEqual([items[0].first_seen, items[0].last_seen], [now, now]);
  assert.doesNotMatch(items[0].kind, /received/);
});
