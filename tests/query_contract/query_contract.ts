import assert from "node:assert/strict";
import { formatTime } from "../../core/flow/record_reader.ts";
import { seededRandom } from "../../core/wire/encode/seeded_random.ts";
import type { FixtureRow } from "../support/flow_fixture.ts";
import { hastyClock } from "../support/hasty_clock.ts";
import { closeTo } from "./close_to.ts";
import type { Answer, ContractEngine, EngineFactory } from "./contract_engine.ts";
import { naiveBuckets, type NaiveGroup, naiveGroups, naiveMetric } from "./naive_query.ts";
import { randomContractRows } from "./random_contract_rows.ts";
import { type RandomQuery, randomQuery } from "./random_query.ts";

const QUERIES = 200;
const ROWS = 600;

/** What a run of the contract is made from. */
export interface ContractOptions {
  readonly collectors: number;
  readonly seed: number;
  /** Rows of a collector, and queries, where not all that there may be are meant. */
  readonly rows?: (random: () => number, count: number) => FixtureRow[];
  readonly query?: (random: () => number, lastMs: number) => RandomQuery;
  /** Rows of a collector (default 600). */
  readonly count?: number;
  /** So many queries run at a time (default 1) and take turns after every block. */
  readonly atATime?: number;
}

/**
 * Declares the tests of one kind of engine: queries made up at random over rows made up at random,
 * each answer compared with a naive one.
 *
 * @param name of the kind
 * @param build makes an engine
 * @param options what differs from run to run
 */
export function testQueryContract(
  name: string,
  build: EngineFactory,
  {
    collectors,
    seed,
    rows = randomContractRows,
    query = randomQuery,
    count = ROWS,
    atATime = 1,
  }: ContractOptions,
): void {
  Deno.test(`query contract: ${name} agrees with naive answers to ${QUERIES} queries`, async () => {
    const random = seededRandom(seed);
    using _clock = atATime > 1 ? hastyClock() : null;
    const engine = await build(
      Array.from({ length: collectors }, (_, i) => ({
        capability: `collector_${i}`,
        rows: rows(random, count),
      })),
    );
    const lastMs = Math.max(
      ...engine.records.map(({ received_at }) => Date.parse(received_at!)),
    );
    let asked = 0;
    let found = 0;
    let waiting: RandomQuery[] = [];
    while (asked < QUERIES) {
      const one = query(random, lastMs);
      // What is refused is tested elsewhere.
      const { window, bucket_seconds, filter } = one.query;
      const seconds = (window.toMs - window.fromMs) / 1000;
      if (filter.length > 4096 || seconds > 2000 * (bucket_seconds ?? Infinity)) continue;
      asked++;
      waiting.push(one);
      if (waiting.length < atATime && asked < QUERIES) continue;
      const each = await Promise.all(waiting.map((one) => compare(engine, one)));
      found += each.filter((some) => some).length;
      waiting = [];
    }
    engine.close?.();
    assert.ok(found > QUERIES / 2, `only ${found} queries found anything`);
  });
}

/** @returns whether there was something to find */
async function compare(engine: ContractEngine, one: RandomQuery): Promise<boolean> {
  const { query } = one;
  const answer = await engine.run(query);
  const groups = naiveGroups(one, engine.records);
  try {
    compareGroups(answer, { one, groups, heldFromMs: engine.heldFromMs ?? -Infinity });
  } catch (error) {
    throw new Error(`${JSON.stringify(query)}: ${(error as Error).message}`, { cause: error });
  }
  return groups.length > 0;
}

