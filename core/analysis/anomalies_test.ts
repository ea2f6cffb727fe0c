import assert from "node:assert/strict";
import {
  ANOMALIES_AT as AT,
  ANOMALY_WINDOW as WINDOW,
  dayBefore,
  look,
  ordinary,
  series,
} from "../../tests/support/anomaly_scene.ts";
import { FlowFixture } from "../../tests/support/flow_fixture.ts";
import { MIDDLE, SYN, TrafficLog } from "../../tests/support/traffic_log.ts";
import { ANOMALY_TYPES, type AnomalyType, type Finding } from "../monitor/finding.ts";
import { FilterError } from "../query/filter/filter_error.ts";
import { QueryCancelled } from "../query/query_cancelled.ts";
import { seededRandom } from "../wire/encode/seeded_random.ts";
import { findAnomalies } from "./anomalies.ts";

const MINUTE = 60_000;
const alarms = (findings: readonly Finding[]) =>
  findings.filter(({ severity }) => severity !== "info");
const newcomer = {
  from: "10.0.9.9",
  to: "198.51.100.3",
  sport: 44_000,
  dport: 443,
  lasts: 5 * MINUTE,
  out: 100_000,
  back: 2_000_000,
};
const probe = { from: "203.0.113.9", sport: 50_000, flags: SYN };

/** What is wrong, which type tells of it, whom it names, and a figure that it gives. */
const FOUND: readonly [
  title: string,
  write: (log: TrafficLog) => void,
  type: AnomalyType,
  host: string,
  numbers: Record<string, number>,
][] = [
  [
    "twenty ports, all refused",
    series(20, 1000, (n) => ({ ...probe, to: "10.0.0.9", dport: n + 1, refused: true })),
    "port_scan",
    "203.0.113.9",
    { attempts: 20, failed: 20, hosts: 1 },
  ],
  [
    "fifty ports, one in five open",
    series(50, 1000, (n) => ({
      ...probe,
      to: "10.0.0.9",
      dport: n + 1,
      ...(n % 5 === 0 ? { flags: 27, out: 400, back: 400 } : {}),
    })),
    "port_scan",
    "10.0.0.9",
    { failed: 40, succeeded: 10 },
  ],
  [
    "one port of thirty hosts, none of which answers",
    series(30, 1000, (n) => ({ ...probe, from: "10.0.1.5", to: `10.0.7.${n}`, dport: 445 })),
    "host_scan",
    "10.0.1.5",
    { attempts: 30, failed: 30, most_hosts_at_a_port: 30 },
  ],
  [
    "echoes to forty hosts, most of which are there",
    series(40, 50, (n) => ({
      from: "10.0.1.5",
      to: `10.0.7.${n}`,
      sport: 0,
      dport: 0,
      protocol: 1,
      back: n % 3 === 0 ? 0 : 44,
    })),
    "host_scan",
    "10.0.1.5",
    { attempts: 40, failed: 14 },
  ],
  [
    "SYNs from two thousand sources in a minute",
    series(2000, 30, (n) => ({
      ...probe,
      from: `20.${n >> 8}.${n & 255}.1`,
      to: "10.0.0.9",
      dport: 443,
      lasts: 0,
    })),
    "syn_flood",
    "10.0.0.9",
    { sources: 2000, completed_flows: 0, half_open_share: 1 },
  ],
  [
    "answers of forty time servers that nobody asked",
    series(40, 10, (n) => ({
      from: `203.0.114.${n}`,
      to: "10.0.0.9",
      sport: 123,
      dport: 40_000,
      protocol: 17,
      lasts: 50_000,
      out: 500_000,
    })),
    "amplification",
    "10.0.0.9",
    { reflectors: 40, request_octets: 0, answer_octets: 20_000_000 },
  ],
  [
    "a call every half minute, a little early or late",
    series(25, 30_000, (n) => ({
      from: "10.0.1.6",
      to: "203.0.113.70",
      sport: 21_000 + n,
      dport: 443,
      lasts: 300 + (n % 7) * 300,
      out: 800,
      back: 300,
    })),
    "beaconing",
    "203.0.113.70",
    { check_ins: 25, interval_seconds: 30, conversations: 1 },
  ],
  [
    "two hundred megabits a second out of nowhere",
    series(30, 10, (n) => ({
      from: `203.0.115.${n}`,
      to: "10.0.0.9",
      sport: 1000 + n,
      dport: 30_000 + n,
      protocol: 17,
      lasts: 3 * MINUTE,
      out: 150_000_000,
    })),
    "traffic_spike",
    "10.0.0.9",
    { compared_steps: 60, step_seconds: 60 },
  ],
  [
    "a port that nobody else uses",
    series(3, 9000, (n) => ({
      from: "10.0.1.7",
      to: "203.0.113.99",
      sport: 44_000 + n,
      dport: 4444,
      out: 5000,
      back: 90_000,
    })),
    "rare_ports",
    "10.0.1.7",
    { ports: 1, hosts_using_it: 1 },
  ],
  [
    "a host of one's own that was not there before",
    (log) => {
      dayBefore(log);
      series(1, 1, () => newcomer)(log);
    },
    "new_talkers",
    "10.0.9.9",
    { octets: 2_100_000 },
  ],
];

