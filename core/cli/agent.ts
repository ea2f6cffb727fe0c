import { Agent } from "../agent/agent.ts";
import { connectInProcess } from "../agent/connect.ts";
import type { Command, CommandArgs } from "./command.ts";
import { openLog } from "./log.ts";
import { openEngine } from "./open_engine.ts";
import { parseUrl, reachServer } from "./reach_server.ts";
import { requireCapability } from "./require_capability.ts";
import { loadSettings, SETTINGS_OPTIONS, STATE_OPTIONS } from "./settings.ts";
import { untilSignal } from "./signals.ts";

/** Options that set a threshold, and the range of each. */
const THRESHOLDS = {
  threshold_ms: { min: 0.001, max: 1e7 },
  window_seconds: { min: 1, max: 86_400 },
  min_samples: { min: 1, max: 1_000_000 },
  cooldown_seconds: { min: 0, max: 604_800 },
} as const;

export const agent: Command = {
  name: "agent",
  summary: "watches for alerts and prints them: in a server of its own, or in one at --url",
  options: {
    capability: {
      type: "string",
      multiple: true,
      value: "NAME",
      description: "capability to collect",
    },
    poll: { type: "string", value: "SECONDS", description: "how often to poll" },
    "threshold-ms": { type: "string", value: "MS", description: "p95 latency that alerts" },
    "window-seconds": { type: "string", value: "SECONDS", description: "how far back to look" },
    "min-samples": { type: "string", value: "N", description: "fewest measurements to judge by" },
    "cooldown-seconds": {
      type: "string",
      value: "SECONDS",
      description: "quiet time of a flow after its alert",
    },
    url: { type: "string", value: "URL", description: "use the server at http://…/mcp" },
    once: { type: "boolean", description: "poll once and end" },
    ...STATE_OPTIONS,
    ...SETTINGS_OPTIONS,
  },
  async run(args, house) {
    const settings = await loadSettings(args);
    const { config } = settings;
    const log = await openLog(config.log.level);
    const url = parseUrl(args.text("url"));
    const thresholds = readThresholds(args);
    const pollMs = (args.number("poll", { min: 0.1, max: 86_400 }) ??
      config.agent.poll_seconds) * 1000;
    const engine = url !== null ? null : await openEngine(settings, { house, log });
    try {
      engine?.start();
      const client = engine !== null
        ? await connectInProcess(engine.createServer())
        : await reachServer(url!, "leave --url out");
      const names = args.list("capability");
      if (names.length > 0) await requireCapabilities(names, client);
      const watching = new Agent(client, {
        collect: (names.length > 0 ? names : [config.agent.capability])
          .map((capability) => ({ capability })),
        thresholds,
        print: (line) => console.log(line),
      });
      await watching.prepare();
      await pollUntilDone(watching, { once: args.flag("once"), pollMs, house });
      await client.close();
    } finally {
      await engine?.stop();
    }
    return 0;
  },
};

/** What is named on the command line has to be there; what is configured, the server judges. */
async function requireCapabilities(
  names: readonly string[],
  client: Awaited<ReturnType<typeof reachServer>>,
): Promise<void> {
  const answer = await client.callTool({ name: "list_capabilities", arguments: {} });
  const { capabilities } = answer.structuredContent as { capabilities: { name: string }[] };
  const known = capabilities.map(({ name }) => name);
  for (const name of names) requireCapability(name, { option: "--capability", names: known });
}

async function pollUntilDone(
  watching: Agent,
  { once, pollMs, house }: {
    once: boolean;
    pollMs: number;
    house: { clock: { after(ms: number, task: () => void): () => void } };
  },
): Promise<void> {
  if (once) {
    if (await watching.poll() === 0) console.log("no alerts");
    return;
  }
  let stopped = false;
  const signal = untilSignal().then(() => {
    stopped = true;
  });
  while (!stopped) {
    await watching.poll().catch((error) => {
      // The server may be back by the next time; the cursor says where to read on.
      console.error(`cannot poll: ${(error as Error).message}`);
    });
    await Promise.race([
      signal,
      new Promise<void>((resolve) => house.clock.after(pollMs, resolve)),
    ]);
  }
}

function readThresholds(args: CommandArgs): Record<string, number> {
  const given: Record<string, number> = {};
  for (const [name, range] of Object.entries(THRESHOLDS)) {
    const value = args.number(name.replaceAll("_", "-"), range);
    if (value !== undefined) given[name] = value;
  }
  return given;
}
