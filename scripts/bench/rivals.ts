/**
 * Asks flow-agent's engine, SQLite, DuckDB and nfdump the same questions about the same million
 * flows, side by side on one thread, and writes docs/benchmarks/queries.md. Each engine's answers are held
 * against flow-agent's. What the machine lacks is passed over with the reason.
 *
 *     deno task bench:rivals [path of flowgen.c]
 */
import { machineLine } from "./machine.ts";
import { runProgram } from "./run_program.ts";
import { ROOT } from "../../tests/support/program.ts";
import { table } from "../markdown_table.ts";
import { flowAgentRival, ringOf } from "./flow_agent_rival.ts";
import { nfdumpRival } from "./nfdump_rival.ts";
import { GOALS_MS, type QuestionName, QUESTIONS, type Rival } from "./rival.ts";
import { duckdbRival, sqliteRival } from "./sql_rivals.ts";

const RUNS = 7;
/** Rounds before: compilers and caches take more than one to be warm. */
const WARM_UP = 6;
/** A question that takes longer than this is asked once more, not five times. */
const SLOW_MS = 10_000;
const ROWS = 1 << 20;
const DATAGRAMS = 41_666;
const FLOWS = 176_000;

/** Milliseconds, or why there are none. */
type Cell = number | string;

const [generator = `${ROOT}../shared/tools/flowgen.c`] = Deno.args;
const folder = Deno.makeTempDirSync({ prefix: "flow-agent-rivals-" });
try {
  await main();
} finally {
  Deno.removeSync(folder, { recursive: true });
}

async function main(): Promise<void> {
  const [before] = Deno.loadavg();
  const flowgen = `${folder}/flowgen`;
  await runProgram("gcc", ["-O2", "-o", flowgen, generator, "-lm"]);
  const flows = ["-P", "v9", "-c", `${DATAGRAMS}`, "-F", `${FLOWS}`, "-S", "7"];
  const capture = `${folder}/flows.pcap`;
  await runProgram(flowgen, [...flows, "-r", "50", "-o", capture]);
  const source = await ringOf(capture, ROWS);
  const makers: Record<string, () => Promise<Rival> | Rival> = {
    "SQLite": () => sqliteRival(source),
    "DuckDB, 1 thread": () => duckdbRival(source, folder),
    "nfdump": () =>
      nfdumpRival(
        (port, rate) =>
          runProgram(flowgen, [...flows, "-d", "127.0.0.1", "-p", `${port}`, "-r", `${rate}`]),
        `${folder}/nfdump`,
      ),
  };
  const rivals = [flowAgentRival(source)];
  const missing: string[] = [];
  for (const [name, make] of Object.entries(makers)) {
    try {
      rivals.push(await make());
    } catch (error) {
      missing.push(`${name}: ${(error as Error).message.split("\n")[0]}`);
    }
  }
  for (const line of missing) console.error(`passed over: ${line}`);
  const cells = new Map(rivals.map(({ name }) => [name, {} as Record<QuestionName, Cell>]));
  for (const question of Object.keys(QUESTIONS) as QuestionName[]) {
    for (const [name, cell] of await measure(rivals, question)) cells.get(name)![question] = cell;
  }
  const columns = rivals.map(({ name, version }) => ({ name, version, cells: cells.get(name)! }));
  for (const rival of rivals) rival.close();
  Deno.writeTextFileSync(
    `${ROOT}docs/benchmarks/queries.md`,
    page({ columns, missing, rows: source.ring.committed, machine: await machineLine(before) }),
  );
  await runProgram(Deno.execPath(), ["fmt", "-q", `${ROOT}docs/benchmarks/queries.md`]);
}

/**
 * Medians of one question by engine. The engines take turns, so that what else the machine does
 * falls on all of them; the first one's answer is what the others are held against.
 */
async function measure(
  rivals: readonly Rival[],
  question: QuestionName,
): Promise<Map<string, Cell>> {
  const cells = new Map<string, Cell>();
  const times = new Map<string, number[]>();
  const answers: string[] = [];
  for (let round = 0; round < WARM_UP + RUNS; round++) {
    for (const { name, ask } of rivals) {
      const one = ask[question];
      if (one === undefined) {
        cells.set(name, "not offered");
        continue;
      }
      const known = times.get(name) ?? [];
      if (known[0] > SLOW_MS) continue;
      // What the others read and wrote in between is in the caches: once to be warm, once measured.
      if (round >= WARM_UP) await one();
      const start = performance.now();
      const found = JSON.stringify(await one());
      const ms = performance.now() - start;
      if (round === 0) answers.push(found);
      if (round >= WARM_UP || ms > SLOW_MS) known.push(ms);
      times.set(name, known);
      if (round > 0 || found === answers[0]) continue;
      console.error(`${name}, ${question}: ${found} differs from ${answers[0]}`);
      cells.set(name, "another answer");
    }
  }
  for (const [name, list] of times) {
    const median = list.sort((a, b) => a - b)[list.length >> 1];
    console.error(`${name}, ${question}: ${median.toFixed(1)} ms`);
    const other = cells.get(name);
    cells.set(name, other === undefined ? median : `${median.toFixed(1)} (${other})`);
  }
  return cells;
}

function page(
  { columns, missing, rows, machine }: {
    columns: readonly { name: string; version: string; cells: Record<QuestionName, Cell> }[];
    missing: readonly string[];
    rows: number;
    /** An item of a list. */
    machine: string;
  },
): string {
  const own = columns[0].cells;
  const cell = (value: Cell, question: QuestionName): string => {
    if (typeof value === "string") return value;
    const base = own[question];
    const ratio = typeof base === "number" && value !== base
      ? ` (×${(value / base).toFixed(1)})`
      : "";
    return `${value.toFixed(1)}${ratio}`;
  };
  const medians = table(
    ["question", "goal", ...columns.map(({ name }) => name)],
    (Object.keys(QUESTIONS) as QuestionName[]).map((question) => [
      QUESTIONS[question],
      String(GOALS_MS[question] ?? ""),
      ...columns.map(({ cells }) => cell(cells[question], question)),
    ]),
  );
  return `# Questions over flows in memory

Written by \`deno task bench:rivals\`: the same questions about the same ${
    rows.toLocaleString("en-US")
  } flows (NetFlow v9, ${FLOWS.toLocaleString("en-US")} conversations, popularity by Zipf's law),
engines in turn, on one thread each, in every turn once to be warm and once measured. Milliseconds,
medians of ${RUNS}; in parentheses how many times flow-agent's time it is. The goal is flow-agent's
own.

${medians}

${machine}
- On a machine that does other work the ratios say more than the milliseconds.
- Versions: ${columns.map(({ name, version }) => `${name} ${version}`).join("; ")}.
- Each engine's measures of the first ten groups are equal to flow-agent's, except where the table
  says "another answer".
- flow-agent, SQLite and DuckDB hold the flows in memory. SQLite has no index beside its rowid.
  flow-agent's addresses are of 128 bits, the others' numbers of 64.
  nfdump starts a process and reads its file, from the page cache, for each question.
- The p95 is by the nearest rank: \`quantile_disc\` in DuckDB, window functions in SQLite.
${missing.map((line) => `- Passed over: ${line}.\n`).join("")}`;
}
