/// <reference lib="deno.worker" />
import { FlowRing } from "../../core/flow/ring.ts";
import { RingWriter } from "../../core/flow/ring_writer.ts";
import { writeRaceRow } from "./race_rows.ts";
import { Random } from "./random.ts";

/** Asks a race writer to begin. */
export interface RaceStart {
  /** Memory of the ring. */
  ring: SharedArrayBuffer;
  /** One Int32: 0 to go on, 1 to stop, 2 once the writer has stopped. */
  control: SharedArrayBuffer;
  /** The writer stops by itself at this Unix time in milliseconds. */
  deadlineMs: number;
  seed: number;
}

/** Writes race rows in batches of every size as fast as it can, until it is told to stop. */
function write({ ring: memory, control, deadlineMs, seed }: RaceStart): void {
  const state = new Int32Array(control);
  const writer = new RingWriter(new FlowRing(memory));
  const random = new Random(seed);
  while (Atomics.load(state, 0) === 0 && Date.now() < deadlineMs) {
    const count = 1 + random.below(writer.maxBatch);
    const first = writer.reserve(count);
    // From either end, so that no order of writing hides a fault.
    const backwards = random.below(2) === 0;
    for (let i = 0; i < count; i++) {
      const row = first + (backwards ? count - 1 - i : i);
      writeRaceRow(writer.columns, row & writer.mask, row);
    }
    // Now and then a part is given up, and reserved again.
    writer.commit(random.below(8) === 0 ? random.below(count) : count);
  }
  Atomics.store(state, 0, 2);
  Atomics.notify(state, 0);
}

self.onmessage = ({ data }: MessageEvent<RaceStart>) => write(data);
self.postMessage("ready");