for (const [title, write, type, host, numbers] of FOUND) {
  Deno.test(`${type}: ${title}`, async () => {
    const log = ordinary();
    write(log);
    const { findings } = await look(log);
    const [found, ...more] = findings.filter((finding) => finding.type === type);
    assert.ok(found !== undefined, `nothing found but ${findings.map((f) => f.type)}`);
    assert.deepEqual(more, []);
    assert.ok(found.subject.hosts.includes(host), found.subject.name);
    assert.notEqual(found.severity, "info");
    for (const [name, value] of Object.entries(numbers)) {
      assert.equal(found.numbers[name], value, name);
    }
    assert.ok(found.confidence > 0.5 && found.confidence < 1);
    assert.ok(found.first_seen_ms >= AT && found.told_at_ms <= WINDOW.toMs);
    assert.ok(found.benign_explanations.length > 0);
    assert.doesNotMatch(found.summary + found.method, /NaN|undefined|Infinity|\n/);
    // It is found alone, too, and in its own traffic.
    const alone = await look(log, { types: [type] });
    assert.deepEqual(alone.findings, [found]);
  });
}

/** What only looks like an attack. */
const ORDINARY: readonly [title: string, write: (log: TrafficLog) => void][] = [
  ["nothing but browsing", () => {}],
  [
    "a backup over one connection",
    series(1, 1, () => ({
      from: "10.0.0.20",
      to: "10.0.0.90",
      sport: 40_000,
      dport: 873,
      lasts: 12 * MINUTE,
      out: 5e9,
      back: 5e7,
    })),
  ],
  [
    "monitoring that polls twenty hosts each minute",
    series(280, 3000, (n) => ({
      from: "10.0.0.5",
      to: `10.0.0.${20 + n % 20}`,
      sport: 30_000 + n,
      dport: 9100,
      out: 600,
      back: 4000,
    })),
  ],
  [
    "a server of the NTP pool",
    series(300, 2500, (n) => ({
      from: `203.0.${n >> 8}.${n & 255}`,
      to: "10.0.0.124",
      sport: 30_000 + n,
      dport: 123,
      protocol: 17,
      out: 76,
      back: 76,
    })),
  ],
  [
    "hosts that set their clocks every 64 s, from port 123 to port 123",
    (log) => {
      for (let n = 0; n < 5; n++) {
        series(13, 64_000, () => ({
          from: `10.0.1.${n + 1}`,
          to: "10.0.0.123",
          sport: 123,
          dport: 123,
          protocol: 17,
          out: 76,
          back: 76,
        }))(log);
      }
    },
  ],
  [
    "a crawler, one in ten of whose sites is gone",
    series(300, 2500, (n) => ({
      from: "10.0.0.80",
      to: `198.19.${n >> 8}.${n & 255}`,
      sport: 20_000 + n,
      dport: 443,
      ...(n % 10 === 0 ? { flags: SYN, out: 60 } : { out: 1500, back: 40_000 }),
    })),
  ],
  [
    "connections that are kept alive",
    series(14, MINUTE, () => ({
      from: "10.0.1.8",
      to: "203.0.113.71",
      sport: 41_111,
      dport: 443,
      flags: MIDDLE,
      out: 120,
      back: 120,
    })),
  ],
  [
    "a call over ports that were agreed on",
    series(1, 1, () => ({
      from: "10.0.1.9",
      to: "198.51.100.7",
      sport: 50_100,
      dport: 50_200,
      protocol: 17,
      lasts: 12 * MINUTE,
      out: 1e8,
      back: 1e8,
    })),
  ],
  [
    "log messages that nobody answers",
    (log) => {
      for (let n = 0; n < 20; n++) {
        series(13, MINUTE, () => ({
          from: `10.0.0.${20 + n}`,
          to: "10.0.0.14",
          sport: 514,
          dport: 514,
          protocol: 17,
          out: 9000,
        }))(log);
      }
    },
  ],
  [
    "a server that is away, and its clients that go on trying",
    series(60, 10_000, (n) => ({
      from: `10.0.1.${1 + n % 30}`,
      to: "10.0.0.30",
      sport: 20_000 + n,
      dport: 5432,
      flags: SYN,
      out: 180,
    })),
  ],
  [
    "members of a cluster that call each other every ten seconds",
    series(6 * 80, 1667, (n) => ({
      from: `192.0.2.${10 + n % 6}`,
      to: `192.0.2.${10 + (n + 1) % 6}`,
      sport: 30_000 + n,
      dport: 7946,
      protocol: 17,
      out: 200,
      back: 200,
    })),
  ],
  [
    "a film that begins and goes on",
    series(1, 1, () => ({
      from: "10.0.1.9",
      to: "198.51.100.17",
      sport: 33_000,
      dport: 443,
      lasts: 13 * MINUTE,
      out: 4e6,
      back: 5e8,
    })),
  ],
  [
    "a film that ends",
    (log) =>
      log.add({
        at: AT - 65 * MINUTE,
        from: "10.0.1.9",
        to: "198.51.100.17",
        sport: 33_000,
        dport: 443,
        lasts: 68 * MINUTE,
        out: 4e7,
        back: 3e9,
      }),
  ],
  [
    "a call to a port that nobody else uses",
    series(1, 1, () => ({
      from: "10.0.1.9",
      to: "198.51.100.7",
      sport: 40_100,
      dport: 3480,
      protocol: 17,
      lasts: 10 * MINUTE,
      out: 8e6,
      back: 9e6,
    })),
  ],
];

