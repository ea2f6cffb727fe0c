import { isIpv4 } from "../flow/address.ts";

/** A value of a record: text, number, flag, list or map; integers of more than 48 bits are null. */
export type MmdbValue =
  | string
  | number
  | boolean
  | null
  | MmdbValue[]
  | { [key: string]: MmdbValue };

/** A file that is no MaxMind DB, or a damaged one. */
export class MmdbError extends Error {
  override readonly name = "MmdbError";
}

/** What stands before the metadata: "\xab\xcd\xefMaxMind.com". */
const MARKER = Uint8Array.from([0xab, 0xcd, 0xef, ...new TextEncoder().encode("MaxMind.com")]);
/** The metadata lies within this many octets of the end. */
const MAX_METADATA = 128 * 1024;
/** Zero octets between the search tree and the data. */
const SEPARATOR = 16;
/** Deepest nesting, pointers included, and most values of one record: damaged files may loop. */
const MAX_DEPTH = 32;
const MAX_VALUES = 4096;

/**
 * Leading bits of an address that are looked up at once, at most; the nodes below are walked one by
 * one. Of IPv4 that makes 4 MiB, and most networks end few nodes below; those of IPv6 share many
 * bits. 0.8 µs an address became 0.3 (geo_bench.ts).
 */
const MAX_JUMP_BITS = { ipv4: 20, ipv6: 16 } as const;

const POINTER = 1;
/** What a pointer of 1, 2, 3 and 4 octets begins to count at. */
const POINTER_BASE = [0, 2048, 526_336, 0] as const;

/** Where each start of an address, of so many bits, leads to: a node, a record, or nothing. */
interface Jumps {
  readonly bits: number;
  readonly ends: Uint32Array;
}

/**
 * Reads a MaxMind DB (format 2.0, https://maxmind.github.io/MaxMind-DB/): a binary trie over address
 * bits whose leaves lead to records. The octets are looked at where they lie, which may be memory
 * shared between threads.
 */
export class MmdbReader {
  /** Such as `GeoLite2-Country`. */
  readonly databaseType: string;
  /** When it was made, Unix seconds. */
  readonly buildEpoch: number;
  readonly #bytes: Uint8Array;
  readonly #nodes: number;
  readonly #recordBits: number;
  readonly #ipVersion: number;
  /** Node where the IPv4 addresses, ::/96, begin. */
  readonly #ipv4Node: number;
  /** Where the first bits of an address lead to, of either version; made when first asked for. */
  #jumps4: Jumps | null = null;
  #jumps6: Jumps | null = null;
  readonly #dataAt: number;
  #values = 0;

