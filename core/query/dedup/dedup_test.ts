import assert from "node:assert/strict";
import { type FixtureRow, FlowFixture } from "../../../tests/support/flow_fixture.ts";
import { SealedRings } from "../../../tests/support/sealed_rings.ts";
import { Random } from "../../../tests/support/random.ts";
import { HistoryArchive } from "../../history/history_archive.ts";
import { flowQuery } from "../engine/flow_query.ts";
import type { QueryAnswer } from "../engine/query_answer.ts";
import { QueryEngine } from "../engine/run_query.ts";
import type { DedupMode } from "./count_once.ts";
import { emptyReport } from "../scan_report.ts";
import { learntInMemory } from "./learnt_in_memory.ts";
import { PointTable } from "./point_table.ts";

const NAMES = { namedPorts: new Uint8Array(65_536), serviceName: () => null };
const MINUTE = 60_000;
const NO_IDS = new Int32Array();

/** A point of a path: an exporter and, where it says so, the way in or out. */
interface At {
  readonly exporter: string;
  readonly direction?: "ingress" | "egress";
  readonly in_if?: number;
  readonly out_if?: number;
}

/** One conversation that was sent. */
interface Sent {
  readonly number: number;
  readonly packets: number;
  readonly octets: number;
  readonly startMs: number;
  readonly endMs: number;
}

/** Conversations of one to some hundred packets, as they were sent. */
function traffic(count: number, random: Random): Sent[] {
  return Array.from({ length: count }, (_, number) => {
    const packets = 1 + (random.below(3) > 0 ? random.below(20) : random.below(500));
    const startMs = random.below(5 * MINUTE);
    return {
      number,
      packets,
      octets: packets * (60 + random.below(1400)),
      startMs,
      endMs: startMs + (packets - 1) * 20,
    };
  });
}

/** What a point exports of a conversation; `change` is how it differs from what was sent. */
function row(sent: Sent, at: At, change: FixtureRow = {}): FixtureRow {
  const { number, packets, octets, startMs, endMs } = sent;
  return {
    ...at,
    received_at: endMs + 1000,
    start_at: startMs,
    end_at: endMs,
    src_addr: `10.0.${number >> 8}.${number & 255}`,
    dst_addr: "192.0.2.1",
    src_port: 1024 + number,
    dst_port: 443,
    protocol: 6,
    packets,
    bytes: octets,
    ...change,
  };
}

const bytesOf = (all: readonly Sent[]) => all.reduce((sum, { octets }) => sum + octets, 0);

async function ask(
  rows: readonly FixtureRow[],
  dedup: DedupMode,
  filter = "",
): Promise<QueryAnswer> {
  const fixture = new FlowFixture({ capacity: 32_768 });
  fixture.add(...rows.toSorted((a, b) => Number(a.received_at) - Number(b.received_at)));
  const window = { fromMs: 0, toMs: 20 * MINUTE, untilNow: true };
  return await new QueryEngine().run([fixture.source], flowQuery({ window, dedup, filter }), {
    names: NAMES,
  });
}

const R1: At = { exporter: "192.0.2.11", in_if: 1, out_if: 2 };
const R2: At = { exporter: "192.0.2.12", in_if: 7, out_if: 8 };
const R3: At = { exporter: "192.0.2.13", in_if: 3, out_if: 4 };
const sent = traffic(1000, new Random(5));
const half = (which: number) => sent.filter(({ number }) => number % 2 === which);

