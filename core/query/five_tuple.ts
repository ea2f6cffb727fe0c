import { formatAddress, parseAddress } from "../flow/address.ts";
import { type FlowColumns, isPresent } from "../flow/columns.ts";
import { protocolName } from "../flow/protocol.ts";
import { presenceBit } from "../flow/schema.ts";

/** What makes two records parts of one flow. */
export interface FiveTuple {
  src_addr: string | null;
  src_port: number | null;
  dst_addr: string | null;
  dst_port: number | null;
  protocol: number | null;
  protocol_name: string | null;
}

/** Columns that a 5-tuple is made of. */
export const FIVE_TUPLE_FIELDS = [
  "src_addr",
  "dst_addr",
  "src_port",
  "dst_port",
  "protocol",
] as const;
type TupleColumns = Pick<FlowColumns, (typeof FIVE_TUPLE_FIELDS)[number] | "presence">;

/** 32-bit words of a key: two addresses, both ports, and protocol with what is known. */
export const FIVE_TUPLE_WORDS = 10;

const BITS = FIVE_TUPLE_FIELDS.map(presenceBit);
/** Where the key says which of the five are known. */
const KNOWN_SHIFT = 8;

/**
 * Writes the key of a row. Unknown parts count as 0 and are told apart from a real 0.
 *
 * @param columns a block with the five columns
 * @param slot of the row
 * @param key at least FIVE_TUPLE_WORDS
 */
export function writeFiveTuple(columns: TupleColumns, slot: number, key: Uint32Array): void {
  let known = 0;
  for (let i = 0; i < BITS.length; i++) {
    if (isPresent(columns, { slot, bit: BITS[i] })) known |= 1 << i;
  }
  const at = slot * 4;
  for (let w = 0; w < 4; w++) {
    key[w] = known & 1 ? columns.src_addr[at + w] : 0;
    key[4 + w] = known & 2 ? columns.dst_addr[at + w] : 0;
  }
  const source = known & 4 ? columns.src_port[slot] : 0;
  const destination = known & 8 ? columns.dst_port[slot] : 0;
  key[8] = (source << 16) | destination;
  key[9] = (known & 16 ? columns.protocol[slot] : 0) | (known << KNOWN_SHIFT);
}

/**
 * Reads a key back.
 *
 * @param key as `writeFiveTuple` wrote it
 */
export function readFiveTuple(key: Uint32Array): FiveTuple {
  const known = key[9] >>> KNOWN_SHIFT;
  const protocol = known & 16 ? key[9] & 0xff : null;
  return {
    src_addr: known & 1 ? formatAddress(key, 0) : null,
    src_port: known & 4 ? key[8] >>> 16 : null,
    dst_addr: known & 2 ? formatAddress(key, 4) : null,
    dst_port: known & 8 ? key[8] & 0xffff : null,
    protocol,
    protocol_name: protocol === null ? null : protocolName(protocol),
  };
}

/**
 * Writes the key of a 5-tuple that was read before.
 *
 * @param tuple as `readFiveTuple` gave it
 * @param key at least FIVE_TUPLE_WORDS
 */
export function fiveTupleKey(tuple: FiveTuple, key: Uint32Array): void {
  key.fill(0);
  let known = 0;
  if (tuple.src_addr !== null && parseAddress(tuple.src_addr, key, 0)) known |= 1;
  if (tuple.dst_addr !== null && parseAddress(tuple.dst_addr, key, 4)) known |= 2;
  if (tuple.src_port !== null) known |= 4;
  if (tuple.dst_port !== null) known |= 8;
  if (tuple.protocol !== null) known |= 16;
  key[8] = ((tuple.src_port ?? 0) << 16) | (tuple.dst_port ?? 0);
  key[9] = (tuple.protocol ?? 0) | (known << KNOWN_SHIFT);
}

/** The 5-tuple as people write it: `10.0.0.1:1234 > [2001:db8::1]:443 TCP`. */
export function formatFiveTuple(tuple: FiveTuple): string {
  const { protocol, protocol_name } = tuple;
  const ends = `${endpoint(tuple.src_addr, tuple.src_port)} > ${
    endpoint(tuple.dst_addr, tuple.dst_port)
  }`;
  return protocol === null ? ends : `${ends} ${protocol_name ?? `protocol ${protocol}`}`;
}

function endpoint(address: string | null, port: number | null): string {
  const host = address ?? "?";
  if (port === null) return host;
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
