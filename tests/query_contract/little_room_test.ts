import assert from "node:assert/strict";
import { NameDirectory } from "../../core/names/name_directory.ts";
import { DEFAULT_BUDGET, QueryEngine, type RunOptions } from "../../core/query/engine/run_query.ts";
import { QueryCancelled } from "../../core/query/query_cancelled.ts";
import { seededRandom } from "../../core/wire/encode/seeded_random.ts";
import { NAME_DATA } from "../support/filter/sample_names.ts";
import { pick } from "../support/filter/sample_values.ts";
import { FlowFixture } from "../support/flow_fixture.ts";
import { hastyClock } from "../support/hasty_clock.ts";
import { CONTRACT_NAMES } from "./contract_engine.ts";
import { recordsOf } from "./contract_records.ts";
import { longStretches, stretchQuery } from "./long_stretches.ts";
import { type NaiveGroup, naiveGroups, naiveMetric } from "./naive_query.ts";

const ROUNDS = 40;
const AT_A_TIME = 4;
/** From room for a single group to room for all. */
const ROOMS = [1, 500, 20_000, 60_000, 300_000, 3e6];
const METRICS = ["flows", "bytes", "max(latency_ms)", "first_seen", "avg(packets)", "p95(src_as)"];
const TELLING_APART = ["distinct(dst_addr)", "distinct(src_addr/24/48)", "distinct(service)"];

/**
 * Groups that find room are told whole, the others are in the remainder, whatever the memory that is
 * kept between queries held before, and whichever queries were given up.
 */
Deno.test("queries with little room, four at a time and some given up, lose no flow", async () => {
  const random = seededRandom(34);
  using _clock = hastyClock();
  const collectors = ["a", "b"].map((capability) => ({
    capability,
    rows: longStretches(random, 1500),
  }));
  const records = collectors.flatMap(recordsOf);
  const lastMs = Math.max(...records.map(({ received_at }) => Date.parse(received_at!)));
  const sources = collectors.map(({ capability, rows }) => {
    const fixture = new FlowFixture({ capability, capacity: 4096 });
    fixture.add(...rows);
    return fixture.source;
  });
  const engine = new QueryEngine();
  const directory = new NameDirectory(NAME_DATA);
  const seen = { whole: 0, crowded: 0, givenUp: 0 };

  const ask = async (): Promise<void> => {
    const { filter, query: made } = stretchQuery(random, lastMs);
    const metrics = [...new Set(["flows", pick(random, METRICS), pick(random, TELLING_APART)])];
    const query = { ...made, metrics, order_by: null, offset: 0, bucket_seconds: null };
    const maxBytes = pick(random, ROOMS);
    const given: RunOptions = {
      names: CONTRACT_NAMES,
      directory,
      budget: { ...DEFAULT_BUDGET, maxMs: Infinity, maxBytes },
    };
    if (random() < 0.2) {
      let looks = Math.floor(random() * 3);
      const run = engine.run(sources, query, { ...given, cancelled: () => looks-- === 0 });
      await run.then(() => {}, (error) => {
        assert.ok(error instanceof QueryCancelled);
        seen.givenUp++;
      });
      return;
    }
    const answer = await engine.run(sources, query, given);
    const where = JSON.stringify({ query, maxBytes });
    const groups = naiveGroups({ query, filter }, records);
    const crowded = answer.totals.groups < groups.length;
    seen[crowded ? "crowded" : "whole"]++;
    const told = (start: string) => answer.notes.some((note) => note.includes(start));
    assert.equal(told("There are more groups than memory allows"), crowded, where);
    const same = (cell: unknown, name: string, pieces: NaiveGroup["pieces"]): void => {
      const wanted = naiveMetric(name, pieces, 1);
      const found = typeof cell === "string" ? Date.parse(cell) : cell;
      if (typeof found !== "number" || wanted === null) return assert.equal(found, wanted, where);
      const off = Math.abs(found - wanted);
      assert.ok(off <= 1e-9 * Math.max(1, Math.abs(wanted)), `${name}: ${found} ${where}`);
    };
    // What an answer says that it is not sure of is not looked at.
    const doubtful = (name: string) =>
      name.startsWith("p95") ? told("Quantiles leave") : name.startsWith("distinct") &&
        (told("Distinct counts are too low") ||
          answer.approximate.some(({ figure }) => figure === name));
    const sure = metrics.filter((name) => !doubtful(name));
    const left = new Map(groups.map((group) => [JSON.stringify(group.key), group]));
    for (const row of answer.rows) {
      const key = JSON.stringify(row.slice(0, query.group_by.length));
      const group = left.get(key);
      assert.ok(group !== undefined, `no group ${key}, or twice: ${where}`);
      left.delete(key);
      for (const name of sure) {
        same(row[query.group_by.length + metrics.indexOf(name)], name, group.pieces);
      }
    }
    const added = sure.filter((name) => !crowded || !/^(p95|distinct)/.test(name));
    const all = groups.flatMap(({ pieces }) => pieces);
    const rest = [...left.values()].flatMap(({ pieces }) => pieces);
    for (const name of added) {
      same(answer.totals.metrics[name], name, all);
      if (answer.other !== null) same(answer.other.metrics[name], name, rest);
    }
    assert.equal(answer.other === null, rest.length === 0, where);
  };

  for (let round = 0; round < ROUNDS; round++) {
    await Promise.all(Array.from({ length: AT_A_TIME }, ask));
  }
  for (const [what, count] of Object.entries(seen)) assert.ok(count > 9, `${what}: ${count}`);
});
