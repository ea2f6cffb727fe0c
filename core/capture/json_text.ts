import { buffered, type ByteStream } from "./byte_stream.ts";
import { CaptureError } from "./capture_error.ts";
import { type CaptureReader, skippedRecord } from "./capture_event.ts";
import { MAX_JSON_PIECE_BYTES } from "./capture_limits.ts";
import { rawDatagram } from "./raw.ts";

const LINE_FEED = 0x0a;
const BYTE_ORDER_MARK: readonly number[] = [0xef, 0xbb, 0xbf];

/**
 * Reads JSON text. A file of up to 65,000 bytes is one datagram, however it is laid out. A larger one must
 * hold a JSON value per line and is handed on in pieces of whole lines, as many as fit into 65,000 bytes.
 * A longer line is skipped and counted; as the first line it is an error, because then the file is most
 * likely one large document, which no datagram can hold.
 */
export function* readJsonText(input: ByteStream): CaptureReader {
  yield* buffered(input, BYTE_ORDER_MARK.length);
  if (BYTE_ORDER_MARK.every((byte, at) => input.peek(3)[at] === byte)) input.advance(3);
  for (let isFirst = true;; isFirst = false) {
    const isMore = yield* buffered(input, MAX_JSON_PIECE_BYTES + 1);
    if (input.available === 0) return;
    if (isFirst && isMore) checkFirstLine(input);
    const length = isMore
      ? input.peek(MAX_JSON_PIECE_BYTES).lastIndexOf(LINE_FEED) + 1
      : input.available;
    if (length === 0) {
      yield skippedRecord("oversized_line", input.offset);
      if (!(yield* discardLine(input))) return;
      continue;
    }
    const piece = input.peek(length);
    input.advance(length);
    yield rawDatagram(piece);
  }
}

function* discardLine(input: ByteStream): Generator<number, boolean, void> {
  for (;;) {
    if (!(yield* buffered(input, 1))) return false;
    const lineFeed = input.peek(input.available).indexOf(LINE_FEED);
    input.advance(lineFeed < 0 ? input.available : lineFeed + 1);
    if (lineFeed >= 0) return true;
  }
}

/** Cutting a large document at its line ends would make a parse error of every piece. */
function checkFirstLine(input: ByteStream): void {
  const text = new TextDecoder().decode(input.peek(MAX_JSON_PIECE_BYTES)).trimStart();
  const lineFeed = text.indexOf("\n");
  const line = text.slice(0, Math.max(lineFeed, 0)).trimEnd();
  if (line.endsWith("}") || line.endsWith("]")) return;
  const ending = lineFeed < 0
    ? `a first line of more than ${MAX_JSON_PIECE_BYTES} bytes`
    : "a first line that is no complete JSON value";
  throw new CaptureError({
    code: "not_line_separated",
    offset: input.offset,
    attempted: `read JSON text of more than ${MAX_JSON_PIECE_BYTES} bytes`,
    found: ending,
    wanted: "one object or array on each line",
    remedy: "rewrite the file with: jq -c '.[]' (an array) or jq -c . (objects)",
  });
}
