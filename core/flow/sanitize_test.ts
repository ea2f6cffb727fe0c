import assert from "node:assert/strict";
import { MAX_WIRE_TEXT, sanitizeWireText } from "./sanitize.ts";
import { Random } from "../../tests/support/random.ts";

// [what, from, to] inclusive code points that must not reach a reader.
const HIDDEN: readonly [string, number, number][] = [
  ["C0 controls", 0x00, 0x1f],
  ["delete and C1 controls", 0x7f, 0x9f],
  ["soft hyphen", 0xad, 0xad],
  ["combining grapheme joiner", 0x34f, 0x34f],
  ["Arabic letter mark", 0x61c, 0x61c],
  ["Hangul fillers", 0x115f, 0x1160],
  ["Mongolian vowel separator", 0x180e, 0x180e],
  ["zero width space, joiners, marks", 0x200b, 0x200f],
  ["line and paragraph separators, bidi embeddings and overrides", 0x2028, 0x202e],
  ["word joiner, invisible operators, bidi isolates", 0x2060, 0x206f],
  ["Hangul filler", 0x3164, 0x3164],
  ["variation selectors", 0xfe00, 0xfe0f],
  ["byte order mark", 0xfeff, 0xfeff],
  ["halfwidth Hangul filler", 0xffa0, 0xffa0],
  ["interlinear annotation", 0xfff9, 0xfffb],
  ["tag characters", 0xe0000, 0xe007f],
  ["variation selectors supplement", 0xe0100, 0xe01ef],
];

for (const [what, from, to] of HIDDEN) {
  Deno.test(`sanitizeWireText() removes ${what}`, () => {
    for (let code = from; code <= to; code++) {
      const text = `eth${String.fromCodePoint(code)}0`;
      assert.equal(sanitizeWireText(text), "eth0", `U+${code.toString(16)}`);
    }
  });
}

Deno.test("sanitizeWireText() removes lone surrogates and keeps pairs", () => {
  const cases: [string, string][] = [
    ["a\ud83db", "ab"],
    ["a\ude00b", "ab"],
    ["a\ud83d", "a"],
    ["\ude00a", "a"],
    ["a\ud83d\ud83d\ude00b", "a😀b"],
    ["\ude00\ud83d", ""],
    // What stands around something removed must not come together as something new.
    ["\ud83d\u200b\ude00", ""],
  ];
  for (const [text, expected] of cases) {
    assert.equal(sanitizeWireText(text), expected, JSON.stringify(text));
  }
});

Deno.test("sanitizeWireText() keeps what people write", () => {
  for (
    const text of [
      "GigabitEthernet0/0/1.100",
      "Büro Zürich",
      "東京-1",
      "שלום",
      "a b",
      "😀",
      "<b>&amp;",
    ]
  ) {
    assert.equal(sanitizeWireText(text), text);
  }
});

Deno.test("sanitizeWireText() caps the length between characters, trims, and is idempotent", () => {
  assert.equal(MAX_WIRE_TEXT, 128);
  assert.equal(sanitizeWireText("x".repeat(1000)), "x".repeat(128));
  assert.equal(sanitizeWireText(`${"x".repeat(127)}😀`), "x".repeat(127));
  assert.equal(sanitizeWireText(`  ${"x".repeat(127)} y`), "x".repeat(127));
  assert.equal(sanitizeWireText(" \t eth0 \n"), "eth0");
  assert.equal(sanitizeWireText(" \u200b "), "");
  assert.equal(sanitizeWireText("\0".repeat(60_000)), "");
});

Deno.test("whatever comes in, the result is short, well-formed, visible and stable", () => {
  const random = new Random(128);
  const hidden = /[\p{Cc}\p{Cs}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}]/u;
  for (let i = 0; i < 20_000; i++) {
    const length = random.below(300);
    let text = "";
    while (text.length < length) {
      text += random.below(4) === 0
        ? String.fromCharCode(random.uint32() & 0xffff)
        : random.pick(["a", " ", "é", "😀", "\u202e", "\u{e0041}", "\ud800", "\udc00"]);
    }
    const out = sanitizeWireText(text);
    assert.ok(out.length <= MAX_WIRE_TEXT);
    assert.ok(out.isWellFormed(), JSON.stringify(text));
    assert.ok(!hidden.test(out), JSON.stringify(text));
    assert.equal(sanitizeWireText(out), out, JSON.stringify(text));
  }
});
