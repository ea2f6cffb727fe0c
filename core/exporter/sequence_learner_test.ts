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
const RUNS = 6;
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

/** Two exporters that look like one: their datagrams take turns at random. */
function mixed(random: Random, kind: Kind, [first, second]: readonly [number, number]): Sent[] {
  const both = [first, second].map((from) => {
    const sent = messages(random, kind.format, 1500);
    let next = from;
    return sent.map((message): Sent => {
      const sequence = next;
      next = (next + kind.weight(message)) >>> 0;
      return { sequence, message, weight: kind.weight(message) };
    });
  });
  const arriving: Sent[] = [];
  for (let i = 0; i < 2800; i++) {
    const next = both[random.below(2)].shift();
    if (next !== undefined) arriving.push(next);
  }
  return arriving;
}

const APART: Readonly<Record<string, readonly [number, number]>> = {
  "far apart": [3_000_000_000, 500_000],
  "within what a long loss may be": [1_000, 5_000_000],
  "across the wrap": [4_294_900_000, 4_000_000],
};

for (const kind of KINDS.filter(({ standard }) => standard)) {
  for (const [name, from] of Object.entries(APART)) {
    Deno.test(`two exporters of ${kind.format} behind one address and port, ${name}`, () => {
      for (let run = 0; run < 20; run++) {
        const { summary, within } = account(kind, mixed(new Random(run), kind, from));
        assert.equal(summary.sequence_unit, null, `loss is not known, run ${run}`);
        assert.equal(summary.sequence_lost, 0, `run ${run}`);
        assert.equal(within, 0, `run ${run}`);
      }
    });
  }
}

Deno.test("two exporters with almost the same number show as repeats, never as loss", () => {
  const [, , kind] = KINDS;
  for (let run = 0; run < 20; run++) {
    const { summary } = account(kind, mixed(new Random(run), kind, [1000, 1010]));
    assert.equal(summary.sequence_lost, 0, `run ${run}`);
    assert.ok(summary.sequence_unit === null || summary.duplicates > 500, `run ${run}`);
  }
});

Deno.test("an exporter that ends up alone on its port is counted again", () => {
  const [kind] = KINDS;
  const random = new Random(5);
  const both = mixed(random, kind, [3_000_000_000, 500_000]);
  const alone = number(kind, messages(random, kind.format, 200), { random });
  const { summary } = account(kind, [...both, ...alone.slice(0, 100), ...alone.slice(101)]);
  assert.equal(summary.sequence_unit, "records");
  assert.equal(summary.sequence_lost, alone[100].weight);
});

Deno.test("formats of one reading: loss is not known while two numberings take turns", () => {
  const exporters = new ExporterTable(ExporterTable.allocate());
  const exporter = exporters.find({ address: "192.0.2.1", port: 1 }, 0, START)!;
  const step = { units: 1, unit: "samples", nowMs: START } as const;
  for (let i = 0; i < 50; i++) {
    exporter.sequence(1_000_000 + i, step);
    exporter.sequence(900_000_000 + i, step);
  }
  assert.equal(exporters.summaries()[0].sequence_unit, null);
  assert.deepEqual(exporters.uncountable(START + 1), []);
  assert.deepEqual(exporters.uncountable(START), ["192.0.2.1"]);
  for (let i = 0; i < 600; i++) exporter.sequence(1_000_050 + i, step);
  exporter.sequence(1_000_650 + 3, step);
  assert.equal(exporters.summaries()[0].sequence_unit, "samples");
  assert.equal(exporters.summaries()[0].sequence_lost, 3);
});

Deno.test("what was learnt outlives the worker", () => {
  const kind = KINDS.find(({ name }) => name.startsWith("softflowd"))!;
  const random = new Random(3);
  const sent = number(kind, messages(random, kind.format, 200), { random });
  let exporters = new ExporterTable(ExporterTable.allocate());
  sent.forEach(({ sequence, message }, i) => {
    if (i === 100) exporters = new ExporterTable(exporters.memory);
    // Lost while no worker listened.
    if (i === 100 || i === 101) return;
    const units = message.data + message.options;
    exporters.find({ address: "192.0.2.1", port: 1 }, 0, START)!
      .sequence(sequence, { units, unit: "records", nowMs: START, message });
  });
  assert.equal(exporters.summaries()[0].sequence_lost, sent[100].weight + sent[101].weight);
});
