import { formatAddress, parseAddress } from "../flow/address.ts";
import { SAMPLING_SOURCES } from "../flow/schema.ts";
import { Exporter, type ExporterSummary } from "./exporter.ts";
import { LOSS_LOG_BYTES, LossLog } from "./loss_log.ts";
import type { DatagramSource, ExporterDirectory } from "../wire/codec.ts";
import type { SequenceLoss } from "./collection_health.ts";
import { EXPORTER_CELLS as CELL } from "./exporter_cells.ts";

/** Most exporters (address, port and observation domain) that are told apart per collector. */
export const MAX_EXPORTERS = 4096;
/** An exporter silent for this long may give its slot to a new one when the table is full. */
const REUSE_AFTER_MS = 600_000;
/** A full table is searched for a silent exporter at most so often. */
const LOOK_AGAIN_MS = 1000;
/** Most cached spellings of source addresses. */
const MAX_ADDRESS_CACHE = 8192;
const HEADER_BYTES = 64;

/** Bytes of shared memory that a table takes; only the slots in use are touched. */
export const EXPORTER_TABLE_BYTES = HEADER_BYTES + LOSS_LOG_BYTES + MAX_EXPORTERS * CELL.COUNT * 8;

/**
 * The exporters that one collector hears, in shared memory: the collector's worker writes, any
 * thread reads, and what is known outlives the worker.
 */
export class ExporterTable implements ExporterDirectory {
  readonly memory: SharedArrayBuffer;
  readonly losses: LossLog;
  /** Header: slots in use, datagrams of exporters that found no slot. */
  readonly #header: Int32Array;
  readonly #cells: Float64Array;
  readonly #known = new Map<string, Map<number, Exporter>>();
  readonly #words = new Map<string, Uint32Array | null>();
  #fullUntilMs = -Infinity;

  /** @param memory as made by `ExporterTable.allocate` */
  constructor(memory: SharedArrayBuffer) {
    this.memory = memory;
    this.#header = new Int32Array(memory, 0, 2);
    this.losses = new LossLog(memory, HEADER_BYTES);
    this.#cells = new Float64Array(memory, HEADER_BYTES + LOSS_LOG_BYTES);
    for (let slot = 0; slot < this.size; slot++) this.#remember(this.#exporter(slot));
  }

  /** Makes the memory of an empty table. */
  static allocate(): SharedArrayBuffer {
    return new SharedArrayBuffer(EXPORTER_TABLE_BYTES);
  }

