import { Random } from "../../../tests/support/random.ts";
import { Dictionary } from "../dictionary.ts";
import { FlowRing } from "../ring.ts";
import { RingWriter } from "../ring_writer.ts";
import { FLOW_TABLE, PRESENCE_WORDS, presenceBit, type StoredFieldName } from "../schema.ts";
import { RowCopy } from "./row_copy.ts";
import { SegmentDecoder } from "./segment_decoder.ts";
import { openDirectory, SEGMENT_ROWS } from "./segment_directory.ts";
import { SegmentEncoder } from "./segment_encoder.ts";
import { SegmentFault } from "./segment_fault.ts";

/** What a router's NetFlow v9 fills. */
const FIELDS = [
  "export_format",
  "exporter",
  "observation_domain",
  "received_at",
  "start_at",
  "end_at",
  "duration_ms",
  "src_addr",
  "dst_addr",
  "src_port",
  "dst_port",
  "protocol",
  "tcp_flags",
  "bytes",
  "packets",
  "sampling_rate",
  "sampling_source",
  "in_if",
  "out_if",
  "src_as",
  "dst_as",
] as const satisfies readonly StoredFieldName[];

/** A segment's rows: a third IPv6, clients by a power law, three records of a conversation. */
function fillRing(): FlowRing {
  const random = new Random(5);
  const ring = new FlowRing(FlowRing.allocate(4 * SEGMENT_ROWS));
  const writer = new RingWriter(ring);
  const { columns, mask } = writer;
  const presence = new Uint32Array(PRESENCE_WORDS);
  for (const name of FIELDS) presence[presenceBit(name) >> 5] |= 1 << (presenceBit(name) & 31);
  const flat = () => random.uint32() / 2 ** 32;
  const conversation = () => {
    const client = Math.floor(20_000 * flat() ** 3);
    const server = Math.floor(5000 * flat() ** 4);
    return { client, server, v6: client % 3 === 0, port: 1024 + random.below(60_000) };
  };
  const open = Array.from({ length: 6000 }, conversation);
  for (let row = 0; row < SEGMENT_ROWS; row++) {
    const slot = writer.reserve(1) & mask;
    const place = random.below(open.length);
    const { client, server, v6, port } = open[place];
    if (random.below(3) === 0) open[place] = conversation();
    const prefix = v6 ? [0x20010db8, client >> 8, 0] : [0, 0, 0xffff];
    columns.presence.set(presence, slot * PRESENCE_WORDS);
    columns.src_addr.set([...prefix, (0x0a000000 + client) >>> 0], 4 * slot);
    columns.dst_addr.set([...prefix, (0xc0000200 + server * 77) >>> 0], 4 * slot);
    columns.exporter.set([0, 0, 0xffff, 0xc6336401], 4 * slot);
    columns.src_port[slot] = port;
    columns.dst_port[slot] = server % 5 === 0 ? 53 : 443;
    columns.protocol[slot] = server % 5 === 0 ? 17 : 6;
    columns.tcp_flags[slot] = server % 5 === 0 ? 0 : 27;
    columns.packets[slot] = 1 + Math.floor(flat() ** 4 * 1000);
    columns.bytes[slot] = columns.packets[slot] * (40 + random.below(1400));
    columns.received_at[slot] = 1_760_000_000_000 + Math.floor(row / 1000) * 20;
    columns.end_at[slot] = columns.received_at[slot] - random.below(2000);
    columns.duration_ms[slot] = Math.floor(flat() ** 3 * 60_000);
    columns.start_at[slot] = columns.end_at[slot] - columns.duration_ms[slot];
    columns.sampling_rate[slot] = 1;
    columns.in_if[slot] = client % 24;
    columns.out_if[slot] = server % 4;
    columns.src_as[slot] = 64_512;
    columns.dst_as[slot] = 1000 + server % 700;
    writer.commit(1);
  }
  return ring;
}

const dictionary = new Dictionary(Dictionary.allocate());
const ring = fillRing();
const copy = new RowCopy(FLOW_TABLE, SEGMENT_ROWS);
const encoder = new SegmentEncoder(FLOW_TABLE, { seed: 99 });
const decoder = new SegmentDecoder(FLOW_TABLE);
copy.take(ring, 0, SEGMENT_ROWS);
const segment = encoder.encode(copy, SEGMENT_ROWS, dictionary);
const octets = (segment.octets / SEGMENT_ROWS).toFixed(1);
const TOP = ["received_at", "sampling_source", "event", "src_addr", "bytes"] as const;

/** 1 ms is 65.5 M rows/s. */
Deno.bench(`seal 65,536 rows (${octets} octets a row)`, () => {
  copy.take(ring, 0, SEGMENT_ROWS);
  encoder.encode(copy, SEGMENT_ROWS, dictionary);
});

Deno.bench("decode what a top 10 of sources reads of 65,536 rows", () => {
  const directory = openDirectory(segment.directory);
  if (directory instanceof SegmentFault) throw directory;
  const decoded = decoder.decode(directory, TOP, segment.pages);
  if (decoded instanceof SegmentFault) throw decoded;
});
