import type { Codec, CodecContext, DatagramSource } from "../../core/wire/codec.ts";
import { NetFlow5Codec } from "../../core/wire/netflow/v5.ts";
import type { DropReason } from "../../core/wire/wire_error.ts";

/**
 * Decoder of every NetFlow version that one port may see: the version is read from the datagram,
 * so that one port serves a mixed network.
 */
export class NetFlowCodec implements Codec {
  readonly #context: CodecContext;
  readonly #v5: NetFlow5Codec;

  /** @param context where rows, exporters and problems go */
  constructor(context: CodecContext) {
    this.#context = context;
    this.#v5 = new NetFlow5Codec(context);
  }

  /** @param datagram any payload */
  decode(datagram: Uint8Array, source: DatagramSource, receivedAtMs: number): void {
    if (datagram.length < 2) {
      const code = datagram.length === 0 ? "empty_datagram" : "truncated_header";
      return this.#report(code, `${datagram.length} octets`, "a version of 2 octets");
    }
    const version = datagram[0] * 256 + datagram[1];
    if (version === 5) return this.#v5.decode(datagram, source, receivedAtMs);
    this.#report("unknown_version", `version ${version}`, "version 5");
  }

  #report(code: DropReason, found: string, expected: string): void {
    this.#context.report({ protocol: "netflow", code, offset: 0, found, expected, count: 1 });
  }
}
