import { parseAddress } from "../flow/address.ts";
import { Dictionary } from "../flow/dictionary.ts";
import { FlowRing } from "../flow/ring.ts";
import { RingWriter } from "../flow/ring_writer.ts";
import { PRESENCE_WORDS, presenceBit, type StoredFieldName } from "../flow/schema.ts";
import { ANOMALY_MONITORS } from "../monitor/anomaly_monitors.ts";
import { Attempts } from "../monitor/detect/attempts.ts";
import { MonitorView } from "../monitor/monitor_view.ts";
import { NameDirectory } from "../names/name_directory.ts";
import { openSource } from "../query/flow_source.ts";
import { seededRandom } from "../wire/encode/seeded_random.ts";
import { readPicture } from "./read_picture.ts";

// 1 M rows: 20 minutes, of which the last four are the window where a monitor looks back, and all of
// it where it does not; some 5,000 hosts and 100,000 conversations, both directions.
const ROWS = 1 << 20;
const FROM = 1_760_000_000_000;
const LENGTH = 1_200_000;

const source = openSource({
  capability: "netflow_udp",
  port: 2055,
  epoch: 0,
  ring: FlowRing.allocate(ROWS),
  dictionary: Dictionary.allocate(),
});
fill();

function fill(): void {
  const writer = new RingWriter(source.ring);
  const { columns, mask } = writer;
  const random = seededRandom(7);
  const words = new Uint32Array(4);
  parseAddress("10.0.0.0", words);
  const fields: StoredFieldName[] = [
    "exporter",
    "received_at",
    "start_at",
    "end_at",
    "src_addr",
    "dst_addr",
    "src_port",
    "dst_port",
    "protocol",
    "tcp_flags",
    "bytes",
    "packets",
    "in_if",
    "out_if",
    "sampling_source",
  ];
  const presence = new Uint32Array(PRESENCE_WORDS);
  for (const name of fields) presence[presenceBit(name) >> 5] |= 1 << (presenceBit(name) & 31);
  for (let n = 0; n < ROWS; n++) {
    const slot = writer.reserve(1) & mask;
    const back = n % 2 === 1;
    const flow = Math.floor(100_000 * random() ** 2);
    // Of 4,000 clients any one with any server.
    const client = 0x0a000000 + ((Math.imul(flow, 0x9e3779b1) >>> 8) % 4000);
    const server = 0x0a800000 + (flow % 1000);
    const port = [443, 80, 53, 22, 8080][flow % 5];
    for (let w = 0; w < 3; w++) {
      columns.src_addr[slot * 4 + w] = columns.dst_addr[slot * 4 + w] = words[w];
      columns.exporter[slot * 4 + w] = words[w];
    }
    columns.exporter[slot * 4 + 3] = 0x0a0000fe;
    columns.src_addr[slot * 4 + 3] = back ? server : client;
    columns.dst_addr[slot * 4 + 3] = back ? client : server;
    columns.src_port[slot] = back ? port : 20_000 + (n % 30_000);
    columns.dst_port[slot] = back ? 20_000 + (n % 30_000) : port;
    columns.protocol[slot] = flow % 5 === 2 ? 17 : 6;
    columns.tcp_flags[slot] = random() < 0.02 ? 2 : 27;
    columns.bytes[slot] = Math.floor(40 + random() ** 6 * 1e6);
    columns.packets[slot] = 1 + Math.floor(random() * 20);
    columns.in_if[slot] = flow % 8;
    columns.out_if[slot] = flow % 7;
    const at = FROM + n * LENGTH / ROWS;
    columns.received_at[slot] = writer.receivedAt(at);
    columns.end_at[slot] = at - 500;
    columns.start_at[slot] = at - 500 - random() * 4000;
    columns.sampling_source[slot] = 3;
    columns.presence.set(presence, slot * PRESENCE_WORDS);
    writer.commit(1);
  }
}

const directory = new NameDirectory();
const context = (fromMs: number) => ({
  window: { fromMs, toMs: FROM + LENGTH, untilNow: false },
  filter: "",
  directory,
  heard: new Map(),
  serviceName: () => null,
});

// Reading: what all monitors share. The window is all rows, or the last fifth, which is compared with
// the others.
for (
  const [name, fromMs] of [["one window", FROM], ["five windows", FROM + LENGTH * 4 / 5]] as const
) {
  const { window } = context(fromMs);
  Deno.bench({
    name: `picture of 1 M rows, ${name}`,
    n: 10,
    warmup: 2,
    fn: async () => {
      await readPicture([source], { monitors: ANOMALY_MONITORS, window, filter: "", directory });
    },
  });
}

// Each monitor on a picture that is there: those that compare on five windows, the others on one.
const pictures = await Promise.all([FROM, FROM + LENGTH * 4 / 5].map(async (fromMs) => {
  const { window } = context(fromMs);
  const question = { monitors: ANOMALY_MONITORS, window, filter: "", directory };
  const { picture } = await readPicture([source], question);
  return { picture, context: context(fromMs) };
}));
Deno.bench({
  name: "outcomes of 1 M rows' attempts, which four monitors share",
  n: 20,
  warmup: 3,
  fn: () => {
    new Attempts(pictures[0].picture, (words) => directory.isInternal(words));
  },
});
for (const monitor of ANOMALY_MONITORS) {
  const { picture, context } = pictures[monitor.looksBack ? 1 : 0];
  const view = new MonitorView(picture, context);
  Deno.bench({
    name: `monitor: ${monitor.type}`,
    n: 20,
    warmup: 3,
    fn: () => {
      monitor.evaluate(view);
    },
  });
}
