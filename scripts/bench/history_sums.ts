/**
 * How long questions over sums take: `deno task bench:sums [DAYS]` writes so many days (default 90)
 * of minutes and hours in a folder of its own, of a network with 8 exporters, 96 interfaces, some 300
 * services and more hosts than sums keep, and asks them from a connection just opened and again.
 */
import { seededRandom } from "../../core/wire/encode/seeded_random.ts";
import { type Dimension, KEY_FIELDS } from "../../core/flow/rollup_schema.ts";
import { openDirectory } from "../../core/flow/segment/segment_directory.ts";
import type { EncodedSegment } from "../../core/flow/segment/segment_encoder.ts";
import { SegmentFault } from "../../core/flow/segment/segment_fault.ts";
import { keyWords } from "../../core/history/dimension_keys.ts";
import { openHistory } from "../../core/history/history_database.ts";
import { HistoryArchive } from "../../core/history/history_archive.ts";
import { HistoryStore } from "../../core/history/history_store.ts";
import { SUM } from "../../core/history/key_sums.ts";
import { type BucketSums, emptyBucket } from "../../core/history/minute_sums.ts";
import { MinutePacker } from "../../core/history/minute_packer.ts";
import { type KeptValues, RollupCodec } from "../../core/history/rollup_codec.ts";
import { HOUR_SECONDS, MINUTE_SECONDS } from "../../core/history/rollup_store.ts";
import { NameDirectory } from "../../core/names/name_directory.ts";
import { type FlowQuery, flowQuery } from "../../core/query/engine/flow_query.ts";
import { QueryEngine } from "../../core/query/engine/run_query.ts";

const DAY_MS = 86_400_000;
const FROM_MS = 20_000 * DAY_MS;
const WARM_RUNS = 3;
/** Sums are made up so often, then written again and again. */
const DIFFERENT = 60;
const OF_MINUTE: KeptValues = { hosts: 200, others: 1000 };
const OF_HOUR: KeptValues = { hosts: 1000, others: 2000 };
/** Values of each dimension in a minute, and in an hour. */
const VALUES: Record<Dimension, readonly [minute: number, hour: number]> = {
  exporter: [8, 8],
  in_if: [96, 96],
  out_if: [96, 96],
  protocol: [6, 9],
  service: [300, 900],
  src_addr: [3000, 12_000],
  dst_addr: [3000, 12_000],
};
const NO_EVENTS: Partial<FlowQuery> = { dedup: "off", limit: 10 };
const QUESTIONS: Record<string, Partial<FlowQuery>> = {
  "bytes by day": { bucket_seconds: 86_400, time: "arrival" },
  "bytes by day and exporter": {
    bucket_seconds: 86_400,
    time: "arrival",
    group_by: ["exporter"],
  },
  "top 10 of services": { group_by: ["service"] },
  "top 10 of sources": { group_by: ["src_addr"] },
  "one source by day": { filter: "src host 10.0.0.7", bucket_seconds: 86_400, time: "arrival" },
};

const days = Number(Deno.args[0] ?? 90);
const folder = Deno.makeTempDirSync({ prefix: "flow-agent-bench-" });
try {
  write();
  for (const [name, question] of Object.entries(QUESTIONS)) await ask(name, question, days);
  // A series in buckets that are no whole hours is answered by minutes, however many.
  const series = { bucket_seconds: 5400, time: "arrival" } as const;
  await ask("bytes by 90 minutes", series, days);
  await ask("bytes by 90 minutes and exporter", { ...series, group_by: ["exporter"] }, days);
  await ask("one source by 90 minutes", { ...series, filter: "src host 10.0.0.7" }, days);
  await ask("services by 90 minutes", { ...series, group_by: ["service"] }, days);
} finally {
  Deno.removeSync(folder, { recursive: true });
}

