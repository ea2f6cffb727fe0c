import { z } from "zod";
import { countOf } from "../../count_of.ts";
import { defineTool } from "../tool.ts";

export const listCapabilities = defineTool({
  name: "list_capabilities",
  title: "List capabilities",
  description:
    "Lists the flow protocols that can be collected, each with its export formats, its " +
    "default UDP port and whether a collector of it runs. Start one with start_collection; for " +
    "counters of running ones use capability_status.",
  hints: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  input: z.strictObject({}),
  output: z.object({
    capabilities: z.array(z.object({
      name: z.string(),
      description: z.string(),
      formats: z.array(z.string()),
      default_port: z.number(),
      running: z.boolean(),
    })),
  }),
  run(_args, { collectors }) {
    const capabilities = collectors.capabilities.map((capability) => ({
      name: capability.name,
      description: capability.description,
      formats: [...capability.formats],
      default_port: capability.defaultPort,
      running: collectors.of(capability.name).some(({ running }) => running),
    }));
    const names = capabilities.map(({ name, running }) => running ? `${name} (running)` : name);
    const text = `${countOf(capabilities.length, "capability")}: ${names.join(", ")}.`;
    return Promise.resolve({ result: { capabilities }, text });
  },
});