function compareGroups(
  answer: Answer,
  { one: { query }, groups, heldFromMs }: {
    one: RandomQuery;
    groups: readonly NaiveGroup[];
    heldFromMs: number;
  },
): void {
  const { group_by, metrics, limit, offset, window, bucket_seconds } = query;
  const series = bucket_seconds !== null;
  // By their own time flows reach back to before what is held: nobody knows all of that.
  const since = Math.max(window.fromMs, heldFromMs);
  const blurred = query.time === "flow" && since > window.fromMs;
  const secondsOf = (fromMs: number, toMs: number) =>
    (blurred && fromMs < since) || toMs <= Math.max(fromMs, since)
      ? NaN
      : Math.max(1e-3, (toMs - Math.max(fromMs, since)) / 1000);
  const seconds = secondsOf(window.fromMs, window.toMs);
  // The window cuts the first and the last bucket.
  const secondsIn = (at: number) => {
    const end = Math.min(at + bucket_seconds! * 1000, window.toMs);
    return secondsOf(blurred ? at : Math.max(at, window.fromMs), end);
  };
  // Of a bucket before all that is held nobody knows whether there was anything.
  const isHeld = (at: number) =>
    Math.min(at + bucket_seconds! * 1000, window.toMs) > since || window.toMs <= window.fromMs;
  const names = [...(series ? ["time"] : []), ...group_by, ...metrics];
  assert.deepEqual(answer.columns.map(({ name }) => name), names);
  const measured = (pieces: NaiveGroup["pieces"], over = seconds) =>
    metrics.map((name) => {
      const value = naiveMetric(name, pieces, over);
      return Number.isNaN(value) ? null : value;
    });
  const byKey = new Map(groups.map((group) => [JSON.stringify(group.key), group]));

  // Which groups, and in which order: of equal ones any may come first.
  const buckets = series ? naiveBuckets(query) : [0];
  const shown = answer.rows.filter((_, i) => i % buckets.length === 0)
    .map((row) => JSON.stringify(row.slice(series ? 1 : 0, names.length - metrics.length)));
  assert.equal(new Set(shown).size, shown.length, "a group is shown twice");
  const order = metrics.indexOf((query.order_by ?? metrics[0]).replace(/^-/, ""));
  // Rates that nobody knows rank by what there is of them.
  const rank = (group: NaiveGroup) => measured(group.pieces, 1)[order];
  const ranked = groups.map(rank).sort(inOrder(query.order_by?.startsWith("-") ?? false));
  const expected = ranked.slice(offset, offset + limit);
  closeTo(shown.map((key) => rank(byKey.get(key)!)), expected, "order");

  // What each row says.
  const rows = shown.flatMap((key) => {
    const { pieces } = byKey.get(key)!;
    return buckets.map((at) => {
      if (!series) return measured(pieces);
      const own = pieces.filter(({ bucketMs }) => bucketMs === at);
      const known = own.length > 0 || isHeld(at);
      return [
        formatTime(at),
        ...(known ? measured(own, secondsIn(at)) : metrics.map(() => null)),
      ];
    });
  });
  const values = answer.rows.map((row) => [
    ...(series ? [row[0]] : []),
    ...row.slice(names.length - metrics.length),
  ]);
  assert.equal(values.length, rows.length, "rows");
  values.forEach((row, i) =>
    closeTo(row.map(timeless), rows[i].map(timeless), `row ${i}: ${answer.rows[i]}`)
  );

  // What is left, and all of it.
  const rest = groups.filter(({ key }) => !shown.includes(JSON.stringify(key)));
  assert.equal(answer.other?.groups ?? 0, rest.length, "groups of the remainder");
  if (answer.other !== null) {
    const pieces = rest.flatMap((group) => group.pieces);
    closeTo(
      metrics.map((name) => timeless(answer.other!.metrics[name])),
      measured(pieces),
      "remainder",
    );
  }
  assert.equal(answer.totals.groups, groups.length, "groups");
  const all = measured(groups.flatMap(({ pieces }) => pieces));
  closeTo(metrics.map((name) => timeless(answer.totals.metrics[name])), all, "totals");
  assert.equal(answer.more, offset + shown.length < groups.length, "more");
  assert.deepEqual(answer.approximate, []);
}

/** Text of a time as a number. */
function timeless(cell: unknown): unknown {
  return typeof cell === "string" ? Date.parse(cell) : cell;
}

/** What is not known comes last, whichever way. */
function inOrder(ascending: boolean) {
  return (a: number | null, b: number | null): number => {
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    return ascending ? a - b : b - a;
  };
}