/** What points exported, how many octets there were in truth, and how many were counted. */
const CASES: readonly {
  title: string;
  rows: readonly FixtureRow[];
  truth: number;
  /** Points that the note names, in the order in which they are preferred; none: no overlap. */
  names: readonly string[];
}[] = [
  {
    title: "two exporters in line",
    rows: sent.flatMap((s) => [row(s, R1), row(s, R2)]),
    truth: bytesOf(sent),
    names: ["192.0.2.11 interface 1", "192.0.2.12 interface 7"],
  },
  {
    title: "ingress and egress of one exporter",
    rows: sent.flatMap((s) => [
      row(s, { ...R1, direction: "ingress" }),
      row(s, { ...R1, direction: "egress" }),
    ]),
    truth: bytesOf(sent),
    names: ["192.0.2.11 ingress interface 1", "192.0.2.11 egress interface 2"],
  },
  {
    title: "three in a row",
    rows: sent.flatMap((s) => [row(s, R1), row(s, R2), row(s, R3)]),
    truth: bytesOf(sent),
    names: ["192.0.2.11 interface 1", "192.0.2.12 interface 7", "192.0.2.13 interface 3"],
  },
  {
    title: "a core that sees all, and two leaves that see a half each",
    rows: [
      ...sent.map((s) => row(s, R3)),
      ...half(0).map((s) => row(s, R1)),
      ...half(1).map((s) => row(s, R2)),
    ],
    truth: bytesOf(sent),
    names: ["192.0.2.13 interface 3", "192.0.2.11 interface 1", "192.0.2.12 interface 7"],
  },
  {
    title: "two sites with little in common: each also has traffic of its own",
    rows: [
      ...sent.filter(({ number }) => number < 600).map((s) => row(s, R1)),
      ...sent.filter(({ number }) => number >= 400).map((s) => row(s, R2)),
    ],
    truth: bytesOf(sent),
    names: ["192.0.2.11 interface 1", "192.0.2.12 interface 7"],
  },
  {
    title: "two exporters that cut long conversations at different times",
    rows: sent.flatMap((s) => {
      const long = { ...s, endMs: s.startMs + 8 * MINUTE };
      const part = (share: number, from: number, to: number): FixtureRow => ({
        packets: s.packets * share,
        bytes: s.octets * share,
        start_at: long.startMs + from * MINUTE,
        end_at: long.startMs + to * MINUTE,
        received_at: long.startMs + to * MINUTE,
      });
      return [
        row(long, R1),
        ...[0, 1, 2, 3].map((n) => row(long, R2, part(1 / 4, 2 * n, 2 * n + 2))),
      ];
    }),
    truth: bytesOf(sent),
    names: ["192.0.2.11 interface 1", "192.0.2.12 interface 7"],
  },
  {
    title: "flows shared out over two paths",
    rows: [...half(0).map((s) => row(s, R1)), ...half(1).map((s) => row(s, R2))],
    truth: bytesOf(sent),
    names: [],
  },
  {
    title: "packets shared out over two interfaces of one exporter",
    rows: sent.flatMap((s) => {
      const first = Math.ceil(s.packets / 2);
      const part = (packets: number) => ({ packets, bytes: packets });
      return [row(s, R1, part(first)), row(s, { ...R1, in_if: 5 }, part(s.packets - first))];
    }),
    truth: sent.reduce((sum, { packets }) => sum + packets, 0),
    names: [],
  },
  {
    title: "packets shared out over two exporters",
    rows: sent.flatMap((s) => {
      const first = Math.ceil(s.packets / 2);
      return [
        row(s, R1, { packets: first, bytes: first }),
        ...(s.packets > 1
          ? [row(s, R2, { packets: s.packets - first, bytes: s.packets - first })]
          : []),
      ];
    }),
    truth: sent.reduce((sum, { packets }) => sum + packets, 0),
    names: [],
  },
  {
    title: "an answer that comes back another way",
    rows: sent.flatMap((s) => [
      row(s, R1),
      row(s, R2, {
        src_addr: "192.0.2.1",
        dst_addr: `10.0.${s.number >> 8}.${s.number & 255}`,
        src_port: 443,
        dst_port: 1024 + s.number,
      }),
    ]),
    truth: 2 * bytesOf(sent),
    names: [],
  },
  {
    title: "unrelated exporters",
    rows: sent.flatMap((s) => [row(s, R1), row(s, R2, { dst_addr: "198.51.100.1" })]),
    truth: 2 * bytesOf(sent),
    names: [],
  },
  {
    title: "a path that changes in the middle of conversations",
    rows: sent.flatMap((s) => [
      row(s, R1),
      row(s, R2, { start_at: s.endMs + MINUTE, end_at: s.endMs + 2 * MINUTE }),
    ]),
    truth: 2 * bytesOf(sent),
    names: [],
  },
  {
    title: "the same private addresses at two sites",
    rows: sent.flatMap((s) => [row(s, R1), row(s, R2, { packets: 2 * s.packets, bytes: 1 })]),
    truth: bytesOf(sent) + sent.length,
    names: [],
  },
];

