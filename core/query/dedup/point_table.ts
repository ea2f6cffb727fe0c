import { formatAddress } from "../../flow/address.ts";
import { type DedupColumns, knows } from "./dedup_columns.ts";

/** Most points that are told apart; rows of further ones belong to none. */
const MAX_POINTS = 4096;
const SLOTS = MAX_POINTS * 2;
const KEY_WORDS = 6;
const KNOWS_EXPORTER = 1;
const KNOWS_DIRECTION = 2;
const KNOWS_INTERFACE = 4;
const EGRESS = 1;

/** Where a flow was observed. */
export interface ObservationPoint {
  /** Address of the device; null where it is not known. */
  readonly exporter: string | null;
  readonly direction: "ingress" | "egress" | null;
  /** ifIndex: of egress the one that it left by, else the one that it came in by. */
  readonly if_index: number | null;
}

/** Numbers the observation points of rows, from 0. */
export class PointTable {
  count = 0;
  readonly #slots = new Int16Array(SLOTS).fill(-1);
  readonly #keys = new Uint32Array(MAX_POINTS * KEY_WORDS);
  readonly #key = new Uint32Array(KEY_WORDS);
  /** Secret, since exporters can be forged. */
  readonly #seed = crypto.getRandomValues(new Int32Array(1))[0];

  /**
   * The number of a row's point; a new one where it has none yet.
   *
   * @returns -1 where there are too many
   */
  intern(columns: DedupColumns, slot: number): number {
    return this.#find(columns, slot, true);
  }

  /** The number of a row's point; -1 where it has none. */
  find(columns: DedupColumns, slot: number): number {
    return this.#find(columns, slot, false);
  }

  /** What a number stands for. */
  point(id: number): ObservationPoint {
    const key = this.#keys.subarray(id * KEY_WORDS, (id + 1) * KEY_WORDS);
    const known = key[5] & 7;
    return {
      exporter: known & KNOWS_EXPORTER ? formatAddress(key) : null,
      direction: known & KNOWS_DIRECTION ? key[5] >>> 8 === EGRESS ? "egress" : "ingress" : null,
      if_index: known & KNOWS_INTERFACE ? key[4] : null,
    };
  }

  #find(columns: DedupColumns, slot: number, insert: boolean): number {
    const key = this.#key;
    writeKey(columns, slot, key);
    let hash = this.#seed;
    for (let w = 0; w < KEY_WORDS; w++) {
      hash = Math.imul(hash ^ key[w], 0x2c1b3c6d);
      hash ^= hash >>> 15;
    }
    let at = (hash >>> 0) % SLOTS;
    for (let id = this.#slots[at]; id >= 0; id = this.#slots[at]) {
      if (this.#same(id)) return id;
      at = (at + 1) % SLOTS;
    }
    if (!insert || this.count === MAX_POINTS) return -1;
    this.#keys.set(key, this.count * KEY_WORDS);
    return this.#slots[at] = this.count++;
  }

  #same(id: number): boolean {
    const from = id * KEY_WORDS;
    for (let w = 0; w < KEY_WORDS; w++) if (this.#keys[from + w] !== this.#key[w]) return false;
    return true;
  }
}

function writeKey(columns: DedupColumns, slot: number, key: Uint32Array): void {
  let known = 0;
  if (knows(columns, slot, "exporter")) {
    known |= KNOWS_EXPORTER;
    for (let w = 0; w < 4; w++) key[w] = columns.exporter[slot * 4 + w];
  } else key.fill(0, 0, 4);
  let direction = 0;
  if (knows(columns, slot, "direction")) {
    known |= KNOWS_DIRECTION;
    direction = columns.direction[slot];
  }
  const side = direction === EGRESS ? "out_if" : "in_if";
  key[4] = 0;
  if (knows(columns, slot, side)) {
    known |= KNOWS_INTERFACE;
    key[4] = columns[side][slot];
  }
  key[5] = known | (direction << 8);
}

/** A point as people write it: `192.0.2.1 ingress interface 3`. */
export function formatPoint({ exporter, direction, if_index }: ObservationPoint): string {
  return [
    exporter ?? "an unknown exporter",
    ...(direction === null ? [] : [direction]),
    ...(if_index === null ? [] : [`interface ${if_index}`]),
  ].join(" ");
}
