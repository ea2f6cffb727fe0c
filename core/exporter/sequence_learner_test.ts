import assert from "node:assert/strict";
import { Random } from "../../tests/support/random.ts";
import type { MessageCounts, SequenceUnit } from "../wire/codec.ts";
import { ExporterTable } from "./exporter_table.ts";
import type { ExporterSummary } from "./exporter.ts";

const START = Date.UTC(2024, 0, 1);

/** How a simulated exporter numbers: by how much a message moves its number on, and from when. */
interface Kind {
  readonly name: string;
  readonly format: "netflow5" | "netflow9" | "ipfix";
  readonly weight: (message: MessageCounts) => number;
  readonly inclusive?: true;
  /** What the summary calls it. */
  readonly unit: SequenceUnit | null;
  /** Whether it numbers as its format says: then there is no time of learning. */
  readonly standard?: true;
  /** Messages until loss begins, where it takes long to be sure. */
  readonly learning?: number;
}

const KINDS: readonly Kind[] = [
  {
    name: "RFC 7011 (records before)",
    format: "ipfix",
    weight: ({ data, options }) => data + options,
    unit: "records",
    standard: true,
  },
  {
    name: "RFC 3954 (datagrams)",
    format: "netflow9",
    weight: () => 1,
    unit: "datagrams",
    standard: true,
  },
  {
    name: "NetFlow 5 (flows before)",
    format: "netflow5",
    weight: ({ data }) => data,
    unit: "flows",
    standard: true,
  },
  {
    name: "softflowd 1.1 (its own flow records included)",
    format: "ipfix",
    weight: ({ data }) => data,
    inclusive: true,
    unit: "records",
  },
  {
    name: "flow records before, options left out",
    format: "ipfix",
    weight: ({ data }) => data,
    unit: "records",
  },
  {
    name: "its own records included",
    format: "ipfix",
    weight: ({ data, options }) => data + options,
    inclusive: true,
    unit: "records",
  },
  {
    name: "records and templates",
    format: "ipfix",
    weight: ({ data, options, templates }) => data + options + templates,
    unit: "records",
    learning: 2200,
  },
  { name: "datagrams", format: "ipfix", weight: () => 1, unit: "datagrams" },
  { name: "sets", format: "ipfix", weight: ({ sets }) => sets, unit: "sets" },
  { name: "flows", format: "netflow9", weight: ({ data }) => data, unit: "records" },
  { name: "sets", format: "netflow9", weight: ({ sets }) => sets, unit: "sets" },
  { name: "datagrams", format: "netflow5", weight: () => 1, unit: "datagrams" },
  {
    name: "its own flows included",
    format: "netflow5",
    weight: ({ data }) => data,
    inclusive: true,
    unit: "flows",
  },
  { name: "nothing", format: "ipfix", weight: () => 0, unit: null },
  { name: "nothing", format: "netflow9", weight: () => 0, unit: null },
  { name: "nothing", format: "netflow5", weight: () => 0, unit: null },
];

interface Sent {
  readonly sequence: number;
  readonly message: MessageCounts;
  /** What is lost with it. */
  readonly weight: number;
}

interface Weather {
  /** In 1000 datagrams. */
  readonly lost: number;
  readonly swapped: number;
  readonly repeated: number;
  /** Exporters start anew after so many messages. */
  readonly restartAfter?: number;
}

/** Datagrams at both ends of a numbering that arrive in order: their loss could not be known. */
const EDGE = 8;

/** Messages such as exporters send: templates and options now and then, records of varied number. */
function messages(random: Random, format: Kind["format"], count: number): MessageCounts[] {
  return Array.from({ length: count }, (_, i) => {
    const data = 1 + random.below(30);
    if (format === "netflow5") return { data, options: 0, templates: 0, sets: 1, complete: true };
    const withTemplates = i % 40 === 0;
    const alone = withTemplates && random.below(2) === 0;
    const options = i % 25 === 3 ? 1 + random.below(5) : 0;
    const flows = alone || (options > 0 && random.below(2) === 0) ? 0 : data;
    return {
      data: flows,
      options,
      templates: withTemplates ? 3 : 0,
      sets: (flows > 0 ? 1 + random.below(3) : 0) + (options > 0 ? 1 : 0) +
        (withTemplates ? 2 : 0),
      complete: true,
    };
  });
}

