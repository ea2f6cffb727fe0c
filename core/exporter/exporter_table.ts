import { formatAddress, parseAddress } from "../flow/address.ts";
import { SAMPLING_SOURCES } from "../flow/schema.ts";
import { Exporter, type ExporterSummary } from "./exporter.ts";
import { LOSS_LOG_BYTES, LossLog } from "./loss_log.ts";
import type { DatagramSource, ExporterDirectory } from "../wire/codec.ts";
import type { SequenceLoss } from "./collection_health.ts";
import { EXPORTER_CELLS as CELL } from "./exporter_cells.ts";
import { UNKNOWN } from "./sequence_reading.ts";
import { TemplateLedger, type ToldTemplate } from "./template_ledger.ts";

/** Most exporters (address, sender, port and observation domain) that are told apart per collector. */
export const MAX_EXPORTERS = 4096;
/** Most of those that have not proved real yet: forged sources push out one another only. */
export const MAX_PROBATION = 256;
/** An exporter silent for this long may give its slot to a new one when the table is full. */
const REUSE_AFTER_MS = 600_000;
/** A full table is searched for a silent exporter at most so often. */
const LOOK_AGAIN_MS = 1000;
/** Most cached spellings of source addresses. */
const MAX_ADDRESS_CACHE = 8192;
const HEADER_BYTES = 64;
/** Of each slot a count that is odd while the slot gets another exporter. */
const VERSION_BYTES = MAX_EXPORTERS * 4;
/** A reader looks again at a slot that changed while it was read, so often. */
const MAX_LOOKS = 4;

const CELLS_AT = HEADER_BYTES + VERSION_BYTES + LOSS_LOG_BYTES;
const TEMPLATES_AT = CELLS_AT + MAX_EXPORTERS * CELL.COUNT * 8;
/** Bytes of shared memory that a table takes; only the slots in use are touched. */
export const EXPORTER_TABLE_BYTES = TEMPLATES_AT + TemplateLedger.bytes(MAX_EXPORTERS);

/**
 * The exporters that one collector hears, in shared memory: the collector's worker writes, any
 * thread reads, and what is known outlives the worker.
 */
export class ExporterTable implements ExporterDirectory {
  readonly memory: SharedArrayBuffer;
  readonly losses: LossLog;
  /** Header: slots in use, datagrams of exporters that found no slot or lost it again. */
  readonly #header: Int32Array;
  /** Unix milliseconds of the last of those datagrams. */
  readonly #lastUntracked: Float64Array;
  readonly #versions: Int32Array;
  readonly #cells: Float64Array;
  readonly #templates: TemplateLedger;
  /** Exporters that have not proved real yet, the longest unused first. Writer only. */
  readonly #probation = new Map<number, Exporter>();
  /** Slots of the past, to be used again. */
  readonly #free: number[] = [];
  /** By address, and sender where that is another; then by port and domain. */
  readonly #known = new Map<string, Map<number, Exporter>>();
  readonly #words = new Map<string, Uint32Array | null>();
  #fullUntilMs = -Infinity;

  /** @param memory as made by `ExporterTable.allocate` */
  constructor(memory: SharedArrayBuffer) {
    this.memory = memory;
    this.#header = new Int32Array(memory, 0, 2);
    this.#lastUntracked = new Float64Array(memory, 8, 1);
    this.#versions = new Int32Array(memory, HEADER_BYTES, MAX_EXPORTERS);
    this.losses = new LossLog(memory, HEADER_BYTES + VERSION_BYTES);
    this.#cells = new Float64Array(memory, CELLS_AT, MAX_EXPORTERS * CELL.COUNT);
    this.#templates = new TemplateLedger(memory, { offset: TEMPLATES_AT, slots: MAX_EXPORTERS });
    for (let slot = 0; slot < this.size; slot++) {
      const exporter = this.#exporter(slot);
      this.#remember(exporter);
      if (!exporter.confirmed) this.#probation.set(slot, exporter);
    }
  }

  /** Makes the memory of an empty table. */
  static allocate(): SharedArrayBuffer {
    return new SharedArrayBuffer(EXPORTER_TABLE_BYTES);
  }

