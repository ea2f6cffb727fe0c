import { gunzip, isGzip } from "../../capture/gunzip.ts";
import { openFile } from "../open_file.ts";
import { lineChunks, type Lines } from "./line_chunks.ts";

/** Lines of a file or of standard input. */
export interface LineInput {
  readonly lines: AsyncIterable<Lines>;
  /** How much of it has been read, 0 to 1; null where its length is not known. */
  part(): number | null;
}

/**
 * Opens lines of text, also compressed with gzip; the file is closed at its end.
 *
 * @param path of a file; "-" for standard input
 * @throws {CommandFailure} with the remedy
 */
export function openLines(path: string): LineInput {
  const file = path === "-" ? null : openFile(path);
  const info = file?.statSync();
  const size = info?.isFile ? info.size : 0;
  let read = 0;
  const counted = async function* () {
    for await (const chunk of file?.readable ?? Deno.stdin.readable) {
      read += chunk.length;
      yield chunk;
    }
  };
  return { lines: lineChunks(inflated(counted())), part: () => size > 0 ? read / size : null };
}

async function* inflated(chunks: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { value: first } = await chunks.next();
  if (first === undefined) return;
  const all = async function* () {
    yield first;
    yield* chunks;
  };
  yield* isGzip(first) ? gunzip(all()) : all();
}