  /** Slots in use. */
  get size(): number {
    return Atomics.load(this.#header, 0);
  }

  /** Datagrams of exporters that found no slot: their flows count, their loss is not known. */
  get untracked(): number {
    return Atomics.load(this.#header, 1);
  }

  /**
   * The words of a source address, parsed once.
   *
   * @param address text as the socket gives it
   * @returns four words, or null when it is no IP address (a raw file has no source)
   */
  addressWords(address: string): Uint32Array | null {
    const cached = this.#words.get(address);
    if (cached !== undefined) return cached;
    const words = new Uint32Array(4);
    const parsed = parseAddress(address, words) ? words : null;
    // Source addresses can be forged without end: start anew rather than grow.
    if (this.#words.size >= MAX_ADDRESS_CACHE) this.#words.clear();
    this.#words.set(address, parsed);
    return parsed;
  }

  /**
   * Finds, or makes, the entry of an exporter. Writer only.
   *
   * @param source its address and source port
   * @param domain observation domain, or -1 where the format has none
   * @param nowMs Unix milliseconds
   * @returns null when the table is full of living exporters; the caller goes on without accounting
   */
  find(
    source: DatagramSource,
    domain: number,
    nowMs: number,
  ): Exporter | null {
    const key = exporterKey(source.port, domain);
    const found = this.#known.get(source.address)?.get(key);
    if (found !== undefined) return found;
    const words = this.addressWords(source.address);
    if (words === null) return null;
    const canonical = formatAddress(words);
    if (canonical !== source.address) {
      const same = this.#known.get(canonical)?.get(key);
      if (same !== undefined) return same;
    }
    return this.#add(canonical, { words, port: source.port, domain, nowMs });
  }

  /** All exporters, ports of one address and domain taken together. */
  summaries(): ExporterSummary[] {
    const byKey = new Map<string, ExporterSummary>();
    for (let slot = 0; slot < this.size; slot++) {
      const next = this.#exporter(slot).summary();
      const key = `${next.address} ${next.observation_domain}`;
      const known = byKey.get(key);
      byKey.set(key, known === undefined ? next : mergeSummaries(known, next));
    }
    return [...byKey.values()];
  }

  /**
   * Loss within a window, per exporter and domain, all source ports taken together.
   *
   * @param fromMs and `toMs` bound it, Unix milliseconds
   */
  lossWithin(
    fromMs: number,
    toMs: number,
  ): SequenceLoss[] {
    const byKey = new Map<string, SequenceLoss>();
    for (const [slot, lost] of this.losses.within(fromMs, toMs)) {
      const { address, observation_domain, sequence_unit } = this.#exporter(slot).summary();
      const key = `${address} ${observation_domain}`;
      const known = byKey.get(key);
      byKey.set(key, {
        exporter: address,
        observation_domain,
        unit: sequence_unit ?? known?.unit ?? "flows",
        lost: lost + (known?.lost ?? 0),
      });
    }
    return [...byKey.values()].filter(({ lost }) => lost > 0);
  }

  #add(
    address: string,
    { words, port, domain, nowMs }: {
      words: Uint32Array;
      port: number;
      domain: number;
      nowMs: number;
    },
  ): Exporter | null {
    const size = this.size;
    const slot = size < MAX_EXPORTERS ? size : this.#retire(nowMs);
    if (slot < 0) {
      Atomics.add(this.#header, 1, 1);
      return null;
    }
    if (slot < size) this.losses.forget(slot);
    const at = slot * CELL.COUNT;
    this.#cells.fill(0, at, at + CELL.COUNT);
    this.#cells.set(words, at + CELL.ADDRESS);
    this.#cells[at + CELL.PORT] = port;
    this.#cells[at + CELL.DOMAIN] = domain;
    this.#cells[at + CELL.EXPECTED] = -1;
    this.#cells[at + CELL.UNIT] = -1;
    this.#cells[at + CELL.SAMPLING_SOURCE] = SAMPLING_SOURCES.indexOf("assumed");
    this.#cells[at + CELL.LAST_SEEN] = nowMs;
    if (slot === size) Atomics.store(this.#header, 0, size + 1);
    const exporter = this.#exporter(slot);
    this.#remember(exporter, address);
    return exporter;
  }

  /** The slot of the exporter that has been silent longest, or -1 when all are alive. */
  #retire(nowMs: number): number {
    // Every forged source would otherwise cost a look at all slots.
    if (nowMs < this.#fullUntilMs) return -1;
    let oldest = -1;
    let seen = nowMs - REUSE_AFTER_MS;
    for (let slot = 0; slot < MAX_EXPORTERS; slot++) {
      const at = this.#cells[slot * CELL.COUNT + CELL.LAST_SEEN];
      if (at < seen) {
        seen = at;
        oldest = slot;
      }
    }
    if (oldest < 0) this.#fullUntilMs = nowMs + LOOK_AGAIN_MS;
    else {
      const { address, port, domain } = this.#exporter(oldest);
      const entries = this.#known.get(address);
      entries?.delete(exporterKey(port, domain));
      if (entries?.size === 0) this.#known.delete(address);
    }
    return oldest;
  }

  #remember(exporter: Exporter, address = exporter.address): void {
    let entries = this.#known.get(address);
    if (entries === undefined) this.#known.set(address, entries = new Map());
    entries.set(exporterKey(exporter.port, exporter.domain), exporter);
  }

  #exporter(slot: number): Exporter {
    const at = slot * CELL.COUNT;
    return new Exporter(this.#cells.subarray(at, at + CELL.COUNT), { slot, losses: this.losses });
  }
}

function exporterKey(port: number, domain: number): number {
  return (domain + 1) * 65_536 + port;
}

function mergeSummaries(a: ExporterSummary, b: ExporterSummary): ExporterSummary {
  const newer = b.last_seen_ms >= a.last_seen_ms ? b : a;
  return {
    ...newer,
    sequence_unit: newer.sequence_unit ?? a.sequence_unit ?? b.sequence_unit,
    datagrams: a.datagrams + b.datagrams,
    flow_records: a.flow_records + b.flow_records,
    sequence_lost: a.sequence_lost + b.sequence_lost,
    reordered: a.reordered + b.reordered,
    duplicates: a.duplicates + b.duplicates,
    restarts: a.restarts + b.restarts,
    samples_lost: a.samples_lost + b.samples_lost,
    samples_dropped: a.samples_dropped + b.samples_dropped,
    templates: a.templates + b.templates,
  };
}
