import type { McpServer, ProgressNotification, ProgressToken } from "@modelcontextprotocol/server";
import { StartFailure } from "../collector/start_failure.ts";
import { FilterError } from "../query/filter/filter_error.ts";
import { QueryFailure } from "../query/query_client.ts";
import { QueryError } from "../query/query_error.ts";
import { RecordingFailure } from "../recording/recording_failure.ts";
import { bareServer } from "./bare_server.ts";
import { compactSchema } from "./compact_schema.ts";
import { type TellProgress, type Tool, type ToolContext, ToolError } from "./tool.ts";
import { captureDatagrams } from "./tools/capture_datagrams.ts";
import { defaultTools } from "./tools/mod.ts";
import { WRONG_QUESTION } from "./wrong_question.ts";

/** Questions that cannot be answered as they were asked. */
const WRONG = [FilterError, QueryError];
/** Failures whose message tells the caller what to do. */
const REPAIRABLE = [...WRONG, ToolError, StartFailure, QueryFailure, RecordingFailure];

/**
 * Makes an MCP server over the process's collectors and monitors. Cheap: a connection, or over HTTP
 * a request, has one of its own, and nothing lives in it.
 *
 * @param context what the tools act on
 */
export function createServer(context: ToolContext): McpServer {
  const server = bareServer();
  addTools(server, context);
  return server;
}

/**
 * Gives a bare server its tools.
 *
 * @param server of one connection
 * @param context what the tools act on
 */
export function addTools(server: McpServer, context: ToolContext): void {
  for (const tool of defaultTools) registerTool(server, tool, context);
  if (context.recorder !== null) registerTool(server, captureDatagrams, context);
}

function registerTool(server: McpServer, tool: Tool, context: ToolContext): void {
  server.registerTool(
    tool.name,
    {
      title: tool.title,
      description: tool.description,
      inputSchema: compactSchema(tool.input),
      outputSchema: compactSchema(tool.output),
      // Clients of MCP before 2025-06-18 look for the title here.
      annotations: { title: tool.title, ...tool.hints },
    },
    async (args, { mcpReq: { signal, _meta, notify } }) => {
      try {
        const progress = progressTeller(_meta?.progressToken, notify);
        const { result, text } = await tool.run(args, { ...context, signal, progress });
        return { content: [{ type: "text", text }], structuredContent: result };
      } catch (error) {
        const text = explain(error, tool, context);
        const wrong = WRONG.some((kind) => error instanceof kind);
        return {
          content: [{ type: "text", text }],
          isError: true,
          ...wrong && { _meta: { [WRONG_QUESTION]: true } },
        };
      }
    },
  );
}

/** Progress may be told only to whoever gave a token for it, and only as it grows. */
function progressTeller(
  progressToken: ProgressToken | undefined,
  notify: (notification: ProgressNotification) => Promise<void>,
): TellProgress {
  let told = 0;
  return (progress, total) => {
    if (progressToken === undefined || progress <= told) return;
    told = progress;
    // A connection that is gone ends the request by its signal.
    notify({ method: "notifications/progress", params: { progressToken, progress, total } })
      .catch(() => {});
  };
}

function explain(error: unknown, tool: Tool, { log }: ToolContext): string {
  if (REPAIRABLE.some((kind) => error instanceof kind)) return (error as Error).message;
  log.error("tool failed", { tool: tool.name, error });
  return `${tool.name} failed for a reason that is not yours to mend: ` +
    `${error instanceof Error ? error.message : String(error)}`;
}
