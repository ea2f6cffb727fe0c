import assert from "node:assert/strict";
import { FlowFixture } from "../../../tests/support/flow_fixture.ts";
import type { FlowRing } from "../../flow/ring.ts";
import type { FlowSource } from "../flow_source.ts";
import { QueryCancelled } from "../query_cancelled.ts";
import { QueryError } from "../query_error.ts";
import { type FlowQuery, flowQuery } from "./flow_query.ts";
import type { QueryAnswer } from "./query_answer.ts";
import { QueryEngine, type RunOptions } from "./run_query.ts";

const NAMES = { namedPorts: new Uint8Array(65_536), serviceName: () => null };
const BUDGET = { maxRows: 1e9, maxMs: 60_000, maxBytes: 1 << 26 };

function ask(
  sources: readonly FlowSource[],
  query: Partial<FlowQuery>,
  options: Partial<RunOptions> = {},
): Promise<QueryAnswer> {
  const window = { fromMs: 0, toMs: 1e9, untilNow: true };
  return new QueryEngine().run(sources, flowQuery({ window, ...query }), {
    names: NAMES,
    ...options,
  });
}

/** `count` rows of one byte each, from sources of their own, one a millisecond. */
function manySources(count: number, capability = "netflow_udp"): FlowSource {
  const fixture = new FlowFixture({ capacity: 65_536, capability });
  for (let n = 0; n < count; n++) {
    fixture.add({
      received_at: n,
      src_addr: `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`,
      dst_addr: "10.255.0.1",
      bytes: 1,
    });
  }
  return fixture.source;
}

Deno.test("a query stops at its budget of rows, and says where", async () => {
  const source = manySources(30_000);
  const budget = { ...BUDGET, maxRows: 10_000 };
  const { scan, notes, totals, reached } = await ask([source], {}, { budget });
  assert.equal(scan.rows_scanned, 16_384, "whole blocks");
  assert.deepEqual(reached, ["rows"]);
  assert.equal(scan.stopped_at, 16_384);
  assert.equal(totals.metrics.flows, 16_384);
  assert.match(notes[0], /^The query reached its budget of rows after 16384 flow records: what/);
});

Deno.test("a query stops at its budget of time", async () => {
  const budget = { ...BUDGET, maxMs: -1 };
  const { scan, notes, reached } = await ask([manySources(100)], {}, { budget });
  assert.deepEqual(reached, ["time"]);
  assert.deepEqual([scan.rows_scanned, scan.stopped_at], [0, 0]);
  assert.match(notes[0], /budget of time/);
});

Deno.test("sources are read side by side: a budget costs the newest rows of all", async () => {
  const [a, b] = [manySources(20_000, "a"), manySources(20_000, "b")];
  const budget = { ...BUDGET, maxRows: 16_384 };
  const { rows } = await ask([a, b], { group_by: ["capability"] }, { budget });
  assert.deepEqual(rows.map(([, bytes]) => bytes), [8192, 8192]);
});

Deno.test("groups beyond the memory are in the remainder, and the sum is exact", async () => {
  const source = manySources(30_000);
  const budget = { ...BUDGET, maxBytes: 150_000 };
  const answer = await ask([source], { group_by: ["src_addr"], limit: 10 }, { budget });
  assert.equal(answer.totals.metrics.bytes, 30_000);
  assert.equal(answer.other!.metrics.bytes, 30_000 - 10);
  assert.ok(answer.totals.groups < 30_000);
  assert.match(answer.notes.join(), /^There are more groups than memory allows/);
  assert.deepEqual(answer.reached, ["memory"]);
});

