import { VARIABLE_LENGTH } from "../plan/wire_field.ts";
import { minimumLength, type TemplateRecord } from "./template.ts";

/** Padding of data is shorter than this (RFC 3954 §5.3); options templates are seen to carry more. */
const MAX_DATA_PADDING = 4;
const MAX_OPTIONS_PADDING = 8;

/**
 * Whether a set holds records of a template and, at most, padding behind them: what tells a
 * template that the exporter has given up.
 *
 * @param template whose records they would be
 * @param view the datagram
 * @param range octets `from` behind the set's header, `to` behind the set
 */
export function holdsWholeRecords(
  { fields, scopeFields }: TemplateRecord,
  view: DataView,
  { from, to }: { from: number; to: number },
): boolean {
  const least = minimumLength(fields);
  const padding = scopeFields > 0 ? MAX_OPTIONS_PADDING : MAX_DATA_PADDING;
  if (to - from < least) return false;
  if (!fields.some(({ length }) => length === VARIABLE_LENGTH)) {
    return (to - from) % least < padding;
  }
  let at = from;
  while (to - at >= least) {
    const end = endOfRecord(fields, view, { from: at, to });
    // Padding may be as long as the smallest record, and is of zeros.
    if (end < 0) break;
    at = end;
  }
  return at > from && to - at < padding;
}

/** Behind the record that begins at `from`; -1 where it does not end within the set. */
function endOfRecord(
  fields: TemplateRecord["fields"],
  view: DataView,
  { from, to }: { from: number; to: number },
): number {
  let at = from;
  for (const { length } of fields) {
    let octets = length;
    if (length === VARIABLE_LENGTH) {
      if (at + 1 > to) return -1;
      octets = view.getUint8(at++);
      if (octets === 255) {
        if (at + 2 > to) return -1;
        octets = view.getUint16(at);
        at += 2;
      }
    }
    at += octets;
    if (at > to) return -1;
  }
  return at;
}
