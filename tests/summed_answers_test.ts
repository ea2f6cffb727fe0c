import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { HistoryArchive } from "../core/history/history_archive.ts";
import { HistoryStore } from "../core/history/history_store.ts";
import { SUM } from "../core/history/key_sums.ts";
import { emptyBucket } from "../core/history/minute_sums.ts";
import { RollupCodec } from "../core/history/rollup_codec.ts";
import { MINUTE_SECONDS } from "../core/history/rollup_store.ts";
import { ServiceNames } from "../core/names/service_names.ts";
import { type FlowQuery, flowQuery } from "../core/query/engine/flow_query.ts";
import type { QueryAnswer } from "../core/query/engine/query_answer.ts";
import { DEFAULT_BUDGET, type QueryBudget, QueryEngine } from "../core/query/engine/run_query.ts";
import { type Trust, trustBlock } from "../core/query/trust.ts";
import type { FixtureRow } from "./support/flow_fixture.ts";
import { HEALTHY } from "./support/fixture_ground.ts";
import { SealedRings } from "./support/sealed_rings.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const NAMES = new ServiceNames();
/** Begin of an hour. */
const FROM_MS = Date.UTC(2025, 2, 3, 10);
/** Flows arrive for this long, then it is an hour later; raw ones are kept for three hours. */
const TRAFFIC_MS = 4 * HOUR_MS;
const NOW_MS = FROM_MS + TRAFFIC_MS + HOUR_MS;

/** What history keeps of rows, and a way to ask it. */
class Kept {
  readonly sealed: SealedRings;
  readonly archive: HistoryArchive;
  readonly #restarted: boolean;

  /**
   * @param rows by their arrival, in the first four hours
   * @param options `restarted`: whether a new process answers, which has nothing in memory
   */
  constructor(rows: readonly FixtureRow[], { restarted = true }: { restarted?: boolean } = {}) {
    this.#restarted = restarted;
    this.sealed = new SealedRings([{ epoch: FROM_MS }], {
      nowMs: FROM_MS,
      keepMs: 3 * HOUR_MS,
      namedPorts: NAMES.namedPorts,
      // What comes in five minutes is sealed as one block, so that its minutes are summed at once.
      capacity: 8192,
    });
    const { clock } = this.sealed;
    let next = 0;
    while (clock.now() < NOW_MS) {
      clock.step(5 * MINUTE_MS);
      let end = next;
      while (end < rows.length && Number(rows[end].received_at) < clock.now()) end++;
      this.sealed.add(0, rows.slice(next, end));
      next = end;
      this.sealed.work({ all: true });
    }
    if (restarted) this.sealed.forget();
    this.archive = new HistoryArchive(this.sealed.folder);
  }

