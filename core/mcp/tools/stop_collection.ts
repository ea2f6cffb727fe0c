import { z } from "zod";
import { countOf } from "../../count_of.ts";
import { capabilityName, portNumber } from "../schemas.ts";
import { defineTool, ToolError } from "../tool.ts";

export const stopCollection = defineTool({
  name: "stop_collection",
  title: "Stop collecting flows",
  description: "Closes the UDP port of a capability's collectors, or of the one on `port`. What " +
    "was collected stays in memory and still answers questions. Returns how many flow records " +
    "the stopped collectors took in.",
  hints: {
    readOnlyHint: false,
    destructiveHint: true,
    idempotentHint: false,
    openWorldHint: false,
  },
  input: z.strictObject({
    capability: capabilityName,
    port: portNumber.optional().describe("only the collector on this port; default: all of them"),
  }),
  output: z.object({
    capability: z.string(),
    status: z.literal("stopped"),
    flow_records: z.number(),
  }),
  async run({ capability, port }, { collectors }) {
    const stopped = await collectors.stop(capability, port);
    if (stopped.length === 0) {
      const running = collectors.all.filter((collector) => collector.running)
        .map((collector) => `${collector.capability} on port ${collector.port}`);
      const where = port === undefined ? "" : ` on port ${port}`;
      throw new ToolError(
        `cannot stop ${capability}: it does not run${where}; running: ` +
          (running.join(", ") || "nothing"),
      );
    }
    const records = stopped.reduce((sum, c) => sum + c.status().counters.flow_records, 0);
    return {
      result: { capability, status: "stopped" as const, flow_records: records },
      text: `${capability} stopped after ${countOf(records, "flow record")}.`,
    };
  },
});
