import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { seededRandom } from "../../wire/encode/seeded_random.ts";
import { DistinctCounter } from "./distinct_counter.ts";
import { GroupStore } from "./group_store.ts";
import { separate } from "./merging.ts";

/** Pairs of a group and a value of some words, each once. */
function pairsOf(list: readonly (readonly [group: number, ...value: number[]])[]): GroupStore {
  const keyWords = list[0].length + 1;
  const store = new GroupStore({ keyWords, cells: [] }, 1 << 24);
  for (const [group, ...value] of list) {
    let slot = 0;
    while (store.slots[slot] !== 0) slot++;
    const at = store.keyAt(store.insert(slot, slot));
    store.words.set([3, group, ...value], at);
  }
  return store;
}

const cases = [
  { what: "few values, few merged groups", groups: 50, values: 40, merged: 3, words: 1 },
  { what: "few values, one merged group", groups: 50, values: 40, merged: 1, words: 2 },
  { what: "many values, many merged groups", groups: 900, values: 900, merged: 500, words: 1 },
  { what: "values of three words", groups: 900, values: 900, merged: 500, words: 3 },
];
for (const { what, groups, values, merged, words } of cases) {
  for (const named of [false, true]) {
    Deno.test(`distinct counts of ${what}${named ? ", by name," : ""} are those of sets`, () => {
      const random = seededRandom(groups + words);
      const below = (end: number) => Math.floor(random() * end);
      const value = (n: number) => Array.from({ length: words }, (_, w) => n >> (w * 3));
      const pairs = new Map<string, [number, number]>();
      for (let n = 0; n < 2000; n++) {
        const pair: [number, number] = [below(groups), below(values)];
        pairs.set(pair.join(), pair);
      }
      const list = [...pairs.values()];
      const store = pairsOf(list.map(([group, n]) => [group, ...value(n)]));
      const nameOf = (n: number) => named ? n % 7 - 1 : n;
      const counter = named
        ? new DistinctCounter(store, () => Int32Array.from(list, ([, n]) => nameOf(n)))
        : new DistinctCounter(store);
      for (const among of [merged, merged - 1 || 1]) {
        // One in among + 1 belongs to none.
        const of = Int32Array.from({ length: groups }, () => below(among + 1) - 1);
        const sets = Array.from({ length: among }, () => new Set<number>());
        for (const [group, n] of list) if (nameOf(n) >= 0) sets[of[group]]?.add(nameOf(n));
        deepStrictEqual(
          [...counter.counts({ of, count: among, overflow: -1 })],
          sets.map((set) => set.size),
        );
      }
      const sets = Array.from({ length: groups }, () => new Set<number>());
      for (const [group, n] of list) if (nameOf(n) >= 0) sets[group].add(nameOf(n));
      deepStrictEqual([...counter.counts(separate(groups))], sets.map((set) => set.size));
    });
  }
}

/** A counter with exact values of some groups, and of others beyond the room; values `[from, to)`. */
function sketched(
  { exact, beyond }: Record<
    "exact" | "beyond",
    readonly [group: number, from: number, to: number][]
  >,
): DistinctCounter {
  const pairs = (list: typeof exact) =>
    list.flatMap(([group, from, to]) =>
      Array.from({ length: to - from }, (_, i) => [group, from + i] as [number, number])
    );
  const counter = new DistinctCounter(pairsOf(pairs(exact)));
  for (const [group, value] of pairs(beyond)) {
    counter.lost.set([3, group, value]);
    counter.overflowed(0);
  }
  return counter;
}

/** Within 30 %: a sketch has a standard error of 6.5 %. */
function near(found: number, wanted: number): void {
  ok(Math.abs(found / wanted - 1) < 0.3, `${found} for ${wanted}`);
}

Deno.test("values of a table and of sketches count once where groups are taken together", () => {
  const counter = sketched({
    exact: [[0, 0, 3000]],
    beyond: [[1, 0, 3000], [2, 1500, 4500], [3, 3000, 6000]],
  });
  const merging = (of: number[], count: number) => ({
    of: Int32Array.from(of),
    count,
    overflow: 0,
  });
  const total = (...groups: number[]) =>
    counter.counts(merging([0, 1, 2, 3].map((group) => groups.includes(group) ? 0 : -1), 1))[0];
  near(total(0, 1), 3000);
  near(total(0, 2), 4500);
  near(total(0, 3), 6000);
  near(total(0, 1, 2, 3), 6000);
  const [first, second] = counter.counts(merging([0, 0, 1, 1], 2));
  near(first, 3000);
  near(second, 4500);
  ok(total(0, 1) >= 3000, "no fewer than are known");
  strictEqual(total(0), 3000);
});

Deno.test("what is exact of one group stays so beside what is beyond, also where others are left out", () => {
  // Within 30 % of 100, not of all.
  const counter = sketched({ exact: [[0, 0, 4000]], beyond: [[0, 4000, 4100]] });
  for (const merging of [separate(1), { of: Int32Array.of(0), count: 1, overflow: 0 }]) {
    near(counter.counts(merging)[0] - 4000, 100);
  }
});