  /** Of what every answer says of the time before a restart `trust` is rid. */
  async ask(
    query: Partial<FlowQuery>,
    budget: QueryBudget = DEFAULT_BUDGET,
  ): Promise<QueryAnswer & { trust: Trust }> {
    const whole = flowQuery({
      window: { fromMs: FROM_MS, toMs: NOW_MS, untilNow: true },
      time: "arrival",
      dedup: "off",
      ...query,
    });
    const { archive, sealed: { sources } } = this;
    const given = { names: NAMES, archive, budget };
    const answer = await new QueryEngine().run(sources, whole, given);
    const health = { ...HEALTHY, collecting_since: this.#restarted ? NOW_MS : FROM_MS };
    const trust = trustBlock(answer.scan, health, answer);
    const notes = trust.notes.filter((note) => !note.endsWith("was started again since."));
    assert.equal(notes.length, trust.notes.length - (this.#restarted ? 1 : 0));
    return { ...answer, trust: { ...trust, notes } };
  }

  [Symbol.dispose](): void {
    this.archive.close();
    this.sealed.close();
  }
}

/** A flow a second from two exporters, one of a minute's length each. */
function steady(): FixtureRow[] {
  return Array.from({ length: TRAFFIC_MS / 1000 }, (_, second) => {
    const received_at = FROM_MS + 1000 * second;
    return {
      received_at,
      start_at: received_at - MINUTE_MS,
      end_at: received_at,
      exporter: `192.0.2.${1 + second % 2}`,
      in_if: 1 + second % 3,
      src_addr: `10.0.0.${second % 7}`,
      dst_addr: "198.51.100.1",
      protocol: 6,
      src_port: 40_000,
      dst_port: 443,
      bytes: 1000,
      packets: 2,
      latency_ms: 5,
    };
  });
}

const text = (ms: number) => new Date(ms).toISOString();

Deno.test("an answer from sums and flows names the parts of each, and is complete", async () => {
  using kept = new Kept(steady(), { restarted: false });
  const { totals, rows, trust } = await kept.ask({ group_by: ["exporter"] });
  assert.deepEqual(totals.metrics, { bytes: 14_400_000, packets: 28_800, flows: 14_400 });
  assert.equal(rows.length, 2);
  assert.deepEqual([trust.notes, trust.approximate, trust.complete], [[], [], true]);
  const { tiers } = trust;
  assert.deepEqual(tiers.map(({ tier }) => tier), ["minutes", "flows"]);
  assert.deepEqual([tiers[0].from, tiers[1].from], [text(FROM_MS), tiers[0].to]);
  assert.equal(tiers[1].to, text(NOW_MS));
  // Two exporters in each minute.
  assert.equal(tiers[0].rows, 2 * (Date.parse(tiers[0].to!) - FROM_MS) / MINUTE_MS);
  assert.equal(tiers[1].rows, trust.rows_scanned);
  assert.deepEqual([trust.covered_from, trust.covered_to], [text(FROM_MS), text(NOW_MS)]);
});

Deno.test("a time that flows cover is answered by them alone, and the trust block says so", async () => {
  using kept = new Kept(steady());
  const window = { fromMs: NOW_MS - 2 * HOUR_MS, toMs: NOW_MS, untilNow: true };
  const { totals, trust } = await kept.ask({ window, metrics: ["flows"] });
  assert.equal(totals.metrics.flows, 3600);
  assert.deepEqual(trust.tiers, [
    { tier: "flows", from: text(window.fromMs), to: text(NOW_MS), rows: 3600 },
  ]);
});

/** Each asks something that sums do not tell. */
const BEYOND: readonly [name: string, query: Partial<FlowQuery>, lacking: string][] = [
  ["a quantile", { metrics: ["bytes", "p95(latency_ms)"] }, "p95(latency_ms)"],
  ["a distinct count", { metrics: ["distinct(src_addr)"] }, "distinct(src_addr)"],
  ["an average", { metrics: ["avg(bytes)"] }, "avg(bytes)"],
  ["the time of a first flow", { metrics: ["first_seen"] }, "first_seen"],
  ["another sum", { metrics: ["retransmits"] }, "retransmits"],
  ["another field", { group_by: ["dst_port"] }, "dst_port"],
  ["two dimensions", { group_by: ["src_addr", "dst_addr"] }, "src_addr with dst_addr"],
  ["the capability", { group_by: ["capability"] }, "capability"],
  [
    "a condition on another dimension",
    { group_by: ["exporter"], filter: "proto tcp" },
    '"proto tcp" by exporter',
  ],
  ["a port, which is no service", { filter: "port 443" }, '"port 443"'],
  ["either end", { filter: "host 10.0.0.1" }, '"host 10.0.0.1"'],
  ["either interface", { filter: "if 1" }, '"if 1"'],
  ["presence of another field", { filter: "has bytes" }, '"has bytes"'],
  ["buckets of parts of a minute", { bucket_seconds: 90, time: "arrival" }, "buckets of 90 s"],
  ["conversations counted once", { dedup: "on" }, "which conversations several points saw"],
];

for (const [name, query, lacking] of BEYOND) {
  Deno.test(`sums do not tell ${name}: the answer is of the flows, and says so`, async () => {
    using kept = new Kept(steady());
    const { trust } = await kept.ask({ metrics: ["flows"], ...query });
    assert.equal(trust.complete, false);
    const note = trust.notes.find((one) => one.includes("only sums are kept"));
    assert(note?.includes(`they do not tell ${lacking}: it is not in the answer`), note);
    const [, since] = /before (\S+) only/.exec(note!)!;
    assert.equal(trust.covered_from, since);
    assert(Date.parse(since) > FROM_MS + HOUR_MS && Date.parse(since) < NOW_MS - 2 * HOUR_MS);
    assert.deepEqual(trust.tiers.map(({ tier, from }) => [tier, from]), [["flows", since]]);
  });
}

Deno.test("a series of minutes that takes too long says which buckets are quicker", async () => {
  using kept = new Kept(steady());
  const budget = { ...DEFAULT_BUDGET, maxMs: -1 };
  for (const [bucket_seconds, nearest] of [[60, 3600], [5400, 7200], [3600, null], [null, null]]) {
    const { trust } = await kept.ask({ metrics: ["flows"], bucket_seconds }, budget);
    assert.match(trust.notes[0], /^The query reached its budget of time/);
    const advice = trust.notes.slice(1).map((note) => /^Buckets of (\d+) s/.exec(note)?.[1]);
    assert.deepEqual(advice, nearest === null ? [] : [String(nearest)]);
  }
});

Deno.test("by the flows' own time each counts once, and what sums do to it is said", async () => {
  using kept = new Kept(steady());
  const { rows, totals, trust } = await kept.ask({
    time: "flow",
    bucket_seconds: 3600,
    metrics: ["bytes", "flows"],
    window: { fromMs: FROM_MS, toMs: NOW_MS, untilNow: false },
  });
  assert.deepEqual(totals.metrics, { bytes: 14_400_000, flows: 14_400 });
  // The hour of sums alone has what arrived in it, later ones what of the flows lies in them.
  assert.deepEqual(rows[0].slice(1), [3_600_000, 3600]);
  assert.notEqual(rows[3][1], 3_600_000);
  assert.equal(trust.complete, false);
  assert.deepEqual(trust.notes, []);
  const [{ figure, error }] = trust.approximate;
  assert.equal(figure, "time");
  const { from, to } = trust.tiers[0];
  assert(error.startsWith(`what arrived from ${from} to ${to} counts whole in the minute`), error);
});

Deno.test("a window cut across a minute of which only sums are kept says what it leaves out", async () => {
  using kept = new Kept(steady());
  const window = { fromMs: FROM_MS + 1, toMs: FROM_MS + 10 * MINUTE_MS + 1, untilNow: false };
  const { totals, trust } = await kept.ask({ window, metrics: ["flows"] });
  assert.equal(totals.metrics.flows, 540);
  const covered = [text(FROM_MS + MINUTE_MS), text(FROM_MS + 10 * MINUTE_MS)];
  assert.deepEqual([trust.covered_from, trust.covered_to], covered);
  assert.equal(trust.notes.length, 1);
  assert(
    trust.notes[0].startsWith(`The answer begins at ${covered[0]} and ends at ${covered[1]}: `),
  );
});

Deno.test("a window within a minute of which only sums are kept says what to ask for", async () => {
  using kept = new Kept(steady());
  const window = { fromMs: FROM_MS + 1, toMs: FROM_MS + MINUTE_MS, untilNow: false };
  const { totals, trust } = await kept.ask({ window, metrics: ["flows"] });
  assert.equal(totals.metrics.flows, 0);
  assert.equal(
    trust.notes.at(-1),
    "Of the window only sums by the minute are kept, and of no whole minute in the window: ask for " +
      "a window of whole minutes.",
  );
});

Deno.test("flows are known to be whole where the first hour of their sums is put together", async () => {
  const fromMs = FROM_MS + 20 * MINUTE_MS;
  const sealed = new SealedRings([{ epoch: fromMs }], { nowMs: fromMs, capacity: 1024 });
  for (let minute = 0; minute < 100; minute++) {
    sealed.clock.step(MINUTE_MS);
    const received_at = sealed.clock.now();
    sealed.add(0, [{ received_at, exporter: "192.0.2.1", dst_port: 443, bytes: 1000, packets: 1 }]);
    sealed.work({ all: true });
  }
  sealed.forget();
  sealed.clock.step(2 * HOUR_MS);
  sealed.work({ all: true });
  const kept = { sealed, archive: new HistoryArchive(sealed.folder) };
  assert.equal(kept.archive.sums.reach("minutes")?.fromMs, fromMs + MINUTE_MS);
  const toMs = fromMs + 101 * MINUTE_MS;
  for (const group_by of [["exporter"], ["dst_port"]]) {
    const window = { fromMs: FROM_MS - HOUR_MS, toMs, untilNow: false };
    const { totals, trust } = await askSkipped(kept, {
      group_by,
      metrics: ["bytes", "bps"],
      window,
    });
    assert.equal(totals.metrics.bytes, 100_000);
    assert.deepEqual(trust.tiers.map(({ tier }) => tier), ["flows"]);
    assert(trust.notes.every((note) => !note.includes("only sums are kept")), trust.notes.join());
    assert.equal(trust.covered_from, text(FROM_MS));
    // Nobody told the query when collectors ran: its rates are over all of the window.
    assert.equal(totals.metrics.bps, 8 * 100_000 / ((toMs - window.fromMs) / 1000));
  }
  kept.archive.close();
  sealed.close();
});

Deno.test("rates of what sums do not tell are over the time of all flows that were read", async () => {
  const begun = FROM_MS + 2 * HOUR_MS;
  const rings = [{ epoch: FROM_MS, port: 1 }, { epoch: begun, port: 2 }];
  const sealed = new SealedRings(rings, { nowMs: FROM_MS, keepMs: 3 * HOUR_MS, capacity: 1024 });
  const minutes = (count: number, fromMs: number) =>
    Array.from({ length: count }, (_, i) => ({
      received_at: fromMs + i * MINUTE_MS,
      dst_port: 443,
      bytes: 1000,
      packets: 1,
    }));
  // The flows of the first ring go for their age; those of the second are one segment of four hours.
  sealed.add(0, minutes(60, FROM_MS));
  sealed.clock.step(6 * HOUR_MS);
  sealed.add(1, minutes(240, begun));
  sealed.forget();
  sealed.clock.step(10_000);
  sealed.work({ all: true });
  assert.equal(sealed.history.status().rows, 240);
  const kept = { sealed, archive: new HistoryArchive(sealed.folder) };
  const { totals, trust } = await askSkipped(kept, {
    metrics: ["bytes", "bps"],
    group_by: ["dst_port"],
    window: { fromMs: FROM_MS, toMs: begun + 4 * HOUR_MS, untilNow: false },
  });
  assert(trust.notes.some((note) => note.includes("only sums are kept")), trust.notes.join());
  assert.deepEqual([totals.metrics.bytes, trust.covered_from], [240_000, text(begun)]);
  assert.equal(totals.metrics.bps, 8 * 240_000 / (4 * 3600));
  kept.archive.close();
  sealed.close();
});

Deno.test("rates over a window cut across a minute are over whole minutes, by either time", async () => {
  using kept = new Kept(steady());
  const window = { fromMs: FROM_MS + 1, toMs: FROM_MS + 10 * MINUTE_MS + 1, untilNow: false };
  for (const time of ["arrival", "flow"] as const) {
    const { totals, trust } = await kept.ask({ window, metrics: ["bps"], time });
    // 540 flows of 1,000 octets in nine minutes.
    assert.deepEqual([totals.metrics.bps, trust.notes.length], [8000, 1]);
  }
});

Deno.test("where only sums are left an answer covers no time behind the newest", async () => {
  using kept = new Kept(steady());
  const database = new DatabaseSync(`${kept.sealed.folder}/history.db`);
  database.exec("DELETE FROM segment");
  const window = { fromMs: FROM_MS, toMs: NOW_MS + HOUR_MS, untilNow: false };
  const covered = async () => {
    const { totals, scan } = await kept.ask({ window, metrics: ["flows", "bps"] });
    assert.equal(totals.metrics.flows, 14_400);
    const { covered_to, notes } = trustBlock(scan, { ...HEALTHY, collecting_since: null });
    assert.equal(notes[0], `No collector runs: nothing is held of what came after ${covered_to}.`);
    return covered_to;
  };
  // The collector listened on and heard nothing.
  assert.equal(await covered(), text(NOW_MS));
  database.exec("DELETE FROM life");
  assert.equal(await covered(), text(FROM_MS + TRAFFIC_MS));
  database.close();
});

Deno.test("a remainder of hosts is named also where every host that is kept is shown", async () => {
  using kept = new Kept(crowd());
  const { other } = await kept.ask({ ...CROWD, group_by: ["src_addr"], limit: 1000 });
  assert.equal(other?.groups, 0);
  assert.equal(other.metrics.bytes, REST_BYTES);
});

Deno.test("before the oldest sums nothing is known, and the answer says from when it is", async () => {
  using kept = new Kept(steady());
  const window = { fromMs: FROM_MS - HOUR_MS, toMs: NOW_MS, untilNow: true };
  const { totals, trust } = await kept.ask({ window, metrics: ["flows"] });
  assert.equal(totals.metrics.flows, 14_400);
  assert.equal(trust.covered_from, text(FROM_MS));
  assert.deepEqual(trust.notes, [
    `Sums are kept only from ${text(FROM_MS)} on: the answer has nothing of what came before.`,
  ]);
});

/** Every minute 300 hosts, the nth with n times 100 octets: of each minute 200 are kept apart. */
function crowd(): FixtureRow[] {
  const rows: FixtureRow[] = [];
  for (let minute = 0; minute < 20; minute++) {
    for (let host = 1; host <= 300; host++) {
      rows.push({
        received_at: FROM_MS + minute * MINUTE_MS + 100 * host,
        exporter: "192.0.2.1",
        src_addr: `10.0.${host >> 8}.${host & 255}`,
        bytes: 100 * host,
        packets: 1,
      });
    }
  }
  return rows;
}
const CROWD = { window: { fromMs: FROM_MS, toMs: FROM_MS + HOUR_MS, untilNow: false } };
const ALL_BYTES = 20 * 100 * 300 * 301 / 2;
const REST_BYTES = 20 * 100 * 100 * 101 / 2;

Deno.test("hosts beneath those that sums keep are in the totals, and the answer says so", async () => {
  using kept = new Kept(crowd());
  const answer = await kept.ask({ ...CROWD, group_by: ["src_addr"], limit: 10 });
  const { rows, other, totals, trust } = answer;
  assert.deepEqual(rows[0], ["10.0.1.44", 20 * 30_000, 20, 20]);
  assert.deepEqual(totals, {
    groups: 200,
    metrics: { bytes: ALL_BYTES, packets: 6000, flows: 6000 },
  });
  const shown = rows.reduce((sum, row) => sum + Number(row[1]), 0);
  assert.equal(other!.metrics.bytes, ALL_BYTES - shown);
  assert.deepEqual([trust.notes, trust.complete], [[], false]);
  const [{ figure, error }] = trust.approximate;
  assert.equal(figure, "bytes, packets, flows");
  assert(
    error.includes(
      `and what remains, up to 100 others, is one: in all 2000 flows, 2000 packets, ` +
        `${REST_BYTES} octets; it is in "other"`,
    ),
    error,
  );
});

Deno.test("without groups the remainder is part of the sum, and nothing is approximate", async () => {
  using kept = new Kept(crowd());
  const { totals, trust } = await kept.ask({ ...CROWD, metrics: ["bytes", "flows"] });
  assert.deepEqual(totals.metrics, { bytes: ALL_BYTES, flows: 6000 });
  assert.deepEqual([trust.notes, trust.approximate], [[], []]);
});

Deno.test("a host that sums keep at times is found, as a lower bound", async () => {
  using kept = new Kept(crowd());
  const question = { ...CROWD, metrics: ["bytes"] };
  const first = await kept.ask({ ...question, filter: "src host 10.0.1.44" });
  assert.equal(first.totals.metrics.bytes, 20 * 30_000);
  const [{ error }] = first.trust.approximate;
  assert(error.endsWith("what of it matches is not in the answer"), error);
  const last = await kept.ask({ ...question, filter: "src host 10.0.0.1" });
  assert.equal(last.totals.metrics.bytes, 0);
  assert.equal(last.trust.complete, false);
});

Deno.test("sums that the disk has changed are left out and counted", async () => {
  using kept = new Kept(steady());
  const database = new DatabaseSync(`${kept.sealed.folder}/history.db`);
  // The minutes of an hour by exporter, which lie together.
  database.exec(`UPDATE packed SET directory = x'00' WHERE dimension = 0 AND hour_ms = ${FROM_MS}`);
  database.close();
  const window = { fromMs: FROM_MS, toMs: FROM_MS + 70 * MINUTE_MS, untilNow: false };
  const { totals, trust } = await kept.ask({ window, metrics: ["flows"] });
  assert.equal(totals.metrics.flows, 600);
  assert.deepEqual(trust.notes, ["Left out, since damaged on disk: 1 sum."]);
  const other = await kept.ask({ window, metrics: ["flows"], group_by: ["src_addr"] });
  assert.equal(other.totals.metrics.flows, 4200);
});

Deno.test("minutes that were summed after their hour count beside it, once", async () => {
  using kept = new Kept(steady());
  const database = new DatabaseSync(`${kept.sealed.folder}/history.db`);
  // Sixty flows more of a minute of an hour that has its sum, whose other minutes have gone.
  database.exec(`DELETE FROM packed WHERE hour_ms = ${FROM_MS}`);
  const bucket = emptyBucket();
  bucket.exporter.sums[bucket.exporter.place() + SUM.flows] = 60;
  const late = new RollupCodec({ seed: 1 })
    .encode(FROM_MS + MINUTE_MS, bucket, { hosts: 1, others: 1 })!;
  new HistoryStore(database).rollups.append(MINUTE_SECONDS, FROM_MS + MINUTE_MS, late);
  database.close();
  const window = { fromMs: FROM_MS, toMs: FROM_MS + HOUR_MS, untilNow: false };
  const { totals, trust } = await kept.ask({ window, metrics: ["flows"] });
  assert.deepEqual(trust.tiers.map(({ tier }) => tier), ["hours"]);
  assert.equal(totals.metrics.flows, 3600 + 60);
});

Deno.test("a history.db that goes away while sums are read costs the sums, not the answer", async () => {
  using kept = new Kept(steady());
  const { sums } = kept.archive;
  const fault = Object.assign(new Error("disk I/O error"), { code: "ERR_SQLITE_ERROR" });
  sums.read = () => {
    throw fault;
  };
  const { totals, trust } = await kept.ask({ metrics: ["flows"] });
  const flows = Number(totals.metrics.flows);
  assert(flows < 14_400 && flows > 3600);
  assert.deepEqual(trust.notes, [
    "Sums could not be read (disk I/O error): what they have is not in the answer.",
  ]);
});

/** A ring that history cannot keep up with for a minute, in which its rows come as `burst` says. */
function skipped(burst: readonly number[]): { sealed: SealedRings; archive: HistoryArchive } {
  const capacity = 1024;
  const sealed = new SealedRings([{ epoch: FROM_MS }], { nowMs: FROM_MS, capacity });
  let number = 0;
  for (let minute = 0; minute < 10; minute++) {
    for (const rows of minute === 4 ? burst : [100]) {
      sealed.add(
        0,
        Array.from({ length: rows }, (_, i) => ({
          received_at: sealed.clock.now() + i / 100,
          exporter: "192.0.2.1",
          src_addr: `10.0.0.${number % 7}`,
          bytes: number++ % 7,
          packets: 1,
        })),
      );
      sealed.work();
    }
    sealed.clock.step(MINUTE_MS);
    sealed.work({ all: true });
  }
  // The ring has forgotten the burst.
  for (let turn = 0; turn < 10; turn++) {
    sealed.add(0, Array.from({ length: 100 }, () => ({ received_at: sealed.clock.now() })));
    sealed.work({ all: true });
  }
  return { sealed, archive: new HistoryArchive(sealed.folder) };
}

async function askSkipped(
  { sealed, archive }: ReturnType<typeof skipped>,
  query: Partial<FlowQuery>,
): Promise<QueryAnswer & { trust: Trust }> {
  const window = { fromMs: FROM_MS, toMs: FROM_MS + 10 * MINUTE_MS, untilNow: false };
  const asked = flowQuery({ window, time: "arrival", dedup: "off", ...query });
  const answer = await new QueryEngine().run(sealed.sources, asked, { names: NAMES, archive });
  const health = { ...HEALTHY, collecting_since: FROM_MS };
  return { ...answer, trust: trustBlock(answer.scan, health, answer) };
}

Deno.test("flows that were never written are answered from sums, and the trust block says which", async () => {
  const kept = skipped([760]);
  const { skippedRows, unsummedRows } = kept.sealed.history.status();
  assert(skippedRows > 0 && unsummedRows === 0, `${skippedRows} ${unsummedRows}`);
  const { totals, trust } = await askSkipped(kept, { metrics: ["flows"] });
  assert.equal(totals.metrics.flows, 9 * 100 + 760);
  // They arrived behind the last flow that was, which is of the minute before.
  assert.deepEqual(trust.tiers.map(({ tier, from, to }) => [tier, from, to]), [
    ["flows", text(FROM_MS), text(FROM_MS + 3 * MINUTE_MS)],
    ["minutes", text(FROM_MS + 3 * MINUTE_MS), text(FROM_MS + 5 * MINUTE_MS)],
    ["flows", text(FROM_MS + 5 * MINUTE_MS), text(FROM_MS + 10 * MINUTE_MS)],
  ]);
  assert.deepEqual([trust.complete, trust.rows_missed], [true, 0]);
  // What sums do not tell is asked of the flows that are there.
  const beyond = await askSkipped(kept, { metrics: ["flows", "distinct(src_addr)"] });
  assert.equal(beyond.totals.metrics.flows, 9 * 100 + 760 - skippedRows);
  assert.equal(beyond.trust.rows_missed, skippedRows);
  kept.archive.close();
  kept.sealed.close();
});

Deno.test("flows that came faster than they could be summed are missed, and the answer says so", async () => {
  const kept = skipped([5000]);
  const { unsummedRows } = kept.sealed.history.status();
  assert(unsummedRows > 0);
  const { totals, trust } = await askSkipped(kept, { metrics: ["flows"] });
  assert(trust.tiers.some(({ tier }) => tier === "minutes"));
  assert.equal(totals.metrics.flows, 9 * 100 + 5000 - unsummedRows);
  assert.equal(trust.rows_missed, unsummedRows);
  assert.deepEqual(trust.notes, [
    `${unsummedRows} flow records are neither in memory nor on disk.`,
  ]);
  // A time in which nothing was lost is not blamed.
  const window = { fromMs: FROM_MS, toMs: FROM_MS + 3 * MINUTE_MS, untilNow: false };
  assert.equal((await askSkipped(kept, { metrics: ["flows"], window })).trust.complete, true);
  kept.archive.close();
  kept.sealed.close();
});

Deno.test("before a ring was made nothing of it is missing, also when it has gone round", async () => {
  const sealed = new SealedRings([{ epoch: FROM_MS }], { nowMs: FROM_MS, capacity: 1024 });
  for (let turn = 0; turn < 30; turn++) {
    sealed.clock.step(10_000);
    sealed.add(0, Array.from({ length: 100 }, () => ({ received_at: sealed.clock.now() })));
    sealed.work({ all: true });
  }
  const kept = { sealed, archive: new HistoryArchive(sealed.folder) };
  const window = { fromMs: FROM_MS - HOUR_MS, toMs: FROM_MS, untilNow: false };
  const { trust } = await askSkipped(kept, { window });
  assert.deepEqual([trust.covered_from, trust.notes], [null, [
    `Collection began only at ${
      text(FROM_MS)
    }, as far as is known: nothing of the window was collected.`,
  ]]);
  kept.archive.close();
  sealed.close();
});

Deno.test("flows never written in a minute that is not summed yet are missed, and the rest is covered", async () => {
  const capacity = 1024;
  const sealed = new SealedRings([{ epoch: FROM_MS }], { nowMs: FROM_MS, capacity });
  let sent = 0;
  const add = (rows: number) => {
    sent += rows;
    const received_at = sealed.clock.now();
    sealed.add(0, Array.from({ length: rows }, () => ({ received_at, bytes: 1, packets: 1 })));
  };
  for (let minute = 0; minute < 3; minute++) {
    add(100);
    sealed.work({ all: true });
    sealed.clock.step(MINUTE_MS);
  }
  // History is away from 30 s before the end of a minute until 20 s behind it.
  sealed.clock.step(30_000);
  add(100);
  sealed.clock.step(40_000);
  add(760);
  sealed.work();
  sealed.clock.step(10_000);
  for (let turn = 0; turn < 11; turn++) {
    add(100);
    sealed.work({ all: true });
  }
  sealed.clock.step(10_000);
  sealed.work({ all: true });
  const { skippedRows, unsummedRows } = sealed.history.status();
  assert(skippedRows > 0 && unsummedRows === 0, `${skippedRows} ${unsummedRows}`);
  const kept = { sealed, archive: new HistoryArchive(sealed.folder) };
  const toMs = sealed.clock.now();
  const ask = (fromMs: number) =>
    askSkipped(kept, { metrics: ["flows", "bps"], window: { fromMs, toMs, untilNow: true } });
  const { totals: { metrics }, trust } = await ask(FROM_MS);
  const flows = Number(metrics.flows);
  assert.deepEqual(trust.tiers.map(({ tier }) => tier), ["flows", "minutes", "flows"]);
  const missed = sent - flows;
  assert(missed > 0 && missed <= trust.rows_missed, `${missed} missed, ${trust.rows_missed} told`);
  assert.equal(trust.rows_missed, skippedRows);
  assert.deepEqual(trust.notes, [
    `${skippedRows} flow records are neither in memory nor on disk.`,
  ]);
  assert.equal(trust.covered_from, text(FROM_MS));
  assert.equal(metrics.bps, 8 * flows / ((toMs - FROM_MS) / 1000));
  // A window that begins among them is covered from the first behind them, and says why.
  const later = await ask(FROM_MS + 4 * MINUTE_MS);
  assert.deepEqual([later.trust.covered_from, later.trust.notes], [text(toMs - 20_000), [
    `History could not keep up, or write, before ${text(toMs - 20_000)}: the oldest part of the ` +
    "window is missing.",
  ]]);
  kept.archive.close();
  sealed.close();
});
