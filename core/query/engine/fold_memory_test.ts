import assert from "node:assert/strict";
import { FlowFixture } from "../../../tests/support/flow_fixture.ts";
import { type FlowQuery, flowQuery } from "./flow_query.ts";
import { QueryEngine } from "./run_query.ts";

const NAMES = { namedPorts: new Uint8Array(65_536), serviceName: () => null };
const ROWS = 6000;

/** Many groups, of which each third comes again and again. */
function fixture(): FlowFixture {
  const fixture = new FlowFixture({ capacity: 8192 });
  for (let n = 0; n < ROWS; n++) {
    const host = n % 3 === 0 ? n % 40 : (n * 7919) % 5000;
    fixture.add({
      received_at: n,
      src_addr: `10.0.${host >> 8}.${host & 255}`,
      dst_addr: n % 5 === 0 ? `2001:db8:${host}::1` : `10.9.0.${host % 200}`,
      dst_port: (n * 31) % 700,
      bytes: n,
    });
  }
  return fixture;
}

const QUESTIONS: Partial<FlowQuery>[] = [
  { group_by: ["src_addr"], metrics: ["bytes", "flows"] },
  { group_by: ["src_addr", "dst_addr", "dst_port"], metrics: ["bytes"] },
  { group_by: ["src_addr"], metrics: ["distinct(dst_port)"] },
  { group_by: ["src_addr"], metrics: ["distinct(dst_addr)", "distinct(dst_port)"] },
  { group_by: ["dst_addr"], metrics: ["p95(bytes)", "p50(bytes)"] },
];
for (const question of QUESTIONS) {
  const { group_by, metrics } = question;
  Deno.test(`${metrics} by ${group_by} are the same in memory that other questions used`, async () => {
    const { source } = fixture();
    const used = new QueryEngine();
    // Parts of the rows, so that what is left in memory is of other groups, and more or fewer.
    const windows = [[0, ROWS], [4000, ROWS], [0, 1], [1, 900], [3, 4], [0, ROWS]];
    for (const [fromMs, toMs] of windows) {
      const query = flowQuery({
        ...question,
        window: { fromMs, toMs, untilNow: false },
        limit: 10_000,
      });
      const found = await used.run([source], query, { names: NAMES });
      const fresh = await new QueryEngine().run([source], query, { names: NAMES });
      assert.deepEqual(found.rows, fresh.rows);
      assert.deepEqual(found.totals, fresh.totals);
      const hosts = new Set(
        Array.from({ length: toMs - fromMs }, (_, i) => {
          const n = fromMs + i;
          return n % 3 === 0 ? n % 40 : (n * 7919) % 5000;
        }),
      );
      if (group_by!.join() === "src_addr") assert.equal(found.totals.groups, hosts.size);
    }
  });
}
