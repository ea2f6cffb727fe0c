import type { FlowField } from "../../flow/schema.ts";
import { timeText } from "./time_text.ts";
import { LineWriter } from "../line_writer.ts";
import type { ByteTarget, RowSink } from "./row_sink.ts";

/**
 * Writes rows as `decode` prints them: one object a line, every field in it, `null` where it is not
 * known. `import` and `json_udp` read them back.
 *
 * @param fields in the order of the line
 * @param to takes the octets
 */
export function jsonSink(fields: readonly FlowField[], to: ByteTarget): RowSink {
  const out = new LineWriter(to);
  const heads = fields.map(({ name }, i) => `${i === 0 ? "{" : ","}${JSON.stringify(name)}:`);
  const texts = fields.map(({ storage }) => {
    if (storage === "time") {
      const format = timeText();
      return (ms: number | string) => `"${format(ms as number)}"`;
    }
    // Nothing else can hold what has to be escaped.
    return storage === "string" || storage === "computed"
      ? (cell: number | string) => JSON.stringify(cell)
      : (cell: number | string) => typeof cell === "number" ? `${cell}` : `"${cell}"`;
  });
  return {
    take: (cells, slot) => {
      let line = "";
      for (let i = 0; i < cells.length; i++) {
        const cell = cells[i](slot);
        line += heads[i];
        line += cell === null ? "null" : texts[i](cell);
      }
      out.line(`${line}}`);
    },
    finish: () => out.flush(),
  };
}
