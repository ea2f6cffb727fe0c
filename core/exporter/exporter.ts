import { formatAddress } from "../flow/address.ts";
import { SAMPLING_SOURCES, type SamplingSource } from "../flow/schema.ts";
import type { ExporterAccount, MessageCounts, SequenceUnit } from "../wire/codec.ts";
import { EXPORTER_CELLS as CELL, SEQUENCE_UNITS } from "./exporter_cells.ts";
import type { LossLog } from "./loss_log.ts";
import {
  type SequenceCorrection,
  SequenceLearner,
  type SequenceTally,
} from "./sequence_learner.ts";
import { READINGS, STANDARD } from "./sequence_reading.ts";
import type { TemplateLedger } from "./template_ledger.ts";

/** The exporter's clock may drift, and be set, by this much without having started anew. */
const BOOT_TOLERANCE_MS = 2000;
const UPTIME_WRAP_MS = 2 ** 32;
/** Datagrams with records, over how long, that prove an exporter real. */
const PROOF_DATAGRAMS = 4;
const PROOF_MS = 2000;
/** Of a numbered format so many have to come in order; or there are many that give records. */
const PROOF_IN_ORDER = 3;
const PROOF_DISORDERLY = 64;

/** What is known of one exporter and observation domain, over all its source ports. */
export interface ExporterSummary {
  address: string;
  observation_domain: number | null;
  /** Unix milliseconds. */
  first_seen_ms: number;
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
  /** Sets that wait for their template. */
  waiting_sets: number;
  /** Arrival of its last datagram less what its own clock showed in it; null where it has none. */
  clock_lag_ms: number | null;
  /** When its records last named a sampler whose rate nobody said, Unix milliseconds; null for never. */
  unrated_ms: number | null;
}

/** One exporter: the address, source port and observation domain that a stream comes from. */
export class Exporter implements ExporterAccount {
  readonly slot: number;
  readonly #cells: Float64Array;
  readonly #losses: LossLog;
  readonly #templates: TemplateLedger;
  /** Null until the first number comes: many formats have none, and many sources are forged. */
  #sequence: SequenceLearner | null = null;
  #address: string | undefined;
  /** What the number counts by the format, and how it is read: -1 before the first datagram. */
  #unit: SequenceUnit | null = null;
  #reading = -1;
  /** Datagrams in order, and such that gave records. */
  #inOrder = 0;
  #useful = 0;
  #confirmed: boolean;

  /**
   * @param cells its slot of the shared table
   * @param options number of the `slot`, the `losses` log to note gaps in, the ledger of
   *   `templates`, and its `address` as text where it is at hand
   */
  constructor(
    cells: Float64Array,
    { slot, losses, templates, address }: {
      slot: number;
      losses: LossLog;
      templates: TemplateLedger;
      address?: string;
    },
  ) {
    this.#address = address;
    this.#cells = cells;
    this.slot = slot;
    this.#losses = losses;
    this.#templates = templates;
    this.#confirmed = cells[CELL.CONFIRMED] === 1;
  }

  get address(): string {
    return this.#address ??= formatAddress(
      Uint32Array.from(this.#cells.subarray(CELL.ADDRESS, CELL.ADDRESS + 4)),
    );
  }

