import { formatAddress, parseAddress } from "../flow/address.ts";

/** Senders that are remembered; the one silent for longest gives way to a new one. */
export const MAX_STRANGERS = 64;
/** First octets of the last datagram of each: enough to tell formats and versions apart. */
export const HEAD_OCTETS = 64;
const HEADER_BYTES = 8;
/** Float64 cells of a sender: address, kind, port, datagrams, last seen, octets of the head. */
const CELL = { ADDRESS: 0, KIND: 4, PORT: 5, DATAGRAMS: 6, LAST_SEEN: 7, HEAD: 8, COUNT: 10 };
const CELL_BYTES = MAX_STRANGERS * CELL.COUNT * 8;
const KINDS = ["", "refused", "unread"] as const;
/** A reader looks again at a table that changed while it was read, so often. */
const MAX_LOOKS = 4;

/** Someone whose datagrams a collector got and did not take. */
export interface Stranger {
  readonly address: string;
  /** Source port of the last datagram. */
  readonly port: number;
  /** `refused` by exporter.allow, or `unread`: in no format that the collector takes. */
  readonly kind: "refused" | "unread";
  readonly datagrams: number;
  /** Unix milliseconds. */
  readonly last_seen_ms: number;
  /** How the last datagram begins. */
  readonly head: Uint8Array;
}

/**
 * Who sends to a collector what it does not take, so that a diagnosis can say what that is: in
 * shared memory, bounded, written by the collector's worker and read by main.
 */
export class StrangerTable {
  readonly #version: Int32Array;
  readonly #cells: Float64Array;
  readonly #heads: Uint8Array;
  readonly #words = new Uint32Array(4);

  /** @param memory as made by `StrangerTable.allocate` */
  constructor(memory: SharedArrayBuffer) {
    this.#version = new Int32Array(memory, 0, 1);
    this.#cells = new Float64Array(memory, HEADER_BYTES, MAX_STRANGERS * CELL.COUNT);
    this.#heads = new Uint8Array(memory, HEADER_BYTES + CELL_BYTES);
  }

  /** Makes the memory of an empty table. */
  static allocate(): SharedArrayBuffer {
    return new SharedArrayBuffer(HEADER_BYTES + CELL_BYTES + MAX_STRANGERS * HEAD_OCTETS);
  }

  /**
   * Notes a datagram that was not taken. Writer only.
   *
   * @param datagram its payload
   * @param from the sender: address as the socket gives it, and port
   * @param what was the matter, and `nowMs` Unix milliseconds
   */
  note(
    datagram: Uint8Array,
    from: { readonly address: string; readonly port: number },
    { kind, nowMs }: { kind: Stranger["kind"]; nowMs: number },
  ): void {
    if (!parseAddress(from.address, this.#words)) return;
    const cells = this.#cells;
    const code = KINDS.indexOf(kind);
    Atomics.add(this.#version, 0, 1);
    const entry = this.#entry(code);
    const at = entry * CELL.COUNT;
    cells[at + CELL.PORT] = from.port;
    cells[at + CELL.DATAGRAMS]++;
    cells[at + CELL.LAST_SEEN] = nowMs;
    cells[at + CELL.HEAD] = Math.min(datagram.length, HEAD_OCTETS);
    this.#heads.set(datagram.subarray(0, HEAD_OCTETS), entry * HEAD_OCTETS);
    Atomics.add(this.#version, 0, 1);
  }

  /** All of them, the latest first. */
  all(): Stranger[] {
    for (let look = 0; look < MAX_LOOKS; look++) {
      const version = Atomics.load(this.#version, 0);
      const [cells, heads] = [this.#cells.slice(), this.#heads.slice()];
      if (version % 2 === 1 || Atomics.load(this.#version, 0) !== version) continue;
      return Array.from({ length: MAX_STRANGERS }, (_, entry) => entry)
        .filter((entry) => cells[entry * CELL.COUNT + CELL.KIND] > 0)
        .map((entry) =>
          read(cells.subarray(entry * CELL.COUNT), heads.subarray(entry * HEAD_OCTETS))
        )
        .sort((a, b) => b.last_seen_ms - a.last_seen_ms);
    }
    return [];
  }

  /** The entry of the address in hand: its own, a free one, or that of the one silent for longest. */
  #entry(kind: number): number {
    const cells = this.#cells;
    let oldest = 0;
    for (let entry = 0; entry < MAX_STRANGERS; entry++) {
      const at = entry * CELL.COUNT;
      if (cells[at + CELL.KIND] === 0) return this.#begin(entry, kind);
      const same = cells[at + CELL.KIND] === kind &&
        this.#words.every((word, w) => cells[at + w] === word);
      if (same) return entry;
      if (cells[at + CELL.LAST_SEEN] < cells[oldest * CELL.COUNT + CELL.LAST_SEEN]) oldest = entry;
    }
    return this.#begin(oldest, kind);
  }

  #begin(entry: number, kind: number): number {
    const at = entry * CELL.COUNT;
    this.#cells.fill(0, at, at + CELL.COUNT);
    this.#cells.set(this.#words, at + CELL.ADDRESS);
    this.#cells[at + CELL.KIND] = kind;
    return entry;
  }
}

function read(cells: Float64Array, head: Uint8Array): Stranger {
  return {
    address: formatAddress(Uint32Array.from(cells.subarray(0, 4))),
    port: cells[CELL.PORT],
    kind: KINDS[cells[CELL.KIND]] as Stranger["kind"],
    datagrams: cells[CELL.DATAGRAMS],
    last_seen_ms: cells[CELL.LAST_SEEN],
    head: head.slice(0, cells[CELL.HEAD]),
  };
}
