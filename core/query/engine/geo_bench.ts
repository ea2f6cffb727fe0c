import { type Plain, writeMmdb } from "../../../tests/support/mmdb.ts";
import { Dictionary } from "../../flow/dictionary.ts";
import { FlowRing } from "../../flow/ring.ts";
import { RingWriter } from "../../flow/ring_writer.ts";
import { PRESENCE_WORDS, presenceBit, type StoredFieldName } from "../../flow/schema.ts";
import { MmdbReader } from "../../names/mmdb_reader.ts";
import { NO_NAME_DATA } from "../../names/name_data.ts";
import { NameDirectory } from "../../names/name_directory.ts";
import { seededRandom } from "../../wire/encode/seeded_random.ts";
import { openSource } from "../flow_source.ts";
import { type FlowQuery, flowQuery } from "./flow_query.ts";
import { QueryEngine } from "./run_query.ts";

// 1 M rows from and to some 300,000 addresses each, a quarter of them IPv6, and databases of
// 500,000 networks: as many as GeoLite2 has, 250 countries and 70,000 systems.
const ROWS = 1 << 20;
const V4_NETWORKS = 400_000;
const V6_NETWORKS = 100_000;
const ADDRESSES = 300_000;
const FROM = 1_760_000_000_000;
const WINDOW = { fromMs: FROM, toMs: FROM + 300_000, untilNow: false };
/** Upper bits of an IPv4 address as the third word. */
const MAPPED = 0xffff;

const random = seededRandom(11);
const below = (end: number) => Math.floor(random() * end);

/** Networks /22 to /24 that do not overlap, all over the IPv4 space, and /32 to /48 of IPv6. */
const networks: string[] = [
  ...Array.from({ length: V4_NETWORKS }, (_, n) => {
    const block = n * 10 + 16_384;
    return `${block >> 14}.${(block >> 6) & 255}.${(block << 2) & 255}.0/${22 + below(3)}`;
  }),
  ...Array.from({ length: V6_NETWORKS }, (_, n) => {
    const high = 0x2000 + (n >> 4);
    return `${high.toString(16)}:${((n & 15) * 4096 + 16).toString(16)}:${n % 7}::/${
      n % 7 === 0 ? 32 : 48
    }`;
  }),
];
const letter = (n: number) => String.fromCharCode(65 + n % 26);
const country = (n: number): Plain => ({
  country: { iso_code: letter(n) + letter(n / 26) },
});
const system = (n: number): Plain => ({
  autonomous_system_number: 1000 + n,
  autonomous_system_organization: `Operator ${n} of some length`,
});
const countries = writeMmdb(networks.map((network) => [network, country(below(250))]));
const systems = writeMmdb(networks.map((network) => [network, system(below(70_000))]));
const directory = new NameDirectory({ ...NO_NAME_DATA, countries, systems });

/** Four words an address; two thirds of the IPv4 ones lie in some network. */
const addresses = new Uint32Array(ADDRESSES * 4);
for (let a = 0; a < ADDRESSES; a++) {
  if (a % 4 === 0) {
    const n = below(V6_NETWORKS);
    addresses[a * 4] = (((0x2000 + (n >> 4)) << 16) | ((n & 15) * 4096 + 16)) >>> 0;
    addresses[a * 4 + 1] = ((n % 7) << 16) | below(65_536);
    addresses[a * 4 + 3] = below(2 ** 32);
  } else {
    const block = below(V4_NETWORKS) * 10 + 16_384 + (a % 3 === 0 ? 3 : 0);
    addresses[a * 4 + 2] = MAPPED;
    addresses[a * 4 + 3] = ((block << 10) | below(256)) >>> 0;
  }
}

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
  const fields: StoredFieldName[] = ["received_at", "src_addr", "dst_addr", "bytes", "packets"];
  const presence = new Uint32Array(PRESENCE_WORDS);
  for (const name of fields) presence[presenceBit(name) >> 5] |= 1 << (presenceBit(name) & 31);
  for (let n = 0; n < ROWS; n++) {
    const slot = writer.reserve(1) & mask;
    const from = below(ADDRESSES) * 4;
    const to = Math.floor(ADDRESSES * random() ** 2) * 4;
    columns.src_addr.set(addresses.subarray(from, from + 4), slot * 4);
    columns.dst_addr.set(addresses.subarray(to, to + 4), slot * 4);
    columns.bytes[slot] = 1500;
    columns.packets[slot] = 1;
    columns.received_at[slot] = writer.receivedAt(FROM + n * 300_000 / ROWS);
    columns.presence.set(presence, slot * PRESENCE_WORDS);
    writer.commit(1);
  }
}

Deno.bench({
  name: "open a database of 500,000 networks",
  n: 5,
  warmup: 1,
  fn: () => void new MmdbReader(new Uint8Array(countries)),
});

const reader = new MmdbReader(new Uint8Array(countries));
Deno.bench({
  name: `find ${ADDRESSES} addresses`,
  n: 5,
  warmup: 1,
  fn: () => {
    for (let a = 0; a < ADDRESSES; a++) reader.find(addresses, a * 4);
  },
});

const engine = new QueryEngine();

function bench(name: string, query: Partial<FlowQuery>): void {
  Deno.bench({
    name: `1 M rows: ${name}`,
    n: 5,
    warmup: 2,
    fn: async () => {
      await engine.run([source], flowQuery({ window: WINDOW, limit: 10, dedup: "off", ...query }), {
        names: directory.services,
        directory,
      });
    },
  });
}

bench("by source address, for comparison", { group_by: ["src_addr"] });
bench("by source country", { group_by: ["src_country"] });
bench("by destination AS", { group_by: ["dst_as_name"] });
bench("countries a source country talks to", {
  group_by: ["src_country"],
  metrics: ["distinct(dst_country)"],
});
bench("filter by country", { filter: "dst country in [DE FR]" });
bench("filter by part of a system's name", { filter: 'dst as "operator 12"' });
