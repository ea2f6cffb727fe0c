import assert from "node:assert/strict";
import type { HistoryPolicy } from "../core/history/history_policy.ts";
import { HistoryArchive } from "../core/history/history_archive.ts";
import { NameDirectory } from "../core/names/name_directory.ts";
import { type FlowQuery, flowQuery } from "../core/query/engine/flow_query.ts";
import { QueryEngine } from "../core/query/engine/run_query.ts";
import { type Trust, trustBlock } from "../core/query/trust.ts";
import { HEALTHY } from "./support/fixture_ground.ts";
import { Random } from "./support/random.ts";
import { SealedRings } from "./support/sealed_rings.ts";

// Whatever retention took: what an answer says it covers is all of what was asked, or it says why not.

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Begin of an hour. */
const FROM_MS = Date.UTC(2026, 0, 1);
const HOURS = 10;
const NOW_MS = FROM_MS + HOURS * HOUR_MS;
const EVERY_MS = 6000;
const { services: NAMES } = new NameDirectory();

type Kept = Partial<HistoryPolicy> & { readonly restarted?: boolean };

/** A process that took in a flow every six seconds for ten hours, and keeps less than that. */
class Trimmed {
  readonly rings: SealedRings;
  readonly archive: HistoryArchive;

  readonly #sinceMs: number;

  /** @param options what is kept; `restarted`: whether a new process answers, which has nothing in memory */
  constructor({ restarted = false, ...policy }: Kept) {
    this.rings = new SealedRings([{ epoch: FROM_MS }], { nowMs: FROM_MS, ...policy });
    const { clock } = this.rings;
    for (let at = FROM_MS; at < NOW_MS; at += MINUTE_MS) {
      const flows = Array.from({ length: MINUTE_MS / EVERY_MS }, (_, i) => ({
        received_at: at + i * EVERY_MS,
        start_at: at + i * EVERY_MS,
        end_at: at + i * EVERY_MS,
        exporter: "192.0.2.1",
        // Hosts that are seen once make sums large.
        src_addr: `10.${(at / MINUTE_MS) & 255}.${i}.1`,
        dst_addr: "198.51.100.1",
        bytes: 100,
        packets: 1,
      }));
      this.rings.add(0, flows);
      clock.advance(MINUTE_MS);
      this.rings.work({ all: true });
    }
    if (restarted) {
      this.rings.forget();
      this.rings.history.close();
    }
    this.#sinceMs = restarted ? NOW_MS : FROM_MS;
    this.archive = new HistoryArchive(this.rings.folder, { clock });
  }

