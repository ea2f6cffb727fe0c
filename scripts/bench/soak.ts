/**
 * Runs the program under load for long and watches what grows: `deno task bench:soak --minutes 60`
 * prints the figures, and with `--write` keeps them as docs/benchmarks/soak.md. `--rate` flows a
 * second (100000), `--format netflow9|json`, `--rows` of the ring (1048576: a short run sees more of
 * what grows with a small one, which is full soon). With `--check` the status is 1 when flows were
 * lost, memory grew or an answer took long. All of it on loopback, and bounded.
 */
import { parseArgs } from "node:util";
import { linearFit } from "../../core/analysis/linear_fit.ts";
import { plainEnvironment, programArgs, ROOT } from "../../tests/support/program.ts";
import { table } from "../markdown_table.ts";
import { machineLine } from "./machine.ts";
import { residentSet } from "./resident_set.ts";
import { sendSampleLoad } from "./sample_load.ts";
import { StdioClient } from "./stdio_client.ts";

/** What was seen at one moment. */
interface Sample {
  readonly minute: number;
  readonly mib: number;
  /** Milliseconds that each question took. */
  readonly answers: Readonly<Record<string, number>>;
}

const PAGE = `${ROOT}docs/benchmarks/soak.md`;
const MOST_MINUTES = 24 * 60;
const QUESTIONS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  monitor_once: {},
  query_flows: { time_range: "1m", group_by: ["src_addr"], metrics: ["bytes"], limit: 10 },
  analyze_traffic: { time_range: "1m", focus: "summary" },
};
/** History is kept to so much: what is deleted meanwhile is part of the load. */
const HISTORY_BYTES = 256 * 2 ** 20;
/** The time in which rings, caches and the runtime's heap fill up is left out of the slope. */
const WARM_UP = 1 / 3;
/** It takes so many minutes at least, though never more than two thirds of a run. */
const WARM_UP_MINUTES = 0.7;
/**
 * What `--check` lets pass, on any machine: with the buffer that Linux comes with, one that does other
 * work loses some tenths of a percent; the heap of the query worker takes minutes to find its size.
 */
const LIMITS = { lostShare: 0.01, grownMib: 64, answerMs: 5000 };

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "60" },
    rate: { type: "string", default: "100000" },
    rows: { type: "string", default: "1048576" },
    format: { type: "string", default: "netflow9" },
    check: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
  },
});
const minutes = within("minutes", values.minutes, { min: 0.2, max: MOST_MINUTES });
const rate = within("rate", values.rate, { min: 1, max: 1e6 });
const rows = within("rows", values.rows, { min: 1024, max: 2 ** 24 });
const format = values.format === "json" ? "json" : "netflow9";
const everyMs = Math.max(1000, minutes * 1000 / 3);

const folder = Deno.makeTempDirSync({ prefix: "flow-agent-soak-" });
try {
  Deno.exitCode = await main() || !values.check ? 0 : 1;
} finally {
  Deno.removeSync(folder, { recursive: true });
}

/** @returns whether all is within the limits */
async function main(): Promise<boolean> {
  const [before] = Deno.loadavg();
  await using server = new StdioClient(
    programArgs(["serve", "--db", folder], { read: [folder], write: [folder] }),
    {
      cwd: ROOT,
      env: {
        ...plainEnvironment(),
        FLOW_HISTORY_MAX_BYTES: `${HISTORY_BYTES}`,
        FLOW_STORE_CAPACITY_ROWS: `${rows}`,
      },
    },
  );
  await server.initialize();
  const capability = format === "json" ? "json_udp" : "netflow_udp";
  const { port } = await server.tool<{ port: number }>("start_collection", {
    capability,
    host: "127.0.0.1",
    port: 0,
  });
  const flows = Math.round(minutes * 60 * rate);
  let sending = true;
  const sent = sendSampleLoad({ format, port, flows, flowsPerSecond: rate })
    .finally(() => sending = false);
  const samples: Sample[] = [];
  const began = performance.now();
  while (sending) {
    await Promise.race([sent, new Promise((resolve) => setTimeout(resolve, everyMs))]);
    const answers: Record<string, number> = {};
    for (const [tool, args] of Object.entries(QUESTIONS)) {
      const asked = performance.now();
      await server.tool(tool, args);
      answers[tool] = performance.now() - asked;
    }
    samples.push({
      minute: (performance.now() - began) / 60_000,
      mib: await residentSet(server.pid),
      answers,
    });
  }
  const { flows: handed } = await sent;
  const { capabilities } = await server.tool<Status>("capability_status", { capability });
  const [{ counters, exporters }] = capabilities;
  const numbered = exporters.reduce(
    (sum, { sequence_lost }) => sum + sequence_lost,
    0,
  );
  const text = page(samples, {
    sent: handed,
    received: counters.flow_records,
    numbered,
    machine: await machineLine(before),
  });
  console.log(text);
  if (values.write) {
    Deno.mkdirSync(`${ROOT}docs/benchmarks`, { recursive: true });
    Deno.writeTextFileSync(PAGE, text);
    await new Deno.Command(Deno.execPath(), { args: ["fmt", "-q", PAGE] }).output();
  }
  const slowest = Math.max(...samples.flatMap(({ answers }) => Object.values(answers)));
  const { grown } = growth(samples);
  return handed - counters.flow_records <= LIMITS.lostShare * handed &&
    grown <= LIMITS.grownMib && slowest <= LIMITS.answerMs;
}

