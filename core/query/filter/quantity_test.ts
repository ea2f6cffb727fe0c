import { strictEqual } from "node:assert/strict";
import { formatQuantity, parseQuantity } from "./quantity.ts";

for (
  const [word, kind, value, canonical] of [
    ["0", "count", 0, "0"],
    ["999", "count", 999, "999"],
    ["1k", "count", 1000, "1k"],
    ["1.5M", "count", 1_500_000, "1500k"],
    ["1.1m", "count", 1_100_000, "1100k"],
    ["1.005k", "count", 1005, "1005"],
    ["2T", "count", 2e12, "2T"],
    ["64Ki", "count", 65_536, "65536"],
    ["1gi", "count", 2 ** 30, "1073741824"],
    ["1e6", "count", 1e6, "1M"],
    ["0.25", "count", 0.25, "0.25"],
    ["1e-7", "count", 1e-7, "1e-7"],
    ["250", "duration", 250, "250ms"],
    ["0.5ms", "duration", 0.5, "0.5ms"],
    ["1.5s", "duration", 1500, "1500ms"],
    ["90S", "duration", 90_000, "90s"],
    ["120s", "duration", 120_000, "2m"],
    ["1h", "duration", 3_600_000, "1h"],
    ["0s", "duration", 0, "0ms"],
    ["80", "id", 80, "80"],
    ["0xFF", "id", 255, "255"],
  ] as const
) {
  Deno.test(`parseQuantity() reads ${word} as a ${kind} of ${value}`, () => {
    strictEqual(parseQuantity(word, kind), value);
    strictEqual(formatQuantity(value, kind), canonical);
    strictEqual(parseQuantity(canonical, kind), value);
  });
}

for (
  const [word, kind] of [
    ["", "count"],
    ["k", "count"],
    ["1kk", "count"],
    ["1s", "count"],
    ["1k", "duration"],
    ["-1", "count"],
    ["1.", "count"],
    ["0x10", "count"],
    ["1k", "id"],
    ["1.5", "id"],
    ["1e3", "id"],
  ] as const
) {
  Deno.test(`parseQuantity() refuses ${JSON.stringify(word)} as a ${kind}`, () => {
    strictEqual(parseQuantity(word, kind), NaN);
  });
}
