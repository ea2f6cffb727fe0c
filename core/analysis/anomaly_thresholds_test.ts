import assert from "node:assert/strict";
import {
  ANOMALIES_AT,
  ANOMALY_WINDOW,
  dayBefore,
  look,
  ordinary,
  series,
} from "../../tests/support/anomaly_scene.ts";
import { SYN, type TrafficLog } from "../../tests/support/traffic_log.ts";
import type { AnomalyType } from "../monitor/finding.ts";
import { seededRandom } from "../wire/encode/seeded_random.ts";

const MINUTE = 60_000;
const probe = { from: "203.0.113.9", sport: 50_000, flags: SYN };
const victim = "10.0.0.80";

/** Something of a size: the least that is an alarm, and the most that is none. */
interface Threshold {
  readonly type: AnomalyType;
  readonly title: string;
  readonly write: (log: TrafficLog, size: number) => void;
  readonly alarm: number;
  readonly none: number;
}

/** A stream of five clients of a server through the hour and the window, that falls to a part. */
function streams(log: TrafficLog, part: number): void {
  for (let at = ANOMALIES_AT - 61 * MINUTE; at < ANOMALY_WINDOW.toMs; at += MINUTE) {
    for (let n = 0; n < 5; n++) {
      const left = at >= ANOMALIES_AT + 3 * MINUTE ? part : 1;
      log.add({
        at,
        lasts: MINUTE - 1000,
        from: `10.0.1.${n + 1}`,
        to: "203.0.113.40",
        sport: 30_000 + n,
        dport: 5004,
        protocol: 17,
        out: 4_000_000 * left,
        back: 1_000_000 * left,
      });
    }
  }
}

