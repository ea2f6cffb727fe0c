import { strictEqual, throws } from "node:assert/strict";
import { parseAddress } from "../../flow/address.ts";
import { columnBytes, type FlowColumns, layColumns } from "../../flow/columns.ts";
import { Dictionary } from "../../flow/dictionary.ts";
import {
  PRESENCE_WORDS,
  presenceBit,
  STORED_FIELDS,
  type StoredFieldName,
} from "../../flow/schema.ts";
import { compileFilter } from "./compile_filter.ts";
import { parseFilter } from "./parse_filter.ts";

/** Values of a row; what is not named is absent. */
type Values = Partial<Record<StoredFieldName, number | string>>;

function makeBlock(rows: readonly Values[]): { columns: FlowColumns; dictionary: Dictionary } {
  const capacity = rows.length;
  const columns = layColumns(new ArrayBuffer(columnBytes(capacity)), { offset: 0, capacity });
  const dictionary = new Dictionary(Dictionary.allocate());
  rows.forEach((row, slot) => setRow({ columns, dictionary }, slot, row));
  return { columns, dictionary };
}

function setRow(
  { columns, dictionary }: { columns: FlowColumns; dictionary: Dictionary },
  slot: number,
  row: Values,
): void {
  for (const { name, storage, values } of STORED_FIELDS) {
    const value = row[name];
    if (value === undefined) continue;
    const bit = presenceBit(name);
    columns.presence[slot * PRESENCE_WORDS + (bit >> 5)] |= 1 << (bit & 31);
    if (storage === "address") parseAddress(String(value), columns[name] as Uint32Array, slot * 4);
    else if (storage === "enum") columns[name][slot] = values!.indexOf(String(value));
    else if (storage === "string") columns[name][slot] = dictionary.intern(String(value));
    else columns[name][slot] = Number(value);
  }
}

function matches(text: string, row: Values): boolean {
  return compileFilter(parseFilter(text), makeBlock([row]))(0);
}

const V4 = { src_addr: "10.1.2.3", dst_addr: "192.168.0.1" };
const V6 = { src_addr: "2001:db8::1", dst_addr: "fe80::1" };

const CASES: readonly [text: string, row: Values, wanted: boolean][] = [
  ["any", {}, true],
  // 161 octets in 10 ms are 128,800 bit/s exactly; divided first it would be a little more.
  ["bps = 128800", { bytes: 161, duration_ms: 10 }, true],
  ["bps <= 128800", { bytes: 161, duration_ms: 10 }, true],
  ["not any", {}, false],
  ["src net 10.0.0.0/8", V4, true],
  ["dst net 10.0.0.0/8", V4, false],
  ["net 192.168.0.0/24", V4, true],
  ["net 192.168.1.0/24", V4, false],
  ["host ::ffff:10.1.2.3", V4, true],
  ["net 0.0.0.0/0", V4, true],
  ["net 0.0.0.0/0", V6, false],
  ["net 0.0.0.0/0", {}, false],
  ["net ::/0", V4, false],
  ["net ::/0", V6, true],
  ["net ::ffff:0:0/96", V4, true],
  ["net 2001:db8::/33", V6, true],
  ["net 2001:db8:8000::/33", V6, false],
  ["host 0.0.0.0", {}, false],
  ["ip", V4, true],
  ["ip6", V4, false],
  ["ip6", V6, true],
  ["ip", {}, false],
  ["src_addr != 10.1.2.3", V4, false],
  ["src_addr != 10.1.2.4", V4, true],
  ["src_addr != 10.1.2.4", {}, false],
  ["port 80", { dst_port: 80 }, true],
  ["src port 80", { dst_port: 80 }, false],
  ["port 0", {}, false],
  ["not port 0", {}, true],
  ["port in [1 80-90 100 200 300 400]", { src_port: 5, dst_port: 90 }, true],
  ["port in [1 80-90 100 200 300 400]", { src_port: 5, dst_port: 91 }, false],
  ["flags S", { tcp_flags: 18 }, true],
  ["flags SF", { tcp_flags: 18 }, false],
  ["flags S and not flags A", { tcp_flags: 2 }, true],
  ["flags S", {}, false],
  ["bytes > 1M", { bytes: 1_000_001 }, true],
  ["bytes > 1M", { bytes: 1_000_000 }, false],
  ["bytes < 1M", {}, false],
  ["bytes != 5", {}, false],
  ["not (bytes = 1)", {}, true],
  ["duration >= 1.5s", { duration_ms: 1500 }, true],
  ["bps = 8", { bytes: 1000, duration_ms: 1_000_000 }, true],
  ["bps > 1", { bytes: 1000, duration_ms: 0 }, false],
  ["bps > 1", { bytes: 1000 }, false],
  ["not bps > 1", { bytes: 1000 }, true],
  ["pps = 100", { packets: 50, duration_ms: 500 }, true],
  ["dscp 46", { ip_tos: 187 }, true],
  ["tos 184", { ip_tos: 187 }, false],
  ["if 3", { out_if: 3 }, true],
  ["as 4200000000", { src_as: 4_200_000_000 }, true],
  ["direction ingress", { direction: "ingress" }, true],
  ["direction != ingress", {}, false],
  ["event", { event: "nat_create" }, true],
  ["not event", {}, true],
  ['event != "x"', { event: "nat_create" }, true],
  ['application = "http"', { application: "HTTP" }, false],
  ['application contains "tt"', { application: "http" }, true],
  ["has latency", { latency_ms: 0 }, true],
  ["has latency", {}, false],
];

for (const [text, row, wanted] of CASES) {
  Deno.test(`compileFilter() ${text} on ${JSON.stringify(row)} is ${wanted}`, () => {
    strictEqual(matches(text, row), wanted);
  });
}

Deno.test("compileFilter() sees strings and rows that come after it was compiled", () => {
  const block = makeBlock([{ application: "dns" }]);
  const test = compileFilter(parseFilter('application = "http"'), block);
  strictEqual(test(0), false);
  for (let n = 0; n < 1000; n++) block.dictionary.intern(`filler ${n}`);
  setRow(block, 0, { application: "http" });
  strictEqual(test(0), true);
  strictEqual(test(0), true);
  setRow(block, 0, { application: "dns" });
  strictEqual(test(0), false);
});

Deno.test("compileFilter() says which column a block lacks", () => {
  const { columns: { presence }, dictionary } = makeBlock([{}]);
  throws(
    () => compileFilter(parseFilter("tcp"), { dictionary, columns: { presence } }),
    /column protocol/,
  );
});
