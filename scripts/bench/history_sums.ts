/**
 * How long questions over sums take: `deno task bench:sums [DAYS]` writes so many days (default 90)
 * of minutes and hours in a folder of its own, of a network with 8 exporters, 96 interfaces, some 300
 * services and more hosts than sums keep, and asks them from a connection just opened and again.
 */
import { seededRandom } from "../../core/wire/encode/seeded_random.ts";
import { KEY_FIELDS } from "../../core/flow/rollup_schema.ts";
import type { Dimension } from "../../core/flow/rollup_schema.ts";
import type { EncodedSegment } from "../../core/flow/segment/segment_encoder.ts";
import { keyWords } from "../../core/history/dimension_keys.ts";
import { openHistory } from "../../core/history/history_database.ts";
import { HistoryArchive } from "../../core/history/history_archive.ts";
import { HistoryStore } from "../../core/history/history_store.ts";
import { SUM } from "../../core/history/key_sums.ts";
import { type BucketSums, emptyBucket } from "../../core/history/minute_sums.ts";
import { type KeptValues, RollupCodec } from "../../core/history/rollup_codec.ts";
import { HOUR_SECONDS, MINUTE_SECONDS, type Tier } from "../../core/history/rollup_store.ts";
import { NameDirectory } from "../../core/names/name_directory.ts";
import { type FlowQuery, flowQuery } from "../../core/query/engine/flow_query.ts";
import { QueryEngine } from "../../core/query/engine/run_query.ts";

const DAY_MS = 86_400_000;
const FROM_MS = 20_000 * DAY_MS;
const WARM_RUNS = 3;
/** Sums are made up so often, then written again and again. */
const DIFFERENT = 48;
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
  // A series by half hours is answered by minutes, however many: as many days as one may have.
  const half = Math.min(days, 41);
  await ask("bytes by half hours", { bucket_seconds: 1800, time: "arrival" }, half);
} finally {
  Deno.removeSync(folder, { recursive: true });
}

function write(): void {
  const random = seededRandom(7);
  const codec = new RollupCodec({ seed: 3 });
  const store = new HistoryStore(openHistory(folder));
  const tiers: [Tier, KeptValues, number][] = [
    [MINUTE_SECONDS, OF_MINUTE, 0],
    [HOUR_SECONDS, OF_HOUR, 1],
  ];
  for (const [tier, keep, which] of tiers) {
    const made = Array.from(
      { length: DIFFERENT },
      () => codec.encode(FROM_MS, madeUp(random, which), keep)!,
    ) as EncodedSegment[];
    const count = days * DAY_MS / 1000 / tier;
    for (let n = 0; n < count; n += 1000) {
      store.transaction(() => {
        for (let i = n; i < Math.min(n + 1000, count); i++) {
          store.rollups.append(tier, FROM_MS + i * tier * 1000, made[i % DIFFERENT]);
        }
      });
    }
    const octets = made.reduce((sum, one) => sum + one.octets, 0) / DIFFERENT;
    console.log(`${count} sums of ${tier} s, ${Math.round(octets)} octets each`);
  }
  console.log(`${(store.usedOctets() / 2 ** 20).toFixed(0)} MiB on disk`);
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
