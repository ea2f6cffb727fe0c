import assert from "node:assert/strict";
import { lineChunks, MAX_LINE } from "./line_chunks.ts";

async function* cut(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function lines(text: string, size = 1 << 16): Promise<(string | null)[]> {
  const found: (string | null)[] = [];
  for await (const some of lineChunks(cut(new TextEncoder().encode(text), size))) {
    found.push(...some);
  }
  return found;
}

Deno.test("lineChunks() finds the same lines wherever the octets are cut", async () => {
  const text = "\ufeffone\n\nZürich 😀\r\nlast";
  for (let size = 1; size <= 30; size++) {
    assert.deepEqual(await lines(text, size), ["one", "", "Zürich 😀\r", "last"], `${size}`);
  }
  assert.deepEqual(await lines("one\n"), ["one"]);
  assert.deepEqual(await lines(""), []);
});

Deno.test("lineChunks() passes over a line that is too long, and holds no more than that of it", async () => {
  const whole = "x".repeat(MAX_LINE);
  for (const size of [1 << 12, 1 << 16, 1 << 22]) {
    assert.deepEqual(await lines(`a\n${whole}\nb`, size), ["a", whole, "b"], `${size}`);
    for (const length of [MAX_LINE + 1, 3 * MAX_LINE]) {
      const long = "x".repeat(length);
      assert.deepEqual(await lines(`a\n${long}\nb`, size), ["a", null, "b"], `${size} ${length}`);
      assert.deepEqual(await lines(`a\n${long}`, size), ["a", null], `${size} ${length}`);
    }
  }
});
