import type { FlowField } from "../../flow/schema.ts";
import { csvCell, csvLine } from "./csv_line.ts";
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
  const texts = fields.map(({ storage }): (cell: string | number) => string | number => {
    if (storage === "time") return timeText() as (cell: string | number) => string;
    // Nothing else can hold what has to be quoted, or what a spreadsheet would run.
    return storage === "string" || storage === "computed" ? csvCell : (cell) => cell;
  });
  out.add(`${csvLine(fields.map(({ name }) => name))}\n`);
  return {
    take: (cells, slot) => {
      let line = "";
      for (let i = 0; i < cells.length; i++) {
        const cell = cells[i](slot);
        if (i > 0) line += ",";
        if (cell !== null) line += texts[i](cell);
      }
      out.add(`${line}\n`);
    },
    finish: () => out.flush(),
  };
}
