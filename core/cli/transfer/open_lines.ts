import { gunzip, isGzip } from "../../capture/gunzip.ts";
import { CommandFailure } from "../command.ts";
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
 * @returns its lines, which throw a {CommandFailure} where they cannot be read to their end
 * @throws {CommandFailure} with the remedy
 */
export function openLines(path: string): LineInput {
  const file = path === "-" ? null : openFile(path);
  const info = file?.statSync();
  const size = info?.isFile ? info.size : 0;
  let read = 0;
  const octets = async function* () {
    for await (const chunk of file?.readable ?? Deno.stdin.readable) {
      read += chunk.length;
      yield chunk;
    }
  };
  return { lines: lineChunks(inflated(octets())), part: () => size > 0 ? read / size : null };
}

async function* inflated(chunks: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    const { value: first } = await chunks.next();
    if (first === undefined) return;
    const all = async function* () {
      yield first;
      yield* chunks;
    };
    yield* isGzip(first) ? gunzip(all()) : all();
  } catch (error) {
    const { message } = error as Error;
    throw new CommandFailure(
      `the input cannot be read to its end: ${message}; what was written by then stays, and ` +
        "counts once when it is imported again",
    );
  }
}
