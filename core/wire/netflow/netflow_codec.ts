import type { Codec, CodecContext, DatagramSource } from "../codec.ts";
import type { PlanOptions } from "../plan/compile_plan.ts";
import type { Recalled, RecallMoment } from "../recall.ts";
import type { DropReason } from "../wire_error.ts";
import { FixedCodec } from "./fixed_codec.ts";
import { IPFIX } from "./ipfix.ts";
import { TemplatedCodec } from "./templated_codec.ts";
import { NETFLOW1 } from "./v1.ts";
import { NETFLOW5 } from "./v5.ts";
import { NETFLOW7 } from "./v7.ts";
import { NETFLOW9 } from "./v9.ts";

/**
 * Decoder of every NetFlow version and IPFIX: the version is read from the datagram, so that one
 * port serves a mixed network.
 */
export class NetFlowCodec implements Codec {
  readonly #context: CodecContext;
  readonly #versions: ReadonlyMap<number, Codec>;

  /**
   * @param context where rows, exporters and problems go
   * @param dialect what the exporters mean that their records do not say
   */
  constructor(context: CodecContext, dialect: PlanOptions = {}) {
    this.#context = context;
    this.#versions = new Map<number, Codec>([
      [1, new FixedCodec(context, NETFLOW1, dialect)],
      [5, new FixedCodec(context, NETFLOW5, dialect)],
      [7, new FixedCodec(context, NETFLOW7, dialect)],
      [9, new TemplatedCodec(context, NETFLOW9, dialect)],
      [10, new TemplatedCodec(context, IPFIX, dialect)],
    ]);
  }

  /** @param datagram any payload */
  decode(datagram: Uint8Array, source: DatagramSource, receivedAtMs: number): void {
    if (datagram.length < 2) {
      const code = datagram.length === 0 ? "empty_datagram" : "truncated_header";
      return this.#report(code, `${datagram.length} octets`, "a version of 2 octets");
    }
    const version = versionOf(datagram);
    const codec = this.#versions.get(version);
    if (codec !== undefined) return codec.decode(datagram, source, receivedAtMs);
    const known = [...this.#versions.keys()].join(", ");
    this.#report("unknown_version", `version ${version}`, `one of ${known}`);
  }

  recall(datagram: Uint8Array, source: DatagramSource, at: RecallMoment): Recalled | null {
    const codec = datagram.length < 2 ? undefined : this.#versions.get(versionOf(datagram));
    return codec?.recall?.(datagram, source, at) ?? null;
  }

  #report(code: DropReason, found: string, expected: string): void {
    this.#context.report({ protocol: "netflow", code, offset: 0, found, expected, count: 1 });
  }
}

/** Versions that a datagram may begin with. */
const VERSIONS: ReadonlySet<number> = new Set([1, 5, 7, 9, 10]);

/** Whether a datagram begins as NetFlow or IPFIX does. */
export function isNetFlow(datagram: Uint8Array): boolean {
  return datagram.length >= 2 && VERSIONS.has(versionOf(datagram));
}

function versionOf(datagram: Uint8Array): number {
  return datagram[0] * 256 + datagram[1];
}