for (const { title, rows, truth, names } of CASES) {
  Deno.test(`dedup: ${title}`, async () => {
    const counted = rows.reduce((sum, { bytes }) => sum + Number(bytes), 0);
    const off = await ask(rows, "off");
    assert.deepEqual([off.totals.metrics.bytes, off.dedup_factor, off.notes], [counted, null, []]);

    const report = await ask(rows, "report");
    assert.equal(report.totals.metrics.bytes, counted);
    assert.ok(Math.abs(report.dedup_factor! - counted / truth) < 1e-9, `${report.dedup_factor}`);
    assert.deepEqual(report.approximate, []);
    if (names.length === 0) assert.deepEqual(report.notes, []);
    else assert.ok(report.notes[0].includes(`: ${names.join(", ")}.`), report.notes[0]);

    const on = await ask(rows, "on");
    assert.ok(Math.abs(Number(on.totals.metrics.bytes) - truth) < 1e-6);
    assert.equal(on.dedup_factor, report.dedup_factor);
    assert.deepEqual(on.notes, []);
  });
}

Deno.test("dedup: a filter for the lesser point still finds its traffic, once", async () => {
  const rows = sent.flatMap((s) => [row(s, R1), row(s, R2)]);
  const { totals, dedup_factor } = await ask(rows, "on", "exporter 192.0.2.12");
  assert.deepEqual([totals.metrics.bytes, dedup_factor], [bytesOf(sent), 1]);
});

Deno.test("dedup: devices that sample are matched roughly, and the answer says so", async () => {
  const random = new Random(9);
  const big = traffic(300, random).map((s) => ({ ...s, packets: s.packets * 1000 }));
  const rate = 100;
  const sampled = (s: Sent, at: At): FixtureRow[] => {
    let seen = 0;
    for (let n = 0; n < s.packets; n++) if (random.below(rate) === 0) seen++;
    const packets = seen * rate;
    return seen === 0 ? [] : [row(s, at, {
      packets,
      bytes: s.octets * packets / s.packets,
      sampling_rate: rate,
      sampling_source: "announced",
    })];
  };
  const rows = big.flatMap((s) => [...sampled(s, R1), ...sampled(s, R2)]);
  const report = await ask(rows, "report");
  assert.ok(Math.abs(report.dedup_factor! - 2) < 0.1, `${report.dedup_factor}`);
  assert.match(report.approximate[0].error, /points that sample do not see the same packets/);
  const on = await ask(rows, "on");
  assert.ok(Math.abs(Number(on.totals.metrics.bytes) / bytesOf(big) - 1) < 0.1);
  assert.equal(on.approximate[0].figure, "dedup_factor");
});

Deno.test("dedup: events, and rows without addresses, count as they did", async () => {
  const rows = [
    ...sent.flatMap((s) => [row(s, R1), row(s, R2)]),
    ...sent.flatMap((s) => [row(s, R1, { event: "deny" }), row(s, R2, { event: "deny" })]),
    { ...R1, received_at: 1, bytes: 5 },
    { ...R2, received_at: 2, bytes: 5 },
  ];
  const { totals } = await ask(rows, "on");
  assert.equal(totals.metrics.bytes, bytesOf(sent) + 10);
});

Deno.test("dedup: what was learnt is learnt again as traffic grows, and is bounded", async () => {
  const fixture = new FlowFixture({ capacity: 65_536 });
  const engine = new QueryEngine();
  const window = { fromMs: 0, toMs: 1e9, untilNow: true };
  const factor = async () =>
    (await engine.run([fixture.source], flowQuery({ window }), { names: NAMES })).dedup_factor;
  fixture.add(...sent.slice(0, 100).map((s) => row(s, R1)));
  assert.equal(await factor(), 1);
  fixture.add(...sent.slice(0, 100).map((s) => row(s, R2)));
  assert.equal(await factor(), 2);
  // More conversations than the sample holds.
  const many = traffic(20_000, new Random(1));
  fixture.add(...many.flatMap((s) => [row(s, R1), row(s, R2)]));
  assert.equal(await factor(), 2);
});

