import { parseArgs } from "node:util";
import { nearestWord } from "../nearest_word.ts";
import { VERSION } from "../version.ts";
import { type Command, CommandArgs, type House, UsageError } from "./command.ts";

/** The commands by name. Only the one that runs is loaded: a client waits for the start of serve. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import("./serve.ts")).serve,
  agent: async () => (await import("./agent.ts")).agent,
  send: async () => (await import("./send.ts")).send,
  decode: async () => (await import("./decode.ts")).decode,
  capture: async () => (await import("./capture.ts")).capture,
  replay: async () => (await import("./replay.ts")).replay,
  query: async () => (await import("./query.ts")).query,
  export: async () => (await import("./export.ts")).exportCommand,
  import: async () => (await import("./import.ts")).importCommand,
  doctor: async () => (await import("./doctor.ts")).doctor,
  config: async () => (await import("./config.ts")).config,
  demo: async () => (await import("./demo.ts")).demo,
};

/**
 * Runs the program.
 *
 * @param args command line without the program's name
 * @param house what main.ts brings together
 * @returns exit status: 0 success, 1 failure, 2 wrong usage
 */
export async function runCli(args: readonly string[], house: House): Promise<number> {
  const [first, ...rest] = args;
  if (first === undefined) {
    // An MCP client that starts the bare program wants the server; a person wants to know.
    if (!Deno.stdin.isTerminal()) return await run(await COMMANDS.serve(), [], house);
    console.log(await overview());
    return 0;
  }
  if (first === "--help" || first === "-h" || first === "help") {
    console.log(await overview());
    return 0;
  }
  if (first === "--version" || first === "-V") {
    console.log(VERSION);
    return 0;
  }
  if (!Object.hasOwn(COMMANDS, first)) {
    const near = nearestWord(first, Object.keys(COMMANDS));
    const hint = near === null ? 'see "flow-agent --help"' : `did you mean "${near}"?`;
    console.error(`there is no command "${first}"; ${hint}`);
    return 2;
  }
  return await run(await COMMANDS[first](), rest, house);
}

async function run(command: Command, args: readonly string[], house: House): Promise<number> {
  if (args.includes("--help") || args.includes("-h")) {
    console.log(help(command));
    return 0;
  }
  try {
    return await command.run(parse(command, args), house);
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    if (args.join("=").includes("log-level=debug")) console.error(error);
    return await isUsage(error) ? 2 : 1;
  }
}

/** What the command line says wrong: options, a filter, a query or a time that cannot be read. */
async function isUsage(error: unknown): Promise<boolean> {
  const { FilterError } = await import("../query/filter/filter_error.ts");
  const { QueryError } = await import("../query/query_error.ts");
  return [UsageError, FilterError, QueryError].some((kind) => error instanceof kind);
}

function parse(command: Command, args: readonly string[]): CommandArgs {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: Object.fromEntries(
        Object.entries(command.options).map(([name, { type, multiple }]) => [
          name,
          { type, multiple: multiple ?? false },
        ]),
      ),
      allowPositionals: command.positionals !== undefined,
    });
    return new CommandArgs(values, positionals);
  } catch (error) {
    throw new UsageError(explainUsage(command, (error as Error).message));
  }
}

/** What `parseArgs` found wrong, in our words. */
function explainUsage({ name, options }: Command, message: string): string {
  const [, quoted = ""] = /'([^']*)'/.exec(message) ?? [];
  const [option] = quoted.split(" ");
  if (message.startsWith("Unknown option")) {
    const names = Object.keys(options).map((known) => `--${known}`);
    const near = nearestWord(option, names);
    const hint = near === null ? `known are ${names.join(", ")}` : `did you mean "${near}"?`;
    return `${name} has no option ${option}; ${hint}`;
  }
  if (message.startsWith("Unexpected argument")) {
    return `${name} takes options alone, and found "${quoted}"; see "flow-agent ${name} --help"`;
  }
  if (message.includes("does not take an argument")) {
    return `${option} is a flag and takes no value; give it alone`;
  }
  const { value } = options[option.slice(2)] ?? {};
  if (value === undefined) return message.replaceAll("\n", " ");
  return `${option} has no value; write ${option} ${value}, or ${option}=${value} where it begins ` +
    "with a dash";
}

async function overview(): Promise<string> {
  const commands = await Promise.all(Object.values(COMMANDS).map((load) => load()));
  return [
    `flow-agent ${VERSION}: collects sFlow, NetFlow, IPFIX and JSON flows over UDP, and answers about them over MCP`,
    "",
    "flow-agent <command> [options]",
    "",
    ...commands.map(({ name, summary }) => `  ${name.padEnd(10)}${summary}`),
    "",
    'Try "flow-agent demo", or "flow-agent <command> --help". An MCP client starts "flow-agent serve".',
  ].join("\n");
}

function help({ name, summary, positionals, options }: Command): string {
  const rows = Object.entries(options).map(([option, { value, multiple, description }]) => ({
    left: `--${option}${value === undefined ? "" : ` ${value}`}`,
    right: `${description}${multiple ? " (repeatable)" : ""}`,
  }));
  const width = Math.max(26, ...rows.map(({ left }) => left.length)) + 2;
  return [
    `flow-agent ${name} [options]${positionals === undefined ? "" : ` ${positionals}`}`,
    "",
    summary,
    "",
    ...rows.map(({ left, right }) => `  ${left.padEnd(width)}${right}`),
  ].join("\n");
}
