/**
 * How long the server takes to answer while it collects: a million flows a question, over MCP, and
 * writes docs/benchmarks/answers.md.
 *
 *     deno task bench:answers [path of flowgen.c]
 *
 * The server may use both cores, the generator has core 1. It takes taskset and gcc; root to give the
 * socket room (`net.core.rmem_default`), which is put back.
 */
import { ROOT } from "../../tests/support/program.ts";
import { table } from "../markdown_table.ts";
import { FlowAgentServer } from "./collect/flow_agent_server.ts";
import { Generator } from "./collect/generator.ts";
import { ReceiveBuffer } from "./collect/receive_buffer.ts";
import { machineLine } from "./machine.ts";
import { GOALS_MS, type QuestionName, QUESTIONS } from "./rival.ts";

const PAGE = `${ROOT}docs/benchmarks/answers.md`;
const PORT = 29_800;
const GENERATOR_CORE = 1;
const RECEIVE_BUFFER = 4 * 2 ** 20;
const DATAGRAMS_PER_SECOND = 50_000;
const RECORDS = 24;
const CONVERSATIONS = 176_000;
/** Of the ring: some three seconds, so that no question meets rows that are being overwritten. */
const CAPACITY_ROWS = 1 << 22;
const WANTED_ROWS = 1e6;
/** How long it takes until so many flows have arrived. */
const WINDOW_SECONDS = WANTED_ROWS / (DATAGRAMS_PER_SECOND * RECORDS);
const WARM_UP_SECONDS = 2;
const FILL_SECONDS = 5;
const SECONDS = 40;
const ROUNDS = 15;
/** A minute in which nothing arrived: an answer takes what MCP takes. */
const NOTHING = "1970-01-01T00:00:00Z/1970-01-01T00:01:00Z";
const TUPLE = ["src_addr", "dst_addr", "src_port", "dst_port", "protocol"];
const ARGUMENTS: Readonly<Record<QuestionName, Readonly<Record<string, unknown>>>> = {
  sources: { group_by: ["src_addr"] },
  tuples: { group_by: TUPLE },
  filtered: { filter: "dst port 443 and bytes > 10k", group_by: ["dst_addr"] },
  series: { group_by: [], bucket_seconds: 300 },
  p95: { group_by: TUPLE, metrics: ["p95(bytes)"] },
  ports: { group_by: ["src_addr"], metrics: ["distinct(dst_port)"] },
};

/** One question, asked again and again. */
interface Asked {
  readonly first: number;
  /** Milliseconds from call to answer, in order of size. */
  readonly ms: readonly number[];
  /** Flows that the last answer was made of. */
  readonly rows: number;
}

const [source = `${ROOT}../shared/tools/flowgen.c`] = Deno.args;
const folder = Deno.makeTempDirSync({ prefix: "flow-agent-answers-" });
try {
  await main();
} finally {
  Deno.removeSync(folder, { recursive: true });
}

async function main(): Promise<void> {
  const [before] = Deno.loadavg();
  await ReceiveBuffer.keepOnSignals();
  await Generator.build(source, `${folder}/flowgen`);
  const generator = new Generator(`${folder}/flowgen`, GENERATOR_CORE);
  await using _buffer = await ReceiveBuffer.set(RECEIVE_BUFFER);
  await using server = await FlowAgentServer.start({
    cores: "0,1",
    capability: "netflow_udp",
    ports: [PORT],
    httpPort: PORT + 1,
    env: { FLOW_STORE_CAPACITY_ROWS: String(CAPACITY_ROWS), FLOW_STORE_MAX_MIB: "2048" },
  });
  const load = {
    format: "v9",
    ports: [PORT],
    rate: DATAGRAMS_PER_SECOND,
    conversations: CONVERSATIONS,
  } as const;
  // A collector that has just begun is slow until its code is compiled, and loses what that costs.
  await generator.send({ ...load, seconds: WARM_UP_SECONDS });
  const { counters: { flow_records: earlier } } = await server.settled("netflow_udp");
  const sending = generator.send({ ...load, seconds: SECONDS });
  await new Promise((resolve) => setTimeout(resolve, FILL_SECONDS * 1000));
  const asked = await askAll(server, `${WINDOW_SECONDS.toFixed(3)}s`);
  const nothing = await ask(server, ARGUMENTS.sources, NOTHING);
  const { records } = await sending;
  const end = Date.now();
  const { counters } = await server.settled("netflow_udp");
  // The generator's process takes a moment to end.
  const [from, to] = [WINDOW_SECONDS + 1, 1].map((s) => new Date(end - s * 1000).toISOString());
  const rest = await askAll(server, `${from}/${to}`);
  const lost = 1 - (counters.flow_records - earlier) / records;
  const machine = await machineLine(before);
  Deno.writeTextFileSync(PAGE, page({ asked, rest, nothing, lost, machine }));
  await new Deno.Command(Deno.execPath(), { args: ["fmt", "-q", PAGE] }).output();
}

