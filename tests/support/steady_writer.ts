/// <reference lib="deno.worker" />
import { FlowRing } from "../../core/flow/ring.ts";
import { RingWriter } from "../../core/flow/ring_writer.ts";
import { presenceBit } from "../../core/flow/schema.ts";

/** What a steady writer is to do. */
export interface SteadyStart {
  /** Memory of the ring. */
  readonly ring: SharedArrayBuffer;
  /** Rows in all, and in each batch. */
  readonly rows: number;
  readonly batch: number;
  /** Between one batch and the next. */
  readonly pauseMs: number;
}

/** Rows that share one time of arrival. */
export const ROWS_PER_MS = 100;

/** Writes rows whose `bytes` number them, a batch at a time. */
function write({ ring, rows, batch, pauseMs }: SteadyStart): void {
  const writer = new RingWriter(new FlowRing(ring));
  const { columns, mask } = writer;
  const never = new Int32Array(new SharedArrayBuffer(4));
  const fields = ["received_at", "sampling_source", "bytes", "src_port"] as const;
  const words = [0, 0];
  for (const name of fields) words[presenceBit(name) >> 5] |= 1 << (presenceBit(name) & 31);
  for (let row = 0; row < rows;) {
    const count = Math.min(batch, rows - row);
    const first = writer.reserve(count);
    for (let i = 0; i < count; i++, row++) {
      const slot = (first + i) & mask;
      columns.presence.set(words, 2 * slot);
      columns.received_at[slot] = Math.floor(row / ROWS_PER_MS);
      columns.sampling_source[slot] = 0;
      columns.bytes[slot] = row;
      columns.src_port[slot] = row & 0xffff;
    }
    writer.commit(count);
    Atomics.wait(never, 0, 0, pauseMs);
  }
  self.postMessage("written");
}

self.onmessage = ({ data }: MessageEvent<SteadyStart>) => write(data);
self.postMessage("ready");
