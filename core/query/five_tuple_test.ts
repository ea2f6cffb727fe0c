import assert from "node:assert/strict";
import { type FixtureRow, FlowFixture } from "../../tests/support/flow_fixture.ts";
import {
  FIVE_TUPLE_WORDS,
  type FiveTuple,
  fiveTupleKey,
  formatFiveTuple,
  readFiveTuple,
  writeFiveTuple,
} from "./five_tuple.ts";

const UNKNOWN: FiveTuple = {
  src_addr: null,
  src_port: null,
  dst_addr: null,
  dst_port: null,
  protocol: null,
  protocol_name: null,
};

const CASES: readonly [string, FixtureRow, Partial<FiveTuple>, string][] = [
  [
    "all five, IPv4",
    { src_addr: "10.0.0.1", dst_addr: "10.0.0.2", src_port: 65_535, dst_port: 443, protocol: 6 },
    { src_port: 65_535, dst_port: 443, protocol: 6, protocol_name: "TCP" },
    "10.0.0.1:65535 > 10.0.0.2:443 TCP",
  ],
  [
    "all five, IPv6",
    { src_addr: "2001:db8::1", dst_addr: "::1", src_port: 1, dst_port: 2, protocol: 17 },
    { src_port: 1, dst_port: 2, protocol: 17, protocol_name: "UDP" },
    "[2001:db8::1]:1 > [::1]:2 UDP",
  ],
  ["nothing", {}, {}, "? > ?"],
  [
    "zeros that are known",
    { src_addr: "0.0.0.0", dst_addr: "::", src_port: 0, dst_port: 0, protocol: 0 },
    { src_port: 0, dst_port: 0, protocol: 0, protocol_name: "HOPOPT" },
    "0.0.0.0:0 > [::]:0 HOPOPT",
  ],
  [
    "unknown ports",
    { src_addr: "10.0.0.1", dst_addr: "::2", protocol: 253 },
    { protocol: 253 },
    "10.0.0.1 > ::2 protocol 253",
  ],
  ["a port alone", { dst_port: 53 }, { dst_port: 53 }, "? > ?:53"],
];

for (const [title, row, expected, text] of CASES) {
  Deno.test(`a 5-tuple survives its key and is written for people: ${title}`, () => {
    const { columns } = written(row);
    const key = new Uint32Array(FIVE_TUPLE_WORDS).fill(0xdeadbeef);
    writeFiveTuple(columns, 1, key);
    const tuple = readFiveTuple(key);
    const { src_addr = null, dst_addr = null } = row as Partial<FiveTuple>;
    assert.deepEqual(tuple, { ...UNKNOWN, src_addr, dst_addr, ...expected });
    const again = new Uint32Array(FIVE_TUPLE_WORDS).fill(0xdeadbeef);
    fiveTupleKey(tuple, again);
    assert.deepEqual(again, key);
    assert.equal(formatFiveTuple(tuple), text);
  });
}

Deno.test("no two of these 5-tuples have one key", () => {
  const keys = CASES.map(([, row]) => {
    const key = new Uint32Array(FIVE_TUPLE_WORDS);
    writeFiveTuple(written(row).columns, 1, key);
    return key.join();
  });
  assert.equal(new Set(keys).size, CASES.length);
});

/** The row in slot 1, with values left over in all columns from an older one. */
function written(row: FixtureRow) {
  const fixture = new FlowFixture();
  const old = { src_addr: "9.9.9.9", dst_addr: "8.8.8.8", src_port: 9, dst_port: 8, protocol: 7 };
  for (let i = 0; i < 1024; i++) fixture.add(old);
  fixture.add(old, row);
  return fixture.source.ring;
}
