/**
 * NetFlow version 5 as Cisco's tables have it ("NetFlow Export Datagram Format", tables B-3 and
 * B-4), written down a second time so that tests do not judge the decoder by its own layout.
 */

/** One record, in the order of table B-4. */
export interface V5Record {
  readonly srcaddr: string;
  readonly dstaddr: string;
  readonly nexthop?: string;
  readonly input?: number;
  readonly output?: number;
  readonly dPkts: number;
  readonly dOctets: number;
  /** sysUptime at the first and last packet, ms. */
  readonly first?: number;
  readonly last?: number;
  readonly srcport: number;
  readonly dstport: number;
  readonly tcpFlags?: number;
  readonly prot: number;
  readonly tos?: number;
  readonly srcAs?: number;
  readonly dstAs?: number;
  readonly srcMask?: number;
  readonly dstMask?: number;
}

/** The header's fields, in the order of table B-3, but for version and count. */
export interface V5Header {
  readonly sysUptime?: number;
  readonly unixSecs?: number;
  readonly unixNsecs?: number;
  readonly flowSequence: number;
  readonly engineType?: number;
  readonly engineId?: number;
  /** Mode in the upper 2 bits, interval in the lower 14. */
  readonly samplingInterval?: number;
}

const HEADER = 24;
const RECORD = 48;

/**
 * Writes a datagram.
 *
 * @param header its fields; those left out are 0
 * @param records at most 30
 */
export function ciscoV5(header: V5Header, records: readonly V5Record[]): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(HEADER + RECORD * records.length));
  view.setUint16(0, 5);
  view.setUint16(2, records.length);
  view.setUint32(4, header.sysUptime ?? 0);
  view.setUint32(8, header.unixSecs ?? 0);
  view.setUint32(12, header.unixNsecs ?? 0);
  view.setUint32(16, header.flowSequence);
  view.setUint8(20, header.engineType ?? 0);
  view.setUint8(21, header.engineId ?? 0);
  view.setUint16(22, header.samplingInterval ?? 0);
  records.forEach((record, i) => writeRecord(view, HEADER + RECORD * i, record));
  return new Uint8Array(view.buffer);
}

function writeRecord(view: DataView, at: number, record: V5Record): void {
  view.setUint32(at, ipv4(record.srcaddr));
  view.setUint32(at + 4, ipv4(record.dstaddr));
  view.setUint32(at + 8, ipv4(record.nexthop ?? "0.0.0.0"));
  view.setUint16(at + 12, record.input ?? 0);
  view.setUint16(at + 14, record.output ?? 0);
  view.setUint32(at + 16, record.dPkts);
  view.setUint32(at + 20, record.dOctets);
  view.setUint32(at + 24, record.first ?? 0);
  view.setUint32(at + 28, record.last ?? 0);
  view.setUint16(at + 32, record.srcport);
  view.setUint16(at + 34, record.dstport);
  // Octet 36 is a pad.
  view.setUint8(at + 37, record.tcpFlags ?? 0);
  view.setUint8(at + 38, record.prot);
  view.setUint8(at + 39, record.tos ?? 0);
  view.setUint16(at + 40, record.srcAs ?? 0);
  view.setUint16(at + 42, record.dstAs ?? 0);
  view.setUint8(at + 44, record.srcMask ?? 0);
  view.setUint8(at + 45, record.dstMask ?? 0);
  // Octets 46 and 47 are a pad.
}

function ipv4(text: string): number {
  return text.split(".").reduce((value, octet) => value * 256 + Number(octet), 0);
}