function write(): void {
  const random = seededRandom(7);
  const codec = new RollupCodec({ seed: 3 });
  const store = new HistoryStore(openHistory(folder));
  const made = (keep: KeptValues, which: number) =>
    Array.from({ length: DIFFERENT }, () => codec.encode(FROM_MS, madeUp(random, which), keep)!);
  const octets = (sums: readonly EncodedSegment[]) =>
    Math.round(sums.reduce((sum, one) => sum + one.octets, 0) / sums.length);
  const hours = made(OF_HOUR, 1);
  const singles = made(OF_MINUTE, 0);
  console.log(`a minute alone: ${octets(singles)} octets, an hour: ${octets(hours)}`);
  const minutes = singles.map(({ directory, pages }) => {
    const opened = openDirectory(directory);
    if (opened instanceof SegmentFault) throw opened;
    return { directory: opened, pages };
  });
  const packer = new MinutePacker({ seed: 3 });
  let spentMs = 0;
  for (let hour = 0; hour < 24 * days; hour++) {
    const atMs = FROM_MS + hour * HOUR_SECONDS * 1000;
    const began = performance.now();
    const together = packer.pack(
      Array.from({ length: 60 }, (_, minute) => ({
        ...minutes[(hour + minute) % DIFFERENT],
        id: 0,
        atMs: atMs + minute * MINUTE_SECONDS * 1000,
      })),
    )!;
    spentMs += performance.now() - began;
    store.transaction(() => {
      store.rollups.append(HOUR_SECONDS, atMs, hours[hour % DIFFERENT]);
      store.rollups.pack(atMs, { ...together, ids: [] });
    });
    if (hour > 0) continue;
    const packed = together.packed.map(({ encoded }) => encoded);
    console.log(
      `the minutes of an hour together: ${octets(packed) * packed.length} octets`,
    );
  }
  console.log(`${(spentMs / (24 * days)).toFixed(0)} ms to put an hour of minutes together`);
  console.log(`${(store.usedOctets() / 2 ** 20).toFixed(0)} MiB on disk for ${days} days`);
  store.close();
}

/** Sums of one minute or hour; of many values a few have most of the traffic. */
function madeUp(random: () => number, which: number): BucketSums {
  const bucket = emptyBucket(65_536);
  for (const [name, table] of Object.entries(bucket)) {
    const fields = KEY_FIELDS[name as Dimension];
    const values = VALUES[name as Dimension][which];
    for (let value = 0; value < values; value++) {
      table.key.fill(0);
      table.key[0] = (1 << fields.length) - 1;
      let at = 1;
      for (const field of fields) {
        const words = keyWords(field);
        const number = field === "exporter" && fields.length > 1 ? value % 8 : value;
        if (words === 4) {
          table.key[at + 2] = 0xffff;
          table.key[at + 3] = 0x0a00_0000 + number;
        } else table.key[at] = field === "protocol" ? number % 9 : number;
        at += words;
      }
      const place = table.place();
      const flows = 1 + Math.floor(random() * 20_000 / (1 + value));
      const { sums } = table;
      sums[place + SUM.flows] += flows;
      sums[place + SUM.bytesRows] += flows;
      sums[place + SUM.bytes] += Math.floor(flows * (200 + random() * 20_000));
      sums[place + SUM.packetsRows] += flows;
      sums[place + SUM.packets] += flows * (1 + Math.floor(random() * 20));
    }
  }
  return bucket;
}

async function ask(name: string, question: Partial<FlowQuery>, over: number): Promise<void> {
  const { services: names } = new NameDirectory();
  const toMs = FROM_MS + days * DAY_MS;
  const window = { fromMs: toMs - over * DAY_MS, toMs, untilNow: false };
  const query = flowQuery({ window, ...NO_EVENTS, ...question });
  const engine = new QueryEngine();
  const archive = new HistoryArchive(folder);
  const times: number[] = [];
  let told = "";
  for (let run = 0; run <= WARM_RUNS; run++) {
    const began = performance.now();
    const { scan, notes } = await engine.run([], query, { names, archive });
    times.push(performance.now() - began);
    told = [
      ...scan.tiers.map(({ tier, rows }) => `${rows} rows of ${tier}`),
      ...notes,
    ].join(", ");
  }
  archive.close();
  const [first, ...warm] = times.map(Math.round);
  console.log(`${name}, ${over} days: ${first} ms, again ${Math.min(...warm)} ms; ${told}`);
}
