import { EXPORT_FORMATS, type ExportFormat, SAMPLING_SOURCES } from "../../flow/schema.ts";
import type { Codec, CodecContext, DatagramSource } from "../codec.ts";
import { DatagramViews } from "../datagram_views.ts";
import { type CompiledPlan, compilePlan, type PlanOptions } from "../plan/compile_plan.ts";
import { emptyPlanContext, type PlanContext } from "../plan/plan_context.ts";
import type { WireField } from "../plan/wire_field.ts";
import type { DropReason } from "../wire_error.ts";
import { exportTime } from "./export_time.ts";
import { ASSUMED, rateInForce } from "./rate_in_force.ts";
import { type NamedField, nameLayout, readElements } from "./read_elements.ts";

const MAX_NANOSECONDS = 999_999_999;

/** A NetFlow version whose records always lie alike: 1, 5 and 7. Offsets are in octets. */
export interface FixedFormat {
  readonly format: ExportFormat;
  readonly header: {
    readonly length: number;
    /** 16 bits: records that follow. */
    readonly count: number;
    /** 32 bits: milliseconds since the exporter started. */
    readonly sysUptime: number;
    /** 32 bits each: seconds since 1970, and residual nanoseconds. */
    readonly unixSecs: number;
    readonly unixNsecs: number;
    /** 32 bits: flows exported before this datagram. */
    readonly flowSequence?: number;
    /** 8 bits each: type and id of the engine. */
    readonly engineType?: number;
    readonly engineId?: number;
    /** 16 bits: mode in the top 2, interval in the low 14. */
    readonly samplingInterval?: number;
  };
  /** Fields of a record; a second layout for exporters that fill records up further. */
  readonly layouts: readonly (readonly WireField[])[];
}

/** A layout of records, compiled. */
interface FixedPlan extends CompiledPlan {
  readonly fields: readonly NamedField[];
}

/**
 * Decoder of the NetFlow versions with fixed records (Cisco, "NetFlow Export Datagram Format").
 *
 * The count in the header is not believed beyond what the datagram holds; the low 14 bits of the
 * sampling field scale the counters whatever the mode bits say, since exporters that sample leave
 * them 0; the sequence counts flows and tells engines apart.
 */
export class FixedCodec implements Codec {
  readonly #context: CodecContext;
  readonly #format: FixedFormat;
  readonly #plans: readonly FixedPlan[];
  /** One object for all datagrams. */
  readonly #header: PlanContext;
  readonly #views = new DatagramViews();
  readonly #counts = { data: 0, options: 0, templates: 0, sets: 1, complete: true };

  /**
   * @param context where rows, exporters and problems go
   * @param format the version
   * @param options what the exporters mean that their records do not say
   */
  constructor(context: CodecContext, format: FixedFormat, options: PlanOptions = {}) {
    this.#context = context;
    this.#format = format;
    this.#plans = format.layouts.map((layout) => ({
      ...compilePlan(layout, options),
      fields: nameLayout(layout),
    }));
    this.#header = emptyPlanContext(EXPORT_FORMATS.indexOf(format.format), ASSUMED);
  }

  /** @param datagram payload that starts with the format's version */
  decode(datagram: Uint8Array, source: DatagramSource, receivedAtMs: number): void {
    const { header: at } = this.#format;
    if (datagram.length < at.length) {
      const found = `${datagram.length} octets`;
      return this.#report("truncated_header", datagram.length, found, `${at.length}`);
    }
    const { rows, exporters } = this.#context;
    const view = this.#views.of(datagram);
    const header = this.#readHeader(view, source.address);
    header.receivedAt = rows.receivedAt(receivedAtMs);
    header.exporter = exporters.addressWords(source.address);
    const announced = view.getUint16(at.count);
    const plan = this.#planFor(datagram.length, announced);
    const count = this.#wholeRecords(datagram.length, announced, plan.minLength);
    this.#write(view, count, plan);

    const exporter = exporters.find(source, header.domain, header.receivedAt);
    if (exporter === null) return;
    exporter.seen(count, header.receivedAt);
    if (header.exportMs > 0) exporter.clock(header.exportMs);
    exporter.sampled(header.samplingRate, SAMPLING_SOURCES[header.samplingSource]);
    if (at.flowSequence === undefined) return;
    this.#counts.data = announced;
    exporter.sequence(
      view.getUint32(at.flowSequence),
      // The exporter moved its number on by what it announced, not by what arrived whole.
      { units: announced, unit: "flows", nowMs: header.receivedAt, message: this.#counts },
      { uptimeMs: header.uptimeMs, unixMs: header.exportMs },
    );
  }

  #readHeader(view: DataView, address: string): PlanContext {
    const header = this.#header;
    const { header: at } = this.#format;
    const seconds = view.getUint32(at.unixSecs);
    const nanoseconds = view.getUint32(at.unixNsecs);
    header.uptimeMs = view.getUint32(at.sysUptime);
    // Without a clock there is no time, whatever the nanoseconds say.
    header.exportMs = exportTime(
      seconds * 1000 + (nanoseconds <= MAX_NANOSECONDS ? Math.floor(nanoseconds / 1e6) : 0),
      header.uptimeMs,
    );
    header.domain = at.engineType === undefined || at.engineId === undefined
      ? -1
      : view.getUint8(at.engineType) * 256 + view.getUint8(at.engineId);
    header.samplingRate = at.samplingInterval === undefined
      ? 0
      : view.getUint16(at.samplingInterval) & 0x3fff;
    const configured = this.#context.configuredRate?.(address) ?? 0;
    const { rate, source } = rateInForce(configured, header.samplingRate);
    header.samplingRate = rate;
    header.samplingSource = source;
    return header;
  }

  /** The layout that fills the datagram exactly, else the first. */
  #planFor(length: number, announced: number): FixedPlan {
    const octets = length - this.#format.header.length;
    return this.#plans.find(({ minLength }) => minLength * announced === octets) ?? this.#plans[0];
  }

  /** Records that the datagram really holds; the difference to what it announces is reported. */
  #wholeRecords(length: number, announced: number, recordLength: number): number {
    const headerLength = this.#format.header.length;
    const held = Math.floor((length - headerLength) / recordLength);
    const end = headerLength + announced * recordLength;
    if (end > length) {
      this.#report(
        "records_beyond_payload",
        headerLength + held * recordLength,
        `${held} whole records`,
        `the ${announced} that the header announces`,
        announced - held,
      );
    } else if (end < length) {
      this.#report("trailing_octets", end, `${length - end} octets more`, `the end`);
    }
    return Math.min(announced, held);
  }

  #write(view: DataView, count: number, { write, minLength, fields }: FixedPlan): void {
    const { rows, elements } = this.#context;
    const headerLength = this.#format.header.length;
    const end = headerLength + count * minLength;
    for (let done = 0; done < count;) {
      const batch = Math.min(count - done, rows.maxBatch);
      const first = rows.reserve(batch);
      const offset = headerLength + done * minLength;
      write(view, rows.columns, this.#header, offset, end, first, rows.mask, batch);
      rows.commit(batch);
      for (let i = 0; elements !== undefined && i < batch; i++) {
        const read = readElements(view, { from: offset + i * minLength, to: end }, fields)!;
        elements(read.elements, { first: first + i, rows: 1 });
      }
      done += batch;
    }
  }

  #report(code: DropReason, offset: number, found: string, expected: string, count = 1): void {
    this.#context.report({ protocol: this.#format.format, code, offset, found, expected, count });
  }
}