  /** Slots in use. */
  get size(): number {
    return Atomics.load(this.#header, 0);
  }

  /** Datagrams of exporters that found or kept no slot: their flows count, their loss is unknown. */
  get untracked(): number {
    return Atomics.load(this.#header, 1);
  }

  /**
   * The same for a window: 0 where the last of them came before it.
   *
   * @param fromMs start of the window, Unix milliseconds
   */
  untrackedSince(fromMs: number): number {
    return this.#lastUntracked[0] >= fromMs ? this.untracked : 0;
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
   * @param source its address, source port, and sender where that is another
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
    const found = this.#known.get(partyKey(source))?.get(key);
    if (found !== undefined) return this.#used(found);
    const words = this.addressWords(source.address);
    if (words === null) return null;
    const sender = source.sender === undefined ? null : this.addressWords(source.sender);
    const canonical = {
      address: formatAddress(words),
      sender: sender === null ? undefined : formatAddress(sender),
    };
    const same = this.#known.get(partyKey(canonical))?.get(key);
    if (same !== undefined) return this.#used(same);
    return this.#add(canonical.address, { words, sender, port: source.port, domain, nowMs });
  }

  /** All exporters, ports of one address and domain taken together. */
  summaries(): ExporterSummary[] {
    const byKey = new Map<string, ExporterSummary>();
    for (let slot = 0; slot < this.size; slot++) {
      const next = this.#read(slot)?.summary();
      if (next === undefined) continue;
      const key = `${next.address} ${next.observation_domain}`;
      const known = byKey.get(key);
      byKey.set(key, known === undefined ? next : mergeSummaries(known, next));
    }
    return [...byKey.values()];
  }

  /**
   * When the templates of an exporter were announced, by observation domain and source port.
   *
   * @param address as it is written canonically
   */
  templatesOf(address: string): (ToldTemplate & { readonly observation_domain: number | null })[] {
    const told = [];
    for (let slot = 0; slot < this.size; slot++) {
      const exporter = this.#read(slot);
      if (exporter?.address !== address) continue;
      const templates = this.#templates.of(slot);
      // Meanwhile the slot may have got another exporter.
      if (this.#read(slot)?.id !== exporter.id) continue;
      const observation_domain = exporter.domain < 0 ? null : exporter.domain;
      told.push(...templates.map((template) => ({ ...template, observation_domain })));
    }
    return told;
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
    const lostBy = this.losses.within(fromMs, toMs);
    for (let slot = 0; slot < this.size && lostBy.size > 0; slot++) {
      const exporter = this.#read(slot);
      const lost = exporter === null ? undefined : lostBy.get(exporter.id);
      if (exporter === null || lost === undefined) continue;
      const { address, observation_domain, sequence_unit } = exporter.summary();
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

  /**
   * Addresses of exporters heard in a window whose sequence numbers tell nothing.
   *
   * @param fromMs start of the window, Unix milliseconds
   */
  uncountable(fromMs: number): string[] {
    const addresses = new Set<string>();
    for (let slot = 0; slot < this.size; slot++) {
      const at = slot * CELL.COUNT;
      if (this.#cells[at + CELL.READING] !== UNKNOWN) continue;
      if (this.#cells[at + CELL.LAST_SEEN] < fromMs) continue;
      const address = this.#read(slot)?.address;
      if (address !== undefined) addresses.add(address);
    }
    return [...addresses];
  }

  #add(
    address: string,
    { words, sender, port, domain, nowMs }: {
      words: Uint32Array;
      sender: Uint32Array | null;
      port: number;
      domain: number;
      nowMs: number;
    },
  ): Exporter | null {
    if (this.#probation.size >= MAX_PROBATION) this.#expel(nowMs);
    const size = this.size;
    const slot = this.#free.pop() ?? (size < MAX_EXPORTERS ? size : this.#retire(nowMs));
    if (slot < 0) {
      this.#untracked(1, nowMs);
      return null;
    }
    const at = slot * CELL.COUNT;
    const owner = slot < size ? this.#cells[at + CELL.OWNER] + 1 : 0;
    Atomics.add(this.#versions, slot, 1);
    this.#cells.fill(0, at, at + CELL.COUNT);
    this.#templates.clear(slot);
    this.#cells.set(words, at + CELL.ADDRESS);
    if (sender !== null) this.#cells.set(sender, at + CELL.SENDER);
    this.#cells[at + CELL.PORT] = port;
    this.#cells[at + CELL.DOMAIN] = domain;
    this.#cells[at + CELL.EXPECTED] = -1;
    this.#cells[at + CELL.UNIT] = -1;
    this.#cells[at + CELL.SAMPLING_SOURCE] = SAMPLING_SOURCES.indexOf("assumed");
    this.#cells[at + CELL.LAST_SEEN] = nowMs;
    this.#cells[at + CELL.FIRST_SEEN] = nowMs;
    this.#cells[at + CELL.OWNER] = owner;
    Atomics.add(this.#versions, slot, 1);
    if (slot === size) Atomics.store(this.#header, 0, size + 1);
    const exporter = this.#exporter(slot, address);
    this.#remember(exporter);
    this.#probation.set(slot, exporter);
    return exporter;
  }

  /** Notes that an exporter is heard: on probation it goes to the end of the row. */
  #used(exporter: Exporter): Exporter {
    if (exporter.confirmed) return exporter;
    this.#probation.delete(exporter.slot);
    this.#probation.set(exporter.slot, exporter);
    return exporter;
  }

  /** Makes room on probation: those that proved real go, then the one unused for longest. */
  #expel(nowMs: number): void {
    for (const [slot, exporter] of this.#probation) {
      if (this.#probation.size < MAX_PROBATION) return;
      this.#probation.delete(slot);
      if (exporter.confirmed) continue;
      this.#untracked(this.#cells[slot * CELL.COUNT + CELL.DATAGRAMS], nowMs);
      this.#letGo(exporter);
      this.#free.push(slot);
    }
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
      this.#probation.delete(oldest);
      this.#letGo(this.#exporter(oldest));
    }
    return oldest;
  }

  #letGo(exporter: Exporter): void {
    const party = partyKey(exporter);
    const entries = this.#known.get(party);
    entries?.delete(exporterKey(exporter.port, exporter.domain));
    if (entries?.size === 0) this.#known.delete(party);
    this.losses.forget(exporter.id);
  }

  #untracked(datagrams: number, nowMs: number): void {
    Atomics.add(this.#header, 1, datagrams);
    this.#lastUntracked[0] = nowMs;
  }

  /** A copy of a slot for any thread; null when it changes hands too often to be read. */
  #read(slot: number): Exporter | null {
    const at = slot * CELL.COUNT;
    for (let look = 0; look < MAX_LOOKS; look++) {
      const version = Atomics.load(this.#versions, slot);
      const cells = this.#cells.slice(at, at + CELL.COUNT);
      if (version % 2 === 0 && Atomics.load(this.#versions, slot) === version) {
        return new Exporter(cells, { slot, losses: this.losses, templates: this.#templates });
      }
    }
    return null;
  }

  #remember(exporter: Exporter): void {
    const party = partyKey(exporter);
    let entries = this.#known.get(party);
    if (entries === undefined) this.#known.set(party, entries = new Map());
    entries.set(exporterKey(exporter.port, exporter.domain), exporter);
  }

  #exporter(slot: number, address?: string): Exporter {
    const at = slot * CELL.COUNT;
    const cells = this.#cells.subarray(at, at + CELL.COUNT);
    return new Exporter(cells, { slot, losses: this.losses, templates: this.#templates, address });
  }
}

/** Whose datagrams, and by whom. */
function partyKey({ address, sender }: { address: string; sender?: string }): string {
  return sender === undefined ? address : `${address} ${sender}`;
}

function exporterKey(port: number, domain: number): number {
  return (domain + 1) * 65_536 + port;
}

function mergeSummaries(a: ExporterSummary, b: ExporterSummary): ExporterSummary {
  const newer = b.last_seen_ms >= a.last_seen_ms ? b : a;
  return {
    ...newer,
    first_seen_ms: Math.min(a.first_seen_ms, b.first_seen_ms),
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
    waiting_sets: a.waiting_sets + b.waiting_sets,
    unrated_ms: Math.max(a.unrated_ms ?? 0, b.unrated_ms ?? 0) || null,
  };
}
