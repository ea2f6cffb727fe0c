import type { Config } from "../config/schema.ts";
import { WRONG_QUESTION } from "../mcp/wrong_question.ts";
import { type Command, CommandFailure, UsageError } from "./command.ts";
import { LineWriter } from "./line_writer.ts";
import { queryCapture } from "./query_capture.ts";
import { type Question, QUESTION_OPTIONS, readQuestion, type Reply } from "./query_question.ts";
import { formatTable } from "./query_table.ts";
import { parseUrl, reachServer } from "./reach_server.ts";
import { loadNames } from "./load_names.ts";
import { loadSettings, SETTINGS_OPTIONS } from "./settings.ts";
import { csvLine } from "./transfer/csv_line.ts";

const OUTPUTS = ["table", "json", "csv"] as const;

export const query: Command = {
  name: "query",
  summary: "asks a running server about its flows, or answers from captures with --read",
  positionals: "[FILE…]",
  options: {
    ...QUESTION_OPTIONS,
    output: { type: "string", value: "FORM", description: `${OUTPUTS.join(", ")}` },
    url: {
      type: "string",
      value: "URL",
      description: "the server's http://…/mcp; default: http.host and http.port",
    },
    read: {
      type: "string",
      multiple: true,
      value: "FILE",
      description: "answer from a capture and the FILEs behind it, without a server",
    },
    ...SETTINGS_OPTIONS,
  },
  async run(args, { builtIn, clock }) {
    const question = readQuestion(args);
    const output = args.oneOf("output", OUTPUTS) ?? "table";
    const url = parseUrl(args.text("url"));
    const files = args.list("read");
    if (files.length === 0 && args.positionals.length > 0) {
      throw new UsageError(`to answer from ${args.positionals[0]}, write --read before it`);
    }
    if (files.length > 0 && url !== null) {
      throw new UsageError("give either --url, to ask a server, or --read, to answer from files");
    }
    const { config } = await loadSettings(args);
    const { reply, said } = files.length > 0
      ? {
        said: null,
        reply: await queryCapture([...files, ...args.positionals], question, {
          capabilities: await builtIn(),
          capacity: config.store.capacity_rows,
          names: loadNames(config),
          nowMs: clock.now(),
        }),
      }
      : await askServer(url ?? defaultUrl(config), question);
    print(reply, { output, metrics: question.metrics.length });
    // Whether there was nothing, or nothing is known.
    if (reply.rows.length === 0 && said !== null) console.error(said);
    tellDoubts(reply);
    return 0;
  },
};

/** The answer of a server, and what it says of it in words. */
async function askServer(
  url: URL,
  question: Question,
): Promise<{ reply: Reply; said: string }> {
  const client = await reachServer(url, "answer from a capture with --read FILE");
  try {
    const { isError, content, structuredContent, _meta } = await client.callTool({
      name: "query_flows",
      arguments: { ...question },
    });
    const [{ text }] = content as { text: string }[];
    if (isError === true) {
      throw _meta?.[WRONG_QUESTION] === true ? new UsageError(text) : new CommandFailure(text);
    }
    return { reply: structuredContent as unknown as Reply, said: text };
  } finally {
    await client.close();
  }
}

function defaultUrl({ http: { host, port } }: Config): URL {
  return new URL(`http://${host.includes(":") ? `[${host}]` : host}:${port}/mcp`);
}

/** The answer on standard output. */
function print(
  reply: Reply,
  { output, metrics }: { output: (typeof OUTPUTS)[number]; metrics: number },
): void {
  const out = new LineWriter(Deno.stdout);
  if (output === "json") out.line(JSON.stringify(reply));
  else {for (const line of output === "csv" ? csv(reply) : formatTable(reply, metrics)) {
      out.line(line);
    }}
  out.flush();
}

/** What takes from an answer, on standard error. */
function tellDoubts({ trust: { notes, approximate } }: Reply): void {
  for (const note of notes) console.error(note);
  for (const { figure, error } of approximate) console.error(`${figure} is not exact: ${error}`);
}

/** Lines of RFC 4180: plain numbers, nothing for what is not known. */
function csv({ columns, rows }: Reply): string[] {
  return [columns.map(({ name }) => name), ...rows].map(csvLine);
}
