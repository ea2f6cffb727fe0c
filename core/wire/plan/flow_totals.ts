import { LIMITS } from "../limits.ts";

/** Places that a flow may be kept in; the one not seen for longest gives way. */
const WAYS = 8;
/** Odd constants with their bits well mixed, as multiplicative hashing wants them. */
const PRIME_A = 0x9e3779b1;
const PRIME_B = 0x85ebca6b;

/**
 * Turns totals since a flow began (IPFIX 85 and 86) into what is new since its last record.
 *
 * A flow is kept as 64 bits of a keyed hash and its last totals, in typed arrays that are laid out
 * when the first flow comes and never grow. A flow that is not known counts whole, and so does one
 * whose totals fell: it is another flow of the same key. One that had to give way to others counts
 * whole again when it goes on, which is too much: `forgotten` counts those that gave way although
 * they had been seen within `LIMITS.totalledFlowMs`.
 *
 * One flow at a time: `begin`, a `key` for each field that tells it apart, `take`.
 */
export class FlowTotals {
  /** Out: octets that are new; NaN where there is no such counter. */
  octets = NaN;
  /** Out: packets that are new; NaN where there is no such counter. */
  packets = NaN;
  /** Flows that gave way though they may go on, added up. */
  forgotten = 0;
  readonly #sets: number;
  readonly #seedA: number;
  readonly #seedB: number;
  #a = 0;
  #b = 0;
  #table: Table | null = null;
  #turn = 0;

  /** @param capacity flows to keep, a power of two and at least 8 */
  constructor(capacity: number = LIMITS.totalledFlows) {
    this.#sets = capacity / WAYS;
    // Sources can be forged: nobody outside may know which flows share a place.
    const seeds = crypto.getRandomValues(new Uint32Array(2));
    this.#seedA = seeds[0];
    this.#seedB = seeds[1];
  }

  /**
   * Begins with a flow.
   *
   * @param exporter address words, or null
   * @param domain observation domain
   * @param row 0 for the record's own direction, 1 for the other
   */
  begin(exporter: Uint32Array | null, domain: number, row: number): void {
    this.#a = this.#seedA;
    this.#b = this.#seedB;
    for (let i = 0; exporter !== null && i < 4; i++) this.#mix(exporter[i]);
    this.#mix(domain);
    this.#mix(row);
  }

  /** Takes in a field that tells the flow apart: its octets as they are. */
  key(view: DataView, offset: number, length: number): void {
    const end = offset + length;
    let at = offset;
    for (; at + 4 <= end; at += 4) this.#mix(view.getUint32(at));
    for (; at < end; at++) this.#mix(view.getUint8(at));
    this.#mix(length);
  }

  /**
   * Works out what is new, into `octets` and `packets`.
   *
   * @param octets total of octets, NaN where there is none
   * @param packets total of packets, NaN where there is none
   * @param nowMs arrival, Unix milliseconds
   * @param ended whether this is the flow's last record
   */
  take(octets: number, packets: number, nowMs: number, ended: boolean): void {
    const table = this.#table ??= layTable(this.#sets * WAYS);
    const a = this.#a >>> 0;
    const b = this.#b >>> 0;
    const first = a % this.#sets * WAYS;
    let place = first;
    let known = false;
    for (let i = first; i < first + WAYS && !known; i++) {
      known = table.a[i] === a && table.b[i] === b && table.turn[i] > 0;
      if (known || table.turn[i] < table.turn[place]) place = i;
    }
    const fell = !known || octets < table.octets[place] || packets < table.packets[place];
    this.octets = fell ? octets : grown(octets, table.octets[place]);
    this.packets = fell ? packets : grown(packets, table.packets[place]);
    if (!known && ended) return;
    if (!known && table.turn[place] > 0 && nowMs - table.seenMs[place] < LIMITS.totalledFlowMs) {
      this.forgotten++;
    }
    table.a[place] = a;
    table.b[place] = b;
    table.octets[place] = octets;
    table.packets[place] = packets;
    table.seenMs[place] = nowMs;
    table.turn[place] = ended ? 0 : ++this.#turn;
  }

  #mix(word: number): void {
    const a = Math.imul(this.#a ^ word, PRIME_A);
    this.#a = a ^ a >>> 15;
    const b = Math.imul(this.#b + word | 0, PRIME_B);
    this.#b = (b << 13 | b >>> 19) ^ this.#a;
  }
}

/** What a total has grown by; whole where the flow's last record, of another template, had none. */
function grown(total: number, before: number): number {
  return before >= 0 ? total - before : total;
}

interface Table {
  readonly a: Uint32Array;
  readonly b: Uint32Array;
  readonly octets: Float64Array;
  readonly packets: Float64Array;
  readonly seenMs: Float64Array;
  /** When it was last used, in uses; 0 for a place that is free. */
  readonly turn: Float64Array;
}

function layTable(capacity: number): Table {
  return {
    a: new Uint32Array(capacity),
    b: new Uint32Array(capacity),
    octets: new Float64Array(capacity),
    packets: new Float64Array(capacity),
    seenMs: new Float64Array(capacity),
    turn: new Float64Array(capacity),
  };
}
