import { outsideTool } from "../../tests/support/outside_tool.ts";

/** nfdump and its collector, where both are installed. */
export class Nfdump {
  readonly #nfcapd: string;
  readonly #nfdump: string;
  /** As nfdump says it. */
  readonly version: string;

  private constructor(nfcapd: string, nfdump: string, version: string) {
    this.#nfcapd = nfcapd;
    this.#nfdump = nfdump;
    this.version = version;
  }

  /** @throws Error with the reason where it is not installed */
  static async find(): Promise<Nfdump> {
    const [nfcapd, nfdump] = ["nfcapd", "nfdump"].map((name) =>
      outsideTool(name, "apt-get install nfdump")
    );
    if (nfcapd.missing || nfdump.missing) throw new Error("nfdump is not installed");
    const { stdout } = await new Deno.Command(nfdump.path, { args: ["-V"] }).output();
    const version = /\d+\.\d+[.\d]*/.exec(new TextDecoder().decode(stdout))?.[0] ?? "?";
    return new Nfdump(nfcapd.path, nfdump.path, version);
  }

  /**
   * Has its collector write what is sent to it.
   *
   * @param folder for the files
   * @param options the `port` of 127.0.0.1 to listen on, and what sends to it
   */
  async collect(
    folder: string,
    { port, send }: { port: number; send: () => Promise<unknown> },
  ): Promise<void> {
    Deno.mkdirSync(folder);
    const collector = new Deno.Command(this.#nfcapd, {
      args: ["-w", folder, "-b", "127.0.0.1", "-p", `${port}`, "-t", "86400", "-B", "8388608"],
      stdout: "null",
      stderr: "null",
    }).spawn();
    try {
      await new Promise((resolve) => setTimeout(resolve, 500));
      await send();
      await new Promise((resolve) => setTimeout(resolve, 1000));
    } finally {
      collector.kill("SIGTERM");
      await collector.status;
    }
  }

  /**
   * Runs nfdump over files.
   *
   * @param folder of the files
   * @param args further ones
   * @returns what it prints
   * @throws Error with what it says where it fails
   */
  async read(folder: string, ...args: readonly string[]): Promise<string> {
    const { stdout, success, stderr } = await new Deno.Command(this.#nfdump, {
      args: ["-R", folder, ...args],
    }).output();
    if (!success) throw new Error(`nfdump: ${new TextDecoder().decode(stderr)}`);
    return new TextDecoder().decode(stdout);
  }

  /**
   * Octets of the ten largest.
   *
   * @param folder of the files
   * @param by what: a statistic of nfdump, such as "srcip/bytes"
   * @param filter of the flows; none for all
   */
  async top(folder: string, by: string, filter?: string): Promise<number[]> {
    const asked = ["-N", "-o", "csv", "-n", "10", "-s", by];
    const text = await this.read(folder, ...asked, ...(filter === undefined ? [] : [filter]));
    const lines = text.split("\n").map((line) => line.split(","));
    const head = lines.findIndex(([name]) => name === "ts");
    // Statistics call it byt, aggregated records ibyt.
    const bytes = lines[head].findIndex((name) => name === "byt" || name === "ibyt");
    const rows = lines.slice(head + 1);
    // A summary follows.
    const end = rows.findIndex((cells) => cells.length <= bytes);
    return rows.slice(0, Math.min(10, end < 0 ? rows.length : end))
      .map((cells) => Number(cells[bytes]));
  }
}