function number(
  { weight, inclusive }: Kind,
  sent: readonly MessageCounts[],
  { random, restartAfter = Infinity }: { random: Random; restartAfter?: number },
): Sent[] {
  let next = random.uint32();
  return sent.map((message, i) => {
    if (i > 0 && i % restartAfter === 0) next = 0;
    const before = next;
    next = (next + weight(message)) >>> 0;
    return { sequence: inclusive ? next : before, message, weight: weight(message) };
  });
}

/** What a network makes of it: the datagrams that arrive, and how many units are lost. */
function send(
  sent: readonly Sent[],
  { lost, swapped, repeated, restartAfter = Infinity }: Weather,
  { random, calm }: { random: Random; calm: number },
): { arriving: Sent[]; lost: number } {
  const arriving: Sent[] = [];
  let units = 0;
  for (let i = 0; i < sent.length; i++) {
    const inEpoch = i % restartAfter;
    const left = Math.min(sent.length, i - inEpoch + restartAfter) - i;
    const safe = i < calm || inEpoch < EDGE || left <= EDGE;
    if (!safe && random.below(1000) < lost) {
      units += sent[i].weight;
      continue;
    }
    arriving.push(sent[i]);
    if (safe) continue;
    if (random.below(1000) < repeated) arriving.push(sent[i]);
    else if (random.below(1000) < swapped && arriving.length > calm + 4) {
      const from = arriving.length - 1 - random.below(3);
      [arriving[from], arriving[arriving.length - 1]] = [
        arriving[arriving.length - 1],
        arriving[from],
      ];
    }
  }
  return { arriving, lost: units };
}

/** Feeds an account, one datagram in 100 ms. */
function account(
  { format }: Pick<Kind, "format">,
  arriving: readonly Sent[],
): { summary: ExporterSummary; within: number } {
  const exporters = new ExporterTable(ExporterTable.allocate());
  const exporter = exporters.find({ address: "192.0.2.1", port: 1 }, 0, START)!;
  let nowMs = START;
  for (const { sequence, message } of arriving) {
    const { data, options } = message;
    const [units, unit]: [number, SequenceUnit] = format === "netflow9"
      ? [1, "datagrams"]
      : format === "ipfix"
      ? [data + options, "records"]
      : [data, "flows"];
    exporter.sequence(sequence, { units, unit, nowMs, message });
    nowMs += 100;
  }
  return {
    summary: exporters.summaries()[0],
    within: exporters.lossWithin(START, nowMs)[0]?.lost ?? 0,
  };
}

const WEATHERS: Readonly<Record<string, Weather>> = {
  "no loss": { lost: 0, swapped: 0, repeated: 0 },
  "loss": { lost: 100, swapped: 0, repeated: 0 },
  "heavy loss": { lost: 400, swapped: 0, repeated: 0 },
  "reordering": { lost: 0, swapped: 100, repeated: 0 },
  "repeats": { lost: 0, swapped: 0, repeated: 100 },
  "restarts": { lost: 0, swapped: 0, repeated: 0, restartAfter: 300 },
  "loss and restarts": { lost: 50, swapped: 0, repeated: 0, restartAfter: 300 },
  "everything": { lost: 50, swapped: 30, repeated: 30, restartAfter: 400 },
};
const RUNS = 10;
/** Messages that an exporter which numbers otherwise has until loss begins. */
const LEARNING = 300;

for (const kind of KINDS) {
  for (const [name, weather] of Object.entries(WEATHERS)) {
    Deno.test(`an exporter of ${kind.format} that counts ${kind.name}: ${name}`, () => {
      for (let run = 0; run < RUNS; run++) {
        const random = new Random(run * 1000 + 7);
        const sent = number(kind, messages(random, kind.format, 2400), {
          random,
          restartAfter: weather.restartAfter,
        });
        const calm = kind.standard ? EDGE : kind.learning ?? LEARNING;
        const { arriving, lost } = send(sent, weather, { random, calm });
        const { summary, within } = account(kind, arriving);
        assert.equal(summary.sequence_lost, lost, `lost, run ${run}`);
        assert.equal(within, lost, `within the window, run ${run}`);
        assert.equal(summary.sequence_unit, kind.unit, `unit, run ${run}`);
        const restarts = weather.restartAfter === undefined || kind.unit === null
          ? 0
          : 2400 / weather.restartAfter - 1;
        assert.equal(summary.restarts, restarts, `restarts, run ${run}`);
      }
    });
  }
}
