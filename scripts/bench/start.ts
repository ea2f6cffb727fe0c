/**
 * How long a client waits for the program: `deno task bench:start [RUNS]` starts it so often (default
 * 20) with the permissions of `deno task serve`, each way in turn, and writes docs/benchmarks/start.md.
 */
import { plainEnvironment, programArgs, ROOT } from "../../tests/support/program.ts";
import { table } from "../markdown_table.ts";
import { machineLine } from "./machine.ts";
import { StdioClient } from "./stdio_client.ts";

/** Milliseconds since the process was started, at each step. */
type Steps = Readonly<Record<string, number>>;

/** One way to start, and what to wait for. */
interface Way {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly wait: (client: StdioClient, lap: (step: string) => void) => Promise<void>;
}

const GOAL_MS = 150;
const PAGE = `${ROOT}docs/benchmarks/start.md`;
const INITIALIZE = "`initialize` answered";
const TOOLS = "`tools/list` answered";
const SERVER = `import { McpServer } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
serveStdio(() => new McpServer({ name: "bare", version: "0" }, { capabilities: { tools: {} } }));
`;

const runs = Number(Deno.args[0] ?? 20);
const folder = Deno.makeTempDirSync({ prefix: "flow-agent-start-" });
// Bare modules lie in the repository: its lock and import map cost the runtime what they cost us.
const bare = Deno.makeTempDirSync({ dir: ROOT, prefix: ".bench-" });
try {
  Deno.writeTextFileSync(`${bare}/line.ts`, 'console.log("a line");\n');
  Deno.writeTextFileSync(`${bare}/server.ts`, SERVER);
  await main();
} finally {
  Deno.removeSync(folder, { recursive: true });
  Deno.removeSync(bare, { recursive: true });
}

async function main(): Promise<void> {
  const [before] = Deno.loadavg();
  const ways: Record<string, Way> = {
    "Deno alone: a module that prints a line": {
      args: ["run", "--frozen", `${bare}/line.ts`],
      wait: async (client, lap) => {
        await client.line();
        lap("first line");
      },
    },
    "the MCP SDK alone: a server without tools": {
      args: ["run", "--frozen", "--allow-env", `${bare}/server.ts`],
      wait: async (client, lap) => {
        await client.initialize();
        lap(INITIALIZE);
      },
    },
    "serve, nothing kept": { args: programArgs(["serve"]), wait: greet },
    "serve with a state folder, as it is by default": {
      args: programArgs(["serve", "--db", folder], { read: [folder], write: [folder] }),
      wait: greet,
    },
    "serve --collect netflow_udp": {
      args: programArgs(["serve", "--collect", "netflow_udp@127.0.0.1:0"]),
      wait: greet,
    },
  };
  const found = new Map(Object.keys(ways).map((name) => [name, [] as Steps[]]));
  for (let run = 0; run <= runs; run++) {
    for (const [name, way] of Object.entries(ways)) {
      const steps = await start(way);
      // The first of each warms the caches.
      if (run > 0) found.get(name)!.push(steps);
    }
  }
  Deno.mkdirSync(`${ROOT}docs/benchmarks`, { recursive: true });
  Deno.writeTextFileSync(PAGE, page(found, await machineLine(before)));
  await new Deno.Command(Deno.execPath(), { args: ["fmt", "-q", PAGE] }).output();
}

async function greet(client: StdioClient, lap: (step: string) => void): Promise<void> {
  await client.initialize();
  lap(INITIALIZE);
  await client.ask("tools/list");
  lap(TOOLS);
}

async function start({ args, wait }: Way): Promise<Steps> {
  const steps: Record<string, number> = {};
  const began = performance.now();
  await using client = new StdioClient(args, { cwd: ROOT, env: plainEnvironment() });
  await wait(client, (step) => steps[step] = performance.now() - began);
  return steps;
}

function page(found: ReadonlyMap<string, readonly Steps[]>, machine: string): string {
  const rows = [...found].flatMap(([name, all]) =>
    Object.keys(all[0]).map((step) => {
      const times = all.map((steps) => steps[step]).sort((a, b) => a - b);
      const goal = name.startsWith("serve") && step === INITIALIZE ? `${GOAL_MS}` : "";
      const figures = [times[times.length >> 1], times[0], times.at(-1)!];
      return [name, step, goal, ...figures.map((ms) => ms.toFixed(0))];
    })
  );
  return `# How long a client waits

Written by \`deno task bench:start\`: milliseconds from the start of the process, from source with a
warm cache, by a client on standard input and output. ${runs} runs of each, in turn.

${table(["started", "until", "goal", "median", "least", "most"], rows)}

${machine}
- The program greets a client as soon as the MCP SDK and its settings are there. Collectors, queries,
  tools, codecs and databases are loaded after that; what a client asks meanwhile waits for them.
- Deno and the SDK are the floor: what lies between the second row and ours is our own.
`;
}
