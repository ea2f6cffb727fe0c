import { GroupStore, type StoreShape } from "./group_store.ts";

/** Memory that is kept for the next queries; the system takes a millisecond a MiB to hand out new. */
const MAX_KEPT_BYTES = 48 * 1024 * 1024;

/**
 * Group stores that were used, for the next query of the same shape: it finds memory that is there
 * and as large as was needed last time.
 */
export class StorePool {
  /** By what they are for, the longest unused first. */
  readonly #kept = new Map<string, GroupStore>();

  /**
   * A store without groups.
   *
   * @param shape of a record
   * @param maxBytes as of `GroupStore`
   */
  take(shape: StoreShape, maxBytes: number): GroupStore {
    const key = keyOf(shape, maxBytes);
    const kept = this.#kept.get(key);
    if (kept === undefined) return new GroupStore(shape, maxBytes);
    this.#kept.delete(key);
    kept.clear();
    return kept;
  }

  /** Takes a store back that nobody reads any more. */
  give(store: GroupStore): void {
    if (store.byteLength > MAX_KEPT_BYTES) return;
    const key = keyOf(store.shape, store.maxBytes);
    this.#kept.delete(key);
    this.#kept.set(key, store);
    let bytes = 0;
    for (const { byteLength } of this.#kept.values()) bytes += byteLength;
    for (const [oldest, { byteLength }] of this.#kept) {
      if (bytes <= MAX_KEPT_BYTES) return;
      this.#kept.delete(oldest);
      bytes -= byteLength;
    }
  }
}

function keyOf({ keyWords, cells }: StoreShape, maxBytes: number): string {
  return `${keyWords} ${maxBytes} ${cells.join()}`;
}
