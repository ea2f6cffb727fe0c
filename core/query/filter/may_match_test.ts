import assert from "node:assert/strict";
import { naiveMatch } from "../../../tests/support/filter/naive_filter.ts";
import { randomFilter } from "../../../tests/support/filter/random_filter.ts";
import { FlowFixture } from "../../../tests/support/flow_fixture.ts";
import { encodedRows } from "../../../tests/support/history_rows.ts";
import { randomContractRows } from "../../../tests/query_contract/random_contract_rows.ts";
import { readRecord } from "../../flow/record_reader.ts";
import type { FlowRecord } from "../../flow/schema.ts";
import { openDirectory, type SegmentDirectory } from "../../flow/segment/segment_directory.ts";
import { SegmentFault } from "../../flow/segment/segment_fault.ts";
import type { FixtureRow } from "../../../tests/support/flow_fixture.ts";
import { seededRandom } from "../../wire/encode/seeded_random.ts";
import { mayMatch } from "./may_match.ts";
import { parseFilter } from "./parse_filter.ts";

function directoryOf(rows: readonly FixtureRow[]): SegmentDirectory {
  const directory = openDirectory(encodedRows(rows).directory);
  if (directory instanceof SegmentFault) throw directory;
  return directory;
}

function recordsOf(rows: readonly FixtureRow[]): FlowRecord[] {
  const fixture = new FlowFixture();
  fixture.add(...rows);
  const { source } = fixture;
  return rows.map((_, slot) => readRecord(source.ring.columns, slot, source));
}

Deno.test("mayMatch() never passes over a segment with a row that matches", () => {
  const random = seededRandom(21);
  let [passedOver, matching] = [0, 0];
  for (let turn = 0; turn < 60; turn++) {
    // Few rows: then there is something to tell from their least and largest values.
    const rows = randomContractRows(random, 1 + turn % 5);
    const [directory, records] = [directoryOf(rows), recordsOf(rows)];
    for (let i = 0; i < 100; i++) {
      const node = randomFilter(random, i % 4);
      const may = mayMatch(node, directory);
      const matches = records.some((record) => naiveMatch(node, record));
      assert(may || !matches, JSON.stringify(node));
      if (!may) passedOver++;
      if (matches) matching++;
    }
  }
  assert(passedOver > 500 && matching > 500, `${passedOver} passed over, ${matching} match`);
});

const SEGMENT = directoryOf([
  { src_addr: "10.0.0.5", dst_addr: "2001:db8::1", src_port: 1000, protocol: 6, bytes: 500 },
  { src_addr: "10.0.3.5", dst_addr: "2001:db8::9", src_port: 2000, protocol: 6, bytes: 900 },
]);

for (
  const [text, may] of [
    ["src net 10.0.0.0/16", true],
    ["src host 10.0.1.1", true],
    ["src host 10.0.4.1", false],
    ["src host 10.0.0.4", false],
    ["src net 10.0.3.0/29", true],
    ["net 2001:db8::/64", true],
    ["host 2001:db8::a", false],
    ["not src host 10.0.4.1", true],
    ["src port 1500", true],
    ["port 443", false],
    ["port in [1-999 2000]", true],
    ["port in [1-999 2001-65535]", false],
    ["proto udp", false],
    ["bytes > 900", false],
    ["bytes >= 900", true],
    ["bytes < 500", false],
    ["bytes <= 500", true],
    ["bytes > 100 and proto udp", false],
    ["bytes > 1000 or proto tcp", true],
    ["has vlan", false],
    ["has bytes", true],
    ["vlan 7", false],
    ["bps > 1", false],
    ["service https", true],
  ] as const
) {
  Deno.test(`a segment ${may ? "may" : "cannot"} match ${text}`, () =>
    assert.equal(mayMatch(parseFilter(text), SEGMENT), may));
}
