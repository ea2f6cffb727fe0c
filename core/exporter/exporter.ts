import { formatAddress } from "../flow/address.ts";
import { SAMPLING_SOURCES, type SamplingSource } from "../flow/schema.ts";
import type { ExporterAccount, SequenceUnit } from "../wire/codec.ts";
import { EXPORTER_CELLS as CELL, SEQUENCE_UNITS } from "./exporter_cells.ts";
import type { LossLog } from "./loss_log.ts";
import { SequenceTracker } from "./sequence.ts";

/** The exporter's clock may drift, and be set, by this much without having started anew. */
const BOOT_TOLERANCE_MS = 2000;
const UPTIME_WRAP_MS = 2 ** 32;

/** What is known of one exporter and observation domain, over all its source ports. */
export interface ExporterSummary {
  address: string;
  observation_domain: number | null;
  /** Unix milliseconds. */
  last_seen_ms: number;
  datagrams: number;
  flow_records: number;
  sequence_lost: number;
  sequence_unit: SequenceUnit | null;
  reordered: number;
  duplicates: number;
  restarts: number;
  /** Of sFlow: samples missing among those of its data sources, and those it says it dropped. */
  samples_lost: number;
  samples_dropped: number;
  sampling_rate: number | null;
  sampling_source: SamplingSource;
  templates: number;
}

/** One exporter: the address, source port and observation domain that a stream comes from. */
export class Exporter implements ExporterAccount {
  readonly slot: number;
  readonly #cells: Float64Array;
  readonly #losses: LossLog;
  readonly #sequence: SequenceTracker;

  /**
   * @param cells its slot of the shared table
   * @param options number of the `slot`, and the `losses` log to note gaps in
   */
  constructor(cells: Float64Array, { slot, losses }: { slot: number; losses: LossLog }) {
    this.#cells = cells;
    this.slot = slot;
    this.#losses = losses;
    this.#sequence = new SequenceTracker(cells[CELL.EXPECTED]);
  }

  get address(): string {
    return formatAddress(Uint32Array.from(this.#cells.subarray(CELL.ADDRESS, CELL.ADDRESS + 4)));
  }

  get port(): number {
    return this.#cells[CELL.PORT];
  }

  /** Observation domain, or -1. */
  get domain(): number {
    return this.#cells[CELL.DOMAIN];
  }

  /**
   * Notes a datagram.
   *
   * @param records flow records it gave
   * @param nowMs arrival, Unix milliseconds
   */
  seen(records: number, nowMs: number): void {
    const cells = this.#cells;
    cells[CELL.DATAGRAMS]++;
    cells[CELL.FLOW_RECORDS] += records;
    cells[CELL.LAST_SEEN] = nowMs;
  }

  /**
   * Notes the sampling rate in force.
   *
   * @param rate one in `rate`; 0 for not known
   */
  sampled(rate: number, source: SamplingSource): void {
    this.#cells[CELL.SAMPLING_RATE] = rate;
    this.#cells[CELL.SAMPLING_SOURCE] = SAMPLING_SOURCES.indexOf(source);
  }

  /**
   * Accounts for a sequence number.
   *
   * @param sequence 32-bit number of the datagram
   * @param step `units` the datagram moves the number on, and what the `unit` is; `nowMs` arrival
   * @param clock the exporter's own `uptimeMs` (32 bits) and `unixMs`, where the format has them:
   *   they tell a restart from reordering
   */
  sequence(
    sequence: number,
    { units, unit, nowMs }: { units: number; unit: SequenceUnit; nowMs: number },
    clock?: { uptimeMs: number; unixMs: number },
  ): void {
    const cells = this.#cells;
    cells[CELL.UNIT] = SEQUENCE_UNITS.indexOf(unit);
    const restarted = clock !== undefined && this.#restarted(clock);
    const lost = this.#sequence.observe(sequence, units, restarted);
    cells[CELL.EXPECTED] = this.#sequence.expected;
    switch (this.#sequence.verdict) {
      case "late":
        cells[CELL.REORDERED]++;
        break;
      case "duplicate":
        cells[CELL.DUPLICATES]++;
        break;
      case "restart":
        cells[CELL.RESTARTS]++;
    }
    if (lost !== 0) {
      cells[CELL.LOST] += lost;
      this.#losses.note(this.slot, { atMs: nowMs, units: lost });
    }
  }

  /** Forgets where the sequence stands: the next number is taken as it comes. */
  resync(): void {
    this.#sequence.expected = -1;
    this.#cells[CELL.EXPECTED] = -1;
  }

  /** Notes samples that are missing among those of its data sources, and those it dropped. */
  samples(lost: number, dropped: number): void {
    const cells = this.#cells;
    // A duplicate looks like a late sample: never less than none.
    cells[CELL.SAMPLES_LOST] = Math.max(0, cells[CELL.SAMPLES_LOST] + lost);
    cells[CELL.SAMPLES_DROPPED] += dropped;
  }

  /** Notes how many templates it has announced. */
  templates(count: number): void {
    this.#cells[CELL.TEMPLATES] = count;
  }

  /**
   * Whether uptime fell and the start moved by more than drift or the wrap explains: forward, or
   * back where a device without a battery-backed clock starts in the past.
   */
  #restarted({ uptimeMs, unixMs }: { uptimeMs: number; unixMs: number }): boolean {
    const cells = this.#cells;
    const boot = unixMs - uptimeMs;
    const moved = boot - cells[CELL.BOOT];
    const restarted = cells[CELL.BOOT] !== 0 && uptimeMs < cells[CELL.UPTIME] &&
      Math.abs(moved) > BOOT_TOLERANCE_MS &&
      Math.abs(moved - UPTIME_WRAP_MS) > BOOT_TOLERANCE_MS;
    if (restarted || uptimeMs >= cells[CELL.UPTIME] || moved > BOOT_TOLERANCE_MS) {
      cells[CELL.UPTIME] = uptimeMs;
      cells[CELL.BOOT] = boot;
    }
    return restarted;
  }

  /** What is known of it, for people. */
  summary(): ExporterSummary {
    const cells = this.#cells;
    return {
      address: this.address,
      observation_domain: this.domain < 0 ? null : this.domain,
      last_seen_ms: cells[CELL.LAST_SEEN],
      datagrams: cells[CELL.DATAGRAMS],
      flow_records: cells[CELL.FLOW_RECORDS],
      sequence_lost: cells[CELL.LOST],
      sequence_unit: SEQUENCE_UNITS[cells[CELL.UNIT]] ?? null,
      reordered: cells[CELL.REORDERED],
      duplicates: cells[CELL.DUPLICATES],
      restarts: cells[CELL.RESTARTS],
      samples_lost: cells[CELL.SAMPLES_LOST],
      samples_dropped: cells[CELL.SAMPLES_DROPPED],
      sampling_rate: cells[CELL.SAMPLING_RATE] || null,
      sampling_source: SAMPLING_SOURCES[cells[CELL.SAMPLING_SOURCE]],
      templates: cells[CELL.TEMPLATES],
    };
  }
}
