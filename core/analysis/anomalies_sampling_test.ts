import assert from "node:assert/strict";
import { ANOMALIES_AT as AT, look, ordinary, series } from "../../tests/support/anomaly_scene.ts";
import { SYN, TrafficLog } from "../../tests/support/traffic_log.ts";

const MINUTE = 60_000;
const SAMPLER = "192.0.2.99";
const sampling = { exporter: SAMPLER, sampling_rate: 1000, sampling_source: "announced" } as const;

/** Adds what a log holds as an exporter shows it that takes one packet of a thousand. */
function addSampled(log: TrafficLog, write: (log: TrafficLog) => void): void {
  const seen = new TrafficLog();
  write(seen);
  for (const row of seen.rows) {
    log.rows.push({
      ...row,
      ...sampling,
      end_at: row.start_at,
      packets: 1000,
      bytes: 1000 * Number(row.bytes) / Number(row.packets),
      ...(Number(row.tcp_flags) === SYN ? {} : { tcp_flags: 16 }),
    });
  }
}

const victim = "10.0.0.9";
/** 300 SYNs a second for five seconds. */
const flood = series(1500, 5000 / 1500, (n) => ({
  from: `198.18.${n >> 8}.${n & 255}`,
  to: victim,
  sport: 1024 + n,
  dport: 443,
  flags: SYN,
  lasts: 0,
}));
/** Whole connections of a dozen clients with the same service. */
const clients = (count: number) =>
  series(count, 5, (n) => ({
    from: `10.0.1.${1 + n % 12}`,
    to: victim,
    sport: 20_000 + n,
    dport: 443,
    out: 2000,
    back: 40_000,
  }));

Deno.test("syn_flood: a flood is as clear where a sampled exporter sees the same service", async () => {
  const plain = ordinary();
  flood(plain);
  const alone = await look(plain, { types: ["syn_flood"] });
  const mixed = ordinary();
  flood(mixed);
  addSampled(mixed, clients(1000));
  const { findings } = await look(mixed, { types: ["syn_flood"] });
  assert.equal(findings.length, 1);
  assert.deepEqual(findings, alone.findings);
  assert.equal(findings[0].severity, "critical");
  assert.equal(findings[0].confidence, 0.95);
});

Deno.test("syn_flood: one source is seen by both kinds of exporter, and counts for each", async () => {
  const log = ordinary();
  const one = series(1500, 5, (n) => ({
    from: "198.18.0.1",
    to: victim,
    sport: 1024 + n,
    dport: 443,
    flags: SYN,
    lasts: 0,
  }));
  one(log);
  addSampled(log, clients(500));
  // A few packets of the very same conversation, SYNs and others, on their way past the sampler.
  addSampled(
    log,
    series(40, 100, (n) => ({
      from: "198.18.0.1",
      to: victim,
      sport: 9000 + n,
      dport: 443,
      flags: n % 2 === 0 ? SYN : 16,
      out: 1400,
    })),
  );
  const { findings: [found, ...more] } = await look(log, { types: ["syn_flood"] });
  assert.deepEqual(more, []);
  assert.equal(found.numbers.syn_packets, 1500);
  assert.equal(found.numbers.completed_flows, 0);
  assert.equal(found.severity, "critical");
});

Deno.test("syn_flood: a flood that only a sampled exporter sees is told beside whole connections", async () => {
  const log = ordinary();
  clients(1000)(log);
  addSampled(log, flood);
  const { findings: [found, ...more] } = await look(log, { types: ["syn_flood"] });
  assert.deepEqual(more, []);
  assert.equal(found.numbers.other_packets, 0);
  assert.match(found.confidence_because, /the exporter samples/);
});

Deno.test("syn_flood: lone packets of whole connections are none beside an exporter that sees them all", async () => {
  const log = ordinary();
  clients(1000)(log);
  addSampled(log, (seen) => {
    clients(1000)(seen);
    for (const row of seen.rows.filter((_, n) => n % 40 === 0)) row.tcp_flags = SYN;
  });
  assert.deepEqual((await look(log, { types: ["syn_flood"] })).findings, []);
});

/** Answers of servers that nobody asked. */
const reflected = (count: number) =>
  series(count, 1000, (n) => ({
    from: `203.0.114.${n}`,
    to: victim,
    sport: 53,
    dport: 40_000,
    protocol: 17,
    lasts: 20_000,
    out: 500_000,
  }));

Deno.test("amplification: what a sampler saw of other servers does not hide unsampled answers", async () => {
  const log = ordinary();
  reflected(10)(log);
  // Lookups with a server, each as one sampled packet that stands for a thousand.
  addSampled(
    log,
    series(2000, 10, (n) => ({
      from: victim,
      to: "203.0.113.53",
      sport: 30_000 + n,
      dport: 53,
      protocol: 17,
      out: 60,
    })),
  );
  const { findings: [found, ...more] } = await look(log, { types: ["amplification"] });
  assert.deepEqual(more, []);
  assert.equal(found.numbers.reflectors, 10);
  assert.equal(found.numbers.request_octets, 0);
  assert.equal(found.numbers.answer_octets, 5_000_000);
});

Deno.test("amplification: requests that only the sampled exporter sees are requests", async () => {
  const log = ordinary();
  reflected(10)(log);
  addSampled(
    log,
    series(100, 100, (n) => ({
      from: victim,
      to: `203.0.114.${n % 10}`,
      sport: 40_000,
      dport: 53,
      protocol: 17,
      out: 60,
    })),
  );
  assert.deepEqual((await look(log, { types: ["amplification"] })).findings, []);
});

/** Names looked for at hosts that are not there. */
const sweep = series(100, 1000, (n) => ({
  from: "10.0.1.5",
  to: `10.0.7.${n}`,
  sport: 50_000,
  dport: 1434,
  protocol: 17,
}));

Deno.test("host_scan: a sampled exporter on the way of some probes hides and weakens nothing", async () => {
  const plain = ordinary();
  sweep(plain);
  const { findings: [alone] } = await look(plain, { types: ["host_scan"] });
  const mixed = ordinary();
  sweep(mixed);
  addSampled(mixed, (seen) => {
    sweep(seen);
    seen.rows.splice(0, seen.rows.length, ...seen.rows.filter((_, n) => n % 2 === 0));
  });
  // Whole connections of which the sampler shows one packet of who asks.
  addSampled(mixed, (seen) => {
    for (let n = 0; n < 200; n++) {
      seen.add({
        at: AT + MINUTE + n * 1000,
        from: `10.0.1.${n % 30}`,
        to: `10.0.8.${n}`,
        sport: 20_000 + n,
        dport: 443,
        out: 2000,
        back: 0,
      });
    }
  });
  const { findings: [found] } = await look(mixed, { types: ["host_scan"] });
  assert.deepEqual(found.numbers, alone.numbers);
  assert.equal(found.confidence, alone.confidence);
  assert.doesNotMatch(found.confidence_because, /samples/);
});