/** What of `capability_status` is read. */
interface Status {
  readonly capabilities: readonly {
    readonly counters: { readonly flow_records: number };
    readonly exporters: readonly { readonly sequence_lost: number }[];
  }[];
}

/** How memory went after it had filled up: MiB an hour, and MiB over that time. */
function growth(samples: readonly Sample[]): { slope: number; grown: number; from: number } {
  const length = samples.at(-1)!.minute;
  const from = Math.max(length * WARM_UP, Math.min(WARM_UP_MINUTES, length * 2 / 3));
  const steady = samples.filter(({ minute }) => minute >= from);
  const fit = linearFit(steady.map(({ minute }) => minute / 60), steady.map(({ mib }) => mib));
  const slope = fit?.slope ?? 0;
  return { slope, grown: slope * (steady.at(-1)!.minute - steady[0].minute) / 60, from };
}

function page(
  samples: readonly Sample[],
  { sent, received, numbered, machine }: {
    sent: number;
    received: number;
    numbered: number;
    machine: string;
  },
): string {
  const { slope, grown, from } = growth(samples);
  const sizes = samples.map(({ mib }) => mib);
  const whole = (n: number) => n.toLocaleString("en-US", { maximumFractionDigits: 0 });
  const lost = sent - received;
  const figures = [
    ["records sent", whole(sent)],
    ["lost", `${whole(lost)} (${((100 * lost) / sent).toFixed(4)} %)`],
    ["lost by the exporter's own numbers, datagrams", whole(numbered)],
    ["memory, the most, MiB", whole(Math.max(...sizes))],
    ["memory at the end, MiB", whole(sizes.at(-1)!)],
    [`memory after minute ${from.toFixed(1)}, MiB an hour`, slope.toFixed(1)],
    ["the same over that time, MiB", grown.toFixed(1)],
  ];
  const answers = Object.keys(QUESTIONS).map((tool) => {
    const times = samples.map(({ answers }) => answers[tool]).sort((a, b) => a - b);
    const at = (share: number) =>
      times[Math.min(times.length - 1, Math.floor(share * times.length))];
    return [`\`${tool}\``, ...[at(0.5), at(0.95), times.at(-1)!].map((ms) => ms.toFixed(0))];
  });
  return `# Under load for long

Written by \`deno task bench:soak --minutes ${minutes}\`: ${whole(rate)} records/s of ${format} from
\`flow-agent send\` on the same machine, history on disk within ${
    HISTORY_BYTES / 2 ** 20
  } MiB, and a
client that asks every ${(everyMs / 1000).toFixed(0)} s; a ring of ${whole(rows)} flows.

${table(["", "figure"], figures)}

Memory by the tenth of the run, MiB: ${tenths(samples).map(whole).join(", ")}.

Milliseconds that an answer took, ${samples.length} of each:

${table(["tool", "median", "p95", "most"], answers)}

${machine}
- Memory is the resident set of the whole process. Its slope is the median of those between any two
  moments; the first third, or most of a minute, in which the ring and the heap fill up, is left out.
`;
}

/** The memory at the end of each tenth of the run. */
function tenths(samples: readonly Sample[]): number[] {
  const end = samples.at(-1)!.minute;
  return Array.from(
    { length: 10 },
    (_, i) => samples.findLast(({ minute }) => minute <= end * (i + 1) / 10 + 1e-9) ?? samples[0],
  )
    .map(({ mib }) => mib);
}

function within(name: string, text: string, { min, max }: { min: number; max: number }): number {
  const value = Number(text);
  if (value >= min && value <= max) return value;
  console.error(`--${name} is "${text}"; give a number from ${min} to ${max}`);
  Deno.exit(2);
}
