import type { FlowRing } from "../../core/flow/ring.ts";
import { RingWriter } from "../../core/flow/ring_writer.ts";
import { PRESENCE_WORDS, presenceBit, type StoredFieldName } from "../../core/flow/schema.ts";
import { Random } from "./random.ts";

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

/**
 * Writes a router's rows without end: a third IPv6, clients by a power law, three records of a
 * conversation, 50 rows a millisecond.
 *
 * @param ring to write to
 * @returns writes so many more rows
 */
export function routerRows(ring: FlowRing): (count: number) => void {
  const random = new Random(5);
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
  return (count) => {
    for (let i = 0; i < count; i++) write();
  };

  function write(): void {
    const row = writer.reserve(1);
    const slot = row & mask;
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
}