  /**
   * @param bytes the whole file
   * @throws {MmdbError} when it is not one
   */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    const metadataAt = findMarker(bytes);
    if (metadataAt < 0) throw new MmdbError("it is no MaxMind DB: its metadata is missing");
    // Pointers within the metadata count from its beginning.
    this.#dataAt = metadataAt;
    const metadata = this.read(0);
    const { node_count, record_size, ip_version, binary_format_major_version } =
      (typeof metadata === "object" ? metadata ?? {} : {}) as Record<string, MmdbValue>;
    if (binary_format_major_version !== 2) {
      throw new MmdbError(`it has format ${binary_format_major_version}; 2 is understood`);
    }
    if (
      typeof node_count !== "number" || (ip_version !== 4 && ip_version !== 6) ||
      (record_size !== 24 && record_size !== 28 && record_size !== 32)
    ) throw new MmdbError("its metadata is damaged");
    this.#nodes = node_count;
    this.#recordBits = record_size;
    this.#ipVersion = ip_version;
    const { database_type, build_epoch } = metadata as Record<string, MmdbValue>;
    this.databaseType = typeof database_type === "string" ? database_type : "";
    this.buildEpoch = typeof build_epoch === "number" ? build_epoch : 0;
    this.#dataAt = node_count * record_size / 4 + SEPARATOR;
    if (this.#dataAt > metadataAt) throw new MmdbError("it is shorter than its search tree");
    let node = 0;
    if (ip_version === 6) {
      for (let bit = 0; bit < 96 && node < this.#nodes; bit++) node = this.#child(node, 0);
    }
    this.#ipv4Node = node;
  }

  /**
   * Finds the record of an address.
   *
   * @param words an address column or any word array
   * @param at index of the first of four words
   * @returns what `read` takes, or -1 where there is no record
   */
  find(words: Uint32Array, at = 0): number {
    const v4 = isIpv4(words, at);
    if (!v4 && this.#ipVersion === 4) return -1;
    const jumps = v4
      ? this.#jumps4 ??= this.#jumpsFrom(this.#ipv4Node, MAX_JUMP_BITS.ipv4)
      : this.#jumps6 ??= this.#jumpsFrom(0, MAX_JUMP_BITS.ipv6);
    const first = v4 ? 96 : 0;
    let node = jumps.ends[words[at + (first >> 5)] >>> (32 - jumps.bits)];
    for (let bit = first + jumps.bits; bit < 128 && node < this.#nodes; bit++) {
      node = this.#child(node, (words[at + (bit >> 5)] >>> (31 - (bit & 31))) & 1);
    }
    return node > this.#nodes ? node - this.#nodes - SEPARATOR : -1;
  }

  /** Every record there is, each once, as `read` takes it. */
  records(): Iterable<number> {
    const found = new Set<number>();
    for (let node = 0; node < this.#nodes; node++) {
      for (const side of [0, 1]) {
        const child = this.#child(node, side);
        if (child > this.#nodes) found.add(child - this.#nodes - SEPARATOR);
      }
    }
    return found;
  }

  /**
   * Reads a record.
   *
   * @param offset as `find` gives it
   * @throws {MmdbError} where the file is damaged
   */
  read(offset: number): MmdbValue {
    this.#values = 0;
    return this.#value(this.#dataAt + offset, 0).value;
  }

  /** No more of them than the tree has nodes: a small database is read at once. */
  #jumpsFrom(root: number, maxBits: number): Jumps {
    const bits = Math.max(1, Math.min(maxBits, Math.ceil(Math.log2(this.#nodes + 1))));
    let ends = Uint32Array.of(root);
    for (let bit = 0; bit < bits; bit++) {
      const next = new Uint32Array(ends.length * 2);
      ends.forEach((node, i) => {
        const inner = node < this.#nodes;
        next[i * 2] = inner ? this.#child(node, 0) : node;
        next[i * 2 + 1] = inner ? this.#child(node, 1) : node;
      });
      ends = next;
    }
    return { bits, ends };
  }

  #child(node: number, side: number): number {
    const bytes = this.#bytes;
    const size = this.#recordBits >> 2;
    const at = node * size;
    switch (this.#recordBits) {
      case 24: {
        const p = at + side * 3;
        return (bytes[p] << 16) | (bytes[p + 1] << 8) | bytes[p + 2];
      }
      case 28: {
        // The octet in the middle holds the highest bits of both.
        const high = side === 0 ? bytes[at + 3] >> 4 : bytes[at + 3] & 15;
        const p = at + side * 4;
        return (high << 24) | (bytes[p] << 16) | (bytes[p + 1] << 8) | bytes[p + 2];
      }
      default:
        return this.#uint(at + side * 4, 4);
    }
  }

  #uint(at: number, octets: number): number {
    if (!(at >= 0 && at + octets <= this.#bytes.length)) throw new MmdbError("it is cut short");
    let value = 0;
    for (let i = 0; i < octets; i++) value = value * 256 + this.#bytes[at + i];
    return value;
  }

  /** A value, and where the next one begins. */
  #value(at: number, depth: number): { value: MmdbValue; next: number } {
    if (depth > MAX_DEPTH || ++this.#values > MAX_VALUES) throw new MmdbError("it is damaged");
    const control = this.#uint(at, 1);
    let type = control >> 5;
    let next = at + 1;
    if (type === POINTER) {
      const octets = ((control >> 3) & 3) + 1;
      const high = octets === 4 ? 0 : (control & 7) * 2 ** (8 * octets);
      const target = high + this.#uint(next, octets) + POINTER_BASE[octets - 1];
      return { value: this.#value(this.#dataAt + target, depth + 1).value, next: next + octets };
    }
    if (type === 0) type = 7 + this.#uint(next++, 1);
    let size = control & 31;
    if (size >= 29) {
      const octets = size - 28;
      size = [29, 285, 65_821][octets - 1] + this.#uint(next, octets);
      next += octets;
    }
    switch (type) {
      case 7:
        return this.#map(next, size, depth);
      case 11:
        return this.#list(next, size, depth);
      case 14:
        return { value: size !== 0, next };
    }
    // Reading the last octet proves that all are there.
    if (size > 0) this.#uint(next + size - 1, 1);
    return { value: this.#scalar(type, next, size), next: next + size };
  }

  #map(at: number, size: number, depth: number): { value: MmdbValue; next: number } {
    const value: Record<string, MmdbValue> = Object.create(null);
    let next = at;
    for (let i = 0; i < size; i++) {
      const key = this.#value(next, depth + 1);
      if (typeof key.value !== "string") throw new MmdbError("it is damaged");
      const item = this.#value(key.next, depth + 1);
      value[key.value] = item.value;
      next = item.next;
    }
    return { value, next };
  }

  #list(at: number, size: number, depth: number): { value: MmdbValue; next: number } {
    const value: MmdbValue[] = [];
    let next = at;
    for (let i = 0; i < size; i++) {
      const item = this.#value(next, depth + 1);
      value.push(item.value);
      next = item.next;
    }
    return { value, next };
  }

  #scalar(type: number, at: number, size: number): MmdbValue {
    switch (type) {
      case 2:
        // A copy of its own: decoders take no shared memory.
        return new TextDecoder().decode(this.#bytes.slice(at, at + size));
      case 5:
      case 6:
      case 9:
        return size <= 6 ? this.#uint(at, size) : null;
      case 8:
        return size < 4 ? this.#uint(at, size) : this.#uint(at, 4) | 0;
      // Octets, floating point and 128 bits: nothing here asks for them.
      default:
        return null;
    }
  }
}

/** Where the metadata begins, or -1. */
function findMarker(bytes: Uint8Array): number {
  const first = Math.max(0, bytes.length - MAX_METADATA);
  for (let at = bytes.length - MARKER.length; at >= first; at--) {
    if (MARKER.every((octet, i) => bytes[at + i] === octet)) return at + MARKER.length;
  }
  return -1;
}
