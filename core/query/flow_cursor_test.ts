import assert from "node:assert/strict";
import { FlowFixture } from "../../tests/support/flow_fixture.ts";
import { scanWindow } from "./scan.ts";

const CAPACITY = 1024;
const ROWS = 100;

/** Whether the rows that are visited lie in the ring, by the first of each block. */
async function visited(
  { source }: FlowFixture,
  { inPlace, fromMs = 0 }: { inPlace: boolean; fromMs?: number },
): Promise<[firstRow: number, lies: "in the ring" | "apart"][]> {
  const blocks: [number, "in the ring" | "apart"][] = [];
  const ports: number[] = [];
  await scanWindow(
    [source],
    { window: { fromMs, toMs: 1e12, untilNow: true }, fields: ["src_port"], inPlace },
    (block, { start, end, firstRow }) => {
      const own: unknown = source.ring.columns;
      blocks.push([firstRow, block === own ? "in the ring" : "apart"]);
      ports.push(...block.src_port.subarray(start, end));
    },
  );
  const first = fromMs / 10;
  assert.deepEqual(ports, Array.from({ length: ROWS - first }, (_, i) => first + i));
  return blocks;
}

/** A ring that is not full, of which the writer says that it has claimed so many rows. */
function claimed(rows: number): FlowFixture {
  const fixture = new FlowFixture({ capacity: CAPACITY });
  for (let n = 0; n < ROWS; n++) fixture.add({ received_at: n * 10, src_port: n });
  assert.ok(fixture.source.ring.claimed <= rows);
  fixture.source.ring.claim(rows);
  return fixture;
}

Deno.test("rows far from the writer are visited where they lie, the first row of a ring too", async () => {
  for (const rows of [CAPACITY / 2, CAPACITY * 7 / 8]) {
    assert.deepEqual(await visited(claimed(rows), { inPlace: true }), [[0, "in the ring"]]);
  }
});

Deno.test("rows that the writer is about to come by are copied", async () => {
  const fixture = claimed(CAPACITY * 7 / 8 + 1);
  assert.deepEqual(await visited(fixture, { inPlace: true }), [[0, "apart"]]);
  assert.deepEqual(await visited(fixture, { inPlace: true, fromMs: 10 }), [[1, "in the ring"]]);
  const full = claimed(CAPACITY);
  assert.deepEqual(await visited(full, { inPlace: true }), [[0, "apart"]]);
});

Deno.test("a scan that may not read in place copies all rows", async () => {
  assert.deepEqual(await visited(claimed(CAPACITY / 2), { inPlace: false }), [[0, "apart"]]);
});
