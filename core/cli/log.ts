import { configure, getJsonLinesFormatter, getLogger, type Logger } from "@logtape/logtape";
import type { LOG_LEVELS } from "../config/schema.ts";

/**
 * Sets up the log: one JSON object a line on standard error. Standard output belongs to the MCP
 * stdio transport and to what commands print.
 *
 * @param level least severe level that is written
 */
export async function openLog(level: (typeof LOG_LEVELS)[number]): Promise<Logger> {
  const format = getJsonLinesFormatter({ properties: "flatten" });
  const encoder = new TextEncoder();
  await configure({
    reset: true,
    sinks: { stderr: (record) => writeAll(encoder.encode(format(record))) },
    loggers: [
      { category: ["logtape"], sinks: ["stderr"], lowestLevel: "error" },
      { category: ["flow-agent"], sinks: ["stderr"], lowestLevel: level },
    ],
  });
  return getLogger(["flow-agent"]);
}

function writeAll(bytes: Uint8Array): void {
  try {
    for (let at = 0; at < bytes.length;) at += Deno.stderr.writeSync(bytes.subarray(at));
  } catch {
    // Whoever read the log has gone: collection goes on without it.
  }
}
