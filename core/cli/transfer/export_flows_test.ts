import assert from "node:assert/strict";
import { numberedRows } from "../../../tests/support/history_rows.ts";
import { SealedRings } from "../../../tests/support/sealed_rings.ts";
import { HistoryArchive } from "../../history/history_archive.ts";
import { NameDirectory } from "../../names/name_directory.ts";
import { parseFilter } from "../../query/filter/parse_filter.ts";
import type { ArchivedRing } from "../../query/flow_archive.ts";
import { exportFlows } from "./export_flows.ts";

const DAY_MS = 86_400_000;
const FIRST_MS = Date.parse("2016-01-31T12:00:00Z");
/** Years apart, as where a clock was wrong: the last also goes on past midnight. */
const AT_MS = [FIRST_MS, FIRST_MS + 1200 * DAY_MS, FIRST_MS + 3600 * DAY_MS + DAY_MS / 2 - 50];
const ROWS = 100;

class CountedArchive extends HistoryArchive {
  looks = 0;

  override rings(fromMs: number): ArchivedRing[] {
    this.looks++;
    return super.rings(fromMs);
  }
}

/** Flows of three times, from one ring each, and how often history is looked at for an export. */
async function exported(
  { fromMs, toMs, untilNow = false }: { fromMs: number; toMs: number; untilNow?: boolean },
): Promise<{ rows: number; looks: number }> {
  const rings = new SealedRings([{ port: 1 }, { port: 2 }, { port: 3 }]);
  AT_MS.forEach((fromMs, i) => rings.add(i, numberedRows(ROWS, { fromMs })));
  rings.work({ all: true });
  const archive = new CountedArchive(rings.folder);
  try {
    const { rows } = await exportFlows(archive, {
      window: { fromMs, toMs, untilNow },
      filter: parseFilter(""),
      directory: new NameDirectory(),
      fields: [],
      sink: { take() {}, finish() {} },
      stopped: () => false,
      onProgress() {},
    });
    return { rows, looks: archive.looks };
  } finally {
    archive.close();
    rings.close();
  }
}

Deno.test("an export goes over years without a flow at once", async () => {
  const { rows, looks } = await exported({ fromMs: 0, toMs: FIRST_MS + 20_000 * DAY_MS });
  assert.equal(rows, 3 * ROWS);
  assert.ok(looks < 20, `history was looked at ${looks} times`);
});

// deno-fmt-ignore
const WINDOWS: readonly [what: string, from: number, to: number, rows: number][] = [
  ["both ends within flows", AT_MS[0] + 10, AT_MS[2] + 90, 90 + ROWS + 90],
  ["nothing behind what is held", AT_MS[2] + ROWS, AT_MS[2] + 9 * DAY_MS, 0],
  ["nothing between what is held", AT_MS[0] + ROWS, AT_MS[1], 0],
  ["the first flow alone", AT_MS[0] - 9 * DAY_MS, AT_MS[0] + 1, 1],
  ["the last flow alone", AT_MS[2] + ROWS - 1, AT_MS[2] + ROWS, 1],
];
for (const [what, fromMs, toMs, rows] of WINDOWS) {
  Deno.test(`an export is exact: ${what}`, async () => {
    assert.equal((await exported({ fromMs, toMs })).rows, rows);
  });
}

Deno.test("an export until now has what arrives in the millisecond under way, behind years", async () => {
  const toMs = AT_MS[1];
  assert.equal((await exported({ fromMs: AT_MS[0] + ROWS, toMs, untilNow: true })).rows, 1);
});
