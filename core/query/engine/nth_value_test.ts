import { ok, strictEqual } from "node:assert/strict";
import { seededRandom } from "../../wire/encode/seeded_random.ts";
import { nthValue } from "./nth_value.ts";

/** Orders that selections have been known to be slow or wrong with. */
const ORDERS: Record<string, (i: number, count: number, random: () => number) => number> = {
  random: (_, __, random) => random() - 0.5,
  rising: (i) => i,
  falling: (i) => -i,
  equal: () => 3,
  "of few": (_, __, random) => Math.floor(random() * 4),
  "organ pipe": (i, count) => Math.min(i, count - i),
  skewed: (_, __, random) => 10 ** (random() * 12),
  infinite: (i) => [Infinity, 1, -Infinity, -0][i % 4],
};

for (const [name, at] of Object.entries(ORDERS)) {
  Deno.test(`nthValue() finds every rank of values that are ${name}`, () => {
    const random = seededRandom(3);
    for (const count of [1, 2, 3, 12, 13, 14, 127, 128, 129, 130, 500, 5000]) {
      const list = Float64Array.from({ length: count }, (_, i) => at(i, count, random));
      const sorted = list.toSorted();
      const ranks = [0, 1, count >> 1, Math.floor(count * 0.95), count - 2, count - 1];
      for (const rank of ranks.filter((rank) => rank >= 0 && rank < count)) {
        // What lies around the range is not touched.
        const values = Float64Array.of(-7, ...list, 7);
        const found = nthValue(values, { low: 1, high: count + 1, rank: rank + 1 });
        strictEqual(found + 0, sorted[rank] + 0, `rank ${rank} of ${count}`);
        strictEqual(values[0], -7);
        strictEqual(values.at(-1), 7);
        strictEqual(values.subarray(1, -1).toSorted().join(), sorted.join(), "the same values");
      }
    }
  });
}

for (const [name, at] of Object.entries(ORDERS)) {
  Deno.test(`nthValue() looks at values that are ${name} a few times each`, () => {
    const random = seededRandom(4);
    const count = 1 << 14;
    for (const share of [0.01, 0.5, 0.95]) {
      let looks = 0;
      const watched = new Proxy(
        Float64Array.from({ length: count }, (_, i) => at(i, count, random)),
        {
          get(values, name) {
            looks++;
            return Reflect.get(values, name, values);
          },
        },
      );
      nthValue(watched, { low: 0, high: count, rank: Math.floor(share * count) });
      ok(looks < 16 * count, `${looks} looks at ${count} values for ${share}`);
    }
  });
}
