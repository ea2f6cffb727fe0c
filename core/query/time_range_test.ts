import assert from "node:assert/strict";
import { QueryError } from "./query_error.ts";
import { parseTimeRange } from "./time_range.ts";

const NOW = Date.parse("2026-01-31T12:00:00Z");
const MINUTE = 60_000;

const RANGES: readonly [text: string, fromMs: number, toMs: number][] = [
  ["15m", NOW - 15 * MINUTE, NOW],
  ["-15m", NOW - 15 * MINUTE, NOW],
  ["now-15m", NOW - 15 * MINUTE, NOW],
  ["30s", NOW - 30_000, NOW],
  ["1.5h", NOW - 90 * MINUTE, NOW],
  ["2d", NOW - 2880 * MINUTE, NOW],
  ["1w", NOW - 7 * 1440 * MINUTE, NOW],
  [" 1h ", NOW - 60 * MINUTE, NOW],
  ["2026-01-31T10:00:00Z/2026-01-31T11:00:00Z", NOW - 120 * MINUTE, NOW - 60 * MINUTE],
  ["2026-01-31T10:00Z/2026-01-31T11:00Z", NOW - 120 * MINUTE, NOW - 60 * MINUTE],
  ["2026-01-31T12:00:00+02:00/2026-01-31T11:00:00.500Z", NOW - 120 * MINUTE, NOW - 3_599_500],
  ["2026-01-30/2026-01-31", NOW - 36 * 60 * MINUTE, NOW - 12 * 60 * MINUTE],
  ["2h/1h", NOW - 120 * MINUTE, NOW - 60 * MINUTE],
  ["2026-01-31T11:00Z/now", NOW - 60 * MINUTE, NOW],
  // What lies ahead is cut off.
  ["2026-01-31/2026-02-01", NOW - 12 * 60 * MINUTE, NOW],
  ["2026-01-31T11:59:59.999Z/2027-01-01", NOW - 1, NOW],
];
for (const [text, fromMs, toMs] of RANGES) {
  Deno.test(`parseTimeRange() reads ${text.trim()}`, () => {
    assert.deepEqual(parseTimeRange(text, NOW), { fromMs, toMs, untilNow: toMs === NOW });
  });
}

const REFUSED: readonly [text: string, message: RegExp][] = [
  ["", /no range of time; write 15m/],
  ["yesterday", /"yesterday" is no range of time/],
  ["15", /no range/],
  ["15 minutes", /no range/],
  ["0m", /no range/],
  ["2026-01-31T10:00:00Z", /no range/],
  ["2026-01-31T10:00:00", /no range/],
  // Whose local time would it be?
  [
    "2026-01-31T10:00:00/2026-01-31T11:00:00",
    /"2026-01-31T10:00:00" names no zone; write .*00Z for/,
  ],
  [
    "2026-01-31T10:00Z/2026-01-31 11:00",
    /"2026-01-31 11:00" names no zone; write 2026-01-31T11:00Z/,
  ],
  ["2026-02-31/2026-13-01", /no range/],
  ["2026-01-31T11:00Z/2026-01-31T10:00Z", /ends before it begins/],
  ["1h/1h", /ends before it begins/],
  ["2000-01-01/2026-01-01", /longer than ten years/],
  ["2026-01-31T12:00Z/2026-01-31T12:10Z", /lies ahead: it is 2026-01-31T12:00:00.000Z now/],
  [
    "now/2026-02-01",
    /that a clock dates ahead are found by when they arrived .* flow-agent export/,
  ],
  ["2026-02-01/2026-02-02", /lies ahead/],
  ["a/b/c", /no range/],
  ["999999d", /no range/],
];
for (const [text, message] of REFUSED) {
  Deno.test(`parseTimeRange() refuses "${text}"`, () => {
    assert.throws(() => parseTimeRange(text, NOW), (error) => {
      assert.ok(error instanceof QueryError);
      assert.match(error.message, message);
      return true;
    });
  });
}

Deno.test("parseTimeRange() leaves what lies ahead where flows may be dated so", () => {
  const tomorrow = { fromMs: NOW + 12 * 60 * MINUTE, toMs: NOW + 36 * 60 * MINUTE };
  const window = parseTimeRange("2026-02-01/2026-02-02", NOW, { ahead: true });
  assert.deepEqual(window, { ...tomorrow, untilNow: false });
  for (const until of ["1h", "1h/now"]) {
    assert.equal(parseTimeRange(until, NOW, { ahead: true }).untilNow, true, until);
  }
});

Deno.test("parseTimeRange() names the argument that it read", () => {
  for (const text of ["soon", "now/2h", "2026-01-31T10:00/now"]) {
    assert.throws(() => parseTimeRange(text, NOW), /^QueryError: time_range: "/);
    assert.throws(
      () => parseTimeRange(text, NOW, { argument: "against" }),
      /^QueryError: against: "/,
    );
  }
});