for (const [title, write] of ORDINARY) {
  Deno.test(`no alarm: ${title}`, async () => {
    const log = ordinary();
    write(log);
    const { findings } = await look(log);
    assert.deepEqual(alarms(findings).map(({ type, summary }) => `${type}: ${summary}`), []);
    for (const { confidence, summary } of findings) assert.ok(confidence < 0.7, summary);
  });
}

Deno.test("what a host does on purpose is left out and counted, and nothing else of it", async () => {
  const log = ordinary();
  FOUND.find(([, , type]) => type === "host_scan")![1](log);
  const ask = async (network: string, role: "scanner" | "monitoring") =>
    await look(log, { types: ["host_scan"] }, [{ network, name: "inventory", role }]);
  const scanner = await ask("10.0.1.0/29", "scanner");
  assert.deepEqual(scanner.findings, []);
  assert.ok(
    scanner.notes.includes(
      "host_scan: 1 configured scanner left out: 10.0.1.5 (inventory).",
    ),
    scanner.notes.join("\n"),
  );
  // Another host, and one that is there to poll, not to scan.
  for (const [network, role] of [["10.0.1.6", "scanner"], ["10.0.1.5", "monitoring"]] as const) {
    const { findings, notes } = await ask(network, role);
    assert.equal(findings.length, 1, network);
    assert.doesNotMatch(notes.join(), /left out/);
  }
});

