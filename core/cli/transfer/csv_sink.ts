import type { FlowField } from "../../flow/schema.ts";
import { csvLine } from "./csv_line.ts";
import type { RowSink, WriteBytes } from "./row_sink.ts";
import { TextBuffer } from "./text_buffer.ts";
import { timeText } from "./time_text.ts";

/**
 * Writes rows as CSV with a header of the fields' names.
 *
 * @param fields in the order of the line
 * @param write takes the octets
 */
export function csvSink(fields: readonly FlowField[], write: WriteBytes): RowSink {
  const out = new TextBuffer(write);
  const times = fields.map(({ storage }) => storage === "time" ? timeText() : null);
  const line: (string | number | null)[] = fields.map(({ name }) => name);
  out.add(`${csvLine(line)}\n`);
  return {
    take: (cells, slot) => {
      for (let i = 0; i < cells.length; i++) {
        const cell = cells[i](slot);
        const time = times[i];
        line[i] = time === null || cell === null ? cell : time(cell as number);
      }
      out.add(`${csvLine(line)}\n`);
    },
    finish: () => out.flush(),
  };
}
