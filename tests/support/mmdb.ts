import { networkWords, parseNetwork } from "../../core/flow/network.ts";

/** What a record of a test's database may hold. */
export type Plain = string | number | boolean | readonly Plain[] | {
  readonly [key: string]: Plain;
};

/**
 * Writes a MaxMind DB (format 2.0, https://maxmind.github.io/MaxMind-DB/), plainly: no pointers, equal
 * records once.
 *
 * @param networks and their records; networks may not hold each other. IPv4 lies at ::/96
 * @param options `recordSize` in bits, `ipVersion` of the tree
 * @returns the file, as shared memory
 */
export function writeMmdb(
  networks: readonly (readonly [network: string, record: Plain])[],
  { recordSize = 24, ipVersion = 6 }: { recordSize?: 24 | 28 | 32; ipVersion?: 4 | 6 } = {},
): SharedArrayBuffer {
  /** Children: a node, -1 for none, or a record as -2 - its offset. */
  const nodes: [number, number][] = [[-1, -1]];
  const data: number[] = [];
  const offsets = new Map<string, number>();
  for (const [network, record] of networks) {
    const key = JSON.stringify(record);
    if (!offsets.has(key)) {
      offsets.set(key, data.length);
      data.push(...encode(record));
    }
    insert(nodes, bitsOf(network, ipVersion), -2 - offsets.get(key)!);
  }
  const tree = nodes.flatMap(([left, right]) => {
    const [a, b] = [left, right].map((child) =>
      child >= 0 ? child : child === -1 ? nodes.length : nodes.length + 16 + (-2 - child)
    );
    if (recordSize === 28) {
      const middle = ((a >>> 24) << 4) | (b >>> 24);
      return [...bigEndian(a, 4).slice(1), middle, ...bigEndian(b, 4).slice(1)];
    }
    return [...bigEndian(a, recordSize / 8), ...bigEndian(b, recordSize / 8)];
  });
  const metadata = encode({
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1_700_000_000,
    database_type: "Test",
    description: { en: "a test" },
    ip_version: ipVersion,
    languages: ["en"],
    node_count: nodes.length,
    record_size: recordSize,
  });
  const marker = [0xab, 0xcd, 0xef, ...new TextEncoder().encode("MaxMind.com")];
  const file = [...tree, ...Array(16).fill(0), ...data, ...marker, ...metadata];
  const shared = new SharedArrayBuffer(file.length);
  new Uint8Array(shared).set(file);
  return shared;
}

function bitsOf(network: string, ipVersion: 4 | 6): number[] {
  const parsed = parseNetwork(network)!;
  const { value, ipv4 } = networkWords(parsed);
  const bits = [...value].flatMap((word) =>
    Array.from({ length: 32 }, (_, i) => (word >>> (31 - i)) & 1)
  );
  if (!ipv4) return bits.slice(0, parsed.prefixLength);
  const own = bits.slice(96, 96 + parsed.prefixLength);
  return ipVersion === 4 ? own : [...Array(96).fill(0), ...own];
}

function insert(nodes: [number, number][], bits: readonly number[], leaf: number): void {
  let node = 0;
  bits.forEach((bit, i) => {
    if (i === bits.length - 1) {
      nodes[node][bit] = leaf;
      return;
    }
    if (nodes[node][bit] < 0) nodes[node][bit] = nodes.push([-1, -1]) - 1;
    node = nodes[node][bit];
  });
}

function encode(value: Plain): number[] {
  if (typeof value === "string") {
    const octets = [...new TextEncoder().encode(value)];
    return [...control(2, octets.length), ...octets];
  }
  if (typeof value === "boolean") return control(14, Number(value));
  if (typeof value === "number") {
    const octets = bigEndian(value, value > 0xffff_ffff ? 8 : 4);
    while (octets[0] === 0) octets.shift();
    return [...control(value > 0xffff_ffff ? 9 : 6, octets.length), ...octets];
  }
  if (Array.isArray(value)) {
    return [...control(11, value.length), ...value.flatMap((item) => encode(item))];
  }
  const entries = Object.entries(value);
  return [
    ...control(7, entries.length),
    ...entries.flatMap(([k, v]) => [...encode(k), ...encode(v)]),
  ];
}

/** Type and size; types above 7 have an octet of their own. */
function control(type: number, size: number): number[] {
  const own = type > 7 ? [type - 7] : [];
  const high = type > 7 ? 0 : type << 5;
  if (size < 29) return [high | size, ...own];
  if (size < 285) return [high | 29, ...own, size - 29];
  return [high | 30, ...own, ...bigEndian(size - 285, 2)];
}

function bigEndian(value: number, octets: number): number[] {
  return Array.from(
    { length: octets },
    (_, i) => Math.floor(value / 256 ** (octets - 1 - i)) % 256,
  );
}