Deno.test("peers of file sharing are a hint, and none where others show what is usual", async () => {
  const told = async (hosts: number) => {
    const log = ordinary();
    const random = seededRandom(4);
    for (let host = 1; host <= hosts; host++) {
      series(250, 3000, (n) => ({
        from: `10.0.1.${host}`,
        to: `198.20.${host}.${n}`,
        sport: 6881,
        dport: 6881,
        protocol: 17,
        out: 130,
        back: random() < 0.5 ? 300 : 0,
      }))(log);
    }
    const { findings } = await look(log, { types: ["host_scan"] });
    return findings.map(({ severity, confidence_because }) => `${severity} ${confidence_because}`);
  };
  const [alone, ...more] = await told(1);
  assert.match(alone, /^info .*more than a third were answered, as those of peers/);
  assert.deepEqual(more, []);
  assert.deepEqual(await told(8), []);
});

Deno.test("a worm is told of, though many hosts fail at its port alike", async () => {
  const log = ordinary();
  for (let host = 1; host <= 8; host++) {
    series(60, 10_000, (n) => ({
      ...probe,
      from: `10.0.1.${host}`,
      to: `198.20.${host}.${n}`,
      dport: 445,
    }))(log);
  }
  const { findings } = await look(log, { types: ["host_scan"] });
  assert.equal(alarms(findings).length, 8);
});

