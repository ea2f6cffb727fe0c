/**
 * How long questions over flows on disk take: `deno task bench:history [ROWS]` seals so many rows
 * (default 10 M) in a folder of its own, as serve does, and asks them cold, from a connection just
 * opened, and warm, in time and in time of the processor, which says more on a busy machine.
 */
import { cpuUsage } from "node:process";
import { History } from "../../core/history/history.ts";
import { HistoryArchive } from "../../core/history/history_archive.ts";
import { NameDirectory } from "../../core/names/name_directory.ts";
import { flowQuery } from "../../core/query/engine/flow_query.ts";
import { QueryEngine } from "../../core/query/engine/run_query.ts";
import { searchFlows } from "../../core/query/search_flows.ts";
import { FlowFixture } from "../../tests/support/flow_fixture.ts";
import { routerRows } from "../../tests/support/router_rows.ts";

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
  const history = new History({
    folder,
    keepMs: 1e15,
    keepMinutesMs: 1e15,
    keepHoursMs: 1e15,
    namedPorts: new Uint8Array(65_536),
    maxOctets: 2 ** 40,
    clock: { now: () => 0, elapsed: () => 0 },
    seed: 1,
    onPause: (reason) => {
      throw new Error(`history paused: ${reason}`);
    },
  });
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
  const archive = new HistoryArchive(folder);
  const runs: Run[] = [];
  let rows = 0;
  for (let run = 0; run <= WARM_RUNS; run++) {
    const began = now();
    const { scan } = await engine.run([], query, { names, archive });
    runs.push(since(began));
    rows = scan.rows_scanned;
  }
  archive.close();
  tell(name, runs, rows);
}

async function search(): Promise<void> {
  const archive = new HistoryArchive(folder);
  const runs: Run[] = [];
  let rows = 0;
  for (let run = 0; run <= WARM_RUNS; run++) {
    const began = now();
    const asked = { window: WINDOW, filter: "host 10.0.0.77", limit: 20, before: null };
    rows = (await searchFlows([], asked, { archive })).scan.rows_scanned;
    runs.push(since(began));
  }
  archive.close();
  tell("the last 20 records of one host", runs, rows);
}

function now(): Run {
  const { user, system } = cpuUsage();
  return { ms: performance.now(), cpuMs: (user + system) / 1000 };
}

function since(began: Run): Run {
  const { ms, cpuMs } = now();
  return { ms: ms - began.ms, cpuMs: cpuMs - began.cpuMs };
}

function tell(name: string, [cold, ...warm]: readonly Run[], rows: number): void {
  const best = (key: keyof Run) => Math.min(...warm.map((run) => run[key]));
  const rate = (rows / best("cpuMs") / 1000).toFixed(1);
  console.log(
    `${name}: cold ${cold.ms.toFixed(0)} ms (processor ${cold.cpuMs.toFixed(0)}), ` +
      `warm ${best("ms").toFixed(0)} ms (${best("cpuMs").toFixed(0)}), ${rows} rows, ` +
      `${rate} M rows/s of processor`,
  );
}
