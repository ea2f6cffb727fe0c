import { FlowRing } from "./ring.ts";
import { firstRowSince, RingReader } from "./ring_reader.ts";
import { RingWriter } from "./ring_writer.ts";
import { STORED_FIELDS } from "./schema.ts";

const ROWS = 1 << 20;

const ring = new FlowRing(FlowRing.allocate(ROWS));
const writer = new RingWriter(ring);
for (let written = 0; written < ROWS; written += writer.maxBatch) {
  const first = writer.reserve(writer.maxBatch);
  for (let row = first; row < first + writer.maxBatch; row++) {
    const slot = row & writer.mask;
    ring.columns.received_at[slot] = row;
    ring.columns.bytes[slot] = row & 1023;
    ring.columns.presence[slot * 2] = 0xffffffff;
  }
  writer.commit(writer.maxBatch);
}

const byteReader = new RingReader(ring, { fields: ["bytes"] });
const tupleReader = new RingReader(ring, {
  fields: ["src_addr", "dst_addr", "src_port", "dst_port", "protocol", "bytes", "packets"],
});
const allReader = new RingReader(ring, { fields: STORED_FIELDS.map(({ name }) => name) });

/** Reads the whole ring and folds one column, so that nothing is optimised away. */
function fold(reader: { read: typeof byteReader.read; block: { bytes: Float64Array } }): number {
  let sum = 0;
  for (let row = ring.oldest;;) {
    const { start, end, firstRow } = reader.read(row);
    if (start === end) return sum;
    for (let i = start; i < end; i++) sum += reader.block.bytes[i];
    row = firstRow + end - start;
  }
}

Deno.bench("RingReader: copy presence and bytes of 2^20 rows, sum", () => {
  fold(byteReader);
});

Deno.bench("RingReader: copy a 5-tuple and counters of 2^20 rows, sum", () => {
  fold(tupleReader);
});

Deno.bench("RingReader: copy all columns of 2^20 rows, sum", () => {
  fold(allReader);
});

Deno.bench("firstRowSince: one window in 2^20 rows", () => {
  firstRowSince(ring, ROWS * 0.7);
});
