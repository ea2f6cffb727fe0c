import assert from "node:assert/strict";
import { CollectorHouse, recordsOf } from "../../tests/support/collector_house.ts";
import { sendUdp } from "../../tests/support/udp.ts";
import { until } from "../../tests/support/until.ts";
import type { Collector } from "./collector.ts";

const FLOW = JSON.stringify({ src: "10.0.0.1", dst: "10.0.0.2", bytes: 100 });

async function sendAndWait(collector: Collector, text: string): Promise<void> {
  const wanted = collector.status().counters.datagrams + 1;
  await sendUdp(collector.port, text);
  await until("a datagram", () => collector.status().counters.datagrams >= wanted || undefined);
}

Deno.test("a collector's worker dates what arrives by the clock that main has", async () => {
  await using house = new CollectorHouse();
  const startedAt = house.clock.now();
  const { collector } = await house.collectors.start("json_udp", { port: 0 });
  await sendAndWait(collector, FLOW);
  house.clock.step(90_000);
  await sendAndWait(collector, FLOW);
  assert.deepEqual(
    recordsOf(collector).map(({ received_at }) => Date.parse(received_at!)),
    [startedAt, startedAt + 90_000],
  );
  const [{ last_seen_ms }] = collector.exporters.summaries();
  assert.equal(last_seen_ms, startedAt + 90_000);
});

Deno.test("a collector's worker dates what it drops by the clock that main has", async () => {
  await using house = new CollectorHouse();
  const { collector } = await house.collectors.start("json_udp", { port: 0 });
  house.clock.step(90_000);
  await sendAndWait(collector, "{ no json");
  assert.equal(collector.lastDropMs, house.clock.now());
});
