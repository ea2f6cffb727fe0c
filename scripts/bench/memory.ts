/**
 * How much memory the program takes: `deno task bench:memory` runs it with the permissions of
 * `deno task serve` and history on disk, as it is by default, and writes docs/benchmarks/memory.md.
 */
import { plainEnvironment, programArgs, ROOT } from "../../tests/support/program.ts";
import { table } from "../markdown_table.ts";
import { machineLine } from "./machine.ts";
import { residentSet } from "./resident_set.ts";
import { type SampleLoad, sendSampleLoad } from "./sample_load.ts";
import { StdioClient } from "./stdio_client.ts";

/** A row of the table: MiB, and the goal for it where there is one. */
interface Figure {
  readonly what: string;
  readonly mib: number;
  readonly goal?: string;
}

const PAGE = `${ROOT}docs/benchmarks/memory.md`;
/** A default ring, and a little more. */
const RING_FLOWS = 1_100_000;
const JSON_SECONDS = 60;
const JSON_FLOWS_PER_SECOND = 10_000;
const SETTLE_MS = 5000;
const SAMPLE_MS = 1000;
const QUESTIONS = [
  { group_by: ["src_addr"], metrics: ["bytes"] },
  { group_by: ["src_addr", "dst_addr", "src_port", "dst_port", "protocol"], metrics: ["bytes"] },
  { group_by: ["dst_port"], metrics: ["p95(bytes)"] },
];

const folder = Deno.makeTempDirSync({ prefix: "flow-agent-memory-" });
try {
  const [before] = Deno.loadavg();
  const figures = [...await idle(), ...await fullRing(), ...await jsonLoad()];
  Deno.mkdirSync(`${ROOT}docs/benchmarks`, { recursive: true });
  Deno.writeTextFileSync(PAGE, page(figures, await machineLine(before)));
  await new Deno.Command(Deno.execPath(), { args: ["fmt", "-q", PAGE] }).output();
} finally {
  Deno.removeSync(folder, { recursive: true });
}

async function idle(): Promise<Figure[]> {
  await using server = await serve("idle");
  await server.ask("tools/list");
  await pause(SETTLE_MS);
  const mib = await residentSet(server.pid);
  await server.tool("query_flows", { time_range: "15m" });
  await pause(SETTLE_MS);
  return [
    { what: "no collector, tools listed", mib, goal: "110" },
    { what: "no collector, after a question", mib: await residentSet(server.pid) },
  ];
}

async function fullRing(): Promise<Figure[]> {
  await using server = await serve("ring");
  const port = await collect(server, "netflow_udp");
  await pause(SETTLE_MS);
  const empty = await residentSet(server.pid);
  const sizes = await underLoad(server, {
    format: "netflow9",
    port,
    flows: RING_FLOWS,
    flowsPerSecond: 100_000,
  });
  await pause(SETTLE_MS);
  const full = await residentSet(server.pid);
  for (const question of QUESTIONS) {
    await server.tool("query_flows", { time_range: "1h", ...question });
  }
  await pause(SETTLE_MS);
  return [
    { what: "one collector, its ring empty", mib: empty },
    { what: "one collector, its default ring full", mib: full, goal: "350" },
    { what: "the most while it was filled, at 100,000 records/s", mib: Math.max(...sizes) },
    { what: "after three questions about all of it", mib: await residentSet(server.pid) },
  ];
}

async function jsonLoad(): Promise<Figure[]> {
  // A small ring is full soon: what grows after that is no flows.
  await using server = await serve("json", { FLOW_STORE_CAPACITY_ROWS: "65536" });
  const port = await collect(server, "json_udp");
  const sizes = await underLoad(server, {
    format: "json",
    port,
    flows: JSON_SECONDS * JSON_FLOWS_PER_SECOND,
    flowsPerSecond: JSON_FLOWS_PER_SECOND,
  });
  const third = Math.floor(sizes.length / 3);
  const [early, late] = [sizes.slice(third, 2 * third), sizes.slice(2 * third)].map((part) =>
    part.reduce((sum, mib) => sum + mib, 0) / part.length
  );
  const rate = JSON_FLOWS_PER_SECOND.toLocaleString("en-US");
  return [
    { what: `JSON at ${rate} objects/s, small ring: the second ${JSON_SECONDS / 3} s`, mib: early },
    {
      what: `JSON at ${rate} objects/s, small ring: the third ${JSON_SECONDS / 3} s`,
      mib: late,
      goal: "flat",
    },
  ];
}

/** What of `capability_status` is read. */
interface Status {
  readonly capabilities: readonly {
    readonly running: boolean;
    readonly counters: { readonly flow_records: number };
  }[];
}

/** Memory by the second while flows are sent; all of them have to arrive, or nearly. */
async function underLoad(server: StdioClient, load: SampleLoad): Promise<number[]> {
  const sizes: number[] = [];
  let sending = true;
  const sent = sendSampleLoad(load).finally(() => sending = false);
  while (sending) {
    sizes.push(await residentSet(server.pid));
    await pause(SAMPLE_MS);
  }
  const { flows } = await sent;
  const { capabilities } = await server.tool<Status>("capability_status", {});
  const { counters } = capabilities.find(({ running }) => running)!;
  console.error(`${load.format}: ${counters.flow_records} of ${flows} flows`);
  return sizes;
}

async function serve(name: string, env: Record<string, string> = {}): Promise<StdioClient> {
  const path = `${folder}/${name}`;
  Deno.mkdirSync(path);
  const args = programArgs(["serve", "--db", path], { read: [path], write: [path] });
  const server = new StdioClient(args, { cwd: ROOT, env: { ...plainEnvironment(), ...env } });
  await server.initialize();
  return server;
}

async function collect(server: StdioClient, capability: string): Promise<number> {
  const where = { capability, host: "127.0.0.1", port: 0 };
  return (await server.tool<{ port: number }>("start_collection", where)).port;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function page(figures: readonly Figure[], machine: string): string {
  const rows = figures.map(({ what, mib, goal = "" }) => [what, goal, mib.toFixed(0)]);
  return `# Memory

Written by \`deno task bench:memory\`: MiB of the resident set of the whole process, from source, with
history on disk.

${table(["when", "goal", "MiB"], rows)}

${machine}
- Flows are most of it: a row of the ring takes 278 octets if every field of it is known, and the
  system gives memory to the columns that are written. \`store.capacity_rows\` says how many flows a
  collector keeps, \`store.max_mib\` what all collectors may take together: a new one has at most half
  of what is left.
- The tasks run with \`--v8-flags=--max-semi-space-size=2\`: without it each thread may fill up to
  64 MiB with what it has done with before it tidies up.
- The query worker is started by the first collector or question. The last of the three questions is
  the p95 of a million values.
`;
}
