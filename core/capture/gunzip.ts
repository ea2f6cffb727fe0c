import { createGunzip } from "node:zlib";
import { TruncatedSource } from "./byte_stream.ts";
import { CaptureError } from "./capture_error.ts";
import { GZIP_STEP_BYTES } from "./capture_limits.ts";

/** Whether a file starts with a gzip member (RFC 1952 section 2.3.1) of the one method there is, deflate. */
export function isGzip(head: Uint8Array): boolean {
  return head[0] === 0x1f && head[1] === 0x8b && head[2] === 8;
}

/**
 * Decompresses a gzip stream of one or several members. The data before a cut or a fault is handed over
 * first; then a cut throws {@linkcode TruncatedSource} and a fault a {@linkcode CaptureError}.
 *
 * It feeds `node:zlib` a step at a time, because `DecompressionStream` refuses a second member and says
 * the same for a stream that was cut as for one that is damaged.
 */
export async function* gunzip(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, void> {
  const inflater = createGunzip();
  const inflated: Uint8Array[] = [];
  let failure: NodeJS.ErrnoException | undefined;
  inflater.on("data", (chunk: Uint8Array) => inflated.push(chunk));
  inflater.on("error", (error: NodeJS.ErrnoException) => failure ??= error);
  const closed = new Promise<void>((resolve) => inflater.once("close", resolve));
  let offset = 0;
  try {
    for await (const chunk of chunks) {
      for (let at = 0; at < chunk.length && failure === undefined; at += GZIP_STEP_BYTES) {
        const step = chunk.subarray(at, at + GZIP_STEP_BYTES);
        await new Promise<unknown>((resolve) => inflater.write(step, resolve));
        const pieces = inflated.splice(0);
        for (const piece of pieces) offset += piece.length;
        yield* pieces;
      }
      if (failure !== undefined) break;
    }
    inflater.end();
    await closed;
    yield* inflated;
  } finally {
    inflater.destroy();
  }
  if (failure?.code === "Z_BUF_ERROR") throw new TruncatedSource();
  if (failure !== undefined) throw corrupt(offset, failure);
}

function corrupt(offset: number, cause: Error): CaptureError {
  return new CaptureError({
    code: "corrupt_gzip",
    offset,
    attempted: "decompress the gzip stream",
    found: cause.message,
    wanted: "an intact stream",
    remedy: "copy the file again, or keep what gzip -dc can save of it",
    cause,
  });
}
