import assert from "node:assert/strict";
import type { SegmentDirectory } from "../flow/segment/segment_directory.ts";
import { unpackedOctets, type UnpackedPage } from "../flow/segment/unpacked_page.ts";
import { UnpackedCache } from "./unpacked_cache.ts";

const KEY = {};
const PAGE = { kind: "words", words: new Uint16Array(500), key: KEY } as const;
const DIRECTORY = {} as SegmentDirectory;
/** Of a segment with one page: what it takes when it is the only one. */
const ONE = octetsOfOne();

function octetsOfOne(): number {
  const cache = new UnpackedCache();
  ask(cache, 0);
  return cache.octets;
}

/** Asks for a segment as an archive does; says whether it was there. */
function ask(cache: UnpackedCache, id: number, pages = ["bytes"]): boolean {
  const unpacked = cache.of(id);
  const fresh = new Map<string, UnpackedPage>(
    pages.filter((name) => !unpacked.has(name)).map((name) => [name, PAGE]),
  );
  cache.keep({ id, directory: DIRECTORY }, fresh);
  return fresh.size === 0;
}

/** The segments of `[0, count)` that are there when all are asked for, one after the other. */
function round(cache: UnpackedCache, count: number): number[] {
  return Array.from({ length: count }, (_, id) => id).filter((id) => ask(cache, id));
}

Deno.test("what was unpacked is there for the next question, with its directory", () => {
  const cache = new UnpackedCache(4 * ONE);
  assert.deepEqual([round(cache, 4), round(cache, 4)], [[], [0, 1, 2, 3]]);
  assert.equal(cache.directory(2), DIRECTORY);
  assert.equal(cache.directory(4), undefined);
  assert.equal(cache.octets, 4 * ONE);
});

Deno.test("whoever asks for twice what there is room for finds half of it, round after round", () => {
  const cache = new UnpackedCache(4 * ONE);
  for (let i = 0; i < 3; i++) round(cache, 8);
  for (let i = 0; i < 10; i++) assert.equal(round(cache, 8).length, 4);
});

Deno.test("what nobody asks for any more makes room after some rounds", () => {
  const cache = new UnpackedCache(4 * ONE);
  for (let i = 0; i < 5; i++) round(cache, 4);
  for (let i = 0; i < 4; i++) for (const id of [10, 11, 12, 13]) ask(cache, id);
  assert(ask(cache, 10) && ask(cache, 11) && ask(cache, 12) && ask(cache, 13));
  assert.equal(cache.octets, 4 * ONE);
});

Deno.test("further pages of a segment count, and where they find no room it stays as it is", () => {
  const cache = new UnpackedCache(2 * ONE);
  ask(cache, 1);
  ask(cache, 1, ["bytes", "packets"]);
  assert.equal(cache.octets, ONE + unpackedOctets(PAGE));
  assert(ask(cache, 1, ["bytes", "packets"]));
  ask(cache, 1, Array.from({ length: 60 }, (_, i) => `field_${i}`));
  assert.equal(cache.octets, ONE + unpackedOctets(PAGE));
  assert.deepEqual([...cache.of(1).keys()], ["bytes", "packets"]);
});

Deno.test("what is kept is a copy, and what another unpacked meanwhile does not count twice", () => {
  const cache = new UnpackedCache(4 * ONE);
  const words = new Uint16Array([1, 2, 3]);
  const fresh = new Map<string, UnpackedPage>([["bytes", { kind: "words", words, key: KEY }]]);
  cache.keep({ id: 1, directory: DIRECTORY }, fresh);
  const { octets } = cache;
  words.fill(9);
  cache.keep({ id: 1, directory: DIRECTORY }, fresh);
  assert.equal(cache.octets, octets);
  const kept = cache.of(1).get("bytes")!;
  assert.deepEqual(kept, { kind: "words", words: new Uint16Array([1, 2, 3]), key: KEY });
  assert.equal(kept.key, KEY);
});

Deno.test("random questions never take more than there is room for", () => {
  const cache = new UnpackedCache(7 * ONE);
  let seed = 7;
  for (let i = 0; i < 3000; i++) {
    seed = (seed * 48_271) % 0x7fffffff;
    ask(cache, seed % 12, Array.from({ length: 1 + (seed >> 8) % 5 }, (_, i) => `field_${i}`));
    assert(cache.octets <= 7 * ONE);
  }
  cache.clear();
  assert.equal(cache.octets, 0);
  assert(!ask(cache, 1));
});
