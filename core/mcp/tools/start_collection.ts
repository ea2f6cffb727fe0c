import { z } from "zod";
import { socketAddress } from "../../collector/start_failure.ts";
import { capabilityName, portNumber } from "../schemas.ts";
import { defineTool } from "../tool.ts";

export const startCollection = defineTool({
  name: "start_collection",
  title: "Start collecting flows",
  description: "Opens a UDP port and collects flows of one capability there, for example " +
    `{"capability":"netflow_udp","port":2055}. Without port the capability's default, without ` +
    "host all addresses of the machine. Another port starts another collector of the capability; " +
    "one that runs already is left as it is. Point the router's export at the port it returns, " +
    "then see capability_status.",
  hints: {
    readOnlyHint: false,
    destructiveHint: false,
    idempotentHint: true,
    openWorldHint: false,
  },
  input: z.strictObject({
    capability: capabilityName,
    host: z.string().min(1).max(255).optional()
      .describe('address of this machine to listen on; default "::", all addresses'),
    port: portNumber.optional().describe("UDP port; 0 lets the system choose"),
  }),
  output: z.object({
    capability: z.string(),
    status: z.enum(["started", "already_running"]),
    host: z.string(),
    port: z.number(),
  }),
  async run({ capability, host, port }, { collectors }) {
    const { status, collector } = await collectors.start(capability, { host, port });
    const where = socketAddress(collector.host, collector.port);
    return {
      result: { capability, status, host: collector.host, port: collector.port },
      text: status === "started"
        ? `${capability} listens on UDP ${where}.`
        : `${capability} listens on UDP ${where} already.`,
    };
  },
});
