import assert from "node:assert/strict";
import { foundItems } from "../../tests/support/found_items.ts";
import { fixtureGround, HEALTHY } from "../../tests/support/fixture_ground.ts";
import { FlowFixture } from "../../tests/support/flow_fixture.ts";
import {
  arrivedIn,
  bytesOf,
  NOW_WINDOW,
  officeTraffic,
} from "../../tests/support/office_traffic.ts";
import { nearestRank } from "../query/nearest_rank.ts";
import { emptyReport } from "../query/scan.ts";
import type { LookForAnomalies } from "./anomaly_source.ts";
import { type HostDirection, investigateHost } from "./investigate_host.ts";

const { fixtures, records } = officeTraffic(7);
const now = arrivedIn(records, NOW_WINDOW);
const HOST = "10.0.0.1";
const sent = now.filter((r) => r.src_addr === HOST);
const received = now.filter((r) => r.dst_addr === HOST);

function investigate(
  address = HOST,
  { direction = "both", anomalies = null }: {
    direction?: HostDirection;
    anomalies?: LookForAnomalies | null;
  } = {},
) {
  return investigateHost(fixtureGround(fixtures), {
    window: NOW_WINDOW,
    filter: "",
    address,
    direction,
    anomalies,
  });
}

Deno.test("what a host sent and received, when, over how many ports and with what latency", async () => {
  const { items } = await investigate();
  for (
    const [kind, list, peer] of [["sent", sent, "dst_addr"], [
      "received",
      received,
      "src_addr",
    ]] as const
  ) {
    const [side] = foundItems({ items }, kind);
    const latencies = list.map((r) => r.latency_ms).filter((ms) => ms !== null).sort((a, b) =>
      a - b
    );
    assert.deepEqual(
      [side.bytes, side.flows, side.peers, side.destination_ports, side.source_ports],
      [
        bytesOf(list),
        list.length,
        new Set(list.map((r) => r[peer])).size,
        new Set(list.map((r) => r.dst_port)).size,
        new Set(list.map((r) => r.src_port)).size,
      ],
    );
    assert.equal(side.p95_latency_ms, latencies[nearestRank(0.95, latencies.length) - 1]);
    assert.equal(side.first_seen, list.map((r) => r.start_at!).sort()[0]);
    assert.equal(side.last_seen, list.map((r) => r.end_at!).sort().at(-1));
    // Of flows that were under way before the window only the part within it.
    const within = list.reduce((sum, r) => {
      const [start, end] = [Date.parse(r.start_at!), Date.parse(r.end_at!)];
      const part = start === end ? 1 : (end - Math.max(start, NOW_WINDOW.fromMs)) / (end - start);
      return sum + part * r.bytes!;
    }, 0);
    assert.ok(Math.abs(side.average_bits_per_second / (within * 8 / 900) - 1) < 1e-9);
    assert.ok(side.peak_bits_per_second >= side.p95_bits_per_second);
  }
});

Deno.test("peers with what went each way", async () => {
  const peers = foundItems(await investigate(), "peer");
  const names = new Set([...sent.map((r) => r.dst_addr), ...received.map((r) => r.src_addr)]);
  assert.equal(peers.length, names.size);
  for (const { name, bytes_sent, bytes_received } of peers) {
    assert.equal(bytes_sent, bytesOf(sent.filter((r) => r.dst_addr === name)));
    assert.equal(bytes_received, bytesOf(received.filter((r) => r.src_addr === name)));
  }
});

Deno.test("services that it uses, those that it offers, and those where ports do not tell", async () => {
  const used = foundItems(await investigate(), "service");
  const port = (p: number) =>
    now.filter((r) =>
      (r.src_addr === HOST || r.dst_addr === HOST) && (r.src_port === p || r.dst_port === p)
    );
  const of = (name: string) => used.find((service) => service.name === name);
  const https = of("https (tcp/443)");
  assert.deepEqual(
    [https!.bytes_used, https!.bytes_offered, https!.bytes_either, https!.flows],
    [bytesOf(port(443)), 0, 0, port(443).length],
  );
  // NTP has the same port on both sides here.
  const ntp = of("ntp (udp/123)");
  assert.deepEqual([ntp!.bytes_used, ntp!.bytes_offered, ntp!.bytes_either], [
    0,
    0,
    bytesOf(port(123)),
  ]);
  const { items, headline } = await investigate("8.8.8.8");
  for (const service of foundItems({ items }, "service")) {
    assert.equal(service.bytes_used, 0, service.name);
    assert.equal(service.bytes_offered + service.bytes_either, service.bytes);
  }
  assert.match(
    headline,
    /^8\.8\.8\.8 sent [\d.]+ MB in \d+ flows \(at most .*\) and received .*; offers https/,
  );
});

