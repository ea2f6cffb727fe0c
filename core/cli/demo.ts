import { countOf } from "../count_of.ts";
import { Agent } from "../agent/agent.ts";
import { connectInProcess } from "../agent/connect.ts";
import { loadConfig } from "../config/load_config.ts";
import { flowQuery } from "../query/engine/flow_query.ts";
import type { QueryAnswer } from "../query/engine/query_answer.ts";
import { IN_MEMORY } from "../storage/open_database.ts";
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
      const query = flowQuery({
        window: { fromMs: toMs - WINDOW_MS, toMs, untilNow: true },
        group_by: ["src_addr", "dst_addr", "service"],
        metrics: ["bytes", "flows"],
        limit: 5,
      });
      printTraffic(await engine.queries.ask("query", query));
      await client.close();
    } finally {
      await engine.stop();
    }
    return 0;
  },
};

function printTraffic({ rows, totals }: QueryAnswer): void {
  const all = totals.metrics.bytes as number;
  console.log("TOP TALKERS");
  for (const [source, destination, service, bytes, flows] of rows) {
    const share = ((100 * (bytes as number)) / all).toFixed(1);
    const conversation = `${source} > ${destination} ${service}`;
    console.log(
      `  ${conversation.padEnd(46)}${formatBytes(bytes as number).padStart(9)}  ` +
        `${share.padStart(4)} %  ${countOf(Number(flows), "flow")}`,
    );
  }
  console.log(`TRAFFIC  ${countOf(Number(totals.metrics.flows), "flow")}, ${formatBytes(all)}`);
}

function formatBytes(bytes: number): string {
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(2)} MB`;
}
