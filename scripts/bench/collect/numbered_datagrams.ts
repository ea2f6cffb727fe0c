import type { FormatName } from "./generator.ts";

/** What the header of a datagram says of its place among others. */
interface Place {
  /** Exporter, as `capability_status` tells them apart. */
  readonly exporter: string;
  readonly sequence: number;
  /** How far it moves the number on. */
  readonly units: number;
}

/** Whoever sent datagrams, what is missing among them, and the datagrams. */
export interface Numbered {
  readonly exporter: string;
  readonly datagrams: Uint8Array[];
  /** In the unit of the format. */
  missing: number;
}

const SET_HEADER = 4;
const IPFIX_TEMPLATES = 2;
const IPFIX_OPTIONS_TEMPLATES = 3;

/**
 * Tells datagrams of a file apart by exporter, and counts what is missing among them, by nothing but
 * the offsets of the specifications: it shares no code with the decoders it checks.
 *
 * @param format of the datagrams
 * @param file each datagram behind its length (32 bits, little-endian)
 */
export function numberedDatagrams(format: FormatName, file: Uint8Array): Numbered[] {
  const exporters = new Map<string, Numbered & { next: number }>();
  const lengths = new Map<string, number>();
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  for (let at = 0; at < file.length;) {
    const length = view.getUint32(at, true);
    const datagram = file.subarray(at + 4, at + 4 + length);
    at += 4 + length;
    const { exporter, sequence, units } = PLACES[format](datagram, lengths);
    let known = exporters.get(exporter);
    if (known === undefined) {
      exporters.set(exporter, known = { exporter, datagrams: [], missing: 0, next: sequence });
    }
    known.missing += (sequence - known.next) >>> 0;
    known.next = (sequence + units) >>> 0;
    known.datagrams.push(datagram);
  }
  return [...exporters.values()];
}

/** `lengths`: octets of an IPFIX record by domain and template, as the templates said. */
const PLACES: Readonly<
  Record<FormatName, (datagram: Uint8Array, lengths: Map<string, number>) => Place>
> = {
  v5(datagram) {
    const view = viewOf(datagram);
    return {
      exporter: String(view.getUint16(20)),
      sequence: view.getUint32(16),
      units: view.getUint16(2),
    };
  },
  v9(datagram) {
    const view = viewOf(datagram);
    return { exporter: String(view.getUint32(16)), sequence: view.getUint32(12), units: 1 };
  },
  ipfix(datagram, lengths) {
    const view = viewOf(datagram);
    const domain = view.getUint32(12);
    return {
      exporter: String(domain),
      sequence: view.getUint32(8),
      units: ipfixRecords(view, domain, lengths),
    };
  },
  sflow(datagram) {
    const view = viewOf(datagram);
    // Agents of the generator have IPv4 addresses; their sub-agent is what tells them apart.
    return {
      exporter: `${[...datagram.subarray(8, 12)].join(".")} ${view.getUint32(12)}`,
      sequence: view.getUint32(16),
      units: 1,
    };
  },
};

/** Data records of a message, options among them (RFC 7011 §3.1); learns what templates say. */
function ipfixRecords(view: DataView, domain: number, lengths: Map<string, number>): number {
  let records = 0;
  for (let at = 16; at + SET_HEADER <= view.byteLength;) {
    const [set, length] = [view.getUint16(at), view.getUint16(at + 2)];
    if (length < SET_HEADER) break;
    const end = at + length;
    if (set === IPFIX_TEMPLATES || set === IPFIX_OPTIONS_TEMPLATES) {
      for (let from = at + SET_HEADER; from + 4 <= end;) {
        const [id, fields] = [view.getUint16(from), view.getUint16(from + 2)];
        from += set === IPFIX_TEMPLATES ? 4 : 6;
        let octets = 0;
        for (let field = 0; field < fields; field++, from += 4) octets += view.getUint16(from + 2);
        lengths.set(`${domain} ${id}`, octets);
      }
    } else records += Math.floor((length - SET_HEADER) / lengths.get(`${domain} ${set}`)!);
    at = end;
  }
  return records;
}

function viewOf(datagram: Uint8Array): DataView {
  return new DataView(datagram.buffer, datagram.byteOffset, datagram.length);
}
