import { EXPORT_FORMATS, SAMPLING_SOURCES } from "../../flow/schema.ts";
import type { Codec, CodecContext, DatagramSource } from "../codec.ts";
import { compilePlan } from "../plan/compile_plan.ts";
import { emptyPlanContext, type PlanContext } from "../plan/plan_context.ts";
import type { DropReason } from "../wire_error.ts";
import { V5_FIELDS, V5_HEADER as H, V5_RECORD_LENGTH } from "./v5_fields.ts";

const ANNOUNCED = SAMPLING_SOURCES.indexOf("announced");
const ASSUMED = SAMPLING_SOURCES.indexOf("assumed");
const MAX_NANOSECONDS = 999_999_999;

/**
 * Decoder of NetFlow version 5 (Cisco, "NetFlow Export Datagram Format").
 *
 * The count in the header is not believed beyond what the datagram holds; the low 14 bits of the
 * sampling field scale the counters whatever the mode bits say, since exporters that sample leave
 * them 0; the sequence counts flows and tells engines apart.
 */
export class NetFlow5Codec implements Codec {
  readonly #context: CodecContext;
  readonly #plan = compilePlan(V5_FIELDS);
  /** One object for all datagrams. */
  readonly #header: PlanContext = emptyPlanContext(EXPORT_FORMATS.indexOf("netflow5"), ASSUMED);

  /** @param context where rows, exporters and problems go */
  constructor(context: CodecContext) {
    this.#context = context;
  }

  /** @param datagram payload that starts with version 5 */
  decode(datagram: Uint8Array, source: DatagramSource, receivedAtMs: number): void {
    if (datagram.length < H.length) {
      this.#report("truncated_header", datagram.length, `${datagram.length} octets`, `${H.length}`);
      return;
    }
    const { rows, exporters } = this.#context;
    const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.length);
    const header = this.#readHeader(view);
    header.receivedAt = rows.receivedAt(receivedAtMs);
    header.exporter = exporters.addressWords(source.address);
    const announced = view.getUint16(H.count);
    const count = this.#wholeRecords(datagram.length, announced);
    this.#write(view, count);

    const exporter = exporters.find(source, header.domain, header.receivedAt);
    if (exporter === null) return;
    exporter.seen(count, header.receivedAt);
    exporter.sampled(header.samplingRate, header.samplingRate > 0 ? "announced" : "assumed");
    exporter.sequence(
      view.getUint32(H.flowSequence),
      // The exporter moved its number on by what it announced, not by what arrived whole.
      { units: announced, unit: "flows", nowMs: header.receivedAt },
      { uptimeMs: header.uptimeMs, unixMs: header.exportMs },
    );
  }

  #readHeader(view: DataView): PlanContext {
    const header = this.#header;
    const seconds = view.getUint32(H.unixSecs);
    const nanoseconds = view.getUint32(H.unixNsecs);
    header.uptimeMs = view.getUint32(H.sysUptime);
    // Without a clock there is no time, whatever the nanoseconds say.
    header.exportMs = seconds === 0 ? 0 : seconds * 1000 +
      (nanoseconds <= MAX_NANOSECONDS ? Math.floor(nanoseconds / 1e6) : 0);
    header.domain = view.getUint8(H.engineType) * 256 + view.getUint8(H.engineId);
    header.samplingRate = view.getUint16(H.samplingInterval) & 0x3fff;
    header.samplingSource = header.samplingRate > 0 ? ANNOUNCED : ASSUMED;
    return header;
  }

  /** Records that the datagram really holds; the difference to what it announces is reported. */
  #wholeRecords(length: number, announced: number): number {
    const held = Math.floor((length - H.length) / V5_RECORD_LENGTH);
    const end = H.length + announced * V5_RECORD_LENGTH;
    if (end > length) {
      this.#report(
        "records_beyond_payload",
        H.length + held * V5_RECORD_LENGTH,
        `${held} whole records`,
        `the ${announced} that the header announces`,
        announced - held,
      );
    } else if (end < length) {
      this.#report("trailing_octets", end, `${length - end} octets more`, `the end`);
    }
    return Math.min(announced, held);
  }

  #write(view: DataView, count: number): void {
    const { rows } = this.#context;
    const end = H.length + count * V5_RECORD_LENGTH;
    for (let done = 0; done < count;) {
      const batch = Math.min(count - done, rows.maxBatch);
      const first = rows.reserve(batch);
      const offset = H.length + done * V5_RECORD_LENGTH;
      this.#plan.write(view, rows.columns, this.#header, offset, end, first, rows.mask, batch);
      rows.commit(batch);
      done += batch;
    }
  }

  #report(code: DropReason, offset: number, found: string, expected: string, count = 1): void {
    this.#context.report({ protocol: "netflow5", code, offset, found, expected, count });
  }
}
