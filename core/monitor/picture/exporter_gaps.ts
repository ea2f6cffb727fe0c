import { formatAddress } from "../../flow/address.ts";
import { GroupTable } from "../../query/group_table.ts";
import type { ListeningTimes } from "./listening_times.ts";

const MAX_EXPORTERS = 4096;
/** What arrives within this time is one burst, and one moment. */
const BURST_MS = 1000;

/** How an exporter's flows arrived in one stretch of time. Times in ms. */
export interface Arrivals {
  firstMs: number;
  lastMs: number;
  /** Moments at which something arrived: bursts, told apart by a second. */
  moments: number;
  /** When the last of them began. */
  momentMs: number;
  /** Without the time in which nobody listened. */
  longestGapMs: number;
}

/** An exporter: before the window, and within. */
export interface ExporterArrivals {
  readonly address: string;
  /** Through which its flows came last. */
  capability: string;
  readonly before: Arrivals;
  readonly within: Arrivals;
}

/** When flows of each exporter arrived: what is usual for it, and how long it has been quiet. */
export class ExporterGaps {
  /** When somebody would have heard them. */
  readonly listening: ListeningTimes;
  readonly #table = new GroupTable(4, MAX_EXPORTERS);
  readonly #arrivals: ExporterArrivals[] = [];
  #lastId = -1;
  readonly #lastWords = new Uint32Array(4);

  /** @param listening when collectors listened */
  constructor(listening: ListeningTimes) {
    this.listening = listening;
  }

  /**
   * Number of an exporter.
   *
   * @param words address column
   * @param at first word
   */
  find(words: Uint32Array, at: number): number {
    const last = this.#lastWords;
    // Rows of a datagram lie one behind the other.
    if (
      this.#lastId >= 0 && words[at + 3] === last[3] && words[at + 2] === last[2] &&
      words[at + 1] === last[1] && words[at] === last[0]
    ) return this.#lastId;
    const { key } = this.#table;
    for (let w = 0; w < 4; w++) key[w] = last[w] = words[at + w];
    const id = this.#lastId = this.#table.find();
    if (id === this.#arrivals.length) {
      const none: Arrivals = {
        firstMs: Infinity,
        lastMs: -Infinity,
        moments: 0,
        momentMs: -Infinity,
        longestGapMs: 0,
      };
      this.#arrivals.push({
        address: formatAddress(words, at),
        capability: "",
        before: { ...none },
        within: { ...none },
      });
    }
    return id;
  }

  /** Address of an exporter. */
  address(id: number): string {
    return this.#arrivals[id]?.address ?? "?";
  }

  /** What is known of each. */
  get all(): readonly ExporterArrivals[] {
    return this.#arrivals;
  }

  /** Takes in an arrival; rows come in order within a stretch of time. */
  note(id: number, atMs: number, part: "before" | "within", capability: string): void {
    if (id < 0) return;
    const exporter = this.#arrivals[id];
    const one = exporter[part];
    // Sources are read side by side, block by block: what is not newer adds nothing.
    if (atMs <= one.lastMs) return;
    exporter.capability = capability;
    if (one.moments === 0) one.firstMs = atMs;
    else if (atMs - one.lastMs > one.longestGapMs) {
      const gap = this.listening.between(capability, one.lastMs, atMs);
      one.longestGapMs = Math.max(one.longestGapMs, gap);
    }
    if (atMs - one.momentMs >= BURST_MS) {
      one.moments++;
      one.momentMs = atMs;
    }
    one.lastMs = atMs;
  }
}
