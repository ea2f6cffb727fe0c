/**
 * Finds the rates at which collectors lose nothing, and writes docs/benchmarks/collecting.md.
 *
 *     deno task bench:collect [path of flowgen.c] [options]
 *
 *     --scenes alone,asked,answers,ports,loss  what to measure (default: all)
 *     --formats v5,v9,ipfix,sflow              of the first scene (the others: v9, loss: all)
 *     --buffers 4194304,212992                 of the first scene; the others have the first
 *     --seconds 10                             of a run that counts; those of the search take a fifth
 *     --keep FILE                              results so far, which this run replaces or adds to
 *     --lock FILE                              held for a format at a time, where others measure too
 *
 * It takes two cores, taskset and gcc; root to change `net.core.rmem_default`, which is put back.
 */
import { parseArgs } from "node:util";
import { ROOT } from "../../tests/support/program.ts";
import {
  collectingPage,
  type Results,
  type Row,
  type SceneName,
} from "./collect/collecting_page.ts";
import { moveTo } from "./collect/core_watch.ts";
import { flowAgentKind } from "./collect/flow_agent_receiver.ts";
import { type FormatName, FORMATS, Generator } from "./collect/generator.ts";
import { accountedLoss } from "./collect/loss_accounting.ts";
import { losslessRate } from "./collect/lossless_rate.ts";
import { nfcapdKind } from "./collect/nfcapd_receiver.ts";
import { ReceiveBuffer, STOCK_BYTES } from "./collect/receive_buffer.ts";
import type { ReceiverKind } from "./collect/receiver.ts";
import { thisMachine } from "./machine.ts";

const COLLECTOR_CORE = 0;
const GENERATOR_CORE = 1;
const BOTH_CORES = "0,1";
const PORT = 29_700;
const PAGE = `${ROOT}docs/benchmarks/collecting.md`;
/** Where the search begins, datagrams a second. */
const GUESS = { large: 80_000, stock: 25_000 };
/** A trial of the search takes this part of a run that counts. */
const TRIAL_PART = 1 / 5;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    scenes: { type: "string", default: "alone,asked,answers,ports,loss" },
    formats: { type: "string", default: Object.keys(FORMATS).join() },
    buffers: { type: "string", default: `${4 * 2 ** 20},${STOCK_BYTES}` },
    seconds: { type: "string", default: "10" },
    keep: { type: "string" },
    lock: { type: "string" },
  },
});
const [source = `${ROOT}../shared/tools/flowgen.c`] = positionals;
const folder = Deno.makeTempDirSync({ prefix: "flow-agent-collect-" });
try {
  await main();
} finally {
  Deno.removeSync(folder, { recursive: true });
}

async function main(): Promise<void> {
  await moveTo(GENERATOR_CORE);
  await ReceiveBuffer.keepOnSignals();
  const path = `${folder}/flowgen`;
  await Generator.build(source, path);
  const generator = new Generator(path, GENERATOR_CORE);
  let results = kept();
  const scenes = values.scenes.split(",");
  const formats = values.formats.split(",") as FormatName[];
  const buffers = values.buffers.split(",").map(Number);
  const tell = (row: Row): void => {
    results = keep(added(results, row));
  };
  if (scenes.includes("alone")) {
    const own = flowAgentKind({ cores: String(COLLECTOR_CORE), ports: [PORT] });
    const nfcapd = await nfcapdKind({ core: COLLECTOR_CORE, port: PORT });
    if (nfcapd === null) console.error("passed over: nfcapd is not installed");
    for (const buffer of buffers) {
      for (const format of formats) {
        using _alone = await lock();
        for (const kind of nfcapd === null ? [own] : [own, nfcapd]) {
          if (!kind.formats.includes(format)) {
            console.error(`passed over: ${kind.name} without ${format}`);
          } else await measure("alone", kind, { format, buffer, generator, tell });
        }
      }
    }
  }
  const others: [SceneName, ReceiverKind][] = [
    ["asked", flowAgentKind({ cores: String(COLLECTOR_CORE), ports: [PORT], asked: true })],
    ["answers", flowAgentKind({ cores: BOTH_CORES, ports: [PORT], asked: true })],
    ["ports", flowAgentKind({ cores: BOTH_CORES, ports: [PORT, PORT + 1] })],
  ];
  for (const [scene, kind] of others) {
    if (!scenes.includes(scene)) continue;
    using _alone = await lock();
    await measure(scene, kind, { format: "v9", buffer: buffers[0], generator, tell });
  }
  if (scenes.includes("loss")) {
    for (const format of formats) {
      const accounted = await accountedLoss(format, { generator, folder, port: PORT });
      const rest = results.accounted.filter((one) => one.format !== format);
      results = keep({ ...results, accounted: [...rest, ...accounted] });
    }
  }
}

async function measure(
  scene: SceneName,
  kind: ReceiverKind,
  { format, buffer, generator, tell }: {
    format: FormatName;
    buffer: number;
    generator: Generator;
    tell: (row: Row) => void;
  },
): Promise<void> {
  const [load] = Deno.loadavg();
  await using changed = await ReceiveBuffer.set(buffer);
  if (changed === null && await ReceiveBuffer.current() !== buffer) {
    console.error(`passed over: a buffer of ${buffer} octets, which takes root`);
    return;
  }
  console.error(`${scene}, ${kind.name}, ${format}, ${buffer} octets`);
  await using receiver = await kind.start(format);
  const runSeconds = Number(values.seconds);
  const found = await losslessRate({
    receiver,
    sender: generator,
    format,
    core: scene === "alone" || scene === "asked" ? COLLECTOR_CORE : null,
    log: (line) => console.error(line),
  }, {
    guess: buffer === STOCK_BYTES ? GUESS.stock : GUESS.large,
    trialSeconds: Math.max(1, runSeconds * TRIAL_PART),
    runSeconds,
  });
  const { name: collector, version } = kind;
  const machine = await thisMachine(load);
  tell({ scene, collector, version, format, buffer, runSeconds, machine, ...found });
}

/** Takes the lock, where there is one, until it is disposed of. */
async function lock(): Promise<Deno.FsFile | null> {
  if (values.lock === undefined) return null;
  const file = Deno.openSync(values.lock, { write: true, create: true });
  await file.lock(true);
  return file;
}

function kept(): Results {
  try {
    if (values.keep !== undefined) return JSON.parse(Deno.readTextFileSync(values.keep));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return { rows: [], accounted: [] };
}

function added({ rows, accounted }: Results, row: Row): Results {
  const same = (other: Row): boolean =>
    (["scene", "collector", "format", "buffer"] as const).every((key) => other[key] === row[key]);
  return { rows: [...rows.filter((other) => !same(other)), row], accounted };
}

/** Writes the page, so that nothing is lost with a run that ends early. */
function keep(results: Results): Results {
  if (values.keep !== undefined) Deno.writeTextFileSync(values.keep, JSON.stringify(results));
  Deno.writeTextFileSync(PAGE, collectingPage(results));
  new Deno.Command(Deno.execPath(), { args: ["fmt", "-q", PAGE] }).outputSync();
  return results;
}