/** All questions about a range of time, one after another. */
async function askAll(
  server: FlowAgentServer,
  range: string,
): Promise<Map<QuestionName, Asked>> {
  const asked = new Map<QuestionName, Asked>();
  for (const question of Object.keys(ARGUMENTS) as QuestionName[]) {
    asked.set(question, await ask(server, ARGUMENTS[question], range));
  }
  return asked;
}

async function ask(
  server: FlowAgentServer,
  question: Readonly<Record<string, unknown>>,
  range: string,
): Promise<Asked> {
  const times: number[] = [];
  let rows = 0;
  for (let round = 0; round <= ROUNDS; round++) {
    const start = performance.now();
    const { trust } = await server.tool<{ trust: { rows_scanned: number } }>("query_flows", {
      metrics: ["bytes"],
      time: "arrival",
      limit: 10,
      ...question,
      time_range: range,
    });
    times.push(performance.now() - start);
    rows = trust.rows_scanned;
  }
  const [first, ...warm] = times;
  return { first, ms: warm.sort((a, b) => a - b), rows };
}

function page(
  { asked, rest, nothing, lost, machine }: {
    /** While flows arrive, and when none do any more. */
    asked: ReadonlyMap<QuestionName, Asked>;
    rest: ReadonlyMap<QuestionName, Asked>;
    nothing: Asked;
    /** Part of the records that were sent. */
    lost: number;
    machine: string;
  },
): string {
  const median = ({ ms }: Asked) => ms[ms.length >> 1].toFixed(1);
  const rows = [...asked].map(([question, busy]) => [
    QUESTIONS[question],
    String(GOALS_MS[question] ?? ""),
    busy.first.toFixed(0),
    busy.ms[0].toFixed(1),
    median(busy),
    busy.ms.at(-1)!.toFixed(1),
    (busy.rows / 1e6).toFixed(2),
    median(rest.get(question)!),
    (rest.get(question)!.rows / 1e6).toFixed(2),
  ]);
  return `# Answers while collecting

Written by \`deno task bench:answers\`: the whole server takes in ${
    DATAGRAMS_PER_SECOND.toLocaleString("en-US")
  } datagrams of NetFlow v9 a second,
${RECORDS} records each, and is asked over MCP about what arrived in the last ${
    WINDOW_SECONDS.toFixed(2)
  } s, ${ROUNDS} times one after
another behind a first time. Milliseconds from call to answer, at the client. Then the same about as
long a time when nothing arrives any more. The goals are for a million flows, of which MCP may take 5 ms.

${
    table(
      ["question", "goal", "first", "least", "median", "most", "M flows", "at rest", "M flows"],
      rows,
    )
  }

- A question about a minute without flows took ${median(nothing)} ms (${
    nothing.ms[0].toFixed(1)
  } to ${nothing.ms.at(-1)!.toFixed(1)}): that is MCP's part.
- ${(100 * Math.max(0, lost)).toFixed(2)} % of the records were lost while this went on.
${machine}
- The server may use both cores, of which the generator has one in part; the query worker gives way
  to collectors. \`net.core.rmem_default\` is 4 MiB, the ring has ${
    CAPACITY_ROWS.toLocaleString("en-US")
  } rows.
`;
}
