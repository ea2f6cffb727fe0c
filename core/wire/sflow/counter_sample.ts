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

/** Where a number lies in its structure. */
interface Place {
  readonly offset: number;
  readonly kind: string;
  readonly width: number;
}

/**
 * One counter sample (sFlow Version 5, `counters_sample`), for whoever keeps counters. One object
 * serves all samples: it holds what the last one said, until the hook that was given it returns.
 * Nothing is read before it is asked for. Counters are as on the wire: that they wrap at 2^32, some
 * at 2^64, and start anew with the agent is the reader's to handle.
 *
 * @example
 * ```ts
 * new SflowCodec(context, {
 *   counters: (sample) => {
 *     if (sample.has("if_counters")) keep(sample.value("if_counters", "ifInOctets"));
 *   },
 * });
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
   * @param field its name there, such as `ifInOctets`; fields behind text have no fixed place and
   *   cannot be asked for
   * @returns NaN where the sample does not say it: no such structure, cut short, or all ones, which
   *   stands for a counter that the device does not have
   */
  value(structure: string, field: string): number {
    const record = this.#records.get(structure);
    const place = this.#places.get(structure)?.get(field);
    if (record === undefined || place === undefined || this.#view === null) return NaN;
    const at = Math.floor(record / 65_536) + place.offset;
    if (place.offset + place.width > record % 65_536) return NaN;
    const high = this.#view.getUint32(at);
    switch (place.kind) {
      case "float":
        return this.#view.getFloat32(at);
      case "i32":
        return high | 0;
      case "u32":
        return high === ALL_ONES ? NaN : high;
      case "u64": {
        const low = this.#view.getUint32(at + 4);
        return high === ALL_ONES && low === ALL_ONES ? NaN : high * 2 ** 32 + low;
      }
      default:
        return NaN;
    }
  }
}

function placesOf({ fields }: Structure): Map<string, Place> {
  const places = new Map<string, Place>();
  let offset = 0;
  for (const [name, kind] of fields) {
    const width = typeof kind === "string" ? WIDTH[kind] : undefined;
    if (typeof kind !== "string" || width === undefined) break;
    places.set(name, { offset, kind, width });
    offset += width;
  }
  return places;
}
