import assert from "node:assert/strict";
import { Dictionary, DICTIONARY_BYTES, type TextTeller } from "./dictionary.ts";
import { heapUsed } from "../../tests/support/heap.ts";

function empty(): Dictionary {
  return new Dictionary(Dictionary.allocate());
}

Deno.test("a dictionary numbers strings from 0, each once", () => {
  const dictionary = empty();
  assert.equal(dictionary.size, 0);
  assert.equal(dictionary.text(0), null);
  assert.deepEqual(["eth0", "eth1", "eth0", "Zürich 😀", "eth1"].map((t) => dictionary.intern(t)), [
    0,
    1,
    0,
    2,
    1,
  ]);
  assert.equal(dictionary.size, 3);
  assert.deepEqual([0, 1, 2, 3].map((id) => dictionary.text(id)), [
    "eth0",
    "eth1",
    "Zürich 😀",
    null,
  ]);
});

Deno.test("a dictionary keeps text fit to be shown, and refuses what has none", () => {
  const dictionary = empty();
  assert.equal(dictionary.intern("\u202eeth\u200b0\0"), 0);
  assert.equal(dictionary.text(0), "eth0");
  assert.equal(dictionary.intern("eth0"), 0);
  assert.equal(dictionary.intern(" \u200b\n"), -1);
  assert.equal(dictionary.intern(""), -1);
  assert.equal(dictionary.size, 1);
});

Deno.test("a second instance on the same memory reads, and goes on where the first stopped", () => {
  const first = empty();
  first.intern("one");
  const second = new Dictionary(first.memory);
  assert.equal(second.size, 1);
  assert.equal(second.text(0), "one");
  assert.equal(second.intern("two"), 1);
  assert.equal(second.intern("one"), 0);
  assert.equal(first.text(1), "two");
  assert.equal(first.size, 2);
});

Deno.test("a writer that takes over knows the capped strings again", () => {
  const first = empty();
  // The cap would fall in the middle of the last character.
  const long = `${"x".repeat(127)}😀`;
  const id = first.intern(long);
  const reader = new Dictionary(first.memory);
  assert.equal(reader.text(id), first.text(id));
  assert.ok(reader.text(id)!.isWellFormed());
  assert.equal(reader.intern(long), id);
  assert.equal(reader.size, 1);
});

Deno.test("a dictionary is full after 65,535 strings: ids stay within 16 bits", () => {
  const dictionary = empty();
  for (let i = 0; i < 65_535; i++) assert.equal(dictionary.intern(`s${i}`), i);
  assert.equal(dictionary.intern("one more"), -1);
  assert.equal(dictionary.size, 65_535);
  assert.equal(dictionary.intern("s65534"), 65_534);
  assert.equal(new Dictionary(dictionary.memory).text(65_534), "s65534");
});

Deno.test("a dictionary is full when its text is, and takes shorter strings that still fit", () => {
  const dictionary = empty();
  // 128 characters of three octets each: 384 octets a string.
  const text = (i: number) => String(i).padStart(6, "0") + "東".repeat(122);
  let kept = 0;
  while (dictionary.intern(text(kept)) >= 0) kept++;
  assert.equal(kept, Math.floor(4 * 1024 * 1024 / (6 + 122 * 3)));
  assert.equal(dictionary.size, kept);
  assert.equal(dictionary.text(kept - 1), text(kept - 1));
  assert.equal(dictionary.intern("x"), kept);
  assert.equal(dictionary.text(kept), "x");
});

Deno.test("endless spellings of one text grow nothing", () => {
  const dictionary = empty();
  const spelling = (i: number) =>
    "eth0" + i.toString(2).replaceAll("0", "\u200b").replaceAll("1", "\u200c");
  assert.equal(dictionary.intern(spelling(0)), 0);
  const before = heapUsed();
  for (let i = 0; i < 300_000; i++) {
    if (dictionary.intern(spelling(i)) !== 0) assert.fail(`spelling ${i} got an id of its own`);
  }
  assert.equal(dictionary.size, 1);
  // 300,000 strings in a map would take some 30 MB.
  const grown = heapUsed() - before;
  assert.ok(grown < 2e6, `the heap grew by ${grown} octets`);
});

Deno.test("a fresh dictionary's memory is of the size that is promised", () => {
  assert.equal(Dictionary.allocate().byteLength, DICTIONARY_BYTES);
});

Deno.test("strangers and counters fill no more than their part of a dictionary, flows all of it", () => {
  const dictionary = empty();
  const kept = (teller: TextTeller, word: string) => {
    let strings = 0;
    for (let i = 0; i < 70_000; i++) if (dictionary.intern(`${word}${i}`, teller) >= 0) strings++;
    return strings;
  };
  assert.equal(kept("stranger", "s"), 8192);
  assert.equal(kept("counter", "c"), 32_768);
  assert.equal(kept("flow", "f"), 65_535 - 8192 - 32_768);
  assert.equal(dictionary.intern("s0", "stranger"), 0, "what is there is found by all");
});

Deno.test("a string that somebody proved tells too makes room for strangers, also after a restart", () => {
  const dictionary = empty();
  for (let i = 0; i < 8192; i++) dictionary.intern(`s${i}`, "stranger");
  const next = new Dictionary(dictionary.memory);
  assert.equal(next.intern("more", "stranger"), -1);
  assert.equal(next.intern("s7", "counter"), 7);
  assert.equal(next.intern("s7", "stranger"), 7);
  assert.equal(next.intern("more", "stranger"), 8192);
  assert.equal(next.intern("yet more", "stranger"), -1);
});
