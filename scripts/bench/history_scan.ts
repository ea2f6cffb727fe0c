/**
 * How long questions over flows on disk take: `deno task bench:history [ROWS]` seals so many rows
 * (default 10 M) in a folder of its own, as serve does, and asks them the very first time, cold, from
 * connections just opened, and warm: medians in time and in time of the processor, which says more on
 * a busy machine.
 */
import { cpuUsage } from "node:process";
import { HistoryArchive } from "../../core/history/history_archive.ts";
import { NameDirectory } from "../../core/names/name_directory.ts";
import { flowQuery } from "../../core/query/engine/flow_query.ts";
import { QueryEngine } from "../../core/query/engine/run_query.ts";
import { searchFlows } from "../../core/query/search_flows.ts";
import { FlowFixture } from "../../tests/support/flow_fixture.ts";
import { routerRows } from "../../tests/support/router_rows.ts";
import { openHistory } from "./open_history.ts";

/** What a run took. */
interface Run {
  readonly ms: number;
  /** Of user and system, all threads. */
  readonly cpuMs: number;
}

const BLOCK = 65_536;
const WARM_RUNS = 5;
const WINDOW = { fromMs: 0, toMs: 1e15, untilNow: true };
const QUESTIONS = {
  "top 10 of sources": { group_by: ["src_addr"], metrics: ["bytes"] },
  "top 10 of services": { group_by: ["service"], metrics: ["bytes"] },
  "top 10 of 5-tuples": {
    group_by: ["src_addr", "dst_addr", "src_port", "dst_port", "protocol"],
    metrics: ["bytes"],
  },
  "one host": { filter: "host 10.0.0.77", metrics: ["bytes", "flows"] },
  "one exporter that is not there": { filter: "exporter 192.0.2.9", metrics: ["flows"] },
} as const;

const wanted = Number(Deno.args[0] ?? 10_000_000);
const folder = Deno.makeTempDirSync({ prefix: "flow-agent-bench-" });
try {
  seal(Math.ceil(wanted / BLOCK));
  for (const [name, question] of Object.entries(QUESTIONS)) await ask(name, question);
  await search();
} finally {
  Deno.removeSync(folder, { recursive: true });
}

/** Fills a ring and seals it, block by block. */
function seal(blocks: number): void {
  const fixture = new FlowFixture({ capacity: 4 * BLOCK });
  const history = openHistory(folder);
  history.follow(fixture.source);
  const write = routerRows(fixture.source.ring);
  const times: number[] = [];
  for (let block = 0; block < blocks; block++) {
    write(BLOCK);
    const began = performance.now();
    while (history.work());
    times.push(performance.now() - began);
  }
  const { rows, octets } = history.close();
  const spent = times.reduce((sum, ms) => sum + ms, 0);
  const median = times.toSorted((a, b) => a - b)[times.length >> 1];
  console.log(
    `sealed ${rows} rows, ${(octets / rows).toFixed(1)} octets a row on disk, ` +
      `${(rows / spent / 1000).toFixed(2)} M rows/s, ` +
      `${(BLOCK / median / 1000).toFixed(2)} M in the median segment`,
  );
}

async function ask(
  name: string,
  question: Parameters<typeof flowQuery>[0] | object,
): Promise<void> {
  const { services: names } = new NameDirectory();
  const query = flowQuery({ window: WINDOW, limit: 10, dedup: "off", ...question });
  const engine = new QueryEngine();
  const run = async (archive: HistoryArchive): Promise<Run> => {
    const began = now();
    const { scan } = await engine.run([], query, { names, archive });
    rows = scan.rows_scanned;
    return since(began);
  };
  let rows = 0;
  const cold: Run[] = [];
  for (let i = 0; i <= WARM_RUNS; i++) {
    const archive = new HistoryArchive(folder);
    cold.push(await run(archive));
    archive.close();
  }
  const warm: Run[] = [];
  const archive = new HistoryArchive(folder);
  for (let i = 0; i <= WARM_RUNS; i++) warm.push(await run(archive));
  archive.close();
  tell(name, { cold, warm }, rows);
}

async function search(): Promise<void> {
  const archive = new HistoryArchive(folder);
  const runs: Run[] = [];
  let rows = 0;
  for (let i = 0; i <= WARM_RUNS; i++) {
    const began = now();
    const asked = { window: WINDOW, filter: "host 10.0.0.77", limit: 20, before: null };
    rows = (await searchFlows([], asked, { archive })).scan.rows_scanned;
    runs.push(since(began));
  }
  archive.close();
  tell("the last 20 records of one host", { cold: runs.slice(0, 1), warm: runs }, rows);
}

function now(): Run {
  const { user, system } = cpuUsage();
  return { ms: performance.now(), cpuMs: (user + system) / 1000 };
}

function since(began: Run): Run {
  const { ms, cpuMs } = now();
  return { ms: ms - began.ms, cpuMs: cpuMs - began.cpuMs };
}

function tell(
  name: string,
  { cold: [first, ...cold], warm: [, ...warm] }: {
    /** From connections just opened, the very first run of the question first. */
    cold: readonly Run[];
    /** From one connection, one after another. */
    warm: readonly Run[];
  },
  rows: number,
): void {
  const figures = [`first ${first.ms.toFixed(0)} ms (processor ${first.cpuMs.toFixed(0)})`];
  if (cold.length > 0) figures.push(`cold ${medianOf(cold, "ms")} (${medianOf(cold, "cpuMs")})`);
  figures.push(`warm ${medianOf(warm, "ms")} (${medianOf(warm, "cpuMs")})`);
  console.log(`${name}, ${rows} rows: ${figures.join(", ")}`);
}

function medianOf(runs: readonly Run[], key: keyof Run): string {
  return runs.map((run) => run[key]).sort((a, b) => a - b)[runs.length >> 1].toFixed(0);
}
