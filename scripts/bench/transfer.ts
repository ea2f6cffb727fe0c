/**
 * How fast flows leave history and come back: `deno task bench:transfer [ROWS]` seals so many rows
 * (default 1 M) in a folder of its own, writes them in every form and reads them back. Time of the
 * processor says more on a busy machine.
 */
import { cpuUsage } from "node:process";
import { jsonUdp } from "../../capabilities/json_udp/mod.ts";
import { EXPORT_FORMS } from "../../core/cli/transfer/export_forms.ts";
import { exportFlows } from "../../core/cli/transfer/export_flows.ts";
import { FlowLines } from "../../core/cli/transfer/flow_lines.ts";
import { importLines } from "../../core/cli/transfer/import_lines.ts";
import { LineProblems } from "../../core/cli/transfer/line_problems.ts";
import { openLines } from "../../core/cli/transfer/open_lines.ts";
import { openOutputFile } from "../../core/cli/transfer/output.ts";
import { FLOW_FIELDS } from "../../core/flow/schema.ts";
import { HistoryArchive } from "../../core/history/history_archive.ts";
import { openHistory } from "../../core/history/history_database.ts";
import { HistoryImport } from "../../core/history/history_import.ts";
import { HistoryStore } from "../../core/history/history_store.ts";
import { NameDirectory } from "../../core/names/name_directory.ts";
import { parseFilter } from "../../core/query/filter/parse_filter.ts";
import { FlowFixture } from "../../tests/support/flow_fixture.ts";
import { routerRows } from "../../tests/support/router_rows.ts";

const BLOCK = 65_536;
const NOBODY = { stopped: () => false, onProgress: () => {} };

const rows = Math.ceil(Number(Deno.args[0] ?? 1_000_000) / BLOCK) * BLOCK;
const folder = Deno.makeTempDirSync({ prefix: "flow-agent-bench-" });
try {
  fill();
  for (const form of Object.keys(EXPORT_FORMS) as (keyof typeof EXPORT_FORMS)[]) {
    const path = `${folder}/flows.${form}`;
    await measure(`export ${form}`, () => write(form, path));
    console.log(`  ${(Deno.statSync(path).size / rows).toFixed(1)} octets a flow`);
  }
  await measure("import jsonl", () => read(`${folder}/flows.jsonl`, `${folder}/other`));
  await measure("import jsonl again", () => read(`${folder}/flows.jsonl`, `${folder}/other`));
} finally {
  Deno.removeSync(folder, { recursive: true });
}

/** Seals rows as an import does, without the text. */
function fill(): void {
  const store = new HistoryStore(openHistory(folder));
  const history = new HistoryImport(store, { nowMs: 1, seed: 1 });
  const { source: { ring, dictionary: texts } } = new FlowFixture({ capacity: BLOCK });
  const next = routerRows(ring);
  const slots = Array.from({ length: BLOCK }, (_, slot) => slot);
  for (let done = 0; done < rows; done += BLOCK) {
    next(BLOCK);
    history.add({ columns: ring.columns, slots, capabilityOf: () => "netflow_udp", texts });
  }
  store.close();
}

async function write(form: keyof typeof EXPORT_FORMS, path: string): Promise<void> {
  const archive = new HistoryArchive(folder);
  const output = openOutputFile(path);
  const sink = await EXPORT_FORMS[form](FLOW_FIELDS, output);
  await exportFlows(archive, {
    window: { fromMs: archive.heldSince()!, toMs: Date.now(), untilNow: true },
    filter: parseFilter(""),
    directory: new NameDirectory(),
    fields: FLOW_FIELDS,
    sink,
    ...NOBODY,
  });
  sink.finish();
  output.keep();
  archive.close();
}

async function read(path: string, into: string): Promise<void> {
  const store = new HistoryStore(openHistory(into));
  const problems = new LineProblems(path, (text) => console.error(text));
  await importLines(openLines(path).lines, {
    decoder: new FlowLines(jsonUdp, { nowMs: Date.now(), complain: problems.take }),
    history: new HistoryImport(store, { nowMs: Date.now(), seed: 1 }),
    problems,
    ...NOBODY,
  });
  store.close();
}

async function measure(name: string, work: () => Promise<void>): Promise<void> {
  const began = { ms: performance.now(), cpu: cpuUsage() };
  await work();
  const ms = performance.now() - began.ms;
  const { user, system } = cpuUsage(began.cpu);
  const perSecond = (spent: number) => `${(rows / spent).toFixed(0)}k`;
  console.log(
    `${name}: ${rows} flows, ${perSecond(ms)} a second, ` +
      `${perSecond((user + system) / 1000)} a second of processor time`,
  );
}
