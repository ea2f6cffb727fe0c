import type { FlowField } from "../../flow/schema.ts";
import { csvCell, csvLine } from "./csv_line.ts";
import { LineWriter } from "../line_writer.ts";
import type { ByteTarget, RowSink } from "./row_sink.ts";
import { timeText } from "./time_text.ts";

/**
 * Writes rows as CSV with a header of the fields' names.
 *
 * @param fields in the order of the line
 * @param to takes the octets
 */
export function csvSink(fields: readonly FlowField[], to: ByteTarget): RowSink {
  const out = new LineWriter(to);
  const texts = fields.map(({ storage }): (cell: string | number) => string | number => {
    if (storage === "time") return timeText() as (cell: string | number) => string;
    // Nothing else can hold what has to be quoted, or what a spreadsheet would run.
    return storage === "string" || storage === "computed" ? csvCell : (cell) => cell;
  });
  out.line(csvLine(fields.map(({ name }) => name)));
  return {
    take: (cells, slot) => {
      let line = "";
      for (let i = 0; i < cells.length; i++) {
        const cell = cells[i](slot);
        if (i > 0) line += ",";
        if (cell !== null) line += texts[i](cell);
      }
      out.line(line);
    },
    finish: () => out.flush(),
  };
}
