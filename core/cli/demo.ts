import { Agent } from "../agent/agent.ts";
import { connectInProcess } from "../agent/connect.ts";
import { loadConfig } from "../config/load_config.ts";
import type { TrafficAnswer } from "../query/traffic.ts";
import { IN_MEMORY } from "../state/state_folder.ts";
import { type Command, CommandFailure } from "./command.ts";
import { openLog } from "./log.ts";
import { openEngine } from "./open_engine.ts";
import { sendSamples } from "./send.ts";

const FLOWS = 900;
const FLOWS_A_SECOND = 600;
const WINDOW_MS = 300_000;
/** The traffic takes a second and a half; an alert that is not there by then will not come. */
const DEADLINE_MS = 12_000;
const POLL_MS = 250;

export const demo: Command = {
  name: "demo",
  summary: "shows it all in ten seconds: a collector, sample traffic, an alert, the top talkers",
  options: {},
  async run(_args, house) {
    const { clock } = house;
    const config = loadConfig({
      environment: () => undefined,
      flags: { collector: { host: "127.0.0.1" }, state: { folder: IN_MEMORY } },
    });
    const log = await openLog("warning");
    const engine = await openEngine({ config, capabilities: undefined }, { house, log });
    try {
      engine.start();
      const client = await connectInProcess(engine.createServer());
      const agent = new Agent(client, {
        collect: [{ capability: "json_udp", port: 0 }],
        thresholds: { threshold_ms: 150 },
        print: (line) => console.log(line),
      });
      const [port] = await agent.prepare();
      const deadline = clock.now() + DEADLINE_MS;
      await sendSamples({
        format: "json",
        scenario: "latency",
        count: FLOWS,
        rate: FLOWS_A_SECOND,
        seed: 1,
        to: { host: "127.0.0.1", port },
        house,
      });
      while (await agent.poll() === 0) {
        if (clock.now() > deadline) {
          throw new CommandFailure("the demo saw no alert in time; please report this");
        }
        await new Promise<void>((resolve) => clock.after(POLL_MS, resolve));
      }
      const toMs = clock.now();
      const traffic = await engine.queries.ask("traffic", {
        window: { fromMs: toMs - WINDOW_MS, toMs, untilNow: true },
        groupBy: ["src_addr", "dst_addr", "dst_port", "protocol"],
        orderBy: "bytes",
        limit: 5,
      });
      printTraffic(traffic);
      await client.close();
    } finally {
      await engine.stop();
    }
    return 0;
  },
};

function printTraffic({ rows, totals }: TrafficAnswer): void {
  console.log("TOP TALKERS");
  for (const { group: [source, destination, port, protocol], bytes, flows } of rows) {
    const share = ((100 * bytes) / totals.bytes).toFixed(1);
    const conversation = `${source} > ${destination} port ${port} ${protocol}`;
    console.log(
      `  ${conversation.padEnd(42)}${formatBytes(bytes).padStart(9)}  ${share.padStart(4)} %  ` +
        `${flows} flows`,
    );
  }
  console.log(`TRAFFIC  ${totals.flows} flows, ${formatBytes(totals.bytes)}`);
}

function formatBytes(bytes: number): string {
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(2)} MB`;
}
