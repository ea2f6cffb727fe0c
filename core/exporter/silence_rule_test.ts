import assert from "node:assert/strict";
import { absenceSeverity, heardTimes, silenceSeverity } from "./silence_rule.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** Since the collector's start: first and last sign, and how long ago that is; all in minutes. */
const SILENCES: readonly [first: number, last: number, silent: number, severity: string][] = [
  [600, 605, 1.99, "info"],
  [600, 605, 2, "warning"],
  [600, 605, 5, "warning"],
  [600, 605, 5.01, "info"],
  [600, 605, 600, "info"],
  [0, 5, 600, "warning"],
  [5, 6, 600, "warning"],
  [5.01, 6, 600, "info"],
];

for (const [first, last, silent, severity] of SILENCES) {
  Deno.test(`silenceSeverity(): heard from minute ${first} to ${last}, silent for ${silent}`, () => {
    const heard = {
      first_seen_ms: first * MINUTE,
      last_seen_ms: last * MINUTE,
      unheard_since_ms: last * MINUTE,
      listened_from_ms: 0,
    };
    assert.equal(silenceSeverity(heard, silent * MINUTE), severity);
  });
}

Deno.test("silenceSeverity(): who only flows tell of is not known to be new", () => {
  assert.equal(silenceSeverity(null, 2 * MINUTE - 1), "info");
  assert.equal(silenceSeverity(null, 2 * MINUTE), "warning");
  assert.equal(silenceSeverity(null, 600 * MINUTE), "warning");
});

Deno.test("absenceSeverity(): at first one has to wait", () => {
  assert.deepEqual(
    [0, 2 * MINUTE - 1, 2 * MINUTE, 5 * MINUTE - 1, 5 * MINUTE].map(absenceSeverity),
    ["info", "info", "warning", "warning", "critical"],
  );
});

Deno.test("heardTimes(): an exporter is heard while any part of it is", () => {
  assert.deepEqual(
    heardTimes([
      { first_seen_ms: 5, last_seen_ms: 7, unheard_since_ms: 7, listened_from_ms: 2 },
      { first_seen_ms: 4, last_seen_ms: 6, unheard_since_ms: 9, listened_from_ms: 3 },
    ]),
    { first_seen_ms: 4, last_seen_ms: 7, unheard_since_ms: 9, listened_from_ms: 2 },
  );
});
