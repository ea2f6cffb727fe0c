import type { Clock } from "../flow/clock.ts";
import type { Settings } from "../config/load_config.ts";
import { type AddTools, serveOnStdio, type Serving } from "../mcp/stdio.ts";
import { refuseHost } from "../mcp/refuse_host.ts";
import { type Command, type CommandArgs, UsageError } from "./command.ts";
import { openLog } from "./log.ts";
import type { Engine } from "./engine.ts";
import { parseCollect } from "./parse_collect.ts";
import { parseEndpoint } from "./parse_endpoint.ts";
import { loadSettings, SETTINGS_OPTIONS, STATE_OPTIONS } from "./settings.ts";
import { STOPPED, untilSignal } from "./signals.ts";

/** How long a client may take to say its first words before the work begins that it does not wait for. */
const GREETING_MS = 100;
/** A stop that takes longer is cut short: sockets and workers end with the process anyway. */
const STOP_TIMEOUT_MS = 4000;

export const serve: Command = {
  name: "serve",
  summary: "runs the MCP server: on standard input and output, or over HTTP with --http",
  options: {
    http: {
      type: "string",
      value: "[HOST:]PORT",
      description: "serve HTTP on a loopback address instead of stdio",
    },
    collect: {
      type: "string",
      multiple: true,
      value: "NAME[@HOST][:PORT]",
      description: "start a collector at once, for example netflow_udp:2055",
    },
    ...STATE_OPTIONS,
    ...SETTINGS_OPTIONS,
  },
  async run(args, house) {
    const stopped = untilSignal();
    const settings = await loadSettings(args, httpSettings(args));
    const { config } = settings;
    const log = await openLog(config.log.level);
    const collect = args.list("collect").map(parseCollect);
    const onError = (error: Error) => log.warn("MCP connection", { reason: error.message });
    const tools = Promise.withResolvers<AddTools>();
    let serving: Serving | null = null;
    let engine: Engine | null = null;
    try {
      if (args.text("http") === undefined) {
        const stdio = serveOnStdio(tools.promise, { onError, clock: house.clock });
        serving = stdio;
        await atMost(GREETING_MS, {
          work: [Promise.race([stdio.greeted, stopped])],
          clock: house.clock,
        });
      }
      const { openEngine } = await import("./open_engine.ts");
      const names = collect.map(({ name }) => name);
      engine = await openEngine(settings, { house, log, collect: names });
      for (const { name, ...where } of collect) {
        const starting = engine.collectors.start(name, where);
        if (await Promise.race([starting, stopped]) === STOPPED) return 0;
      }
      engine.start();
      if (serving !== null) {
        tools.resolve(engine.addTools);
        log.info("serving MCP on standard input and output");
      } else {
        const { serveOnHttp } = await import("../mcp/http.ts");
        const { host, port, max_body_bytes: maxBodyBytes } = config.http;
        const http = serveOnHttp(engine.createServer, { host, port, maxBodyBytes, onError });
        serving = http;
        log.info("serving MCP over HTTP", { url: http.url });
      }
      await Promise.race([serving.ended, stopped]);
      log.info("stopping");
    } finally {
      await atMost(STOP_TIMEOUT_MS, {
        work: [serving?.close(), engine?.stop()],
        clock: house.clock,
      });
    }
    return 0;
  },
};

function httpSettings(args: CommandArgs): Settings {
  const text = args.text("http");
  if (text === undefined) return {};
  const http = parseEndpoint(text, { option: "--http" });
  const refused = http.host === undefined ? null : refuseHost(http.host);
  if (refused !== null) throw new UsageError(`--http ${text} cannot be served: ${refused}`);
  return { http: { ...http } };
}

async function atMost(
  ms: number,
  { work, clock }: { work: readonly (Promise<unknown> | undefined)[]; clock: Clock },
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const cancel = clock.after(ms, resolve);
  await Promise.race([Promise.allSettled(work), promise]);
  cancel();
}
