import { COUNTER_STRUCTURES } from "./counter_structures.ts";
import type { Structure } from "./structure.ts";

const ALL_ONES = 0xffff_ffff;
const WIDTH: Readonly<Record<string, number>> = {
  u32: 4,
  i32: 4,
  float: 4,
  ipv4: 4,
  u64: 8,
  mac: 8,
  ipv6: 16,
  uuid: 16,
};

const TEXT = new TextDecoder();
/** Octets of a text that are looked at. */
const MAX_TEXT = 1024;

/** Where a field lies in its structure. */
interface Place {
  /** Octets before each of the texts before it, from the end of the one before. */
  readonly gaps: readonly number[];
  /** Octets before it, from the start or the end of the last text. */
  readonly offset: number;
  readonly kind: string;
  readonly width: number;
}

/**
 * One counter sample (sFlow Version 5, `counters_sample`), for whoever keeps counters. One object
 * serves all samples: it holds what the last one said. Nothing is read before it is asked for. Counters are as on the wire: that they wrap at 2^32, some
 * at 2^64, and start anew with the agent is the reader's to handle.
 *
 * @example
 * ```ts
 * if (sample.has("if_counters")) keep(sample.value("if_counters", "ifInOctets"));
 * ```
 */
export class CounterSample {
  /** Agent, four words as in an address column; not to be kept. */
  exporter: Uint32Array | null = null;
  /** Sub-agent id. */
  observationDomain = 0;
  /** Unix milliseconds. */
  receivedAt = 0;
  /** Milliseconds since the agent started, 32 bits. */
  uptimeMs = 0;
  /** Number of the sample among those of its data source. */
  sequence = 0;
  /** Data source: class (0 ifIndex, 1 VLAN, 2 physical entity, 3 logical entity) and index. */
  sourceClass = 0;
  sourceIndex = 0;

  #view: DataView | null = null;
  readonly #places = new Map<string, ReadonlyMap<string, Place>>();
  /** Where each structure lies in the datagram: offset × 65,536 + length. */
  readonly #records = new Map<string, number>();

  constructor() {
    for (const structure of COUNTER_STRUCTURES.values()) {
      this.#places.set(structure.name, placesOf(structure));
    }
  }

  /** Begins a sample. Codec only. */
  begin(view: DataView): void {
    this.#view = view;
    this.#records.clear();
  }

  /** Notes where a structure lies; the first of a name counts. Codec only. */
  add(name: string, offset: number, length: number): void {
    if (!this.#records.has(name)) this.#records.set(name, offset * 65_536 + length);
  }

  /** Forgets the datagram. Codec only. */
  end(): void {
    this.#view = null;
    this.#records.clear();
  }

  /** Names of the structures that the sample holds and that are known. */
  get structures(): Iterable<string> {
    return this.#records.keys();
  }

  /** Whether the sample holds a structure, such as `if_counters`. */
  has(structure: string): boolean {
    return this.#records.has(structure);
  }

  /**
   * The value of a number of a structure; beyond 2^53 the nearest.
   *
   * @param structure its name in the specification, such as `if_counters`
   * @param field its name there, such as `ifInOctets`; those in and behind an array cannot be asked
   *   for
   * @returns NaN where the sample does not say it: no such structure, cut short, no number, or all
   *   ones, which stands for a counter that the device does not have
   */
  value(structure: string, field: string): number {
    const view = this.#view;
    const place = this.#places.get(structure)?.get(field);
    const at = place === undefined ? -1 : this.#find(structure, place);
    if (view === null || place === undefined || at < 0) return NaN;
    const high = view.getUint32(at);
    switch (place.kind) {
      case "float":
        return view.getFloat32(at);
      case "i32":
        return high | 0;
      case "u32":
        return high === ALL_ONES ? NaN : high;
      case "u64": {
        const low = view.getUint32(at + 4);
        return high === ALL_ONES && low === ALL_ONES ? NaN : high * 2 ** 32 + low;
      }
      default:
        return NaN;
    }
  }

  /**
   * A text of a structure, as it came.
   *
   * @param structure its name in the specification, such as `port_name`
   * @param field its name there, such as `name`
   * @returns null where the sample does not say it, or it is no text, or empty
   */
  text(structure: string, field: string): string | null {
    const view = this.#view;
    const place = this.#places.get(structure)?.get(field);
    if (view === null || place?.kind !== "string") return null;
    const at = this.#find(structure, place);
    const length = at < 0
      ? 0
      : Math.min(view.getUint32(at), this.#end(structure) - at - 4, MAX_TEXT);
    if (length === 0) return null;
    return TEXT.decode(new Uint8Array(view.buffer, view.byteOffset + at + 4, length));
  }

  /** Where a field lies in the datagram, whole; -1 where it does not. */
  #find(structure: string, { gaps, offset, width }: Place): number {
    const record = this.#records.get(structure);
    if (record === undefined) return -1;
    const end = this.#end(structure);
    let at = Math.floor(record / 65_536);
    for (const gap of gaps) {
      at += gap;
      if (at + 4 > end) return -1;
      const length = this.#view!.getUint32(at);
      at += 4 + length + (-length & 3);
    }
    at += offset;
    return at + width > end ? -1 : at;
  }

  /** The octet behind a structure that the sample holds. */
  #end(structure: string): number {
    const record = this.#records.get(structure)!;
    return Math.floor(record / 65_536) + record % 65_536;
  }
}

function placesOf({ fields }: Structure): Map<string, Place> {
  const places = new Map<string, Place>();
  let gaps: readonly number[] = [];
  let offset = 0;
  for (const [name, kind] of fields) {
    if (kind === "string") {
      // Its length, at least.
      places.set(name, { gaps, offset, kind, width: 4 });
      gaps = [...gaps, offset];
      offset = 0;
      continue;
    }
    const width = typeof kind === "string" ? WIDTH[kind] : undefined;
    if (typeof kind !== "string" || width === undefined) break;
    places.set(name, { gaps, offset, kind, width });
    offset += width;
  }
  return places;
}
