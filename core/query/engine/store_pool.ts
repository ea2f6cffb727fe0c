import { GroupStore, type StoreShape } from "./group_store.ts";
import { SampleLog } from "./sample_log.ts";

/** Memory that is kept for the next queries; the system takes a millisecond a MiB to hand out new. */
const MAX_KEPT_BYTES = 48 * 1024 * 1024;

/** What a pool keeps. */
type Pooled = GroupStore | SampleLog;

/**
 * Group stores and logs of samples that were used, for the next query of the same shape: it finds
 * memory that is there and as large as was needed last time.
 */
export class StorePool {
  /** By what they are for, the longest unused first. */
  readonly #kept = new Map<string, Pooled>();

  /**
   * A store without groups.
   *
   * @param shape of a record
   * @param maxBytes as of `GroupStore`
   */
  take(shape: StoreShape, maxBytes: number): GroupStore {
    return this.#take(ofStore(shape, maxBytes)) as GroupStore | undefined ??
      new GroupStore(shape, maxBytes);
  }

  /** A log without samples; `maxBytes` as of `SampleLog`. */
  takeLog(maxBytes: number): SampleLog {
    return this.#take(ofLog(maxBytes)) as SampleLog | undefined ?? new SampleLog(maxBytes);
  }

  /** Takes one back that nobody reads any more. */
  give(used: Pooled): void {
    if (used.byteLength > MAX_KEPT_BYTES) return;
    const key = used instanceof SampleLog
      ? ofLog(used.maxBytes)
      : ofStore(used.shape, used.maxBytes);
    this.#kept.delete(key);
    this.#kept.set(key, used);
    let bytes = 0;
    for (const { byteLength } of this.#kept.values()) bytes += byteLength;
    for (const [oldest, { byteLength }] of this.#kept) {
      if (bytes <= MAX_KEPT_BYTES) return;
      this.#kept.delete(oldest);
      bytes -= byteLength;
    }
  }

  #take(key: string): Pooled | undefined {
    const kept = this.#kept.get(key);
    this.#kept.delete(key);
    kept?.clear();
    return kept;
  }
}

function ofStore({ keyWords, cells }: StoreShape, maxBytes: number): string {
  return `groups ${keyWords} ${maxBytes} ${cells.join()}`;
}

function ofLog(maxBytes: number): string {
  return `samples ${maxBytes}`;
}
