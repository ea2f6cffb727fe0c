/**
 * flow-agent: collects network flows over UDP and answers about them over the Model Context
 * Protocol. The composition root: what is brought together here, nothing else imports.
 */
import { runCli } from "./core/cli/run_cli.ts";
import { systemClock } from "./core/flow/clock.ts";

const status = await runCli(Deno.args, {
  builtIn: async () => (await import("./capabilities/registry.ts")).builtInCapabilities,
  collectorWorker: new URL("./capabilities/worker.ts", import.meta.url),
  clock: systemClock,
});
Deno.exit(status);
