import assert from "node:assert/strict";
import { FlowFixture } from "../../../tests/support/flow_fixture.ts";
import { ConversationHash } from "./conversation_hash.ts";
import type { DedupColumns } from "./dedup_columns.ts";

Deno.test("conversations of networks that differ in their first octets are told apart", () => {
  const fixture = new FlowFixture({ capacity: 65_536 });
  for (let n = 0; n < 40_000; n++) {
    fixture.add({ src_addr: `${n & 255}.0.0.1`, dst_addr: `${n >> 8}.0.0.1`, protocol: 6 });
  }
  const { ring } = fixture.source;
  const hash = new ConversationHash();
  const seen = new Set<string>();
  for (let row = 0; row < ring.committed; row++) {
    hash.take(ring.columns as DedupColumns, row & ring.mask);
    seen.add(`${hash.high} ${hash.low}`);
  }
  assert.equal(seen.size, 40_000);
});

Deno.test("nobody can choose conversations that are taken for each other", () => {
  const fixture = new FlowFixture({ capacity: 1024 });
  const one = {
    src_addr: "10.0.0.5",
    dst_addr: "20.1.1.1",
    src_port: 40_000,
    dst_port: 443,
    protocol: 6,
  };
  // A difference in the uppermost bit of an address, and what a shift makes of it in the next word.
  fixture.add(
    one,
    { ...one, dst_addr: "148.1.1.1", src_port: 40_000 ^ 0x8001 },
    { ...one, src_addr: "138.0.0.5", dst_addr: "148.0.1.1" },
  );
  const hash = new ConversationHash();
  const [first, ...others] = [0, 1, 2].map((slot) => {
    hash.take(fixture.source.ring.columns as DedupColumns, slot);
    return [hash.high, hash.low];
  });
  for (const other of others) {
    assert.notEqual(other[0], first[0]);
    assert.notEqual(other[1], first[1]);
  }
});
