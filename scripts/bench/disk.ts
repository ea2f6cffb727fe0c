/**
 * What flows take on disk and how long questions about them take, beside nfdump's files, plain rows
 * in SQLite and DuckDB, of the same flows; writes docs/benchmarks/disk.md. What the machine lacks is
 * passed over with the reason.
 *
 *     deno task bench:disk [rows, default 10,000,000] [path of flowgen.c]
 */
import { runProgram } from "./run_program.ts";
import { builtInCapabilities } from "../../capabilities/registry.ts";
import { CaptureDecoding } from "../../core/cli/capture_decoding.ts";
import { SEGMENT_ROWS } from "../../core/flow/segment/segment_directory.ts";
import { ROOT } from "../../tests/support/program.ts";
import { table } from "../markdown_table.ts";
import { DISK_QUESTIONS, type DiskEngine, type DiskQuestion } from "./disk/disk_engine.ts";
import { nfdumpFiles } from "./disk/nfdump_files.ts";
import { SealedHistory } from "./disk/sealed_history.ts";
import { DuckdbFile, SqliteFile } from "./disk/sql_files.ts";
import { machineLine } from "./machine.ts";

const WARM_RUNS = 5;
/** Records of a datagram of the generator, a good third of them of IPv6. */
const RECORDS = 24;
const CONVERSATIONS = 500_000;

/** Milliseconds of the first run, and the median of the others; or why there are none. */
type Cell = { first: number; warm: number } | string;

const [rows = "10000000", source = `${ROOT}../shared/tools/flowgen.c`] = Deno.args;
const folder = Deno.makeTempDirSync({ prefix: "flow-agent-disk-" });
try {
  await main(Number(rows));
} finally {
  Deno.removeSync(folder, { recursive: true });
}

async function main(wanted: number): Promise<void> {
  const [before] = Deno.loadavg();
  const flowgen = `${folder}/flowgen`;
  await runProgram("gcc", ["-O2", "-o", flowgen, source, "-lm"]);
  const count = String(Math.ceil(wanted / RECORDS));
  const load = ["-P", "v9", "-c", count, "-F", `${CONVERSATIONS}`, "-S", "7", "-6", "30"];
  const capture = `${folder}/flows.pcap`;
  await runProgram(flowgen, [...load, "-r", "500", "-o", capture]);
  const missing: string[] = [];
  const { engines, flows, perSecond } = await fill(capture, missing);
  Deno.removeSync(capture);
  try {
    const files = await nfdumpFiles(
      folder,
      (port, rate) =>
        runProgram(flowgen, [...load, "-d", "127.0.0.1", "-p", `${port}`, "-r", `${rate}`]),
    );
    engines.push(...files);
  } catch (error) {
    missing.push(`nfdump: ${(error as Error).message.split("\n")[0]}`);
  }
  const cells = new Map<DiskQuestion, Cell[]>();
  for (const question of Object.keys(DISK_QUESTIONS) as DiskQuestion[]) {
    cells.set(question, await measure(engines, question));
  }
  for (const engine of engines) engine.close();
  const text = page({
    engines,
    cells,
    flows,
    perSecond,
    missing,
    machine: await machineLine(before),
  });
  const path = `${ROOT}docs/benchmarks/disk.md`;
  Deno.writeTextFileSync(path, text);
  await runProgram(Deno.execPath(), ["fmt", "-q", path]);
}