  /** How many flows are found, and what that stands on. */
  async ask(query: Partial<FlowQuery> & Pick<FlowQuery, "window">) {
    const times = { collecting_since: this.#sinceMs, collecting_until: null };
    const asked = flowQuery({
      time: "arrival",
      dedup: "off",
      metrics: ["flows", "bps"],
      collection: times,
      ...query,
    });
    const { archive, rings: { sources } } = this;
    const answer = await new QueryEngine().run(sources, asked, { names: NAMES, archive });
    const trust = trustBlock(answer.scan, { ...HEALTHY, ...times }, answer);
    // What was lost on the way is not known after a restart: that is not what is looked at here.
    const notes = trust.notes.filter((note) => !note.endsWith("was started again since."));
    const complete = notes.length === 0 && trust.approximate.length === 0;
    const flows = answer.totals.metrics.flows as number;
    return { ...answer, flows, trust: { ...trust, notes, complete } };
  }

  [Symbol.dispose](): void {
    this.archive.close();
    this.rings.close();
  }
}

const BY_AGE = { keepMs: 20 * MINUTE_MS, keepMinutesMs: 3 * HOUR_MS, keepHoursMs: 5 * HOUR_MS };
const text = (ms: number) => new Date(ms).toISOString();
const window = (fromMs: number, toMs: number) => ({ fromMs, toMs, untilNow: false });

Deno.test("of time before the oldest sums an answer says that nothing is kept", async () => {
  using trimmed = new Trimmed(BY_AGE);
  for (const hours of [HOURS, HOURS - 2]) {
    const toMs = FROM_MS + hours * HOUR_MS;
    const { flows, trust } = await trimmed.ask({ window: window(FROM_MS, toMs) });
    assert.equal(flows, (hours - 5) * 600);
    assert.equal(trust.covered_from, text(FROM_MS + 5 * HOUR_MS));
    assert.equal(trust.complete, false);
    assert.deepEqual(trust.notes, [
      "Neither flows nor sums are kept of what arrived before 2026-01-01T05:00:00.000Z. To " +
      "keep sums for longer, raise history.keep_hours_days or history.max_bytes.",
    ]);
  }
});

Deno.test("what only hours tell is asked for by the hour", async () => {
  using trimmed = new Trimmed(BY_AGE);
  const notes = async (from: number, query: Partial<FlowQuery> = {}, to = NOW_MS) => {
    const { trust } = await trimmed.ask({ window: window(from, to), ...query });
    return trust.notes;
  };
  const [six, seven] = [FROM_MS + 6 * HOUR_MS, FROM_MS + 7 * HOUR_MS];
  const only = "of the time around that only sums by the";
  assert.deepEqual(await notes(six, { bucket_seconds: 600 }), [
    `The answer begins at ${
      text(seven)
    }: ${only} hour are kept, so ask for buckets of whole hours.`,
  ]);
  assert.deepEqual(await notes(six - 40 * MINUTE_MS), [
    `The answer begins at ${text(six)}: ${only} hour are kept, so ask for a window of whole hours.`,
  ]);
  assert.deepEqual(await notes(seven + 10_000), [
    `The answer begins at ${
      text(seven + MINUTE_MS)
    }: ${only} minute are kept, so ask for a window ` +
    "of whole minutes of 60 s.",
  ]);
  // Of nothing else than a part of an hour.
  assert.match(
    (await notes(six, {}, six + 30 * MINUTE_MS))[0],
    /only sums by the hour are kept, and of no whole hour/,
  );
  assert.match(
    (await notes(six, { bucket_seconds: 600 }, seven))[0],
    /do not tell buckets of 600 s/,
  );
});

/** Who says that all is there has all, and covers all that was asked. */
function check(
  { flows, trust }: { flows: number; trust: Trust },
  { fromMs, toMs }: { fromMs: number; toMs: number },
): void {
  const { asked_from, asked_to, covered_from, covered_to, complete, notes } = trust;
  const whole = covered_from === asked_from && covered_to === asked_to;
  assert.ok(whole || notes.length > 0, JSON.stringify(trust));
  const arrived = Math.ceil((toMs - FROM_MS) / EVERY_MS) - Math.ceil((fromMs - FROM_MS) / EVERY_MS);
  if (whole && complete) assert.equal(flows, arrived, JSON.stringify(trust));
  else assert.ok(flows <= arrived, JSON.stringify(trust));
}

const POLICIES: readonly [title: string, policy: Kept][] = [
  ["by age", BY_AGE],
  ["by age, minutes for longer than hours", {
    ...BY_AGE,
    keepMinutesMs: 6 * HOUR_MS,
    keepHoursMs: 2 * HOUR_MS,
  }],
  ["by size", { maxOctets: 8000 }],
  ["by age, after a restart", { ...BY_AGE, restarted: true }],
  ["by size, after a restart", { maxOctets: 200_000, restarted: true }],
];

for (const [title, policy] of POLICIES) {
  Deno.test(`complete is what has all that was asked, where history is trimmed ${title}`, async () => {
    using trimmed = new Trimmed(policy);
    const random = new Random(7);
    const found = { complete: 0, lacking: 0 };
    for (let turn = 0; turn < 200; turn++) {
      const step = random.pick([1, 1000, MINUTE_MS, HOUR_MS]);
      const sinceMs = FROM_MS + random.pick([0, 6, 9]) * HOUR_MS;
      const moment = () => sinceMs + step * random.below(Math.floor((NOW_MS - sinceMs) / step) + 1);
      const [fromMs, toMs] = [moment(), moment()].sort((a, b) => a - b);
      if (toMs === fromMs) continue;
      const buckets = random.pick([null, null, 60, 600, 3600, 5400]);
      const query = {
        window: window(fromMs, toMs),
        bucket_seconds: buckets,
        time: random.pick(["arrival", "flow"] as const),
        group_by: random.pick([[], ["exporter"], ["src_addr"], ["dst_port", "exporter"]]),
        metrics: random.pick([["flows"], ["flows", "bps"], ["flows", "distinct(src_addr)"]]),
      };
      const answer = await trimmed.ask(query);
      check(answer, { fromMs, toMs });
      found[answer.trust.complete ? "complete" : "lacking"]++;
    }
    assert.ok(found.complete > 10 && found.lacking > 10, JSON.stringify(found));
  });
}
