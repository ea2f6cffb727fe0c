import assert from "node:assert/strict";
import { FlowFixture } from "../../tests/support/flow_fixture.ts";
import { QueryCancelled } from "./query_cancelled.ts";
import { ringKey } from "../flow/ring_identity.ts";
import { type FlowSearch, type FoundFlows, searchFlows } from "./search_flows.ts";
import type { SearchPlace } from "./search_place.ts";

const SEARCH: FlowSearch = {
  window: { fromMs: 0, toMs: 1e9, untilNow: true },
  filter: "",
  limit: 10,
  before: null,
};

/** Rows n = 0 … count - 1, received at n × step; `src_port` numbers them. */
function numbered(count: number, step = 1, offset = 0): FlowFixture {
  const fixture = new FlowFixture({ capacity: 16_384, port: offset });
  for (let n = 0; n < count; n++) {
    fixture.add({ received_at: n * step, src_port: n + offset, src_addr: `10.0.0.${n % 250}` });
  }
  return fixture;
}

Deno.test("searchFlows() gives the newest first, over all collectors", async () => {
  const sources = [numbered(5, 10).source, numbered(5, 10, 100).source];
  const { records, before } = await searchFlows(sources, { ...SEARCH, limit: 4 });
  assert.deepEqual(records.map(({ src_port }) => src_port), [4, 104, 3, 103]);
  assert.deepEqual(before, { atMs: 30, ring: ringKey(sources[1]), row: 3 });
});

Deno.test("pages follow one another without a gap or a repetition", async () => {
  for (const limit of [1, 3, 7, 50]) {
    const sources = [numbered(100, 3).source, numbered(57, 5, 1000).source];
    const seen: number[] = [];
    let before: SearchPlace | null = null;
    for (let page = 0; page < 200; page++) {
      const found: FoundFlows = await searchFlows(sources, {
        ...SEARCH,
        limit,
        filter: "not src port 42",
        before,
      });
      assert.ok(found.records.length <= limit);
      seen.push(...found.records.map(({ src_port }) => src_port!));
      before = found.before;
      if (before === null) break;
    }
    assert.equal(before, null);
    assert.equal(seen.length, 156);
    assert.equal(new Set(seen).size, 156);
  }
});

Deno.test("a search reads no further back than it has to", async () => {
  const { scan, records } = await searchFlows([numbered(10_000).source], { ...SEARCH, limit: 3 });
  assert.deepEqual(records.map(({ src_port }) => src_port), [9999, 9998, 9997]);
  assert.equal(scan.rows_scanned, 4);
});

Deno.test("a search keeps to its window, and finds events too", async () => {
  const fixture = numbered(100);
  fixture.add({ received_at: 100, event: "flow_denied", src_port: 7 });
  const window = { fromMs: 97, toMs: 101, untilNow: false };
  const { records } = await searchFlows([fixture.source], { ...SEARCH, window });
  assert.deepEqual(records.map(({ src_port, event }) => [src_port, event]), [
    [7, "flow_denied"],
    [99, null],
    [98, null],
    [97, null],
  ]);
});

Deno.test("a search counts what was overwritten before it could be read", async () => {
  const fixture = new FlowFixture({ capacity: 1024 });
  for (let n = 0; n < 5000; n++) fixture.add({ received_at: n, src_port: n });
  const before4000 = { atMs: 4000, ring: ringKey(fixture.source), row: 4000 };
  const all = { ...SEARCH, filter: "src port 1", before: before4000 };
  const { records, scan, before } = await searchFlows([fixture.source], all);
  assert.deepEqual([records, before], [[], null]);
  assert.ok(scan.rows_scanned <= 1024);
  assert.equal(scan.window_overwritten, true);
});

Deno.test("a search can be given up", async () => {
  await assert.rejects(
    searchFlows([numbered(10).source], SEARCH, { cancelled: () => true }),
    (error) => error instanceof QueryCancelled,
  );
});
