import type { Heard } from "../exporter/collection_health.ts";
import type { ExporterSummary } from "../exporter/exporter.ts";
import { type HeardTimes, heardTimes } from "../exporter/silence_rule.ts";
import type { Collector } from "./collector.ts";

/**
 * Whom collectors of this process have heard, and when they did not listen: what tells an exporter that
 * fell silent from one that nobody heard.
 *
 * @param collectors all of the process
 * @param untilMs end of the time that is asked about, Unix milliseconds
 */
export function heardBy(
  collectors: readonly Collector[],
  untilMs: number,
): Heard {
  return {
    exporters: [...Map.groupBy(collectors.flatMap(heardParts), ({ address }) => address)]
      .map(([address, parts]) => ({ address, ...heardTimes(parts) })),
    downtime: collectors.flatMap((collector) =>
      collector.downtime(0, untilMs).map(({ from, to }) => {
        const { capability, port } = collector;
        return { capability, port, from, to };
      })
    ),
  };
}

/** What a collector hears, by exporter and observation domain. */
export function heardParts(
  collector: Pick<Collector, "exporters" | "collectingSinceMs" | "status">,
): (ExporterSummary & HeardTimes)[] {
  const { exporters, collectingSinceMs } = collector;
  const begunMs = collector.status().started_at_ms ?? -Infinity;
  return exporters.summaries().map((part) => ({
    ...part,
    unheard_since_ms: Math.max(part.last_seen_ms, begunMs),
    listened_from_ms: collectingSinceMs ?? part.first_seen_ms,
  }));
}
