import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { GroupStore } from "./group_store.ts";
import { addressLane, KeyLayout } from "./key_layout.ts";
import { keyArrays, placeCode } from "./place_code.ts";
import { NO_ROOM } from "./upper_words.ts";

const BATCH = 4;

/** Generated code that finds records by keys, and the arrays that it reads and writes. */
interface Finder {
  find(store: GroupStore, n: number): number;
  readonly keys: readonly Uint32Array[];
  readonly hashOf: Uint32Array;
  readonly ids: Int32Array;
}

function finder(layout: KeyLayout): Finder {
  const keys = Array.from({ length: layout.words }, (_, w) => `key${w}`);
  const source = [
    `const hashOf = new Uint32Array(${BATCH}), wrongOf = new Int32Array(${BATCH});`,
    `const ids = new Int32Array(${BATCH});`,
    ...keyArrays("key", layout.words, BATCH),
    ...placeCode("groups", { layout, cells: 1, keys: "key", ids: "ids" }),
    `return { find: groupsFind, keys: [${keys.join()}], hashOf, ids };`,
  ];
  return new Function(source.join("\n"))() as Finder;
}

/** Of an address: a bit that says whether it is known, the number of its upper words, its last word. */
const LAYOUT = new KeyLayout([{ lanes: () => [addressLane("src_addr")] }]);
const place = LAYOUT.places(0)[0];
/** The first word of keys whose upper words found room, or none. */
const firstWord = (upper: number) => 1 | (upper << place.shift);

function ask(
  { keys, hashOf, ids, find }: Finder,
  store: GroupStore,
  asked: readonly (readonly [upper: number, last: number])[],
): { lost: number; ids: number[] } {
  asked.forEach(([upper, last], i) => {
    keys[0][i] = firstWord(upper);
    keys[1][i] = last;
    hashOf[i] = last * 5;
  });
  return { lost: find(store, asked.length), ids: [...ids.subarray(0, asked.length)] };
}

Deno.test("keys are found where they were put, and those that are none are lost", () => {
  const finds = finder(LAYOUT);
  const store = new GroupStore({ keyWords: LAYOUT.words, cells: [0] }, 1 << 20);
  const asked = [[NO_ROOM, 7], [1, 7], [2, 7], [1, 7]] as const;
  for (let round = 0; round < 2; round++) {
    deepStrictEqual(ask(finds, store, asked), { lost: 1, ids: [-1, 0, 1, 0] });
  }
  strictEqual(store.count, 2);
});

Deno.test("keys that are none are not found in what a store held before it was cleared", () => {
  const store = new GroupStore({ keyWords: LAYOUT.words, cells: [0] }, 1 << 20);
  // Keys of another layout may be any words.
  store.words.set([firstWord(NO_ROOM), 7], store.keyAt(store.insert(0, 0)));
  store.clear();
  const asked = [[NO_ROOM, 7], [NO_ROOM, 8], [NO_ROOM, 7]] as const;
  deepStrictEqual(ask(finder(LAYOUT), store, asked), { lost: 3, ids: [-1, -1, -1] });
  strictEqual(store.count, 0);
});
