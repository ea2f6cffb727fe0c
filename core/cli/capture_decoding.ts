import { countOf } from "../count_of.ts";
import { readCapture } from "../capture/read_capture.ts";
import type { Capability } from "../collector/capability.ts";
import { formatAddressBytes } from "../flow/address.ts";
import type { DatagramSource } from "../wire/codec.ts";
import { describeWireError } from "../wire/wire_error.ts";
import { DatagramDecoder, type DecoderOptions } from "./datagram_decoder.ts";
import { openFile } from "./open_file.ts";

/** Problems told one by one; the rest are in the summary. */
const MAX_TOLD = 100;

/** Decodes one datagram. */
export type TakeDatagram = (
  capability: Capability,
  datagram: Uint8Array,
  from: { source: DatagramSource; receivedAtMs: number },
) => void;

/**
 * Reads files of datagrams in order and says on standard error what could not be decoded; exporters
 * and templates are shared between the files.
 */
export class CaptureDecoding {
  readonly decoder: DatagramDecoder;
  readonly #forced: Capability | undefined;
  /** How often each thing was dropped or skipped. */
  readonly #dropped = new Map<string, number>();
  #told = 0;
  #place = "";
  #datagrams = 0;

  /**
   * @param capabilities to choose from
   * @param options `format`: name of the one to decode with; and those of the decoder
   */
  constructor(
    capabilities: readonly Capability[],
    { format, ...options }: { format?: string } & DecoderOptions,
  ) {
    this.#forced = capabilities.find(({ name }) => name === format);
    this.decoder = new DatagramDecoder(
      capabilities,
      (error) => this.#problem(error.code, error.count, describeWireError(error)),
      options,
    );
  }

  /** Whether everything so far could be decoded. */
  get whole(): boolean {
    return this.#dropped.size === 0;
  }

  /**
   * Reads a file.
   *
   * @param path of a pcap, pcapng, raw datagram or JSON file, also gzipped
   * @param take is handed each datagram that a capability decodes
   * @returns whether it could be read to its end
   */
  async file(path: string, take: TakeDatagram): Promise<boolean> {
    try {
      using file = openFile(path);
      for await (const event of readCapture(file.readable)) {
        this.#place = `${path}: datagram ${this.#datagrams + 1}`;
        if (event.kind === "datagram") {
          this.#datagrams++;
          const { payload, destinationPort, sourceAddress, sourcePort, receivedAtMs } =
            event.datagram;
          const capability = this.#forced ?? this.decoder.choose(payload, destinationPort);
          if (capability === undefined) {
            const text = `port ${destinationPort} and content tell no format`;
            this.#problem("unknown_format", 1, text);
            continue;
          }
          const source = { address: formatAddressBytes(sourceAddress), port: sourcePort };
          take(capability, payload, { source, receivedAtMs });
        } else {
          this.#place = `${path}: octet ${event.offset}`;
          this.#problem(event.reason, event.records, event.reason);
        }
      }
      return true;
    } catch (error) {
      if (error instanceof Deno.errors.BrokenPipe) throw error;
      console.error(`${path}: ${(error as Error).message}`);
      return false;
    }
  }

  /**
   * Says what there was, on standard error.
   *
   * @param records decoded
   */
  summary(records: number): void {
    const dropped = [...this.#dropped].map(([reason, count]) => `${count} ${reason}`);
    console.error(
      `${countOf(this.#datagrams, "datagram")}, ${countOf(records, "flow record")}` +
        (dropped.length > 0 ? `; not decoded: ${dropped.join(", ")}` : ""),
    );
  }

  #problem(reason: string, count: number, text: string): void {
    this.#dropped.set(reason, (this.#dropped.get(reason) ?? 0) + count);
    if (this.#told++ < MAX_TOLD) console.error(`${this.#place}: ${text}`);
    else if (this.#told === MAX_TOLD + 1) console.error("further problems are only counted");
  }
}
