import { type CommandArgs, CommandFailure, UsageError } from "./command.ts";
import { parseExporter } from "./parse_exporter.ts";
import { reachServer } from "./reach_server.ts";
import { untilSignal } from "./signals.ts";

const TOOL = "capture_datagrams";
/** What a server takes at most (its tool says so), and takes where nothing is said. */
const MAX_SECONDS = 600;
const DEFAULT_SECONDS = 30;
const MAX_COUNT = 1_000_000;
/** Time that the server has to answer when the capture is over. */
const GRACE_MS = 30_000;
/** Options of a capture of one's own, which a server has no use for. */
const OWN = ["on", "to"] as const;

/**
 * Has a running server capture into its folder.
 *
 * @param url of its `/mcp`
 * @param args of the command `capture`
 * @returns exit status
 */
export async function captureFromServer(url: URL, args: CommandArgs): Promise<number> {
  for (const name of OWN) {
    if (args.text(name) === undefined) continue;
    throw new UsageError(
      `capture: --${name} and --url exclude each other: a server has its folder`,
    );
  }
  const exporter = parseExporter(args);
  if (exporter === undefined) throw new UsageError("capture --url: name one --exporter");
  const seconds = args.number("seconds", { min: 1, max: MAX_SECONDS }) ?? DEFAULT_SECONDS;
  const request = {
    exporter,
    seconds,
    anonymise: args.flag("anonymise"),
    max_datagrams: args.number("count", { min: 1, max: MAX_COUNT }),
    capability: args.text("capability"),
  };
  const client = await reachServer(url, "capture from a socket with --on");
  const giveUp = new AbortController();
  untilSignal().then(() => giveUp.abort());
  try {
    const { tools } = await client.listTools();
    if (!tools.some(({ name }) => name === TOOL)) {
      throw new CommandFailure(
        `the server at ${url} makes no captures: start it with FLOW_CAPTURE_FOLDER=FOLDER and ` +
          `--allow-read=FOLDER --allow-write=FOLDER`,
      );
    }
    console.error(`the server captures for up to ${seconds} s; Ctrl-C ends that`);
    const result = await client.callTool({ name: TOOL, arguments: request }, {
      timeout: seconds * 1000 + GRACE_MS,
      signal: giveUp.signal,
    });
    const [first] = result.content as { text?: string }[];
    if (result.isError) throw new CommandFailure(first?.text ?? `${TOOL} failed`);
    console.log(first?.text);
  } catch (error) {
    if (!giveUp.signal.aborted) throw error;
    console.log("given up; what was captured by then is in the server's folder, and its log");
  } finally {
    await client.close();
  }
  return 0;
}
