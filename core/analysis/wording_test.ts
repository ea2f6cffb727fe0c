import assert from "node:assert/strict";
import { bitRate, comparison, listed, octets, percent, span, windowText } from "./wording.ts";

Deno.test("quantities have three digits and the unit that fits", () => {
  const rates: readonly [number, string][] = [
    [0, "0 bit/s"],
    [0.25, "0.25 bit/s"],
    [999.4, "999 bit/s"],
    [999.9, "1 kbit/s"],
    [1234, "1.23 kbit/s"],
    [12_345_678, "12.3 Mbit/s"],
    [999_999_999, "1 Gbit/s"],
    [5e15, "5000 Tbit/s"],
  ];
  for (const [value, text] of rates) assert.equal(bitRate(value), text);
  assert.equal(bitRate(null), "an unknown amount");
  assert.equal(octets(1_500_000_000), "1.5 GB");
  assert.equal(octets(1), "1 B");
});

Deno.test("shares have no digits that nobody needs", () => {
  const shares: readonly [number, string][] = [
    [0, "0 %"],
    [0.04, "under 0.1 %"],
    [0.1, "0.1 %"],
    [9.94, "9.9 %"],
    [9.96, "10 %"],
    [45.4, "45 %"],
    [120, "120 %"],
  ];
  for (const [value, text] of shares) assert.equal(percent(value), text);
});

Deno.test("comparisons", () => {
  assert.equal(comparison(1, 0), null);
  assert.equal(comparison(100.5, 100), "as much as");
  assert.equal(comparison(150, 100), "50 % more than");
  assert.equal(comparison(25, 100), "75 % less than");
  assert.equal(comparison(1234, 100), "12.3 times as much as");
});

Deno.test("spans and windows", () => {
  const spans: readonly [number, string][] = [
    [900_000, "15 minutes"],
    [3_600_000, "1 hour"],
    [5_400_000, "90 minutes"],
    [86_400_000, "1 day"],
    [3 * 86_400_000, "3 days"],
    [1000, "1 second"],
    [1234 * 1000, "21 minutes"],
    [300, "0 seconds"],
  ];
  for (const [ms, text] of spans) assert.equal(span(ms), text);
  const window = { fromMs: 0, toMs: 3_600_000 };
  assert.equal(windowText({ ...window, untilNow: true }), "the last hour");
  assert.equal(
    windowText({ ...window, untilNow: false }),
    "the hour to 1970-01-01T01:00:00.000Z",
  );
  assert.equal(listed(["a", "b", "c"]), "a, b and c");
});
