import type { Random } from "../support/random.ts";
import { joined } from "./mutate_octets.ts";

/** Where the parts of a template set lie. */
interface Places {
  /** Template records: id, count of fields (or octets of scope), and so on. */
  readonly records: number[];
  /** Field specifiers: id, length, and an enterprise number. */
  readonly fields: number[];
}

/** Elements of every kind that decoders treat in a way of their own. */
// deno-fmt-ignore: kinds in rows
const ELEMENTS = [
  /* counters */ 1, 2, 23, 24, 85, 86, 231, 232, 298, 299, 352,
  /* addresses, ports */ 7, 8, 11, 12, 27, 28, 56, 60, 80, 225, 226, 227, 228,
  /* ICMP, flags */ 4, 5, 6, 32, 139, 176, 177, 178, 179,
  /* times */ 21, 22, 150, 151, 152, 153, 154, 155, 156, 157, 158, 159, 160, 161, 162, 323, 324,
  /* sampling */ 34, 35, 48, 49, 50, 302, 304, 305, 306, 309, 310,
  /* names */ 82, 83, 84, 94, 95, 96, 234, 235, 236,
  /* sections, lists, padding */ 104, 210, 291, 292, 293, 313, 315,
  /* events, labels, status */ 70, 89, 130, 131, 133, 144, 149, 230, 233, 239, 243, 254, 40005,
];
const ENTERPRISES = [0, 9, 2636, 5951, 6871, 29305, 35632, 0xffffffff];
const LENGTHS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 16, 17, 255, 256, 0x7fff, 0xfffe, 0xffff];
const COUNTS = [0, 1, 2, 511, 512, 513, 0x3fff, 0xffff];
const ENTERPRISE_BIT = 0x8000;

/**
 * Changes one thing of a template set: an id, a length, a count, an enterprise number, or a whole
 * record.
 *
 * @param body of the set, behind its header
 * @param dialect `version` 9 or 10, and whether these are `options` templates
 * @param random what to change
 */
export function mutateTemplates(
  body: Uint8Array,
  dialect: { version: number; options: boolean },
  random: Random,
): Uint8Array {
  const { records, fields } = findPlaces(body, dialect);
  if (records.length === 0 || fields.length === 0) return body;
  const octets = Uint8Array.from(body);
  const view = new DataView(octets.buffer);
  const field = random.pick(fields);
  const record = random.pick(records);
  const enterprise = view.getUint16(field) & ENTERPRISE_BIT;
  switch (random.below(9)) {
    case 0:
      view.setUint16(field, enterprise | random.pick(ELEMENTS));
      return octets;
    case 1:
    case 2:
      view.setUint16(field + 2, random.pick(LENGTHS));
      return octets;
    case 3: // Every field of a length that varies.
      for (const each of fields) view.setUint16(each + 2, 0xffff);
      return octets;
    case 4:
      view.setUint16(record + 2, random.pick(COUNTS));
      return octets;
    case 5: // The count of scope fields, or octets of options.
      if (dialect.options) view.setUint16(record + 4, random.pick([0, 1, 2, 3, 4, 8, 0xffff]));
      return octets;
    case 6: // Another id: one that is in use, or none that a template can have.
      view.setUint16(record, random.pick([0, 2, 255, 256, 257, 258, 260, 0xffff]));
      return octets;
    case 7: // The record again, perhaps changed since.
      return joined(octets, octets.subarray(record));
    default: { // An enterprise element, whose record gets four octets longer.
      view.setUint16(field, random.pick(ELEMENTS) | ENTERPRISE_BIT);
      const number = new Uint8Array(4);
      new DataView(number.buffer).setUint32(0, random.pick(ENTERPRISES));
      const place = field + 4;
      return joined(
        octets.subarray(0, place),
        number,
        octets.subarray(enterprise ? place + 4 : place),
      );
    }
  }
}

function findPlaces(
  body: Uint8Array,
  { version, options }: { version: number; options: boolean },
): Places {
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  const places: Places = { records: [], fields: [] };
  let at = 0;
  while (at + (options ? 6 : 4) <= body.length) {
    const counts = view.getUint16(at + 2);
    const more = options && version === 9 ? view.getUint16(at + 4) : 0;
    const total = options && version === 9 ? (counts + more) >> 2 : counts;
    if (view.getUint16(at) < 256 || total === 0) break;
    places.records.push(at);
    at += options ? 6 : 4;
    for (let i = 0; i < total && at + 4 <= body.length; i++) {
      places.fields.push(at);
      at += version === 10 && view.getUint16(at) >= ENTERPRISE_BIT && at + 8 <= body.length ? 8 : 4;
    }
  }
  return places;
}
