import { parseAddress } from "../../flow/address.ts";
import { Dictionary } from "../../flow/dictionary.ts";
import { FlowRing } from "../../flow/ring.ts";
import { RingWriter } from "../../flow/ring_writer.ts";
import { PRESENCE_WORDS, presenceBit, type StoredFieldName } from "../../flow/schema.ts";
import { NO_NAME_DATA } from "../../names/name_data.ts";
import { NameDirectory } from "../../names/name_directory.ts";
import { seededRandom } from "../../wire/encode/seeded_random.ts";
import { openSource } from "../flow_source.ts";
import { type FlowQuery, flowQuery } from "./flow_query.ts";
import { QueryEngine } from "./run_query.ts";

// 1 M rows of skewed traffic: some 80,000 sources and 176,000 5-tuples, five minutes.
const ROWS = 1 << 20;
const FROM = 1_760_000_000_000;
const WINDOW = { fromMs: FROM, toMs: FROM + 300_000, untilNow: false };

const memory = {
  capability: "netflow_udp",
  port: 2055,
  epoch: 0,
  ring: FlowRing.allocate(ROWS),
  dictionary: Dictionary.allocate(),
};
const source = openSource(memory);
fill();

function fill(): void {
  const writer = new RingWriter(source.ring);
  const { columns, mask } = writer;
  const random = seededRandom(7);
  const words = new Uint32Array(4);
  parseAddress("10.0.0.0", words);
  const fields: StoredFieldName[] = [
    "received_at",
    "start_at",
    "end_at",
    "src_addr",
    "dst_addr",
    "src_port",
    "dst_port",
    "protocol",
    "bytes",
    "packets",
    "sampling_source",
    "latency_ms",
    "export_format",
  ];
  const presence = new Uint32Array(PRESENCE_WORDS);
  for (const name of fields) presence[presenceBit(name) >> 5] |= 1 << (presenceBit(name) & 31);
  const flows = 176_000;
  for (let n = 0; n < ROWS; n++) {
    const slot = writer.reserve(1) & mask;
    // A few flows are met again and again, most seldom.
    const flow = Math.floor(flows * random() ** 2);
    const host = (flow * 2_654_435_761) % 80_000;
    for (let w = 0; w < 3; w++) {
      columns.src_addr[slot * 4 + w] = columns.dst_addr[slot * 4 + w] = words[w];
    }
    columns.src_addr[slot * 4 + 3] = 0x0a000000 + host;
    columns.dst_addr[slot * 4 + 3] = 0x0a800000 + (flow % 5000);
    columns.src_port[slot] = 1024 + (flow % 60_000);
    columns.dst_port[slot] = [443, 80, 53, 22, 8080][flow % 5];
    columns.protocol[slot] = flow % 5 === 2 ? 17 : 6;
    columns.bytes[slot] = Math.floor(40 + random() ** 6 * 1e6);
    columns.packets[slot] = 1 + Math.floor(random() * 20);
    columns.latency_ms[slot] = 1 + random() * 200;
    const at = FROM + n * 300_000 / ROWS;
    columns.received_at[slot] = writer.receivedAt(at);
    columns.end_at[slot] = at - 500;
    columns.start_at[slot] = at - 500 - random() * 4000;
    columns.sampling_source[slot] = 3;
    columns.presence.set(presence, slot * PRESENCE_WORDS);
    writer.commit(1);
  }
}

const named = new Uint8Array(65_536);
for (const port of [443, 80, 53, 22, 8080]) named[port] = 1;
const names = { namedPorts: named, serviceName: () => null };
const directory = new NameDirectory({
  ...NO_NAME_DATA,
  labels: { "10.0.0.0/17": "one", "10.0.128.0/17": "two", "10.0.1.0/24": "three" },
});
const engine = new QueryEngine();

function bench(name: string, query: Partial<FlowQuery>): void {
  Deno.bench({
    name: `1 M rows: ${name}`,
    n: 20,
    warmup: 5,
    fn: async () => {
      await engine.run([source], flowQuery({ window: WINDOW, limit: 10, ...query }), {
        names,
        directory,
      });
    },
  });
}

bench("top-10 sources", { group_by: ["src_addr"] });
bench("top-10 5-tuples", {
  group_by: ["src_addr", "dst_addr", "src_port", "dst_port", "protocol"],
});
bench("filter and group", { filter: "dst port 22 and bytes > 100k", group_by: ["dst_addr"] });
bench("services", { group_by: ["service"] });
bench("sources by label", { group_by: ["src_label"] });
bench("where flows go", { group_by: ["locality"] });
bench("series of 10 s", { bucket_seconds: 10 });
bench("p95 latency by flow", {
  group_by: ["src_addr", "dst_addr", "src_port", "dst_port", "protocol"],
  metrics: ["p95(latency_ms)", "flows"],
});
bench("distinct ports by source", { group_by: ["src_addr"], metrics: ["distinct(src_port)"] });
