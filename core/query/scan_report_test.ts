import assert from "node:assert/strict";
import { emptyReport, joinedReport, type ScanReport } from "./scan_report.ts";

const WINDOW = { fromMs: 0, toMs: 300, untilNow: false };

function part(fromMs: number, toMs: number, found: Partial<ScanReport>): ScanReport {
  return { ...emptyReport({ fromMs, toMs, untilNow: false }), ...found };
}

Deno.test("joinedReport() knows when flows were collected as far as its parts do", () => {
  const gap = { fromMs: 40, toMs: 60 };
  const down = { collector: "netflow_udp on port 2055", from: 210, to: 220 };
  const { held_since, held_until, collected_since, earlier_until, not_collected, downtime } =
    joinedReport([
      part(0, 100, {
        held_since: 10,
        held_until: 90,
        collected_since: 5,
        earlier_until: 90,
        not_collected: [gap],
      }),
      part(100, 200, {}),
      part(200, 300, { held_since: 20, held_until: 290, downtime: [down] }),
    ], WINDOW);
  assert.deepEqual([held_since, held_until, collected_since, earlier_until], [10, 290, 5, 90]);
  assert.deepEqual([not_collected, downtime], [[gap], [down]]);
});

Deno.test("joinedReport() knows how far the least of what another process wrote is sealed", () => {
  const joined = joinedReport([
    part(0, 100, {}),
    part(100, 200, { elsewhere_until: 180 }),
    part(200, 300, { elsewhere_until: 250 }),
  ], WINDOW);
  assert.equal(joined.elsewhere_until, 180);
});

Deno.test("joinedReport() of parts that know nothing knows nothing", () => {
  const joined = joinedReport([part(0, 100, {}), part(100, 300, {})], WINDOW);
  assert.deepEqual(joined, emptyReport(WINDOW));
});
