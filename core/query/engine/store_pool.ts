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
  /** With what they are for, the longest unused first: one query may use several that are alike. */
  readonly #kept: { readonly use: string; readonly memory: Pooled }[] = [];

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
  give(memory: Pooled): void {
    if (memory.byteLength > MAX_KEPT_BYTES) return;
    // Not when it is taken: what was worked out from values would be kept until then, in no bound.
    memory.clear();
    this.#kept.push({ use: useOf(memory), memory });
    let bytes = this.#kept.reduce((sum, { memory: { byteLength } }) => sum + byteLength, 0);
    while (bytes > MAX_KEPT_BYTES) bytes -= this.#kept.shift()!.memory.byteLength;
  }

  #take(use: string): Pooled | undefined {
    // The first of them: queries give in the order that they take, and each finds its own size.
    const at = this.#kept.findIndex((kept) => kept.use === use);
    if (at < 0) return undefined;
    const [{ memory }] = this.#kept.splice(at, 1);
    return memory;
  }
}

function useOf(memory: Pooled): string {
  return memory instanceof SampleLog
    ? ofLog(memory.maxBytes)
    : ofStore(memory.shape, memory.maxBytes);
}

function ofStore({ keyWords, cells }: StoreShape, maxBytes: number): string {
  return `groups ${keyWords} ${maxBytes} ${cells.join()}`;
}

function ofLog(maxBytes: number): string {
  return `samples ${maxBytes}`;
}
