import type { RecordElements } from "../codec.ts";
import type { ElementValue } from "../netflow/elements/decode_value.ts";
import { describeStructure } from "./describe_structure.ts";
import { FLOW_STRUCTURES } from "./flow_structures.ts";
import { SAMPLE_STRUCTURES } from "./sample_head.ts";
import { formatStructureNumber } from "./structure.ts";
import { ENVELOPE, XdrCursor } from "./xdr_cursor.ts";

/**
 * Names everything that a flow sample or discarded packet holds, under `structure.field`.
 *
 * @param view the datagram
 * @param offset of a sample that has been found whole
 */
export function describeSample(view: DataView, offset: number): RecordElements {
  const elements: Record<string, ElementValue | ElementValue[]> = {};
  const add = (name: string, value: ElementValue): void => {
    const known = elements[name];
    elements[name] = known === undefined
      ? value
      : [...(Array.isArray(known) ? known : [known]), value];
  };
  const xdr = new XdrCursor();
  const end = offset + ENVELOPE + view.getUint32(offset + 4);
  xdr.reset(view, offset + ENVELOPE, end);
  describeStructure(xdr, SAMPLE_STRUCTURES.get(view.getUint32(offset))!, add);
  const count = xdr.u32();
  for (let i = 0; i < count && xdr.left >= ENVELOPE; i++) {
    const number = xdr.u32();
    const length = xdr.u32();
    const to = xdr.at + length;
    const structure = FLOW_STRUCTURES.get(number);
    xdr.end = to;
    if (structure !== undefined) describeStructure(xdr, structure, add);
    else add(`structure_${formatStructureNumber(number)}`, `${length} octets`);
    xdr.overrun = false;
    xdr.end = end;
    xdr.at = Math.min(to + (-length & 3), end);
  }
  return elements;
}