Deno.test("services that call regularly by nature are counted, other regular calls told of as one", async () => {
  const log = ordinary();
  for (let n = 1; n <= 6; n++) {
    const call = (dport: number, protocol: number, to: string) =>
      series(52, 15_000, (i) => ({
        from: `10.0.1.${n}`,
        to,
        sport: 30_000 + i,
        dport,
        protocol,
        out: 90,
        back: 90,
      }))(log);
    call(123, 17, "10.0.0.123");
    call(8080, 6, `10.0.0.${10 + n}`);
    call(9100, 6, `10.0.0.${10 + n}`);
  }
  const { findings, notes } = await look(log, { types: ["beaconing"] });
  assert.deepEqual(findings.map(({ severity, numbers }) => [severity, numbers.conversations]), [
    ["info", 12],
  ]);
  assert.match(findings[0].summary, /as regular are 11 other conversations \(.*8080.*9100/);
  assert.ok(
    notes.some((note) =>
      /^beaconing: 6 conversations of services that call regularly by nature left out: .*123/
        .test(note)
    ),
    notes.join("\n"),
  );
});

Deno.test("hints of newcomers are told as one, and who is only knocked at is none", async () => {
  const log = ordinary();
  for (let n = 0; n < 30; n++) {
    series(
      1,
      1,
      () => ({ from: "203.0.113.5", to: `10.0.3.${n}`, sport: 1, dport: 23, flags: SYN }),
    )(
      log,
    );
    if (n < 12) {
      series(1, 1, () => ({
        from: `10.0.4.${n}`,
        to: "198.51.100.3",
        sport: 40_000,
        dport: 443,
        out: 900,
        back: 900,
      }))(log);
    }
  }
  const { findings } = await look(log, { types: ["new_talkers"] });
  assert.deepEqual(findings.map(({ severity, numbers: { hosts } }) => [severity, hosts]), [
    ["info", 12],
  ]);
});

Deno.test("a newcomer is a hint where there is no earlier day to compare with", async () => {
  const note = /no earlier day to compare with/;
  const log = ordinary();
  assert.doesNotMatch((await look(log, { types: ["new_talkers"] })).notes.join(), note);
  series(1, 1, () => newcomer)(log);
  const { findings, notes } = await look(log, { types: ["new_talkers"] });
  assert.deepEqual(findings.map(({ severity, subject }) => [severity, subject.name]), [
    ["info", "10.0.9.9"],
  ]);
  assert.match(findings[0].confidence_because, note);
  assert.match(notes.join(), note);
});

Deno.test("the time before a long window is an earlier day where it is held", async () => {
  const hours = 60 * MINUTE;
  for (const [held, severity] of [[8, "info"], [20, "warning"]] as const) {
    const log = new TrafficLog();
    for (let at = AT - held * hours; at < AT + 5 * hours; at += 10 * MINUTE) {
      log.add({ at, from: "10.0.1.1", to: "10.0.0.5", sport: 9, dport: 443, out: 500, back: 500 });
    }
    series(1, 1, () => newcomer)(log);
    const window = { fromMs: AT, toMs: AT + 5 * hours, untilNow: false };
    const { findings } = await look(log, { types: ["new_talkers"], window });
    assert.deepEqual(
      findings.filter(({ subject }) => subject.name === "10.0.9.9").map((found) => found.severity),
      [severity],
      `${held} hours held`,
    );
  }
});

Deno.test("a newcomer outside is worth a hint with much traffic", async () => {
  for (const [octets, hints] of [[9.9e6, 0], [1.1e7, 1]]) {
    const log = ordinary();
    series(1, 1, () => ({
      from: "10.0.1.3",
      to: "198.51.103.9",
      sport: 40_000,
      dport: 443,
      lasts: 5 * MINUTE,
      out: 1000,
      back: octets,
    }))(log);
    const { findings } = await look(log, { types: ["new_talkers"] });
    assert.deepEqual(findings.map(({ severity }) => severity), Array(hints).fill("info"));
  }
});

Deno.test("what one packet in a thousand shows of ordinary traffic is no attack", async () => {
  const log = ordinary();
  const random = seededRandom(6);
  // Of each connection one packet, seldom its first; of lookups the request or the answer.
  series(3000, 250, (n) => ({
    from: `10.0.1.${1 + n % 30}`,
    to: "10.0.0.80",
    sport: 20_000 + n,
    dport: 443,
    flags: random() < 0.2 ? SYN : 16,
    out: 60_000,
  }))(log);
  series(200, 3000, (n) => ({
    ...(n % 2 === 0
      ? { from: "10.0.0.53", to: `198.18.0.${n}`, sport: 30_000, dport: 53 }
      : { from: `198.18.0.${n}`, to: "10.0.0.53", sport: 53, dport: 30_000 }),
    protocol: 17,
    out: n % 2 === 0 ? 70_000 : 1_200_000,
  }))(log);
  for (const row of log.rows) {
    Object.assign(row, { packets: 1000, sampling_rate: 1000, sampling_source: "announced" });
  }
  const { findings } = await look(log, { types: ["syn_flood", "amplification"] });
  assert.deepEqual(findings.map(({ summary }) => summary), []);
});

Deno.test("where half of the answers take another way, silence tells less", async () => {
  const log = ordinary();
  const random = seededRandom(9);
  series(600, 1200, () => ({
    from: "10.0.0.53",
    to: `198.18.${Math.floor(random() * 200)}.${Math.floor(random() * 200)}`,
    sport: 30_000,
    dport: 53,
    protocol: 17,
    out: 80,
    back: 300,
  }))(log);
  const seen = new TrafficLog();
  // Of every second host outside nothing is seen.
  seen.rows.push(...log.rows.filter(({ src_addr }) => {
    return String(src_addr).startsWith("10.") || Number(String(src_addr).split(".")[3]) % 2 === 0;
  }));
  const { findings, notes } = await look(seen, { types: ["host_scan"] });
  assert.deepEqual(findings.map(({ summary }) => summary), []);
  assert.doesNotMatch(notes.join(), /one direction/);
});

Deno.test("sampling lowers confidence, and is said", async () => {
  const log = ordinary();
  FOUND[2][1](log);
  for (const row of log.rows) {
    row.sampling_rate = 10;
    row.sampling_source = "announced";
  }
  const { findings, notes } = await look(log, { types: ["host_scan"] });
  assert.match(findings[0].confidence_because, /the exporter samples/);
  assert.ok(findings[0].confidence < 0.6);
  assert.match(notes.join(), /100 % of the flows are sampled/);
});

Deno.test("only traffic of the filter is looked at, and the evidence names it", async () => {
  const log = ordinary();
  FOUND[0][1](log);
  const none = await look(log, { types: ["port_scan"], filter: "not host 10.0.0.9" });
  assert.deepEqual(none.findings, []);
  const { findings: [found] } = await look(log, { types: ["port_scan"], filter: "tcp" });
  assert.deepEqual(found.evidence, {
    tool: "query_flows",
    arguments: {
      time_range: "2026-01-13T12:00:00.000Z/2026-01-13T12:15:00.000Z",
      filter: "(tcp) and (src host 203.0.113.9 and dst host 10.0.0.9)",
      group_by: ["dst_port", "tcp_flags"],
      metrics: ["flows", "packets", "bytes"],
    },
  });
});

Deno.test("events are no traffic", async () => {
  const log = ordinary();
  FOUND[2][1](log);
  for (const row of log.rows) if (row.dst_port === 445) row.event = "deny";
  assert.deepEqual((await look(log, { types: ["host_scan"] })).findings, []);
});

Deno.test("exporter_silent and traffic_drop: one of two exporters stops", async () => {
  const log = ordinary();
  for (let at = AT - 61 * MINUTE; at < AT + 6 * MINUTE; at += 10_000) {
    log.add({
      at,
      lasts: 9000,
      from: "10.0.2.1",
      to: "198.51.100.9",
      sport: 40_000 + (at / 10_000) % 10_000,
      dport: 443,
      out: 1000,
      back: 10_000_000,
      exporter: "192.0.2.7",
    });
  }
  const { findings } = await look(log);
  const silent = findings.find(({ type }) => type === "exporter_silent")!;
  assert.equal(silent.subject.name, "192.0.2.7");
  assert.equal(silent.numbers.longest_gap_seconds, 10);
  assert.ok(silent.numbers.silent_seconds > 500);
  const drop = findings.find(({ type }) => type === "traffic_drop")!;
  assert.ok(drop.subject.hosts.includes("10.0.2.1"));
  assert.ok(drop.first_seen_ms >= AT + 5 * MINUTE && drop.first_seen_ms <= AT + 7 * MINUTE);
});

for (const held of ["the hour before alone", "the day before too"]) {
  Deno.test(`traffic_drop: a stream told of each minute stops; held is ${held}`, async () => {
    const log = ordinary();
    const stream = (at: number, minutes: number) =>
      log.add({
        at,
        lasts: minutes * MINUTE,
        from: "10.0.2.1",
        to: "198.51.100.9",
        sport: 40_000,
        dport: 443,
        out: minutes * 1e5,
        back: minutes * 5e7,
      });
    // What passed in the last minute before the window is told of within it.
    stream(AT - 61 * MINUTE, 66);
    if (held === "the day before too") stream(AT - 1440 * MINUTE - 10 * MINUTE, 60);
    const { findings: [found, ...more] } = await look(log, { types: ["traffic_drop"] });
    assert.deepEqual(more, []);
    assert.deepEqual(new Set(found.subject.hosts), new Set(["10.0.2.1", "198.51.100.9"]));
    assert.equal(found.first_seen_ms, AT + 5 * MINUTE);
  });
}

Deno.test("the job of each night is no spike where the night before is held", async () => {
  const backup = (log: TrafficLog, at: number) =>
    log.add({
      at,
      lasts: 10 * MINUTE,
      from: "10.0.0.20",
      to: "203.0.113.5",
      sport: 40_000,
      dport: 873,
      out: 5e9,
      back: 5e7,
    });
  const log = ordinary();
  backup(log, AT + 2 * MINUTE);
  const spikes = async () => (await look(log, { types: ["traffic_spike"] })).findings;
  assert.equal((await spikes()).length, 1);
  // The day before is known from some minutes before the time on.
  for (let at = AT - 86_400_000 - 4 * MINUTE; at < AT - 86_400_000; at += MINUTE) {
    log.add({ at, from: "10.0.1.1", to: "10.0.1.2", sport: 1, dport: 80, out: 100, back: 100 });
  }
  backup(log, AT - 86_400_000 + 2 * MINUTE);
  assert.deepEqual(await spikes(), []);
});

Deno.test("a long backup hides no spike of another host, and what is not judged is said", async () => {
  const log = ordinary();
  // Told of when it ends, in the middle of the window, with half of all octets.
  log.add({
    at: AT - 20 * MINUTE,
    lasts: 30 * MINUTE,
    activeTimeoutMs: 30 * MINUTE,
    from: "10.0.0.20",
    to: "203.0.113.5",
    sport: 40_000,
    dport: 873,
    out: 2e9,
    back: 2e7,
  });
  const { findings: none, notes } = await look(log, { types: ["traffic_spike", "traffic_drop"] });
  assert.deepEqual(none, []);
  assert.match(notes.join(), /^Flows of all traffic, .* up to 2048 s after they began/);
  const one = {
    at: AT + 2 * MINUTE,
    lasts: MINUTE,
    from: "10.0.1.4",
    to: "203.0.113.9",
    sport: 41_000,
    dport: 443,
  };
  // One conversation is a hint, but what leaves for the outside is not excused by that.
  for (const [out, back, severity] of [[1e9, 1e6, "warning"], [1e6, 1e9, "info"]] as const) {
    const spiked = new TrafficLog();
    spiked.rows.push(...log.rows);
    spiked.add({ ...one, out, back });
    const { findings: [found, ...more] } = await look(spiked, { types: ["traffic_spike"] });
    assert.deepEqual(more, []);
    assert.equal(found.severity, severity, found.confidence_because);
    assert.ok(found.subject.hosts.includes("10.0.1.4"), found.summary);
    assert.equal(found.first_seen_ms, AT + 2 * MINUTE);
  }
});

Deno.test("what cannot be judged is said", async () => {
  const log = new TrafficLog();
  FOUND[0][1](log);
  const { notes } = await look(log);
  assert.match(notes.join(), /too few to know which ports are rare/);
  assert.match(notes.join(), /which hosts are new is not known/);
});

Deno.test("where answers are not exported, silence is no failure", async () => {
  const log = ordinary();
  const forward = log.rows.filter(({ dst_port }) => dst_port === 443);
  log.rows.length = 0;
  log.rows.push(...forward);
  series(40, 1000, (n) => ({
    from: "10.0.1.4",
    to: `10.0.8.${n}`,
    sport: 5000 + n,
    dport: 161,
    protocol: 17,
    out: 90,
  }))(log);
  const { findings, notes } = await look(log, { types: ["host_scan"] });
  assert.deepEqual(findings, []);
  assert.match(notes.join(), /Mostly one direction of traffic is exported/);
});

Deno.test("a limit cuts, a budget is told of, and a question can be given up", async () => {
  const log = ordinary();
  for (const [, write] of FOUND.slice(0, 4)) write(log);
  const all = await look(log);
  const first = await look(log, { limit: 2 });
  assert.deepEqual(first.findings, all.findings.slice(0, 2));
  assert.equal(first.omitted, all.findings.length - 2);
  const fixture = new FlowFixture({ capacity: 65_536 });
  fixture.add(...log.rows);
  const question = { window: WINDOW, types: [], filter: "", limit: 5 };
  const { notes } = await findAnomalies([fixture.source], question, { maxRows: 1 });
  assert.match(notes.join(), /budget was used up/);
  await assert.rejects(
    findAnomalies([fixture.source], question, { cancelled: () => true }),
    QueryCancelled,
  );
  await assert.rejects(findAnomalies([], { ...question, filter: "hots" }), FilterError);
});

Deno.test("of no rows nothing is found, whatever is asked for", async () => {
  for (const type of ANOMALY_TYPES) {
    assert.deepEqual((await look(new TrafficLog(), { types: [type] })).findings, []);
  }
});
