import { parseArgs } from "node:util";
import { nearestWord } from "../nearest_word.ts";
import { VERSION } from "../version.ts";
import { agent } from "./agent.ts";
import { type Command, CommandArgs, type House, UsageError } from "./command.ts";
import { capture } from "./capture.ts";
import { config } from "./config.ts";
import { decode } from "./decode.ts";
import { demo } from "./demo.ts";
import { exportCommand } from "./export.ts";
import { importCommand } from "./import.ts";
import { query } from "./query.ts";
import { replay } from "./replay.ts";
import { send } from "./send.ts";
import { serve } from "./serve.ts";

const COMMANDS: readonly Command[] = [
  serve,
  agent,
  send,
  decode,
  capture,
  replay,
  query,
  exportCommand,
  importCommand,
  config,
  demo,
];

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
    if (!Deno.stdin.isTerminal()) return await run(serve, [], house);
    console.log(overview());
    return 0;
  }
  if (first === "--help" || first === "-h" || first === "help") {
    console.log(overview());
    return 0;
  }
  if (first === "--version" || first === "-V") {
    console.log(VERSION);
    return 0;
  }
  const command = COMMANDS.find(({ name }) => name === first);
  if (command === undefined) {
    const near = nearestWord(first, COMMANDS.map(({ name }) => name));
    const hint = near === null ? 'see "flow-agent --help"' : `did you mean "${near}"?`;
    console.error(`there is no command "${first}"; ${hint}`);
    return 2;
  }
  return await run(command, rest, house);
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
    return error instanceof UsageError ? 2 : 1;
  }
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
    const unknown = /^Unknown option '(--[^']+)'/.exec((error as Error).message)?.[1];
    if (unknown === undefined) {
      throw new UsageError((error as Error).message.replaceAll("\n", " "));
    }
    const names = Object.keys(command.options).map((name) => `--${name}`);
    const near = nearestWord(unknown, names);
    const hint = near === null ? `known are ${names.join(", ")}` : `did you mean "${near}"?`;
    throw new UsageError(`${command.name} has no option ${unknown}; ${hint}`);
  }
}

function overview(): string {
  return [
    `flow-agent ${VERSION}: collects sFlow, NetFlow, IPFIX and JSON flows over UDP, and answers about them over MCP`,
    "",
    "flow-agent <command> [options]",
    "",
    ...COMMANDS.map(({ name, summary }) => `  ${name.padEnd(10)}${summary}`),
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
