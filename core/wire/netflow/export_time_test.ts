import assert from "node:assert/strict";
import { exportTime } from "./export_time.ts";

const DAY = 86_400_000;

// deno-fmt-ignore: one row a case reads as the table it is.
const TIMES: readonly [what: string, unixMs: number, uptimeMs: number | undefined, expected: number][] = [
  ["a clock", Date.UTC(2024), 5000, Date.UTC(2024)],
  ["a clock without an uptime", Date.UTC(2024), undefined, Date.UTC(2024)],
  ["0", 0, 5000, 0],
  ["a clock that was never set", 10 * DAY, 5000, 0],
  ["a clock that was never set, in IPFIX", 10 * DAY, undefined, 0],
  ["uptime as Unix time (softflowd 0.9.9)", 500 * DAY, 500 * DAY % 2 ** 32 + 900, 0],
  ["a clock that starts with the router (Cisco, 1993)", Date.UTC(1993, 2, 1, 1), 3_600_000, Date.UTC(1993, 2, 1, 1)],
  ["a clock that has the low 32 bits of the uptime by chance", Date.UTC(2024), Date.UTC(2024) % 2 ** 32, Date.UTC(2024)],
];
for (const [what, unixMs, uptimeMs, expected] of TIMES) {
  Deno.test(`exportTime(): ${what}`, () => assert.equal(exportTime(unixMs, uptimeMs), expected));
}
