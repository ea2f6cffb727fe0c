import { runProgram } from "../run_program.ts";

/** Formats that the generator sends, and the capability that takes them. */
export const FORMATS = {
  v5: { name: "NetFlow v5", capability: "netflow_udp" },
  v9: { name: "NetFlow v9", capability: "netflow_udp" },
  ipfix: { name: "IPFIX", capability: "ipfix_udp" },
  sflow: { name: "sFlow", capability: "sflow_udp" },
} as const;

/** Name of a format, as the generator has it. */
export type FormatName = keyof typeof FORMATS;

/** What was handed to the kernel. */
export interface Sent {
  /** Those with records. */
  readonly datagrams: number;
  readonly records: number;
  readonly seconds: number;
}

/** What to send. */
export interface Load {
  readonly format: FormatName;
  /** UDP ports of 127.0.0.1, which share the load. */
  readonly ports: readonly number[];
  /** Datagrams a second, over all ports. */
  readonly rate: number;
  readonly seconds: number;
  /** Different 5-tuples, whose popularity falls by Zipf's law. */
  readonly conversations?: number;
}

/** Whoever sends. */
export interface Sender {
  send(load: Load): Promise<Sent>;
}

/** The load generator flowgen, on a core of its own. */
export class Generator implements Sender {
  readonly #path: string;
  readonly #core: number;

  /**
   * @param path of the executable
   * @param core that it runs on
   */
  constructor(path: string, core: number) {
    this.#path = path;
    this.#core = core;
  }

  /**
   * Builds it with gcc.
   *
   * @param source path of flowgen.c
   * @param to path of the executable
   */
  static async build(source: string, to: string): Promise<void> {
    await runProgram("gcc", ["-O3", "-march=native", "-o", to, source, "-lm"]);
  }

  /** Sends to 127.0.0.1, from a process a port. */
  async send({ format, ports, rate, seconds, conversations }: Load): Promise<Sent> {
    const each = Math.round(rate / ports.length);
    const of = conversations === undefined ? [] : ["-F", conversations];
    const all = await Promise.all(
      ports.map((port) =>
        this.#run("-P", format, "-p", port, "-r", each, "-t", seconds, ...of, "-j")
      ),
    ).then((reports) => reports.map((report) => JSON.parse(report) as Sent));
    return {
      datagrams: all.reduce((sum, { datagrams }) => sum + datagrams, 0),
      records: all.reduce((sum, { records }) => sum + records, 0),
      seconds: Math.max(...all.map((sent) => sent.seconds)),
    };
  }

  /**
   * Writes datagrams to a file, each behind its length (32 bits, little-endian).
   *
   * @param format of them
   * @param file path
   * @param options how many `datagrams` with records, of how many `exporters`; the percentage that
   *   is left out, although numbered
   */
  async write(
    format: FormatName,
    file: string,
    { datagrams, exporters, lossPercent }: {
      datagrams: number;
      exporters: number;
      lossPercent: number;
    },
  ): Promise<void> {
    const what = ["-P", format, "-o", file, "-c", datagrams, "-e", exporters, "-X", lossPercent];
    // A burst an exporter at a time: of one datagram, so that they take turns.
    await this.#run(...what, "-b", 1, "-r", 10_000);
  }

  #run(...args: (string | number)[]): Promise<string> {
    return runProgram("taskset", ["-c", this.#core, this.#path, ...args].map(String));
  }
}
