import assert from "node:assert/strict";
import { jsonUdp } from "../../../capabilities/json_udp/mod.ts";
import { SEGMENT_ROWS } from "../../flow/segment/segment_directory.ts";
import { STORED_FIELDS } from "../../flow/schema.ts";
import { FlowLines } from "./flow_lines.ts";

const NOW = 1_790_000_000_000;

function decoder(): FlowLines {
  return new FlowLines(jsonUdp, {
    nowMs: NOW,
    complain: (reason, text) => assert.fail(`${reason}: ${text}`),
  });
}

/** Takes objects, and drains where it must. */
function drained(lines: FlowLines, objects: Iterable<object>): number[][] {
  const blocks: number[][] = [];
  const drain = () => {
    const { columns, slots } = lines.drain();
    blocks.push([...slots].map((slot) => columns.bytes[slot]));
  };
  for (const object of objects) {
    if (lines.full) drain();
    lines.take(object, null);
  }
  drain();
  return blocks;
}

function* flows(count: number, more: (i: number) => object = () => ({})): Generator<object> {
  for (let i = 0; i < count; i++) {
    yield { src_addr: "10.0.0.1", dst_addr: "10.0.0.2", bytes: i, ...more(i) };
  }
}

Deno.test("a block is as long as a segment, wherever in memory it begins", () => {
  const lines = decoder();
  assert.deepEqual(drained(lines, flows(100)).map(({ length }) => length), [100]);
  const [first, second] = drained(lines, flows(SEGMENT_ROWS + 10));
  assert.deepEqual(first, Array.from(Array(SEGMENT_ROWS).keys()));
  assert.deepEqual(second, Array.from({ length: 10 }, (_, i) => SEGMENT_ROWS + i));
  assert.equal(lines.pending, 0);
});

Deno.test("an arrival in the future is none: the flow's end stands for it, or now", () => {
  const complaints: string[] = [];
  const lines = new FlowLines(jsonUdp, {
    nowMs: NOW,
    complain: (_, text) => complaints.push(text),
  });
  const iso = (afterMs: number) => new Date(NOW + afterMs).toISOString();
  for (
    const times of [
      { received_at: iso(30_000) },
      { received_at: iso(90_000), end_at: iso(-5000) },
      { received_at: iso(90_000), end_at: iso(90_000) },
    ]
  ) lines.take({ src_addr: "10.0.0.1", dst_addr: "10.0.0.2", ...times }, null);
  const { columns, slots } = lines.drain();
  const arrivals = [...slots].map((slot) => columns.received_at[slot] - NOW);
  assert.deepEqual(arrivals, [30_000, -5000, 0]);
  assert.equal(complaints.length, 2);
  assert.match(complaints[0], /^bad_value: found received_at .* expected the past$/);
});

Deno.test("a block ends before its texts find no room, however long they are", () => {
  const names = STORED_FIELDS.filter(({ storage }) => storage === "string").map(({ name }) => name);
  const longest = (text: string) => `${text}${"語".repeat(128)}`.slice(0, 128);
  const blocks = drained(
    decoder(),
    flows(4000, (i) => Object.fromEntries(names.map((name) => [name, longest(`${name}${i}`)]))),
  );
  assert(blocks.length > 1);
  assert.deepEqual(blocks.flat(), Array.from(Array(4000).keys()));
});

Deno.test("the names of capabilities are bounded, and what is none becomes json_udp", () => {
  const lines = decoder();
  for (let i = 0; i < 100; i++) {
    const capability = i === 0 ? "Not A Name" : `probe_${i}`;
    lines.take({ src: "10.0.0.1", dst: "10.0.0.2", capability }, null);
  }
  const { slots, capabilityOf } = lines.drain();
  const names = [...slots].map(capabilityOf);
  assert.deepEqual([names[0], names[1], names[63], names[64]], [
    "json_udp",
    "probe_1",
    "probe_63",
    "json_udp",
  ]);
  assert.equal(new Set(names).size, 64);
});
