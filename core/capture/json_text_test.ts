import assert from "node:assert/strict";
import { eventsOf, inChunks } from "../../tests/support/sample_captures.ts";

/** The file's pieces as text, and its skips. */
async function piecesOf(text: string, chunkSize = 4_096): Promise<string[]> {
  const events = await eventsOf(inChunks(new TextEncoder().encode(text), chunkSize));
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  return events.map((event) => {
    if (event.kind === "datagram") return decoder.decode(event.datagram.payload);
    return `${event.reason} @${event.offset}`;
  });
}

const LINES = Array.from({ length: 5_000 }, (_, at) => `{"bytes":${at},"name":"flow ${at}"}\n`);

Deno.test("readJsonText() hands on a small file as it is, without its byte-order mark", async () => {
  const document = '\n[\n {"bytes": 1},\n {"bytes": 2}\n]';
  assert.deepEqual(await piecesOf(document), [document]);
  assert.deepEqual(await piecesOf('\ufeff{"bytes": 1}'), ['{"bytes": 1}']);
});

for (const chunkSize of [1_000, 65_536, 1_000_000]) {
  Deno.test(`readJsonText() cuts a large file at line ends, in chunks of ${chunkSize}`, async () => {
    const text = LINES.join("");
    const pieces = await piecesOf(text, chunkSize);
    assert.equal(pieces.join(""), text);
    for (const piece of pieces) assert.ok(piece.length <= 65_000 && piece.endsWith("\n"));
    assert.equal(pieces.length, Math.ceil(text.length / 65_000));
  });
}

Deno.test("readJsonText() hands on a last line that has no end", async () => {
  const text = LINES.join("") + "{}";
  assert.equal((await piecesOf(text)).join(""), text);
});

Deno.test("readJsonText() skips a line that no datagram can hold, and goes on", async () => {
  const before = '{"a":1}\n';
  const long = `{"a":"${"x".repeat(200_000)}"}`;
  const pieces = await piecesOf(`${before}${long}\n{"a":2}\n`);
  assert.deepEqual(pieces, [before, "oversized_line @8", '{"a":2}\n']);
  assert.deepEqual(await piecesOf(before + long), [before, "oversized_line @8"]);
});

Deno.test("readJsonText() rejects a large document that is not a value per line", async () => {
  const array = `[\n${LINES.map((line) => line.trim()).join(",\n")}\n]`;
  await assert.rejects(piecesOf(array), { code: "not_line_separated" });
  await assert.rejects(piecesOf(array.replaceAll("\n", "")), { code: "not_line_separated" });
});
