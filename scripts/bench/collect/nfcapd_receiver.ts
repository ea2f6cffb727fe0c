import { outsideTool } from "../../../tests/support/outside_tool.ts";
import { processUsage } from "./process_usage.ts";
import type { Receiver, ReceiverKind, Usage } from "./receiver.ts";

const REMEDY = "apt-get install nfdump";
/** Time to open its socket, and to take in what the socket's buffer still holds. */
const SETTLE_MS = 500;

/**
 * nfdump's collectors: nfcapd, and sfcapd for sFlow where Debian's package has it. It writes files,
 * as it is used; they are deleted after each run. It has the kernel's default buffer, as flow-agent.
 *
 * @param options `core`, and the `port` that it listens on
 * @returns null where it is not installed
 */
export async function nfcapdKind(
  { core, port }: { core: number; port: number },
): Promise<ReceiverKind | null> {
  const nfdump = outsideTool("nfdump", REMEDY);
  const nfcapd = outsideTool("nfcapd", REMEDY);
  const sfcapd = outsideTool("sfcapd", REMEDY);
  if (nfdump.missing || nfcapd.missing) return null;
  const { stdout } = await new Deno.Command(nfdump.path, { args: ["-V"] }).output();
  return {
    name: "nfcapd",
    version: /\d+\.\d+[.\d]*/.exec(new TextDecoder().decode(stdout))?.[0] ?? "?",
    formats: ["v5", "v9", "ipfix", ...(sfcapd.missing ? [] : ["sflow" as const])],
    start: (format) => {
      const { path } = format === "sflow" ? sfcapd : nfcapd;
      const programs = { collector: path, nfdump: nfdump.path };
      return Promise.resolve(new NfcapdReceiver(programs, { core, port }));
    },
  };
}

class NfcapdReceiver implements Receiver {
  readonly #programs: { readonly collector: string; readonly nfdump: string };
  readonly #core: number;
  readonly ports: readonly number[];
  #folder = "";
  #child: Deno.ChildProcess | null = null;

  constructor(
    programs: { collector: string; nfdump: string },
    { core, port }: { core: number; port: number },
  ) {
    this.#programs = programs;
    this.#core = core;
    this.ports = [port];
  }

  async begin(): Promise<void> {
    await this.#end();
    this.#folder = Deno.makeTempDirSync({ prefix: "flow-agent-bench-" });
    const own = ["-w", this.#folder, "-b", "127.0.0.1", "-p", this.ports[0], "-t", 86_400];
    this.#child = new Deno.Command("taskset", {
      args: ["-c", this.#core, this.#programs.collector, ...own].map(String),
      stdout: "null",
      stderr: "null",
    }).spawn();
    await settle();
  }

  async end(): Promise<{ records: number; usage: Usage }> {
    await settle();
    const usage = await processUsage(this.#child!.pid);
    this.#child!.kill("SIGTERM");
    await this.#child!.status;
    this.#child = null;
    const args = ["-R", this.#folder, "-I"];
    const { stdout } = await new Deno.Command(this.#programs.nfdump, { args }).output();
    const records = Number(/^Flows: (\d+)/m.exec(new TextDecoder().decode(stdout))?.[1] ?? NaN);
    await this.#end();
    return { records, usage };
  }

  async #end(): Promise<void> {
    this.#child?.kill("SIGKILL");
    await this.#child?.status;
    this.#child = null;
    if (this.#folder !== "") Deno.removeSync(this.#folder, { recursive: true });
    this.#folder = "";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end();
  }
}

function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
}
