import type { Capability } from "../collector/capability.ts";
import type { Collector } from "../collector/collector.ts";
import type { TapBatch } from "../collector/messages.ts";
import type { Clock } from "../flow/clock.ts";

/** A collector that datagrams are copied of. */
export interface CaptureSource {
  readonly collector: Pick<Collector, "exporters" | "host" | "port" | "tap">;
  readonly capability: Capability;
}

/** Why the copying ended. */
export type TapEnd = "enough" | "time" | "aborted" | "lost";

/** Collectors that have not said their last word by then are asked no more. */
const LAST_WORD_MS = 1000;

/**
 * Has collectors copy what an exporter sends until somebody has had enough.
 *
 * @param sources collectors of which none is being copied
 * @param what the `exporter`; for how many `ms` at most; `signals` that end it earlier; `hear` gets
 *   each batch and says whether that is enough
 * @throws what `hear` throws, with nothing left running
 */
export async function tapCollectors(
  sources: readonly CaptureSource[],
  { exporter, ms, signals, clock, hear }: {
    exporter: string;
    ms: number;
    signals: readonly AbortSignal[];
    clock: Clock;
    hear: (source: CaptureSource, batch: TapBatch) => boolean;
  },
): Promise<TapEnd> {
  const { promise: over, resolve: end, reject: fail } = Promise.withResolvers<TapEnd>();
  let left = sources.length;
  const last = sources.map((source) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const ended = (): void => {
      // Before anybody wished for it: the collector stopped.
      if (--left === 0) end("lost");
      resolve();
    };
    source.collector.tap.start(exporter, {
      hear(batch) {
        try {
          if (hear(source, batch)) end("enough");
        } catch (error) {
          fail(error);
        }
        if (batch.ended) ended();
      },
      lost: ended,
    });
    return promise;
  });
  const cancel = clock.after(ms, () => end("time"));
  const abort = (): void => end("aborted");
  for (const signal of signals) {
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort);
  }
  try {
    return await over;
  } finally {
    cancel();
    for (const signal of signals) signal.removeEventListener("abort", abort);
    for (const { collector } of sources) collector.tap.end();
    // What is on its way is captured too.
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const cancelLate = clock.after(LAST_WORD_MS, resolve);
    await Promise.race([Promise.all(last), late]);
    cancelLate();
    for (const { collector } of sources) collector.tap.drop();
  }
}
