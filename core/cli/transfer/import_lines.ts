import type { HistoryImport } from "../../history/history_import.ts";
import type { FlowLines } from "./flow_lines.ts";
import { type Lines, MAX_LINE } from "./line_chunks.ts";
import type { LineProblems } from "./line_problems.ts";

/** What an import works with. */
export interface ImportOptions {
  readonly decoder: FlowLines;
  readonly history: HistoryImport;
  readonly problems: LineProblems;
  /** Asked now and then; true ends it, and leaves what was not written yet. */
  readonly stopped: () => boolean;
  /** Hears how far it has come. */
  readonly onProgress: (rows: number) => void;
}

/**
 * Writes the flows of lines into history, a block at a time. The same lines always make the same
 * blocks, so that an import which ended early can be run again.
 *
 * @param input the lines
 * @param options what decodes and writes them
 * @throws what SQLite throws, or reading does; what was written stays
 */
export async function importLines(
  input: AsyncIterable<Lines>,
  { decoder, history, problems, stopped, onProgress }: ImportOptions,
): Promise<void> {
  for await (const lines of input) {
    for (const line of lines) {
      problems.line++;
      if (line === null) {
        problems.take("oversized_line", `is longer than ${MAX_LINE} characters`);
        continue;
      }
      const values = decoder.objects(line);
      for (const value of values) {
        if (decoder.full) history.add(decoder.drain());
        decoder.take(value, values.length === 1 ? line : null);
      }
    }
    onProgress(history.written + history.known + decoder.pending);
    if (stopped()) return;
  }
  history.add(decoder.drain());
}