/** Decodes the capture, and has each engine write what was decoded. */
async function fill(capture: string, missing: string[]) {
  const decoding = new CaptureDecoding(builtInCapabilities, {
    capacity: 4 * SEGMENT_ROWS,
    clamped: true,
  });
  const sqlite = new SqliteFile(`${folder}/flows.sqlite`);
  let duckdb: DuckdbFile | null = null;
  try {
    duckdb = await DuckdbFile.open(folder);
  } catch (error) {
    missing.push(`DuckDB: ${(error as Error).message.split("\n")[0]}`);
  }
  let history: SealedHistory | null = null;
  let written = 0;
  const write = (least: number): void => {
    const { ring } = decoding.decoder.sources[0];
    while (ring.committed - written >= least && written < ring.committed) {
      const start = written & ring.mask;
      const rows = Math.min(ring.committed - written, SEGMENT_ROWS, ring.capacity - start);
      const block = { columns: ring.columns, start, end: start + rows };
      sqlite.add(block);
      duckdb?.add(block);
      written += rows;
    }
  };
  Deno.mkdirSync(`${folder}/history`);
  await decoding.file(capture, (...datagram) => {
    decoding.decoder.keep(...datagram);
    const [source] = decoding.decoder.sources;
    history ??= new SealedHistory(`${folder}/history`, source);
    history.work();
    write(SEGMENT_ROWS);
  });
  write(1);
  const sealed = history as SealedHistory | null;
  if (sealed === null) throw new Error(`${capture} holds no flows`);
  sealed.close();
  const times = sealed.times.toSorted((a, b) => a - b);
  const engines: DiskEngine[] = [sealed.engine(), sqlite.engine()];
  if (duckdb !== null) engines.push(await duckdb.engine());
  return { engines, flows: written, perSecond: SEGMENT_ROWS / times[times.length >> 1] * 1000 };
}

/** Times of one question by engine, which take turns: what else the machine does falls on all. */
async function measure(engines: readonly DiskEngine[], question: DiskQuestion): Promise<Cell[]> {
  const times: number[][] = engines.map(() => []);
  const answers: string[] = [];
  for (let round = 0; round <= WARM_RUNS; round++) {
    for (const [i, { ask, name }] of engines.entries()) {
      const one = ask[question];
      if (one === undefined) continue;
      const began = performance.now();
      const answer = JSON.stringify(await one());
      times[i].push(performance.now() - began);
      answers[i] = answer;
      if (answer !== answers[0]) console.error(`${name}, ${question}: ${answer}; ${answers[0]}`);
    }
  }
  return engines.map(({ name }, i) => {
    const [first, ...warm] = times[i];
    if (first === undefined) return "not offered";
    const median = warm.sort((a, b) => a - b)[warm.length >> 1];
    console.error(`${name}, ${question}: first ${first.toFixed(0)}, warm ${median.toFixed(0)} ms`);
    return answers[i] === answers[0] ? { first, warm: median } : "another answer";
  });
}

function page({ engines, cells, flows, perSecond, missing, machine }: {
  engines: readonly DiskEngine[];
  cells: ReadonlyMap<DiskQuestion, readonly Cell[]>;
  flows: number;
  perSecond: number;
  missing: readonly string[];
  machine: string;
}): string {
  const show = (cell: Cell) =>
    typeof cell === "string" ? cell : `${cell.warm.toFixed(0)} (${cell.first.toFixed(0)})`;
  const rows = [
    ["octets a flow", ...engines.map(({ octets }) => (octets / flows).toFixed(1))],
    ...Array.from(cells, ([question, row]) => [DISK_QUESTIONS[question], ...row.map(show)]),
  ];
  return `# Flows on disk

Written by \`deno task bench:disk\`: the same ${flows.toLocaleString("en-US")} flows (NetFlow v9,
30 % of the datagrams IPv6, ${
    CONVERSATIONS.toLocaleString("en-US")
  } conversations, popularity by Zipf's law) in the
files of each engine, and questions about all of them: milliseconds, the median of ${WARM_RUNS} runs, and in
parentheses the first run. The files are in the page cache.

${table(["", ...engines.map(({ name }) => name)], rows)}

- flow-agent seals ${
    (perSecond / 1e6).toFixed(2)
  } M flows a second on one thread: the median over segments of
  ${
    SEGMENT_ROWS.toLocaleString("en-US")
  } flows, with sums by the minute and all that goes to disk. The file holds those sums too.
- flow-agent, SQLite and DuckDB use one thread; nfdump reads and sorts on several, and each of its
  questions starts a process.
- flow-agent keeps up to 64 MiB of pages without their compression, and which groups their codes are
  of, for the next question: the first run of each question unpacks what no question before it read.
  SQLite and DuckDB keep pages of their files too. Services have no names here, so that all count alike.
- SQLite and DuckDB have 16 columns: addresses, ports, protocol, flags, type of service, interfaces,
  autonomous systems, packets, octets, and three times. SQLite has no index beside its rowid.
- Versions: ${engines.map(({ name, version }) => `${name} ${version}`).join("; ")}.
${machine}
${missing.map((line) => `- Passed over: ${line}.\n`).join("")}`;
}
