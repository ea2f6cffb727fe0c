const NETFLOW_VERSIONS = 10;
const SFLOW_VERSIONS = 5;

/**
 * What a datagram looks like, in the words of network engineers: also what nobody here takes.
 *
 * @param head its first octets
 */
export function foreignFormat(head: Uint8Array): string {
  if (head.length < 4) return `something of ${head.length} octets`;
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  const [short, long] = [view.getUint16(0), view.getUint32(0)];
  // sFlow's version has 32 bits (sFlow Version 5, "Sample Datagram Format"), NetFlow's 16.
  if (long >= 1 && long <= SFLOW_VERSIONS) return `sFlow ${long}`;
  if (short === NETFLOW_VERSIONS) return "IPFIX";
  if (short >= 1 && short < NETFLOW_VERSIONS) return `NetFlow ${short}`;
  const text = new TextDecoder().decode(head);
  if (/^[\s\ufeff]*[[{]/.test(text)) return "JSON";
  // RFC 5424 §6.2.1, RFC 3164 §4.1.1: the priority in angle brackets.
  if (/^<\d{1,3}>/.test(text)) return "syslog";
  // A SNMP message is a BER sequence that begins with its version, an integer of one octet.
  if (/^30(?:8[12])?(?:..){1,2}0201(?:0[013])/.test(head.slice(0, 8).toHex())) return "SNMP";
  return `something that begins ${head.slice(0, 8).toHex()}`;
}
