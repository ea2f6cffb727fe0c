/** The file formats that {@linkcode detectFormat} tells apart. */
export type CaptureFormat = "pcap" | "pcapng" | "framed" | "datagram" | "json_text";

/** How many leading bytes {@linkcode detectFormat} looks at. */
export const DETECTION_BYTES = 64;

const PCAP_MAGICS: readonly number[] = [0xa1b2c3d4, 0xd4c3b2a1, 0xa1b23c4d, 0x4d3cb2a1];
const PCAPNG_SECTION_HEADER = 0x0a0d0d0a;
const PCAPNG_BYTE_ORDERS: readonly number[] = [0x1a2b3c4d, 0x4d3c2b1a];
const NETFLOW_VERSIONS: readonly number[] = [1, 5, 6, 7, 8, 9, 10];
const SFLOW_VERSION_5 = 5;

/**
 * Names the format of a file from its first bytes, or gives undefined when it is none of these.
 *
 * 1. `pcap`: one of the four classic magics.
 * 2. `pcapng`: a section header block (0a 0d 0d 0a) whose byte-order magic, at byte 8, is one of the two.
 * 3. `framed`: repeated [u32 little-endian length][datagram]. Bytes 2 and 3 are zero, the length is not,
 *    and from byte 4 on stands what rule 4 or an opening `{` or `[` would accept.
 * 4. `datagram`: one exported datagram: a big-endian u16 of 1, 5, 6, 7, 8, 9 or 10 (NetFlow, IPFIX) or a
 *    big-endian u32 of 5 (sFlow).
 * 5. `json_text`: `{` or `[`, after a byte-order mark and white space if there are any.
 *
 * The rules cannot claim one another's files. The magics begin with bytes that 3 and 4 cannot begin with
 * or hold nonzero bytes where 3 has zeros; JSON text holds no zero byte, 3 and 4 need one. A datagram of
 * rule 4 with zeros in bytes 2 and 3 is NetFlow of zero records (or IPFIX of zero length), which says
 * nothing; 3 goes first and still asks for a second datagram start at byte 4. Gzip is taken off before.
 *
 * @param head The first {@linkcode DETECTION_BYTES} bytes, or the whole file when it is shorter.
 */
export function detectFormat(head: Uint8Array): CaptureFormat | undefined {
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  if (head.length >= 4 && PCAP_MAGICS.includes(view.getUint32(0))) return "pcap";
  if (isPcapng(view)) return "pcapng";
  if (isFramed(view)) return "framed";
  if (startsDatagram(view, 0)) return "datagram";
  return startsJson(head) ? "json_text" : undefined;
}

function isPcapng(view: DataView): boolean {
  if (view.byteLength < 4 || view.getUint32(0) !== PCAPNG_SECTION_HEADER) return false;
  // A file cut before its byte-order magic is still called pcapng, so that the reader can say "cut".
  return view.byteLength < 12 || PCAPNG_BYTE_ORDERS.includes(view.getUint32(8));
}

function isFramed(view: DataView): boolean {
  if (view.byteLength < 6) return false;
  const length = view.getUint32(0, true);
  if (length === 0 || length > 0xffff) return false;
  return startsDatagram(view, 4) || opensJson(view.getUint8(4));
}

function startsDatagram(view: DataView, at: number): boolean {
  if (view.byteLength < at + 2) return false;
  if (NETFLOW_VERSIONS.includes(view.getUint16(at))) return true;
  return view.byteLength >= at + 4 && view.getUint32(at) === SFLOW_VERSION_5;
}

function startsJson(head: Uint8Array): boolean {
  const text = new TextDecoder().decode(head).trimStart();
  return text.length > 0 && opensJson(text.charCodeAt(0));
}

function opensJson(character: number): boolean {
  return character === 0x7b || character === 0x5b;
}
