import type { SampleHead } from "./sample_row.ts";
import { fieldsOf, type Structure } from "./structure.ts";
import type { XdrCursor } from "./xdr_cursor.ts";

/** Numbers of a flow sample that do not stand in its row; one object serves all. */
export interface SampleNumbers {
  sequence: number;
  rate: number;
  pool: number;
  drops: number;
}

/** Formats of an interface: an ifIndex, a packet discarded for a reason, several interfaces. */
const SINGLE = 0;
const DISCARDED = 1;
/** "There is no input or output interface": the device itself. */
const LOCAL = 0x3fff_ffff;
const LOCAL_EXPANDED = 0xffff_ffff;

/** Heads of the samples that give rows, for people; the count of structures follows. */
export const SAMPLE_STRUCTURES: ReadonlyMap<number, Structure> = new Map([
  [1, {
    name: "flow_sample",
    fields: fieldsOf(
      "u32",
      "sequence_number source_id sampling_rate sample_pool drops input output",
    ),
  }],
  [3, {
    name: "flow_sample_expanded",
    fields: fieldsOf(
      "u32",
      `sequence_number source_id_type source_id_index sampling_rate sample_pool drops
       input_format input_value output_format output_value`,
    ),
  }],
  [5, {
    name: "discarded_packet",
    fields: fieldsOf(
      "u32",
      "sequence_number source_id_type source_id_index drops inputifindex outputifindex reason",
    ),
  }],
]);

/**
 * Reads the head of a flow sample or discarded packet, up to the count of its structures.
 *
 * @param xdr at the sample's first octet; `overrun` says afterwards whether it was cut short
 * @param form `compact` (30 bits of ifIndex and 2 of format), `expanded`, or `discarded`
 * @param out written in place
 */
export function readSampleHead(
  xdr: XdrCursor,
  form: "compact" | "expanded" | "discarded",
  { head, numbers }: { head: SampleHead; numbers: SampleNumbers },
): void {
  numbers.sequence = xdr.u32();
  const source = xdr.u32();
  head.sourceClass = form === "compact" ? source >>> 24 : source;
  head.sourceIndex = form === "compact" ? source & 0xff_ffff : xdr.u32();
  head.dropReason = -1;
  if (form === "discarded") {
    head.rate = numbers.rate = numbers.pool = 0;
    numbers.drops = xdr.u32();
    head.input = ifIndex(SINGLE, xdr.u32());
    head.output = ifIndex(SINGLE, xdr.u32());
    head.dropReason = xdr.u32();
    return;
  }
  head.rate = numbers.rate = xdr.u32();
  numbers.pool = xdr.u32();
  numbers.drops = xdr.u32();
  const compact = form === "compact";
  const input = xdr.u32();
  head.input = compact ? ifIndex(input >>> 30, input & LOCAL) : ifIndex(input, xdr.u32());
  const output = xdr.u32();
  const format = compact ? output >>> 30 : output;
  const value = compact ? output & LOCAL : xdr.u32();
  head.output = ifIndex(format, value);
  if (format === DISCARDED) {
    // Where a packet was dropped it left by no interface.
    head.output = 0;
    head.dropReason = value;
  }
}

/** An ifIndex, or -1: "0 if interface is not known", none, or several. */
function ifIndex(format: number, value: number): number {
  const known = format === SINGLE && value !== 0 && value !== LOCAL && value !== LOCAL_EXPANDED;
  return known ? value : -1;
}
