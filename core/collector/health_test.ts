import assert from "node:assert/strict";
import { ciscoV5 } from "../../tests/support/cisco_v5.ts";
import { CollectorHouse } from "../../tests/support/collector_house.ts";
import { sendUdp } from "../../tests/support/udp.ts";
import { until } from "../../tests/support/until.ts";
import type { CollectionHealth } from "../exporter/collection_health.ts";
import { collectionHealth } from "./health.ts";

const HOUR_MS = 3_600_000;
const RECORD = {
  srcaddr: "10.0.0.1",
  dstaddr: "10.0.0.2",
  dPkts: 1,
  dOctets: 40,
  srcport: 1024,
  dstport: 443,
  prot: 6,
};
const NOTHING: CollectionHealth = {
  collecting_since: null,
  listening_since: null,
  collecting_until: null,
  not_listening: [],
  loopback_only: false,
  dated_ahead: [],
  downtime: [],
  undecoded: false,
  untracked: 0,
  uncountable: [],
  loss: [],
  sets_without_template: 0,
  unknown_sampling: [],
  silent_streams: [],
  silence_severity: "info",
  silent_exporters: [],
};

Deno.test("without a collector nothing is known", () => {
  assert.deepEqual(collectionHealth([], 0, 1), NOTHING);
});

Deno.test("collection lasts from the earliest start until the last one has stopped", async () => {
  await using house = new CollectorHouse();
  const { collectors, clock } = house;
  const start = clock.now();
  const health = () => collectionHealth(collectors.all, start, clock.now());
  const { collector: first } = await collectors.start("netflow_udp", { port: 0 });
  clock.advance(1000);
  await collectors.start("json_udp", { port: 0 });
  clock.advance(1000);
  await first.stop();
  const name = `netflow_udp@127.0.0.1:${first.port}`;
  const downtime = [{ collector: name, from: start + 2000, to: null }];
  clock.advance(1);
  // The house listens on 127.0.0.1.
  const heard = {
    loopback_only: true,
    collecting_since: start,
    listening_since: start + 1000,
    downtime,
  };
  assert.deepEqual(health(), { ...NOTHING, ...heard });
  clock.advance(1000);
  await collectors.stop("json_udp");
  clock.advance(1000);
  const { downtime: both, ...rest } = health();
  const { downtime: _, ...nothing } = NOTHING;
  assert.deepEqual(rest, {
    ...nothing,
    collecting_since: start,
    collecting_until: start + 3001,
  });
  assert.deepEqual(both.map(({ from }) => from), [start + 2000, start + 3001]);
  await first.start();
  const begun = clock.now();
  assert.equal(health().collecting_until, null);
  assert.equal(health().listening_since, begun);
  // One more that hears nothing yet is no reason to wait anew.
  clock.advance(1000);
  await collectors.start("sflow_udp", { port: 0 });
  assert.equal(health().listening_since, begun);
});

Deno.test("nobody listened while every collector was stopped, or not started yet", async () => {
  await using house = new CollectorHouse();
  const { collectors, clock } = house;
  const start = clock.now();
  const silences = (from = 0, to = 1e6) =>
    collectionHealth(collectors.all, start + from, start + to).not_listening
      .map(({ fromMs, toMs }) => [fromMs - start, toMs - start]);
  const { collector: first } = await collectors.start("netflow_udp", { port: 0 });
  clock.advance(1000);
  await first.stop();
  assert.deepEqual(silences(), [], "it may be that it never listens again");
  clock.advance(1000);
  await first.start();
  assert.deepEqual(silences(), [[1000, 2000]]);
  clock.advance(1000);
  await first.stop();
  clock.advance(1000);
  const { collector: second } = await collectors.start("json_udp", { port: 0 });
  clock.advance(1000);
  await first.start();
  clock.advance(1000);
  await second.stop();
  clock.advance(1000);
  await second.start();
  assert.deepEqual(silences(), [[1000, 2000], [3000, 4000]]);
  assert.deepEqual(silences(2000, 3000), []);
  assert.deepEqual(silences(1999, 3001), [[1000, 2000], [3000, 4000]]);
});

Deno.test("arrivals are ahead of a clock that was set back, until it has come to them", async () => {
  await using house = new CollectorHouse();
  const { clock, log } = house;
  const { collector } = await house.collectors.start("netflow_udp", { port: 0 });
  const send = async () => {
    const { flow_records } = collector.status().counters;
    await sendUdp(collector.port, ciscoV5({ flowSequence: flow_records }, [RECORD]));
    await until(
      "the flow",
      () => collector.status().counters.flow_records > flow_records || undefined,
    );
  };
  const ahead = () => collectionHealth([collector], 0, clock.now()).dated_ahead;
  clock.step(2 * HOUR_MS);
  await send();
  const at = clock.now();
  assert.deepEqual(ahead(), []);
  clock.step(-2 * HOUR_MS);
  await send();
  assert.deepEqual(ahead(), [{ collector: collector.name, until: at }]);
  clock.advance(3000);
  const warned = () => log.at("warning").filter(({ text }) => /was set back/.test(text));
  assert.equal(warned().length, 1);
  clock.step(2 * HOUR_MS - 60_000);
  assert.deepEqual(ahead(), []);
});

Deno.test("loss is named within its window, and an exporter that went silent for an hour", async () => {
  await using house = new CollectorHouse();
  const { collector } = await house.collectors.start("netflow_udp", { port: 0 });
  // Two datagrams of no flows, between which 17 never arrived.
  await sendUdp(
    collector.port,
    ciscoV5({ flowSequence: 0 }, []),
    ciscoV5({ flowSequence: 17 }, []),
  );
  await until("the loss", () => collector.exporters.summaries()[0]?.sequence_lost || undefined);
  // Arrival is the machine's time, not the fake clock's.
  const [{ last_seen_ms: at }] = collector.exporters.summaries();
  const within = (fromMs: number, toMs: number) => collectionHealth([collector], fromMs, toMs);
  assert.deepEqual(within(at - 1000, at + 1).loss, [
    { exporter: "127.0.0.1", observation_domain: 0, unit: "flows", lost: 17 },
  ]);
  assert.deepEqual(within(at + 5000, at + 6000).loss, []);
  const silent = (later: number) => within(0, at + later).silent_exporters;
  assert.deepEqual(silent(120_000), []);
  assert.deepEqual(silent(120_001), ["127.0.0.1"]);
  assert.deepEqual(silent(HOUR_MS - 1), ["127.0.0.1"]);
  assert.deepEqual(silent(HOUR_MS), []);
  await collector.stop();
  assert.deepEqual(silent(120_001), [], "nobody expects to hear anyone then");
});