const THRESHOLDS: readonly Threshold[] = [
  {
    type: "port_scan",
    title: "ports of a host, all refused",
    write: (log, size) =>
      series(size, 1000, (n) => ({ ...probe, to: "10.0.0.9", dport: n + 1, refused: true }))(log),
    alarm: 9,
    none: 8,
  },
  {
    type: "port_scan",
    title: "closed ports for each three that are open",
    write: (log, size) =>
      series(size * 12, 1000, (n) => ({
        ...probe,
        to: "10.0.0.9",
        dport: n + 1,
        ...(n % (size + 3) >= size ? { flags: 27, out: 400, back: 400 } : { refused: true }),
      }))(log),
    alarm: 9,
    none: 3,
  },
  {
    type: "host_scan",
    title: "hosts that do not answer",
    write: (log, size) =>
      series(size, 1000, (n) => ({ ...probe, from: "10.0.1.5", to: `10.0.7.${n}`, dport: 22 }))(
        log,
      ),
    alarm: 9,
    none: 8,
  },
  {
    type: "host_scan",
    title: "echoes, half of them answered",
    write: (log, size) =>
      series(size, 100, (n) => ({
        from: "10.0.1.5",
        to: `10.0.7.${n}`,
        sport: 0,
        dport: 0,
        protocol: 1,
        out: 64,
        back: n % 2 * 64,
      }))(log),
    alarm: 20,
    none: 10,
  },
  {
    type: "syn_flood",
    title: "SYNs in one second",
    write: (log, size) =>
      series(size, 1000 / size, (n) => ({
        ...probe,
        from: `20.${n >> 8}.${n & 255}.1`,
        to: victim,
        dport: 443,
      }))(log),
    alarm: 100,
    none: 99,
  },
  {
    type: "syn_flood",
    title: "SYNs for each hundred connections",
    write: (log, size) => {
      for (let second = 0; second < 60; second++) {
        const at = ANOMALIES_AT + MINUTE + second * 1000;
        const of = { at, to: victim, dport: 443, sport: 40_000 + second };
        for (let n = 0; n < 100 + size; n++) {
          const from = `2${n % 10}.0.${second}.${n}`;
          log.add(
            n < 100
              ? { ...of, from, out: 500, back: 4000 }
              : { ...of, from: `30.${second}.${n >> 8}.${n & 255}`, flags: SYN, out: 40, back: 0 },
          );
        }
      }
    },
    alarm: 170,
    none: 90,
  },
  {
    type: "amplification",
    title: "kB of answers that nobody asked for",
    write: (log, size) =>
      series(10, 10, (n) => ({
        from: `203.0.114.${n}`,
        to: victim,
        sport: 123,
        dport: 40_000,
        protocol: 17,
        out: size * 100,
      }))(log),
    alarm: 1000,
    none: 999,
  },
  {
    type: "amplification",
    title: "times as much answered as asked",
    write: (log, size) =>
      series(10, 10, (n) => ({
        from: victim,
        to: `203.0.114.${n}`,
        sport: 40_000 + n,
        dport: 53,
        protocol: 17,
        out: 50_000,
        back: 50_000 * size,
      }))(log),
    alarm: 10,
    none: 9.9,
  },
  {
    type: "beaconing",
    title: "calls a minute apart",
    write: (log, size) =>
      series(size, MINUTE, (n) => ({
        from: "10.0.1.7",
        to: "203.0.113.77",
        sport: 21_000 + n,
        dport: 443,
        out: 800,
        back: 300,
      }))(log),
    alarm: 10,
    none: 7,
  },
  {
    type: "beaconing",
    title: "thirty calls, off by so many percent of half a minute",
    write: (log, size) => {
      const random = seededRandom(11);
      series(26, 30_000, (n) => ({
        from: "10.0.1.7",
        to: "203.0.113.77",
        sport: 21_000 + n,
        dport: 443,
        out: 800,
        back: 300,
      }))({
        add: (call: Parameters<TrafficLog["add"]>[0]) =>
          log.add({ ...call, at: call.at + (random() - 0.5) * 2 * size / 100 * 30_000 }),
      } as TrafficLog);
    },
    alarm: 25,
    none: 80,
  },
  {
    type: "traffic_spike",
    title: "Mbit/s more for two minutes",
    write: (log, size) =>
      series(10, 10, (n) => ({
        from: `203.0.115.${n}`,
        to: victim,
        sport: 10_000 + n,
        dport: 20_000 + n,
        protocol: 17,
        lasts: 120_000,
        out: size * 1.5e6,
      }))(log),
    alarm: 2,
    none: 0.6,
  },
  {
    type: "traffic_drop",
    title: "of a stream that is left",
    write: streams,
    alarm: 0.38,
    none: 0.42,
  },
  {
    type: "rare_ports",
    title: "other host that uses the port",
    write: (log, size) =>
      series(3 * (1 + size), 1000, (n) => ({
        from: `10.0.1.${7 + n % (1 + size)}`,
        to: "203.0.113.99",
        sport: 44_000 + n,
        dport: 4444,
        out: 5000,
        back: 90_000,
      }))(log),
    alarm: 0,
    none: 1,
  },
  {
    type: "new_talkers",
    title: "MB of a host that was not there before",
    write: (log, size) => {
      dayBefore(log);
      series(1, 1, () => ({
        from: "10.0.9.9",
        to: "198.51.100.10",
        sport: 44_100,
        dport: 443,
        out: 1e4,
        back: size * 1e6,
      }))(log);
    },
    alarm: 0.6,
    none: 0.3,
  },
  {
    type: "exporter_silent",
    title: "minutes of silence after a report each minute",
    write: (log, size) => {
      for (const row of log.rows) row.exporter = "192.0.2.9";
      const ends = ANOMALY_WINDOW.toMs - size * MINUTE;
      for (let at = ANOMALIES_AT - 60 * MINUTE; at <= ends - 2000; at += MINUTE) {
        log.add({
          at,
          from: "10.0.2.2",
          to: "198.51.100.9",
          sport: 40_000,
          dport: 443,
          out: 5000,
          back: 5000,
          exporter: "192.0.2.7",
        });
      }
    },
    alarm: 12,
    none: 9,
  },
];

for (const { type, title, write, alarm, none } of THRESHOLDS) {
  Deno.test(`${type} has an edge: ${alarm} and not ${none} ${title}`, async () => {
    const told = async (size: number) => {
      const log = ordinary();
      write(log, size);
      const { findings } = await look(log, { types: [type] });
      return findings.filter(({ severity }) => severity !== "info");
    };
    const found = await told(alarm);
    assert.ok(found.length > 0, `${alarm}: nothing was told`);
    for (const finding of found) {
      assert.ok(finding.confidence >= 0.5 && finding.confidence <= 0.99, finding.summary);
      assert.notEqual(finding.confidence_because, "");
      assert.ok(finding.method.length > 20 && finding.method.length < 300);
      assert.ok(finding.benign_explanations.length >= 2);
      assert.match(finding.evidence.tool, /^(query|search)_flows$/);
    }
    assert.deepEqual((await told(none)).map(({ summary }) => summary), [], `${none}`);
  });
}
