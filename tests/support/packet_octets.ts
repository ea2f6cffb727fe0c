// Octets of headers as hexadecimal text, from 192.0.2.1 to 198.51.100.2 or 2001:db8::1 to ::2, ports 443 to
// 49153 of TCP and 49153 to any of UDP.

const DST = "0200000000aa";
const SRC = "0200000000bb";
const A4 = "c0000201";
const B4 = "c6336402";
const A6 = "20010db8000000000000000000000001";
export const B6 = "20010db8000000000000000000000002";

const word = (value: number, octets: number) => value.toString(16).padStart(octets * 2, "0");
const lengthOf = (text: string) => text.replaceAll(" ", "").length / 2;

export const eth = (type: number, payload: string) => DST + SRC + word(type, 2) + payload;
/** A VLAN tag and the type behind it. */
export const tag = (id: number, type: number, priority = 0) =>
  word(priority << 13 | id, 2) + word(type, 2);
export const label = (value: number, { bottom = true } = {}) =>
  word(value * 4096 + (bottom ? 0x100 : 0) + 64, 4);

function checksum(header: string): string {
  let sum = 0;
  for (let i = 0; i < header.length; i += 4) sum += parseInt(header.slice(i, i + 4), 16);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return word(~sum & 0xffff, 2);
}

interface Ipv4Options {
  readonly options?: string;
  /** Flags and offset. */
  readonly fragment?: number;
  /** Total length, where it is not that of the octets. */
  readonly total?: number;
  readonly ihl?: number;
}

/** An IPv4 packet of TOS 0x28 and time to live 63. */
export function ip4(protocol: number, payload: string, more: Ipv4Options = {}): string {
  const { options = "", fragment = 0 } = more;
  const length = 20 + lengthOf(options);
  const total = more.total ?? length + lengthOf(payload);
  const start = word(0x40 + (more.ihl ?? length / 4), 1) + "28" + word(total, 2) + "1234" +
    word(fragment, 2) + "3f" + word(protocol, 1);
  const end = A4 + B4 + options;
  return start + checksum(start + "0000" + end) + end + payload;
}

/** An IPv6 packet of traffic class 0x28, flow label 0xabcde and hop limit 63. */
export function ip6(next: number, payload: string, length = lengthOf(payload)): string {
  return "628abcde" + word(length, 2) + word(next, 1) + "3f" + A6 + B6 + payload;
}

export const tcp = (flags = 0x18) =>
  "01bb c001 00000001 00000002".replaceAll(" ", "") + word(0x5000 | flags, 2) + "ffff00000000";
export const udp = (port: number, payload = "", source = 0xc001) =>
  word(source, 2) + word(port, 2) + word(8 + lengthOf(payload), 2) + "0000" + payload;
/** Extension headers of 8 octets that are followed by the given one. */
export const extension = (next: number) => word(next, 1) + "00" + "010400000000";
export const fragment = (next: number, offset: number, moreFollow = true) =>
  word(next, 1) + "00" + word(offset | (moreFollow ? 1 : 0), 2) + "00000007";
export const authentication = (next: number) =>
  word(next, 1) + "040000" + "00000001" + "00000002" + "00".repeat(12);
