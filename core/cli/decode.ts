import type { CapturedDatagram } from "../capture/capture_event.ts";
import { readCapture } from "../capture/read_capture.ts";
import type { Capability } from "../collector/capability.ts";
import { formatAddressBytes } from "../flow/address.ts";
import { describeWireError } from "../wire/wire_error.ts";
import { type Command, UsageError } from "./command.ts";
import { DatagramDecoder } from "./datagram_decoder.ts";
import { LineWriter } from "./line_writer.ts";
import { openFile } from "./open_file.ts";

/** Problems told one by one; the rest are in the summary. */
const MAX_TOLD = 100;

export const decode: Command = {
  name: "decode",
  summary: "prints the flows of pcap, pcapng and raw datagram files, one JSON object a line",
  positionals: "FILE…",
  options: {
    format: {
      type: "string",
      value: "NAME",
      description: "capability to decode with; default: by content and port",
    },
    elements: {
      type: "boolean",
      description: "add each flow's fields as on the wire; options records have none",
    },
    counters: {
      type: "boolean",
      description: "print interface samples with their rates, and other counters of devices, too",
    },
  },
  async run(args, { builtIn }) {
    if (args.positionals.length === 0) throw new UsageError("decode: name a file to decode");
    const run = new DecodeRun(builtIn, {
      format: args.oneOf("format", builtIn.map(({ name }) => name)),
      elements: args.flag("elements"),
      counters: args.flag("counters"),
    });
    let failed = false;
    for (const path of args.positionals) failed = !await run.file(path) || failed;
    run.summary();
    return failed ? 1 : 0;
  },
};

/** Decoding of some files in order; exporters and templates are shared between them. */
class DecodeRun {
  readonly #out = new LineWriter(Deno.stdout);
  readonly #decoder: DatagramDecoder;
  readonly #forced: Capability | undefined;
  /** How often each thing was dropped or skipped. */
  readonly #dropped = new Map<string, number>();
  #told = 0;
  #place = "";
  #datagrams = 0;
  #records = 0;

  constructor(
    capabilities: readonly Capability[],
    { format, ...options }: { format: string | undefined; elements: boolean; counters: boolean },
  ) {
    this.#forced = capabilities.find(({ name }) => name === format);
    this.#decoder = new DatagramDecoder(
      capabilities,
      (error) => this.#problem(error.code, error.count, describeWireError(error)),
      options,
    );
  }

  /** @returns whether the file could be read to its end */
  async file(path: string): Promise<boolean> {
    try {
      using file = openFile(path);
      for await (const event of readCapture(file.readable)) {
        this.#place = `${path}: datagram ${this.#datagrams + 1}`;
        if (event.kind === "datagram") this.#datagram(event.datagram);
        else {
          this.#place = `${path}: octet ${event.offset}`;
          this.#problem(event.reason, event.records, event.reason);
        }
      }
      return true;
    } catch (error) {
      if (error instanceof Deno.errors.BrokenPipe) throw error;
      console.error(`${path}: ${(error as Error).message}`);
      return false;
    } finally {
      this.#out.flush();
    }
  }

  summary(): void {
    const dropped = [...this.#dropped].map(([reason, count]) => `${count} ${reason}`);
    console.error(
      `${this.#datagrams} datagrams, ${this.#records} flow records` +
        (dropped.length > 0 ? `; not decoded: ${dropped.join(", ")}` : ""),
    );
  }

  #datagram(captured: CapturedDatagram): void {
    this.#datagrams++;
    const { payload, sourcePort, destinationPort, receivedAtMs } = captured;
    const capability = this.#forced ?? this.#decoder.choose(payload, destinationPort);
    if (capability === undefined) {
      return this.#problem(
        "unknown_format",
        1,
        `port ${destinationPort} and content tell no format`,
      );
    }
    const source = { address: formatAddressBytes(captured.sourceAddress), port: sourcePort };
    for (const record of this.#decoder.decode(capability, payload, { source, receivedAtMs })) {
      this.#records++;
      this.#out.line(JSON.stringify(record));
    }
    for (const counter of this.#decoder.counters()) this.#out.line(JSON.stringify(counter));
  }

  #problem(reason: string, count: number, text: string): void {
    this.#dropped.set(reason, (this.#dropped.get(reason) ?? 0) + count);
    if (this.#told++ < MAX_TOLD) console.error(`${this.#place}: ${text}`);
    else if (this.#told === MAX_TOLD + 1) console.error("further problems are only counted");
  }
}