Deno.test("a factor is of memory alone where rows came from disk or sums answered, and says so", () => {
  const overlap = { points: new PointTable(), clusters: [], clusterOf: NO_IDS, rankOf: NO_IDS };
  const report = { factor: 2, overlap, rows: 6 };
  const counted = { factor: 2, notes: ["Twice."], approximate: [], counts: null, report };
  const scan = (rows_scanned: number, rows_from_disk: number) => ({
    ...emptyReport({ fromMs: 0, toMs: 1, untilNow: true }),
    rows_scanned,
    rows_from_disk,
  });
  assert.equal(learntInMemory(counted, { mode: "report", scan: scan(10, 0) }), counted);
  const some = learntInMemory(counted, { mode: "report", scan: scan(10, 4) });
  assert.equal(some.factor, null);
  assert.equal(some.notes.length, 1);
  assert.match(some.notes[0], /^Among the newest 6 flow records in memory traffic is counted 2.00/);
  assert.match(some.approximate[0].error, /4 of the flow records are on disk/);
  const once = { ...counted, factor: 1, notes: [], report: null };
  const alike = learntInMemory(once, { mode: "report", scan: scan(10, 4) });
  assert.deepEqual([alike.factor, alike.notes], [null, []]);
  for (const found of [once, counted]) {
    const none = learntInMemory(found, { mode: "report", scan: scan(10, 10) });
    assert.deepEqual([none.factor, none.approximate], [null, []]);
    assert.equal(none.notes.length, 1);
    assert.match(none.notes[0], /^Whether conversations on disk .* was not looked at/);
  }
  assert.match(learntInMemory(once, { mode: "on", scan: scan(10, 4) }).notes[0], /learnt from/);
  const summed = (rows_scanned: number, rows_from_disk = 0) => ({
    ...scan(rows_scanned, rows_from_disk),
    tiers: [{ tier: "hours" as const, from: 0, to: 1, rows: 3 }],
  });
  const behind = learntInMemory(counted, { mode: "report", scan: summed(10) });
  assert.equal(behind.factor, null);
  assert.match(
    behind.notes[0],
    /^Among the newest 6 flow records in memory traffic is counted 2.00/,
  );
  assert.match(behind.approximate[0].error, /sums stand for the flow records of a part/);
  assert.doesNotMatch(behind.approximate[0].error, /disk/);
  const both = learntInMemory(counted, { mode: "report", scan: summed(10, 4) });
  assert.match(both.approximate[0].error, /4 of the flow records are on disk.*sums stand for/);
  assert.deepEqual(learntInMemory(once, { mode: "report", scan: summed(10) }).notes, []);
  const alone = learntInMemory(once, { mode: "report", scan: summed(0) });
  assert.deepEqual([alone.factor, alone.notes.length], [null, 1]);
  // Nothing helps there: with dedup "on" sums are not read at all.
  assert.match(
    alone.notes[0],
    /^Whether conversations of which only sums are kept .* not known\.$/,
  );
  const neither = learntInMemory(once, { mode: "report", scan: summed(4, 4) });
  assert.match(neither.notes.join(" "), /^Whether conversations on disk .* only sums are kept /);
});

Deno.test("conversations count once wherever their rows lie, in memory or on disk", async () => {
  const many = traffic(12_000, new Random(9));
  const rows = many.flatMap((one) => [row(one, R1), row(one, R2)])
    .toSorted((a, b) => Number(a.received_at) - Number(b.received_at));
  const rings = new SealedRings([{}], { capacity: 8192 });
  for (let from = 0; from < rows.length; from += 1024) {
    rings.add(0, rows.slice(from, from + 1024));
    rings.work();
  }
  const archive = new HistoryArchive(rings.folder);
  const window = { fromMs: 0, toMs: 20 * MINUTE, untilNow: true };
  const engine = new QueryEngine();
  const run = (dedup: DedupMode) =>
    engine.run(rings.sources, flowQuery({ window, dedup }), { names: NAMES, archive });
  const on = await run("on");
  assert.equal(on.totals.metrics.bytes, bytesOf(many));
  assert(on.scan.rows_from_disk > 10_000);
  assert.match(on.notes.join("\n"), /learnt from the flows in memory alone/);
  assert.equal((await run("off")).totals.metrics.bytes, 2 * bytesOf(many));
  const report = await run("report");
  assert.equal(report.dedup_factor, null);
  assert.match(
    report.notes.join("\n"),
    /Among the newest \d+ flow records in memory .* 2\.0\d times/,
  );
  assert(!report.notes.some((note) => note.startsWith("Traffic is counted")));
  assert.match(report.approximate.map(({ error }) => error).join(), /are on disk/);
  archive.close();
  rings.close();
});