  /** Who sends its datagrams, as text; undefined where that is the exporter itself. */
  get sender(): string | undefined {
    const words = Uint32Array.from(this.#cells.subarray(CELL.SENDER, CELL.SENDER + 4));
    return words.some((word) => word !== 0) ? formatAddress(words) : undefined;
  }

  /** A number that no other exporter of the table ever has, whoever gets its slot. */
  get id(): number {
    return exporterId(this.slot, this.#cells[CELL.OWNER]);
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
    if (records > 0 && !this.confirmed) this.#prove(nowMs);
  }

  /** Whether it has proved real: its slot is its own then. */
  get confirmed(): boolean {
    return this.#confirmed;
  }

  /** Several datagrams with records, over some time, numbered in order where they are numbered. */
  #prove(nowMs: number): void {
    const cells = this.#cells;
    if (++this.#useful < PROOF_DATAGRAMS || nowMs - cells[CELL.FIRST_SEEN] < PROOF_MS) return;
    const orderly = cells[CELL.EXPECTED] < 0 || this.#inOrder >= PROOF_IN_ORDER;
    if (!orderly && this.#useful < PROOF_DISORDERLY) return;
    this.#confirmed = true;
    cells[CELL.CONFIRMED] = 1;
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
   * @param step `units` the datagram moves the number on, and what the `unit` is, as the format has
   *   it; `nowMs` arrival; what the `message` held, which shows whether the exporter numbers otherwise
   * @param clock the exporter's own `uptimeMs` (32 bits) and `unixMs`, where the format has them:
   *   they tell a restart from reordering
   */
  sequence(
    sequence: number,
    step: { units: number; unit: SequenceUnit; nowMs: number; message?: MessageCounts },
    clock?: { uptimeMs: number; unixMs: number },
  ): void {
    const cells = this.#cells;
    const learner = this.#sequence ??= new SequenceLearner(
      cells[CELL.READING],
      cells[CELL.EXPECTED],
    );
    learner.observe(sequence, step, clock !== undefined && this.#restarted(clock));
    cells[CELL.EXPECTED] = learner.expected;
    if (learner.inOrder) this.#inOrder++;
    else this.#add(learner.tally, step.nowMs);
    if (learner.correction !== null) this.#correct(learner.correction);
    if (step.unit !== this.#unit || learner.reading !== this.#reading) {
      this.#unit = step.unit;
      this.#reading = learner.reading;
      cells[CELL.READING] = this.#reading;
      cells[CELL.UNIT] = unitIndex(this.#reading, step.unit);
    }
  }

  #add({ lost, reordered, duplicates, restarts }: SequenceTally, nowMs: number): void {
    const cells = this.#cells;
    cells[CELL.REORDERED] += reordered;
    cells[CELL.DUPLICATES] += duplicates;
    cells[CELL.RESTARTS] += restarts;
    if (lost === 0) return;
    cells[CELL.LOST] += lost;
    this.#losses.note(this.id, { atMs: nowMs, units: lost });
  }

  /** Its numbers count something else than was thought: what was counted meanwhile is set right. */
  #correct({ tally, ledger }: SequenceCorrection): void {
    const cells = this.#cells;
    cells[CELL.LOST] += tally.lost;
    cells[CELL.REORDERED] += tally.reordered;
    cells[CELL.DUPLICATES] += tally.duplicates;
    cells[CELL.RESTARTS] += tally.restarts;
    for (const { units, atMs } of ledger.entries()) this.#losses.note(this.id, { atMs, units });
  }

  /** Forgets where the sequence stands: the next number is taken as it comes. */
  resync(): void {
    this.#sequence?.resync();
    this.#cells[CELL.EXPECTED] = -1;
  }

  /** Notes samples that are missing among those of its data sources, and those it dropped. */
  samples(lost: number, dropped: number): void {
    const cells = this.#cells;
    // A duplicate looks like a late sample: never less than none.
    cells[CELL.SAMPLES_LOST] = Math.max(0, cells[CELL.SAMPLES_LOST] + lost);
    cells[CELL.SAMPLES_DROPPED] += dropped;
  }

  /** Notes how many templates are known of it, and how many of its sets wait for one. */
  templates(count: number, waiting: number): void {
    this.#cells[CELL.TEMPLATES] = count;
    this.#cells[CELL.WAITING] = waiting;
  }

  announced(templateId: number, nowMs: number): void {
    this.#templates.announced(this.slot, templateId, nowMs);
  }

  used(templateId: number, nowMs: number): void {
    this.#templates.used(this.slot, templateId, nowMs);
  }

  unrated(nowMs: number): void {
    this.#cells[CELL.UNRATED] = nowMs;
  }

  clock(exportMs: number): void {
    this.#cells[CELL.EXPORT_TIME] = exportMs;
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
      first_seen_ms: cells[CELL.FIRST_SEEN],
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
      waiting_sets: cells[CELL.WAITING],
      clock_lag_ms: cells[CELL.EXPORT_TIME] === 0
        ? null
        : cells[CELL.LAST_SEEN] - cells[CELL.EXPORT_TIME],
      unrated_ms: cells[CELL.UNRATED] || null,
    };
  }
}

/** The `id` of an exporter: its slot, and how many owners the slot had before it. */
export function exporterId(slot: number, owner: number): number {
  return owner * 65_536 + slot;
}

/** What a sequence number counts, as stored: -1 where it tells nothing. */
function unitIndex(reading: number, standard: SequenceUnit): number {
  if (reading === STANDARD) return SEQUENCE_UNITS.indexOf(standard);
  const { unit } = READINGS[reading];
  if (unit === null) return -1;
  // NetFlow 5 calls its records flows.
  return SEQUENCE_UNITS.indexOf(unit === "records" && standard === "flows" ? "flows" : unit);
}
