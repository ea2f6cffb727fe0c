/**
 * Cost of a compiled filter: one iteration tests a million rows, so 1 ms is 1 ns a row.
 * Run: deno bench core/query/filter/filter_bench.ts
 */
import { columnBytes, layColumns } from "../../flow/columns.ts";
import { Dictionary } from "../../flow/dictionary.ts";
import { PRESENCE_WORDS } from "../../flow/schema.ts";
import { seededRandom } from "../../wire/encode/seeded_random.ts";
import { compileFilter } from "./compile_filter.ts";
import { parseFilter } from "./parse_filter.ts";

/** As many rows as a ring reader copies at a time: they stay in the cache, as in a real scan. */
const BLOCK_ROWS = 8192;
const ROWS = 1_000_000;

const FILTERS = [
  "any",
  "dst port 443",
  "src net 10.0.0.0/8",
  "host 10.1.1.1",
  "net 2001:db8::/32",
  "port in [22 53 80 443 8000-8100 9000-9100]",
  "bytes > 1M",
  "bps > 1M",
  'application = "http"',
  "src internal and dst external",
  "service https",
  "src net 10.0.0.0/8 and dst port 443 and proto tcp and not host 10.1.1.1 and bytes > 1M",
];

const dictionary = new Dictionary(Dictionary.allocate());
const columns = layColumns(new ArrayBuffer(columnBytes(BLOCK_ROWS)), {
  offset: 0,
  capacity: BLOCK_ROWS,
});
fillRows();

for (const text of FILTERS) {
  const test = compileFilter(parseFilter(text), { dictionary, columns });
  Deno.bench({
    name: text,
    fn: () => {
      let matched = 0;
      for (let row = 0; row < ROWS; row++) {
        if (test(row % BLOCK_ROWS)) matched++;
      }
      if (matched > ROWS) throw new Error("more rows matched than there are");
    },
  });
}

/** Half of the sources in 10/8, a third of the flows to port 443, heavy-tailed sizes. */
function fillRows(): void {
  const random = seededRandom(7);
  for (let name = 0; name < 100; name++) dictionary.intern(name === 0 ? "http" : `app ${name}`);
  columns.presence.fill(0xffff_ffff);
  for (let slot = 0; slot < BLOCK_ROWS; slot++) {
    for (const words of [columns.src_addr, columns.dst_addr]) {
      const net = random() < 0.5 ? 0x0a00_0000 : 0xc0a8_0000;
      words.set([0, 0, 0xffff, net + Math.floor(random() * 65_536)], slot * 4);
    }
    columns.src_port[slot] = 1024 + Math.floor(random() * 60_000);
    columns.dst_port[slot] = random() < 0.3 ? 443 : Math.floor(random() * 10_000);
    columns.protocol[slot] = random() < 0.7 ? 6 : 17;
    columns.bytes[slot] = Math.floor(Math.exp(random() * 18));
    columns.duration_ms[slot] = Math.floor(random() * 60_000);
    columns.application[slot] = Math.floor(random() * 100);
  }
  // Some rows know little.
  for (let slot = 0; slot < BLOCK_ROWS; slot += 10) columns.presence[slot * PRESENCE_WORDS] = 0;
}
