import { strictEqual } from "node:assert/strict";
import { nearestRank } from "./nearest_rank.ts";

Deno.test("nearestRank() is ceil(q * count) in whole numbers", () => {
  for (let count = 1; count <= 5_000; count++) {
    for (const percent of [1, 5, 7, 14, 28, 29, 50, 56, 57, 58, 90, 95, 99, 100]) {
      strictEqual(
        nearestRank(percent / 100, count),
        Math.floor((percent * count + 99) / 100),
        `q=${percent} % of ${count}`,
      );
    }
  }
});

Deno.test("nearestRank() stays within 1 and count", () => {
  strictEqual(nearestRank(0, 10), 1);
  strictEqual(nearestRank(1, 10), 10);
  strictEqual(nearestRank(0.5, 1), 1);
  strictEqual(nearestRank(1, 2 ** 50), 2 ** 50);
});
