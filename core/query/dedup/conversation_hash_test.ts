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
