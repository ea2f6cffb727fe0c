import assert from "node:assert/strict";
import { type FixtureRow, FlowFixture } from "../../tests/support/flow_fixture.ts";
import { Random } from "../../tests/support/random.ts";
import { readRecord } from "../flow/record_reader.ts";
import type { FlowRecord, StoredFieldName } from "../flow/schema.ts";
import type { FlowSource } from "./flow_source.ts";
import { sumTraffic, type TrafficMetric, type TrafficQuery } from "./traffic.ts";

const WINDOW = { fromMs: 0, toMs: 1e12, untilNow: true };

/** Two collectors that number the same strings differently. */
function randomFixtures(seed: number): FlowFixture[] {
  const random = new Random(seed);
  return [0, 1].map((which) => {
    const fixture = new FlowFixture({ capacity: 4096 });
    if (which === 1) fixture.add({ application: "ssh", event: "deny" });
    for (let n = 0; n < 2000; n++) {
      const row: FixtureRow = { received_at: n };
      if (random.below(4) > 0) row.src_addr = `10.0.0.${random.below(8)}`;
      if (random.below(4) > 0) row.dst_addr = random.pick(["::1", "10.9.9.9"]);
      if (random.below(3) > 0) row.dst_port = random.pick([0, 53, 443]);
      if (random.below(3) > 0) row.protocol = random.pick([0, 6, 17, 253]);
      if (random.below(3) > 0) row.application = random.pick(["dns", "web", "ssh"]);
      if (random.below(8) > 0) row.bytes = random.below(1e9);
      if (random.below(8) > 0) row.packets = random.below(1e6);
      if (random.below(10) === 0) row.event = "deny";
      fixture.add(row);
    }
    return fixture;
  });
}

function records({ ring, ...context }: FlowSource): FlowRecord[] {
  return Array.from(
    { length: ring.committed },
    (_, row) => readRecord(ring.columns, row & ring.mask, context),
  );
}

/** The sums as one would first write them. */
function naive(
  all: readonly FlowRecord[],
  groupBy: readonly StoredFieldName[],
): Map<string, { bytes: number; packets: number; flows: number }> {
  const groups = new Map<string, { bytes: number; packets: number; flows: number }>();
  for (const record of all) {
    if (record.event !== null) continue;
    const key = JSON.stringify(
      groupBy.map((name) =>
        name === "protocol" ? record.protocol_name ?? record.protocol : record[name]
      ),
    );
    const group = groups.get(key) ?? { bytes: 0, packets: 0, flows: 0 };
    groups.set(key, group);
    group.bytes += record.bytes ?? 0;
    group.packets += record.packets ?? 0;
    group.flows++;
  }
  return groups;
}

const GROUPINGS: readonly (readonly StoredFieldName[])[] = [
  [],
  ["src_addr"],
  ["dst_port"],
  ["application", "protocol"],
  ["src_addr", "dst_addr", "dst_port", "protocol", "application"],
  ["bytes"],
];

for (const groupBy of GROUPINGS) {
  Deno.test(`sumTraffic() agrees with naive sums, by ${groupBy.join(", ") || "nothing"}`, async () => {
    const fixtures = randomFixtures(5);
    const all = fixtures.flatMap(({ source }) => records(source));
    const expected = naive(all, groupBy);
    for (const orderBy of ["bytes", "packets", "flows"] as TrafficMetric[]) {
      const answer = await sumTraffic(fixtures.map(({ source }) => source), {
        window: WINDOW,
        groupBy,
        orderBy,
        limit: 1e6,
      });
      const found = new Map(
        answer.rows.map(({ group, ...sums }) => [JSON.stringify(group), sums]),
      );
      assert.deepEqual(found, expected);
      assert.deepEqual([...new Set(answer.rows.map((r) => JSON.stringify(r.group)))], [
        ...found.keys(),
      ]);
      const values = answer.rows.map((row) => row[orderBy]);
      assert.deepEqual(values, [...values].sort((a, b) => b - a));
      assert.deepEqual(answer.totals, [...naive(all, []).values()][0]);
      assert.equal(answer.omitted, 0);
    }
  });
}

function query(changes: Partial<TrafficQuery>): TrafficQuery {
  return { window: WINDOW, groupBy: ["dst_port"], orderBy: "bytes", limit: 10, ...changes };
}

Deno.test("an unknown port is a group apart from port 0", async () => {
  const fixture = new FlowFixture();
  fixture.add({ dst_port: 0, bytes: 3 }, { bytes: 2 }, { dst_port: 0, bytes: 4 });
  const { rows } = await sumTraffic([fixture.source], query({}));
  assert.deepEqual(rows, [
    { group: [0], bytes: 7, packets: 0, flows: 2 },
    { group: [null], bytes: 2, packets: 0, flows: 1 },
  ]);
});

Deno.test("beyond the limit groups are counted, and totals are of all", async () => {
  const fixture = new FlowFixture();
  for (let port = 1; port <= 10; port++) fixture.add({ dst_port: port, bytes: port, packets: 1 });
  const { rows, omitted, totals } = await sumTraffic([fixture.source], query({ limit: 3 }));
  assert.deepEqual(rows.map(({ group }) => group[0]), [10, 9, 8]);
  assert.equal(omitted, 7);
  assert.deepEqual(totals, { bytes: 55, packets: 10, flows: 10 });
});

Deno.test("only traffic within the window counts; events are scanned and do not", async () => {
  const fixture = new FlowFixture();
  for (let n = 0; n < 10; n++) fixture.add({ received_at: n, dst_port: n, bytes: 1 });
  fixture.add({ received_at: 10, dst_port: 1, bytes: 1000, event: "deny" });
  const window = { fromMs: 4, toMs: 11, untilNow: false };
  const { rows, totals, scan } = await sumTraffic([fixture.source], query({ window }));
  assert.deepEqual(rows.map(({ group }) => group[0]), [4, 5, 6, 7, 8, 9]);
  assert.equal(totals.bytes, 6);
  assert.equal(scan.rows_scanned, 7);
});

Deno.test("no sources give an empty answer", async () => {
  const { rows, totals, omitted } = await sumTraffic([], query({ groupBy: [] }));
  assert.deepEqual([rows, totals, omitted], [[], { bytes: 0, packets: 0, flows: 0 }, 0]);
});
