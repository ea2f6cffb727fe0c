import { FLOW_TABLE, type FlowRow } from "./schema.ts";
import { allocateRing, ringBytes, TableRing } from "./table_ring.ts";

export { RING_CAPACITY } from "./table_ring.ts";

/** The ring of a collector's flows. */
export class FlowRing extends TableRing<FlowRow> {
  /** @param memory as made by `FlowRing.allocate` */
  constructor(memory: SharedArrayBuffer) {
    super(FLOW_TABLE, memory);
  }

  /** Bytes that a ring of so many flows takes, a power of two. */
  static bytesOf(rows: number): number {
    return ringBytes(FLOW_TABLE, rows);
  }

  /**
   * Makes the memory of an empty ring of flows.
   *
   * @param rows wanted capacity; rounded up to a power of two within RING_CAPACITY
   */
  static allocate(rows: number): SharedArrayBuffer {
    return allocateRing(FLOW_TABLE, rows);
  }
}
