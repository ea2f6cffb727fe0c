import assert from "node:assert/strict";
import type { CollectionHealth } from "../exporter/collection_health.ts";
import { absence } from "./absence.ts";
import type { ScanReport } from "./scan.ts";
import { type Approximation, coverage, type Trust, trustBlock } from "./trust.ts";

const FROM = Date.UTC(2024, 0, 1, 12, 0, 0);
const TO = FROM + 300_000;

const SCAN: ScanReport = {
  asked_from: FROM,
  asked_to: TO,
  oldest_row_at: FROM + 5,
  window_overwritten: false,
  rows_scanned: 100,
  rows_missed: 0,
  rows_damaged: 0,
  damage: null,
  rows_unplaced: 0,
  sampling_rows: [60, 0, 0, 40],
  stopped_at: null,
  rows_from_disk: 0,
  held_since: null,
  held_until: null,
  collected_since: null,
  earlier_until: null,
  elsewhere_until: null,
  not_collected: [],
  downtime: [],
  tiers: [],
  summed_gone: false,
  sums_from: null,
  untold: null,
  notes: [],
};
const HEALTH: CollectionHealth = {
  collecting_since: FROM - 1000,
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

Deno.test("an answer that nothing takes from is complete, and every field is there", () => {
  assert.deepEqual(
    trustBlock(SCAN, HEALTH),
    {
      complete: true,
      asked_from: "2024-01-01T12:00:00.000Z",
      asked_to: "2024-01-01T12:05:00.000Z",
      covered_from: "2024-01-01T12:00:00.000Z",
      covered_to: "2024-01-01T12:05:00.000Z",
      rows_scanned: 100,
      rows_missed: 0,
      rows_from_disk: 0,
      tiers: [{
        tier: "flows",
        from: "2024-01-01T12:00:00.000Z",
        to: "2024-01-01T12:05:00.000Z",
        rows: 100,
      }],
      loss: [],
      sets_without_template: 0,
      sampling: [{ source: "announced", rows: 60 }, { source: "assumed", rows: 40 }],
      silent_exporters: [],
      dedup_factor: null,
      approximate: [],
      notes: [],
    } satisfies Trust,
  );
});

const LOSS = {
  exporter: "192.0.2.1",
  observation_domain: 1,
  unit: "flows" as const,
  lost: 17,
};

/** Each thing that takes from an answer, what the note says, and what else it changes. */
const CASES: readonly {
  title: string;
  scan?: Partial<ScanReport>;
  health?: Partial<CollectionHealth>;
  approximate?: Approximation[];
  note?: RegExp;
  trust?: Partial<Trust>;
}[] = [
  {
    title: "no collector was ever started",
    scan: { oldest_row_at: null },
    health: { collecting_since: null },
    note: /^No collector has been started/,
    trust: { covered_from: null, covered_to: null },
  },
  {
    title: "collection began within the window",
    scan: { oldest_row_at: null },
    health: { collecting_since: FROM + 180_000 },
    note:
      /^Collection began only at 2024-01-01T12:03:00.000Z, as far as is known: the answer has nothing of what came before\.$/,
    trust: { covered_from: "2024-01-01T12:03:00.000Z" },
  },
  {
    title: "collection began after the window",
    scan: { oldest_row_at: null },
    health: { collecting_since: TO + 1000 },
    note:
      /^Collection began only at 2024-01-01T12:05:01\.000Z, as far as is known: nothing of the window was collected\.$/,
    trust: { covered_from: null, covered_to: null },
  },
  {
    title: "collection ended within the window",
    health: { collecting_until: FROM + 60_000 },
    note: /^No collector runs: nothing was collected after 2024-01-01T12:01:00\.000Z\.$/,
    trust: { covered_to: "2024-01-01T12:01:00.000Z" },
  },
  {
    title: "collection ended before the window",
    scan: { oldest_row_at: null },
    health: { collecting_since: FROM - 60_000, collecting_until: FROM - 30_000 },
    note: /nothing was collected after 2024-01-01T11:59:30\.000Z/,
    trust: { covered_from: null, covered_to: null },
  },
  {
    title: "rows of the window were overwritten",
    scan: { window_overwritten: true, oldest_row_at: FROM + 200_000 },
    note: /^Memory holds fewer flows than the window: .*store\.capacity_rows/,
    trust: { covered_from: "2024-01-01T12:03:20.000Z" },
  },
  {
    title: "rows were overwritten while they were read",
    scan: { rows_missed: 5 },
    note: /^5 flow records were overwritten before/,
    trust: { rows_missed: 5 },
  },
  {
    title: "an exporter's data was lost",
    health: { loss: [LOSS] },
    note: /^17 flows from 192\.0\.2\.1 never arrived\.$/,
    trust: { loss: [LOSS] },
  },
  {
    title: "sets wait for their template",
    health: { sets_without_template: 3 },
    note: /^Waiting for their template: 3 sets\.$/,
    trust: { sets_without_template: 3 },
  },
  {
    title: "an exporter is silent",
    health: { silent_exporters: ["192.0.2.1", "192.0.2.2"] },
    note: /^Not heard from any more: 192\.0\.2\.1, 192\.0\.2\.2\.$/,
    trust: { silent_exporters: ["192.0.2.1", "192.0.2.2"] },
  },
  {
    title: "a part of what exporters sent is silent",
    health: {
      silent_streams: [
        { address: "192.0.2.1", observation_domain: 7, collector: "netflow_udp@[::]:2055" },
        { address: "192.0.2.2", observation_domain: null, collector: "json_udp@[::]:6343" },
      ],
    },
    note:
      /^Exporters are heard, but not all of what they sent: 192\.0\.2\.1, observation domain 7, at netflow_udp@\[::\]:2055; 192\.0\.2\.2, at json_udp@\[::\]:6343\.$/,
  },
  {
    title: "a collector did not listen for a while",
    health: { downtime: [{ collector: "json_udp@[::]:6343", from: FROM, to: FROM + 5000 }] },
    note:
      /^json_udp@\[::\]:6343 did not listen from 2024-01-01T12:00:00\.000Z until 2024-01-01T12:00:05\.000Z\.$/,
  },
  {
    title: "a collector does not listen",
    health: { downtime: [{ collector: "json_udp@[::]:6343", from: FROM, to: null }] },
    note: /did not listen from 2024-01-01T12:00:00\.000Z and does not yet\.$/,
  },
  {
    title: "the clock was set back",
    health: { dated_ahead: [{ collector: "json_udp@[::]:6343", until: FROM }] },
    note:
      /^The system's clock was set back: what arrives at json_udp@\[::\]:6343 is dated 2024-01-01T12:00:00\.000Z until/,
  },
  {
    title: "something could not be decoded",
    health: { undecoded: true },
    note: /^Some of what arrived could not be decoded/,
  },
  {
    title: "there are more exporters than can be told apart",
    health: { untracked: 3 },
    note: /^There are too many exporters/,
  },
  {
    title: "an exporter's numbers tell nothing",
    health: { uncountable: ["192.0.2.1", "192.0.2.2"] },
    note: /^The sequence numbers of 192\.0\.2\.1, 192\.0\.2\.2 do not tell what was lost\.$/,
  },
  {
    title: "some exporters sample and others do not say",
    health: { unknown_sampling: ["192.0.2.1"] },
    note:
      /^Some exporters sample, and no rate is said by 192\.0\.2\.1: 40 flow records without one, whoever sent them, count as/,
  },
  {
    title: "many exporters do not say whether they sample",
    health: { unknown_sampling: ["a", "b", "c", "d", "e", "f", "g"] },
    note:
      /^Some exporters sample, and no rate is said by a, b, c, d, e and 2 more: 40 flow records /,
  },
  {
    title: "a figure is approximate",
    approximate: [{ figure: "p95", error: "within 1 %" }],
    trust: { approximate: [{ figure: "p95", error: "within 1 %" }] },
  },
];

for (const { title, scan, health, approximate, note, trust } of CASES) {
  Deno.test(`an answer is not complete when ${title}`, () => {
    const found = trustBlock({ ...SCAN, ...scan }, { ...HEALTH, ...health }, { approximate });
    const whole = trustBlock(SCAN, HEALTH);
    const expected = { ...whole, complete: false, notes: found.notes, ...trust };
    // Flows answer alone, for what is covered.
    const { covered_from: from, covered_to: to, rows_scanned: rows } = expected;
    const tiers = from === null ? [] : [{ tier: "flows" as const, from, to, rows }];
    assert.deepEqual(found, { ...expected, tiers });
    assert.equal(found.notes.length, note === undefined ? 0 : 1);
    if (note !== undefined) assert.match(found.notes[0], note);
  });
}

Deno.test("parts of a window that sums answered are named, and what is covered ends with them", () => {
  const tiers = [
    { tier: "hours" as const, from: FROM - 60_000, to: FROM + 60_000, rows: 7 },
    { tier: "minutes" as const, from: FROM + 60_000, to: FROM + 120_000, rows: 9 },
  ];
  const trust = trustBlock({ ...SCAN, rows_scanned: 0, tiers, held_since: FROM - 60_000 }, HEALTH);
  assert.deepEqual(trust.tiers[1], {
    tier: "minutes",
    from: "2024-01-01T12:01:00.000Z",
    to: "2024-01-01T12:02:00.000Z",
    rows: 9,
  });
  assert.deepEqual(
    [trust.covered_from, trust.covered_to],
    ["2024-01-01T12:00:00.000Z", "2024-01-01T12:02:00.000Z"],
  );
});

Deno.test("what is held of the time before the collectors began is covered", () => {
  const late = { ...HEALTH, collecting_since: FROM + 60_000 };
  const trust = trustBlock({ ...SCAN, oldest_row_at: FROM - 5000 }, late);
  assert.deepEqual([trust.covered_from, trust.notes], ["2024-01-01T12:00:00.000Z", []]);
  const none = trustBlock(SCAN, { ...HEALTH, collecting_since: null });
  assert.equal(none.covered_from, "2024-01-01T12:00:00.005Z");
  assert.match(none.notes[0], /^Collection began only at /);
});

Deno.test("rows that were overwritten before the window take nothing from it", () => {
  // By the flows' own time rows are looked for from a little before the window on.
  const trust = trustBlock({ ...SCAN, window_overwritten: true, oldest_row_at: FROM - 1 }, HEALTH);
  assert.equal(trust.complete, true);
});

Deno.test("a window of no length is covered while collection runs", () => {
  const scan = { ...SCAN, asked_to: FROM, oldest_row_at: FROM };
  const trust = trustBlock(scan, { ...HEALTH, collecting_since: FROM });
  assert.equal(trust.covered_to, "2024-01-01T12:00:00.000Z");
});

Deno.test("rates over time in which a collector did not listen are said to be too low", () => {
  const downtime = [{ collector: "json_udp@[::]:6343", from: FROM, to: FROM + 5000 }];
  const { notes } = trustBlock(SCAN, { ...HEALTH, downtime }, { rates: true });
  assert.match(notes[1], /^Rates count the time in which a collector did not listen/);
  const late = { ...HEALTH, collecting_since: FROM + 60_000 };
  assert.equal(trustBlock(SCAN, late, { rates: true }).notes.length, 1);
});

Deno.test("time in which no collector listened counts in no rate, nor is it covered", () => {
  const downtime = [{ collector: "json_udp@[::]:6343", from: FROM - 5000, to: FROM + 5000 }];
  const stopped = {
    ...HEALTH,
    collecting_since: FROM - 9000,
    downtime,
    not_listening: [{ fromMs: FROM - 5000, toMs: FROM + 5000 }],
  };
  const trust = trustBlock(SCAN, stopped, { rates: true });
  assert.equal(trust.covered_from, "2024-01-01T12:00:05.000Z");
  assert.equal(trust.notes.length, 1);
  assert.match(trust.notes[0], /did not listen/);
  // Of a second one that stopped for longer the rest counts: the other listened then.
  const two = [...downtime, { collector: "netflow_udp@[::]:2055", from: FROM, to: FROM + 6000 }];
  const { notes } = trustBlock(SCAN, { ...stopped, downtime: two }, { rates: true });
  assert.match(notes.at(-1)!, /^Rates count the time in which a collector did not listen/);
  // Another process, which goes on, may have.
  const shared = { ...SCAN, elsewhere_until: TO };
  assert.equal(trustBlock(shared, stopped).covered_from, "2024-01-01T12:00:00.000Z");
});

Deno.test("a window in which no collector listened is not covered, and downtime says why", () => {
  const down = { from: FROM - 5000, to: TO + 5000 };
  const times = {
    ...HEALTH,
    downtime: [{ collector: "json_udp@[::]:6343", ...down }],
    collecting_since: FROM - 9000,
    not_listening: [{ fromMs: down.from, toMs: down.to }],
  };
  const scan = { ...SCAN, rows_scanned: 0, oldest_row_at: null };
  const { covered_from, notes } = trustBlock(scan, times);
  assert.deepEqual([covered_from, notes.length], [null, 1]);
  assert.match(notes[0], /did not listen/);
  assert.deepEqual(absence(scan, times), { why: "unheard" });
});

Deno.test("collection that ended after the window takes nothing from it", () => {
  const trust = trustBlock(SCAN, { ...HEALTH, collecting_until: TO + 1 });
  assert.equal(trust.complete, true);
});

Deno.test("an exporter that says no sampling rate is fine where none of its rows were read", () => {
  const scan = { ...SCAN, sampling_rows: [60, 0, 0, 0] };
  const trust = trustBlock(scan, { ...HEALTH, unknown_sampling: ["192.0.2.1"] });
  assert.deepEqual(trust.notes, []);
});

Deno.test("what an engine says of duplicates stands in the block", () => {
  assert.equal(trustBlock(SCAN, HEALTH, { dedup_factor: 1.5 }).dedup_factor, 1.5);
});

Deno.test("lists are bounded", () => {
  const many = Array.from({ length: 500 }, (_, i) => `10.0.${i >> 8}.${i & 255}`);
  const trust = trustBlock(SCAN, {
    ...HEALTH,
    loss: many.map((exporter) => ({ ...LOSS, exporter })),
    silent_exporters: many,
  });
  assert.equal(trust.loss.length, 20);
  assert.equal(trust.silent_exporters.length, 20);
  assert.ok(trust.notes.length <= 25);
});

Deno.test("what disk holds reaches behind the start of collection", () => {
  const held = { ...SCAN, rows_from_disk: 40, held_since: FROM - 1e6, held_until: TO };
  const begun = { ...HEALTH, collecting_since: FROM + 200_000 };
  const { complete, covered_from, rows_from_disk } = trustBlock(held, begun);
  assert.deepEqual([complete, covered_from, rows_from_disk], [
    true,
    "2024-01-01T12:00:00.000Z",
    40,
  ]);
});

/** What disk told of processes before this one, which began to collect at 12:03. */
const RESTARTED = {
  ...SCAN,
  held_since: FROM - 1e6,
  held_until: TO,
  collected_since: FROM - 2e6,
  earlier_until: FROM + 120_000,
  not_collected: [{ fromMs: FROM + 120_000, toMs: FROM + 180_000 }],
};
const ANEW = { ...HEALTH, collecting_since: FROM + 180_000 };

Deno.test("after a restart downtime, and what was forgotten, take from an answer", () => {
  const { complete, covered_from, covered_to, notes } = trustBlock(RESTARTED, ANEW);
  assert.deepEqual([complete, covered_from, covered_to], [
    false,
    "2024-01-01T12:00:00.000Z",
    "2024-01-01T12:05:00.000Z",
  ]);
  assert.equal(notes.length, 2);
  assert.match(notes[0], /^Nothing is held from \S+T12:02:00.000Z to \S+T12:03:00.000Z: /);
  assert.match(notes[1], /^What was lost .* before 2024-01-01T12:02:00.000Z is not known any more/);
});

for (
  const [what, asked, expected] of [
    ["within downtime", [130_000, 170_000], null],
    ["that is all of a downtime", [120_000, 180_000], null],
    ["that begins within", [150_000, 240_000], [180_000, 240_000]],
    ["that ends within", [60_000, 150_000], [60_000, 120_000]],
    ["around it", [0, 300_000], [0, 300_000]],
  ] as const
) {
  Deno.test(`coverage() of a window ${what}`, () => {
    const [from, to] = asked.map((ms) => FROM + ms);
    const scan = { ...RESTARTED, asked_from: from, asked_to: to, oldest_row_at: null };
    const covered = coverage({ ...scan, rows_scanned: 0 }, ANEW);
    assert.deepEqual(covered && [covered.from - FROM, covered.to - FROM], expected);
  });
}

Deno.test("a quiet earlier process is covered from its begin on, not from its first flow", () => {
  const scan = { ...RESTARTED, held_since: FROM + 90_000, collected_since: FROM + 10_000 };
  const { covered_from, notes } = trustBlock({ ...scan, oldest_row_at: FROM + 90_000 }, ANEW);
  assert.equal(covered_from, "2024-01-01T12:00:10.000Z");
  assert.match(
    notes[0],
    /^Collection began only at 2024-01-01T12:00:10.000Z, as far as is known: /,
  );
});

Deno.test("a collector that one process did not start is down, and rates count that", () => {
  const downtime = [{ collector: "json_udp on port 1", from: FROM, to: FROM + 5000 }];
  const { notes } = trustBlock({ ...SCAN, downtime }, HEALTH, { rates: true });
  assert.match(notes[0], /^json_udp on port 1 took in nothing that is held from /);
  assert.match(notes[1], /^Rates count the time in which a collector did not listen/);
});

for (
  const [what, scan, health, note] of [
    [
      "begins within the window",
      { held_since: FROM + 60_000, oldest_row_at: FROM + 60_000 },
      {
        collecting_since: FROM + 90_000,
      },
      /^The oldest flow that is held arrived at 2024-01-01T12:01:00.000Z: the answer has nothing of what came before/,
    ],
    [
      "was trimmed",
      { held_since: FROM - 1, window_overwritten: true },
      {},
      /gone from memory and disk/,
    ],
    ["lacks rows", { held_since: 0, rows_missed: 7 }, {}, /^7 .* neither in memory nor on disk/],
    ["ended before this process", { held_since: 0, held_until: FROM + 1000 }, {
      collecting_since: null,
    }, /nothing is held of what came after 2024-01-01T12:00:01.000Z/],
    ["says what it lacks", { notes: ["A sentence."] }, {}, /^A sentence\.$/],
  ] as const
) {
  Deno.test(`a trust block tells when what disk holds ${what}`, () => {
    const { complete, notes } = trustBlock(
      { ...SCAN, ...scan, notes: [...scan.notes ?? []] },
      { ...HEALTH, ...health },
    );
    assert.equal(complete, false);
    assert.equal(notes.length, 1);
    assert.match(notes[0], note);
  });
}
