/** Characters of a line at most: a flow with every field has some 2,000. */
export const MAX_LINE = 1 << 20;

/** Lines that came together; `null` stands for one that was too long. */
export type Lines = readonly (string | null)[];

/**
 * Cuts a stream of UTF-8 into lines, some at a time. A line that is longer than MAX_LINE is passed
 * over, and no more than that is held of it.
 *
 * @param chunks of octets, cut anywhere
 */
export async function* lineChunks(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Lines> {
  const decoder = new TextDecoder();
  let rest = "";
  let tooLong = false;
  for await (const chunk of chunks) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = parts.pop()!;
    const lines: (string | null)[] = parts;
    // What is known to be too long ends with the first line feed.
    if (tooLong && lines.length > 0) lines[0] = null;
    for (let i = 0; i < lines.length; i++) {
      if (lines[i] !== null && lines[i]!.length > MAX_LINE) lines[i] = null;
    }
    if (lines.length > 0) {
      tooLong = false;
      yield lines;
    }
    if (rest.length > MAX_LINE) tooLong = true;
    if (tooLong) rest = "";
  }
  rest += decoder.decode();
  if (tooLong || rest.length > MAX_LINE) yield [null];
  else if (rest !== "") yield [rest];
}