Deno.test("the ports on its own side and on that of its peers, those with most flows first", async () => {
  const { items } = await investigate("8.8.8.8");
  const mine = now.filter((r) => r.src_addr === "8.8.8.8" || r.dst_addr === "8.8.8.8");
  const sides = { own: [0, 1], peer: [1, 0] } as const;
  for (const [side, [sent, received]] of Object.entries(sides)) {
    const flows = new Map<string, number[]>();
    for (const r of mine) {
      const ports = [r.src_port, r.dst_port];
      const key = `${r.protocol === 17 ? "UDP" : "TCP"} ${
        ports[r.src_addr === "8.8.8.8" ? sent : received]
      }`;
      flows.set(key, [...flows.get(key) ?? [], r.bytes!]);
    }
    const ports = foundItems({ items }, "port").filter((port) => port.side === side);
    assert.equal(ports.length, Math.min(10, flows.size));
    const most = [...flows.values()].map(({ length }) => length).sort((a, b) => b - a);
    assert.deepEqual(ports.map((port) => port.flows), most.slice(0, 10));
    for (const { protocol, port, flows: count, bytes } of ports) {
      const found = flows.get(`${protocol} ${port}`)!;
      assert.deepEqual([count, bytes], [found.length, found.reduce((sum, b) => sum + b, 0)]);
    }
  }
});

Deno.test("one direction alone", async () => {
  const { items, query } = await investigate(HOST, { direction: "source" });
  assert.deepEqual(foundItems({ items }, "received"), []);
  assert.ok(foundItems({ items }, "peer").every(({ bytes_received }) => bytes_received === 0));
  assert.equal(query.arguments.filter, `src host ${HOST}`);
});

Deno.test("anomalies that it takes part in are told, others are not", async () => {
  const finding = (hosts: string[]) => ({
    type: "port_scan" as const,
    severity: "warning" as const,
    subject: { kind: "host", name: hosts[0], hosts },
    summary: "A scan.",
    first_seen_ms: 0,
    last_seen_ms: 1000,
    evidence: { tool: "query_flows", arguments: {} },
    confidence: 0.9,
    benign_explanations: [],
  });
  const asked: string[] = [];
  const { items, headline } = await investigate(HOST, {
    anomalies: ({ window, filter }) => {
      asked.push(filter);
      const findings = [finding(["10.9.9.9", HOST]), finding(["10.9.9.9"])];
      return Promise.resolve({ findings, omitted: 0, scan: emptyReport(window) });
    },
  });
  assert.deepEqual(asked, [`src host ${HOST} or dst host ${HOST}`]);
  const [anomaly, ...more] = foundItems({ items }, "anomaly");
  assert.deepEqual([anomaly.type, anomaly.last_seen, more], [
    "port_scan",
    "1970-01-01T00:00:01.000Z",
    [],
  ]);
  assert.match(headline, /takes part in 1 anomaly\.$/);
});

Deno.test("no rate is said of a young server where most came as collection began", async () => {
  const fixture = new FlowFixture();
  const [to, began] = [900_000, 831_000];
  // 20 MB in its first seconds, 0.1 MB in the minute after.
  for (let n = 0; n < 100; n++) {
    const end_at = n < 50 ? began + 3000 : began + 10_000 + n * 500;
    fixture.add({
      ...{ exporter: "198.18.0.1", src_addr: HOST, dst_addr: "10.0.0.2", protocol: 6 },
      ...{ start_at: end_at - 1000, end_at, duration_ms: 1000, received_at: end_at + 100 },
      ...{ bytes: n < 50 ? 400_000 : 2000, packets: 1 },
    });
  }
  const ground = fixtureGround([fixture], {
    health: () => ({ ...HEALTHY, collecting_since: began }),
  });
  const { items, headline } = await investigateHost(ground, {
    ...{ window: { fromMs: 0, toMs: to, untilNow: true }, filter: "", address: HOST },
    ...{ direction: "both", anomalies: null },
  });
  assert.match(headline, /^10\.0\.0\.1 sent 20\.1 MB in 100 flows and received nothing in /);
  const [sent] = foundItems({ items }, "sent");
  assert.deepEqual(
    [sent.average_bits_per_second, sent.p95_bits_per_second, sent.peak_bits_per_second],
    [null, null, null],
  );
});

Deno.test("a host without traffic, and what is no address", async () => {
  assert.equal(
    (await investigate("10.7.7.7")).headline,
    "10.7.7.7 took no part in any traffic in the last 15 minutes.",
  );
  assert.match(
    (await investigate("2001:0DB8:0::7")).headline,
    /^2001:db8::7 sent /,
    "however the address is written",
  );
  for (const text of ["10.0.0", "10.0.0.0/8", "host", "10.0.0.1 or any"]) {
    await assert.rejects(investigate(text), /ip_address: ".*" is no IP address/);
  }
});
