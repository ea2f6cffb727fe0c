import assert from "node:assert/strict";
import { allBytes, numberedRows, valuesOf } from "../../tests/support/history_rows.ts";
import { type FixtureRow, FlowFixture } from "../../tests/support/flow_fixture.ts";
import { openHistory } from "./history_database.ts";
import { HistoryImport, IMPORT_PORT } from "./history_import.ts";
import { HistoryStore } from "./history_store.ts";

const NOW = 1_790_000_000_000;

/** Imports blocks of rows, in the order in which they stand. */
function importBlocks(
  store: HistoryStore,
  blocks: readonly (readonly FixtureRow[])[],
  { capabilityOf = () => "json_udp", seed = 1 }: {
    capabilityOf?: (slot: number) => string;
    seed?: number;
  } = {},
): HistoryImport {
  const history = new HistoryImport(store, { nowMs: NOW, seed });
  for (const rows of blocks) {
    const fixture = new FlowFixture({ capacity: 2 * rows.length });
    fixture.add(...rows);
    const { ring: { columns }, dictionary } = fixture.source;
    // The fixture's own writer keeps arrivals from going back.
    rows.forEach(({ received_at }, slot) => columns.received_at[slot] = Number(received_at));
    history.add({ columns, slots: rows.keys(), capabilityOf, texts: dictionary });
  }
  return history;
}

function opened(): HistoryStore {
  return new HistoryStore(openHistory(":memory:"));
}

function segments(store: HistoryStore) {
  return store.list({ fromMs: -Infinity, toMs: Infinity });
}

Deno.test("rows of a block are put in order of arrival, those of one moment stay in theirs", () => {
  const store = opened();
  const rows = numberedRows(100).map((row, i) => ({ ...row, received_at: 10 - (i % 10) }));
  importBlocks(store, [rows]);
  const [segment] = segments(store);
  assert.deepEqual(
    [segment.capability, segment.port, segment.fromMs, segment.toMs],
    ["json_udp", IMPORT_PORT, 1, 10],
  );
  const expected = rows.toSorted((a, b) => a.received_at - b.received_at)
    .map(({ bytes }) => bytes);
  assert.deepEqual(valuesOf(store, segment), expected);
  store.close();
});

Deno.test("within a ring arrivals never go back: what comes late begins another, or fits one", () => {
  const store = opened();
  const at = (fromMs: number) => numberedRows(50, { first: fromMs, fromMs });
  importBlocks(store, [at(1000), at(2000), at(500), at(1500), at(3000), at(600)]);
  const rings = Map.groupBy(segments(store), ({ epoch }) => epoch);
  const order = [...rings.values()].map((of) =>
    of.map(({ firstRow, fromMs }) => [firstRow, fromMs])
  );
  assert.deepEqual(order, [[[0, 1000], [50, 2000], [100, 3000]], [[0, 500], [50, 1500]], [
    [0, 600],
  ]]);
  store.close();
});

Deno.test("each capability has rings of its own", () => {
  const store = opened();
  importBlocks(store, [numberedRows(90)], {
    capabilityOf: (slot) => slot % 3 === 0 ? "sflow_udp" : "ipfix_udp",
  });
  const found = segments(store).map(({ capability, endRow }) => [capability, endRow]);
  assert.deepEqual(found, [["sflow_udp", 30], ["ipfix_udp", 60]]);
  store.close();
});

Deno.test("what an earlier import wrote counts once, also after one that ended early", () => {
  const store = opened();
  const blocks = [0, 500, 1000].map((first) => numberedRows(500, { first, fromMs: first }));
  importBlocks(store, blocks.slice(0, 2));
  const again = importBlocks(store, blocks, { seed: 99 });
  assert.deepEqual([again.known, again.written], [1000, 500]);
  assert.deepEqual(allBytes(store).toSorted((a, b) => a - b), Array.from(Array(1500).keys()));
  const changed = blocks.map((rows) => rows.map((row) => ({ ...row, tcp_flags: 2 })));
  assert.equal(importBlocks(store, changed).written, 1500);
  store.close();
});
