import assert from "node:assert/strict";
import { ScanLedger } from "./scan_ledger.ts";

Deno.test("ScanLedger reports the rows of the window by sampling source, second by second", () => {
  const ledger = new ScanLedger();
  for (let second = 0; second < 10; second++) {
    ledger.row(second * 1000, 0);
    ledger.row(second * 1000 + 999, 3);
  }
  ledger.missed(7, 4500);
  ledger.missed(5, 9000);
  const report = ledger.report(5000, 10_000);
  assert.deepEqual(
    [report.asked_from, report.asked_to, report.rows_scanned, report.sampling_rows],
    [5000, 10_000, 10, [5, 0, 0, 5]],
  );
  assert.equal(report.rows_missed, 5, "what was missed before the window is no loss of it");
  assert.equal(report.window_overwritten, false);
});

Deno.test("a second that the window begins in counts whole", () => {
  const ledger = new ScanLedger();
  ledger.row(1000, 0);
  ledger.row(1999, 0);
  assert.equal(ledger.report(1500, 2000).rows_scanned, 2);
  assert.equal(ledger.report(2000, 3000).rows_scanned, 0);
});

Deno.test("rows of several sources leave the window by their own arrival", () => {
  const ledger = new ScanLedger();
  // One ring is read up to now before the next is read from the window's start on.
  for (let second = 0; second < 10; second++) ledger.row(second * 1000, 0);
  for (let second = 0; second < 10; second++) ledger.row(second * 1000, 1);
  assert.deepEqual(ledger.report(0, 10_000).sampling_rows, [10, 10, 0, 0]);
  assert.deepEqual(ledger.report(6000, 16_000).sampling_rows, [4, 4, 0, 0]);
});

Deno.test("a window whose older rows were overwritten is covered from the first that was left", () => {
  const ledger = new ScanLedger();
  ledger.overwrittenBefore(4000);
  ledger.overwrittenBefore(3000);
  ledger.row(4000, 0);
  const within = ledger.report(0, 10_000);
  assert.equal(within.window_overwritten, true);
  assert.equal(within.oldest_row_at, 4000);
  const after = ledger.report(4000, 14_000);
  assert.equal(after.window_overwritten, false);
});