Deno.test("distinct values beyond the memory are estimated, and the answer says so", async () => {
  const source = manySources(30_000);
  const query = { group_by: ["dst_addr"], metrics: ["distinct(src_addr)", "flows"] };
  const exact = await ask([source], query);
  assert.deepEqual([exact.rows[0][1], exact.approximate], [30_000, []]);
  const budget = { ...BUDGET, maxBytes: 150_000 };
  const { rows, approximate, totals } = await ask([source], query, { budget });
  const found = rows[0][1] as number;
  assert.ok(Math.abs(found / 30_000 - 1) < 0.25, `${found}`);
  assert.equal(totals.metrics["distinct(src_addr)"], found);
  assert.deepEqual(approximate.map(({ figure }) => figure), ["distinct(src_addr)"]);
});

Deno.test("values that are exact for one group and estimated for others count once in totals", async () => {
  const fixture = new FlowFixture({ capacity: 131_072 });
  for (const dst_addr of ["10.255.0.1", "10.255.0.2", "10.255.0.3"]) {
    for (let n = 0; n < 30_000; n++) {
      fixture.add({ src_addr: `10.0.${n >> 8}.${n & 255}`, dst_addr, bytes: 1 });
    }
  }
  const query = { group_by: ["dst_addr"], metrics: ["distinct(src_addr)"], limit: 1 };
  // Pairs take 84 octets each: there is room for those of the first group.
  const budget = { ...BUDGET, maxBytes: 30_050 * 84 };
  const { totals, other, approximate } = await ask([fixture.source], query, { budget });
  assert.equal(approximate.length, 1);
  for (const { metrics } of [totals, other!]) {
    const found = metrics["distinct(src_addr)"] as number;
    assert.ok(Math.abs(found / 30_000 - 1) < 0.3, `${found}`);
  }
});

Deno.test("groups beyond the memory are told of where no metric is a sum, too", async () => {
  const budget = { ...BUDGET, maxBytes: 150_000 };
  const metrics = ["distinct(dst_addr)", "p50(bytes)"];
  const query = { group_by: ["src_addr"], metrics };
  const { notes, other, totals } = await ask([manySources(30_000)], query, { budget });
  assert.match(
    notes.join(),
    /only in "other", whose quantiles and distinct counts leave them out\./,
  );
  assert.ok(other !== null && totals.groups < 30_000);
});

Deno.test("distinct IPv6 networks beyond the memory are estimated", async () => {
  const fixture = new FlowFixture({ capacity: 16_384 });
  const hex = (n: number) => n.toString(16);
  for (let n = 0; n < 10_000; n++) fixture.add({ src_addr: `2001:db8:${hex(n)}::1`, bytes: 1 });
  const budget = { ...BUDGET, maxBytes: 40_000 };
  const { rows, approximate } = await ask(
    [fixture.source],
    { metrics: ["distinct(src_addr)"] },
    { budget },
  );
  const found = rows[0][0] as number;
  assert.ok(Math.abs(found / 10_000 - 1) < 0.25, `${found}`);
  assert.equal(approximate.length, 1);
});

Deno.test("a series of too many rows is refused", async () => {
  const query = { bucket_seconds: 1, group_by: ["src_addr"], limit: 1000 };
  const window = { fromMs: 0, toMs: 1e6, untilNow: true };
  await assert.rejects(
    ask([manySources(500)], { ...query, window }),
    /limit: 500 groups of 1000 buckets are 500000 rows, at most 400000 can be given/,
  );
  const { rows } = await ask([manySources(150)], { ...query, window });
  assert.equal(rows.length, 150_000);
});

Deno.test("-0 and 0 are one group", async () => {
  const fixture = new FlowFixture();
  fixture.add({ latency_ms: 0 });
  fixture.add({ latency_ms: -0 });
  const { rows } = await ask([fixture.source], { group_by: ["latency_ms"], metrics: ["flows"] });
  assert.deepEqual(rows, [[0, 2]]);
});

Deno.test("a budget of time holds where each flow is spread over many buckets", async () => {
  const fixture = new FlowFixture({ capacity: 16_384 });
  for (let n = 0; n < 10_000; n++) {
    fixture.add({ received_at: 2e6, start_at: 0, end_at: 2e6, bytes: 1 });
  }
  let looks = 0;
  const window = { fromMs: 0, toMs: 2e6, untilNow: true };
  await ask([fixture.source], { window, bucket_seconds: 1, dedup: "off" }, {
    cancelled() {
      looks++;
      return false;
    },
  });
  assert.ok(looks >= 10_000 / 64, `${looks} looks`);
});

