import { table } from "../../markdown_table.ts";
import { type Machine, machineLines } from "../machine.ts";
import { type FormatName, FORMATS } from "./generator.ts";
import type { Accounted } from "./loss_accounting.ts";
import { LOSSLESS, type LosslessRate } from "./lossless_rate.ts";
import { STOCK_BYTES } from "./receive_buffer.ts";

/** One measured rate. */
export interface Row extends LosslessRate {
  readonly scene: SceneName;
  readonly collector: string;
  readonly version: string;
  readonly format: FormatName;
  /** `net.core.rmem_default`, octets. */
  readonly buffer: number;
  readonly runSeconds: number;
  readonly machine: Machine;
}

/** What is measured, and what stands above its table. */
export const SCENES = {
  alone: "Collector on core 0, generator on core 1",
  asked: "The same, asked `analyze_traffic`, `query_flows` and `monitor_once` back to back",
  answers: "Asked so with both cores in use, one of them beside the generator",
  ports: "Two collectors of one capability on two ports, on both cores, beside the generators",
} as const;

/** Name of a scene. */
export type SceneName = keyof typeof SCENES;

/** All that has been measured. */
export interface Results {
  readonly rows: readonly Row[];
  readonly accounted: readonly Accounted[];
}

/** The page of what was measured, in Markdown. */
export function collectingPage({ rows, accounted }: Results): string {
  const scenes = (Object.keys(SCENES) as SceneName[]).map((scene) => {
    const own = rows.filter((row) => row.scene === scene);
    return own.length === 0 ? "" : `## ${SCENES[scene]}\n\n${rates(own)}\n`;
  });
  const machines = machineLines(rows.map(({ machine }) => machine));
  const versions = [...new Set(rows.map(({ collector, version }) => `${collector} ${version}`))];
  const seconds = [...new Set(rows.map(({ runSeconds }) => runSeconds))].join(" or ");
  return `# Collecting

Written by \`deno task bench:collect\`: the highest rates at which at most ${
    LOSSLESS * 100
  } % of the records are
lost, by what the generator sent and what the collector counted: medians of 3 runs of ${seconds} s
behind a search by halving, and by steps from there. flow-agent is the whole server as
\`deno task serve\` runs it, with
history on disk and the latency monitor evaluated every second; nfcapd writes its files. Buffer is
\`net.core.rmem_default\`, which both have for their socket.

${scenes.filter((text) => text !== "").join("\n")}
${accounted.length === 0 ? "" : accounts(accounted)}
${machines.join("\n")}
- Versions: ${versions.join("; ")}.
- CPU is of the whole process, for a million records taken in. Runs that lost while other
  programs had more than a tenth of the collector's core were repeated.
- Where the rate says "and more", the generator could send no faster; where it says "under", the
  search gave up while runs of full length still lost.
- sFlow is flow-agent's alone where Debian's nfdump comes without sfcapd.
`;
}

function rates(rows: readonly Row[]): string {
  return table(
    ["format", "buffer", "collector", "datagrams/s", "records/s", "lost", "CPU s/M", "RSS MiB"],
    rows.toSorted(byPlace).map(({ format, buffer, collector, median, runs, outran }) => [
      FORMATS[format].name,
      buffer === STOCK_BYTES ? "stock" : `${buffer / 2 ** 20} MiB`,
      collector,
      `${median.loss > LOSSLESS ? "under " : ""}${(median.datagramsPerSecond / 1e3).toFixed(1)} k`,
      `${(median.recordsPerSecond / 1e6).toFixed(2)} M${outran ? " and more" : ""}`,
      `${percent(median.loss)} (${runs.map(({ loss }) => percent(loss)).join(", ")})`,
      median.cpuSecondsPerMillion.toFixed(2),
      median.rssMib.toFixed(0),
    ]),
  );
}

/** The larger buffer first, formats as they are listed, flow-agent before others. */
function byPlace(a: Row, b: Row): number {
  const formats = Object.keys(FORMATS);
  return b.buffer - a.buffer || formats.indexOf(a.format) - formats.indexOf(b.format) ||
    a.collector.localeCompare(b.collector);
}

function percent(part: number): string {
  return `${Number((100 * Math.max(0, part)).toFixed(3))} %`;
}

function accounts(accounted: readonly Accounted[]): string {
  const rows = table(
    ["format", "exporter and domain", "unit", "left out", "`sequence_lost`"],
    accounted.map(({ format, exporter, unit, missing, reported }) => [
      FORMATS[format].name,
      exporter,
      unit ?? "none",
      String(missing),
      String(reported),
    ]),
  );
  return `## Loss is told exactly

The generator left out one datagram in a hundred and numbered it all the same: what is missing by
the numbers of the others, counted without flow-agent, and what it said.

${rows}
`;
}
