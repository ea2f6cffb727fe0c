/** Formats that the generator sends, and the capability that takes them. */
export const FORMATS = {
  v5: { name: "NetFlow v5", capability: "netflow_udp" },
  v9: { name: "NetFlow v9", capability: "netflow_udp" },
  ipfix: { name: "IPFIX", capability: "ipfix_udp" },
  sflow: { name: "sFlow", capability: "sflow_udp" },
} as const;

/** Name of a format, as the generator has it. */
export type FormatName = keyof typeof FORMATS;

/** What one run of the generator handed to the kernel. */
export interface Sent {
  readonly datagrams: number;
  readonly records: number;
  /** Datagrams that it left out on purpose. */
  readonly simulated_loss: number;
  readonly seconds: number;
}

/** What to send. */
export interface Load {
  readonly format: FormatName;
  readonly port: number;
  /** Datagrams a second. */
  readonly rate: number;
  readonly seconds: number;
  readonly more?: readonly string[];
}

/** The load generator flowgen, which runs on a core of its own. */
export class Generator {
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
    const args = ["-O3", "-march=native", "-o", to, source, "-lm"];
    const { success, stderr } = await new Deno.Command("gcc", { args }).output();
    if (!success) throw new Error(`gcc ${source}: ${new TextDecoder().decode(stderr)}`);
  }

  /** Sends to 127.0.0.1, and tells what was sent. */
  async send({ format, port, rate, seconds, more = [] }: Load): Promise<Sent> {
    const wanted = ["-P", format, "-p", port, "-r", Math.round(rate), "-t", seconds, "-j", ...more];
    const args = ["-c", this.#core, this.#path, ...wanted].map(String);
    const { success, stdout, stderr } = await new Deno.Command("taskset", { args }).output();
    if (!success) throw new Error(`flowgen: ${new TextDecoder().decode(stderr)}`);
    return JSON.parse(new TextDecoder().decode(stdout));
  }
}