Deno.test("values of quantiles beyond the memory are counted", async () => {
  const budget = { ...BUDGET, maxBytes: 36 * 5000 };
  const query = { metrics: ["p50(bytes)"] };
  const { notes, reached } = await ask([manySources(6000)], query, { budget });
  assert.deepEqual(reached, ["memory"]);
  assert.deepEqual(notes, ["Quantiles leave 1000 values out: there was no room."]);
});

Deno.test("a query can be given up", async () => {
  await assert.rejects(
    ask([manySources(10)], {}, { cancelled: () => true }),
    (error) => error instanceof QueryCancelled,
  );
});

Deno.test("a query that is overtaken begins again, with copies", async () => {
  const source = manySources(20_000);
  // The writer comes by once: while the first block is read, before the look behind it.
  let blocks = 0;
  let comes = false;
  const ring = new Proxy(source.ring, {
    get(target, name) {
      if (name === "oldest") {
        const oldest = comes ? 20_001 : 0;
        comes = false;
        return oldest;
      }
      const value = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  }) as FlowRing;
  // Far enough from the writer to be read in place.
  const late = { fromMs: 9000, toMs: 1e9, untilNow: true };
  const { totals, scan } = await ask([{ ...source, ring }], { window: late, dedup: "off" }, {
    cancelled() {
      comes = blocks++ === 0;
      return false;
    },
  });
  assert.equal(blocks, 3, "one block in place, and both again");
  assert.deepEqual([totals.metrics.flows, scan.rows_scanned], [11_000, 11_000]);
});

const REFUSED: readonly [string, Partial<FlowQuery>, RegExp][] = [
  [
    "a field that is none",
    { group_by: ["src_adr"] },
    /there is no field "src_adr"; did you mean "src_addr"\?/,
  ],
  [
    "a prefix of a port",
    { group_by: ["src_port/24"] },
    /"src_port\/24" is no prefix; write an address field/,
  ],
  ["a prefix too long", { group_by: ["src_addr/33"] }, /"src_addr\/33" is no prefix/],
  [
    "values of a field that is none",
    { metrics: ["distinct(dst_prt)"] },
    /^metrics: there is no field "dst_prt"; did you mean "dst_port"\?/,
  ],
  ["a metric that is none", { metrics: ["byte"] }, /there is no "byte"; did you mean "bytes"\?/],
  ["a function that is none", { metrics: ["p42(latency_ms)"] }, /there is no "p42\(latency_ms\)"/],
  [
    "a measure of a name",
    { metrics: ["p95(vrf)"] },
    /"p95\(vrf\)" wants a number that can be measured/,
  ],
  ["no metric", { metrics: [] }, /metrics: 0 of them; give 1 to 16/],
  [
    "an order by what is not asked",
    { order_by: "packets", metrics: ["bytes"] },
    /order_by: "packets" is none of the metrics asked for; there are bytes/,
  ],
  [
    "too many buckets",
    { bucket_seconds: 1 },
    /bucket_seconds: 1 gives more than 2000 buckets; ask for 500 or more/,
  ],
  [
    "buckets that are too short",
    { bucket_seconds: 0.25 },
    /bucket_seconds: 0.25; give at least 1/,
  ],
  [
    "too many terms",
    { group_by: new Array(13).fill("vlan") },
    /group_by: 13 terms; give at most 12/,
  ],
];
for (const [title, query, message] of REFUSED) {
  Deno.test(`a query refuses ${title}`, async () => {
    await assert.rejects(ask([], query), (error) => {
      assert.ok(error instanceof QueryError);
      assert.match(error.message, message);
      return true;
    });
  });
}
