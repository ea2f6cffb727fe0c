import type { CollectionHealth } from "../exporter/collection_health.ts";
import type { ExporterSummary } from "../exporter/exporter.ts";
import { timesBetween, upTimes } from "../exporter/up_times.ts";
import { isLoopback } from "../flow/loopback.ts";
import type { Collector } from "./collector.ts";
import { heardParts } from "./heard_by.ts";
import { silence } from "./silence.ts";

/**
 * What collection knows of a window of time.
 *
 * @param collectors all of the process
 * @param fromMs start and `toMs` end of the window, Unix milliseconds
 */
export function collectionHealth(
  collectors: readonly Collector[],
  fromMs: number,
  toMs: number,
): CollectionHealth {
  const starts = collectors.flatMap(({ collectingSinceMs }) => collectingSinceMs ?? []);
  const running = collectors.filter((collector) => collector.running);
  const begun = running.flatMap((collector) => collector.status().started_at_ms ?? []);
  const stops = collectors.flatMap(({ stoppedAtMs }) => stoppedAtMs ?? []);
  const streams = collectors.flatMap((collector) =>
    heardParts(collector).map((part) => ({
      ...part,
      collector: collector.name,
      awaited: collector.running,
    }))
  );
  const listened = collectors.flatMap((collector) => {
    const { collectingSinceMs } = collector;
    return collectingSinceMs === null
      ? []
      : upTimes(collectingSinceMs, collector.downtime(0, Infinity));
  });
  return {
    collecting_since: starts.length === 0 ? null : Math.min(...starts),
    listening_since: begun.length === 0 ? null : Math.min(...begun),
    collecting_until: running.length > 0 || stops.length === 0 ? null : Math.max(...stops),
    not_listening: timesBetween(listened).filter((gap) => gap.fromMs < toMs && gap.toMs > fromMs),
    loopback_only: running.length > 0 && running.every(({ host }) => isLoopback(host)),
    downtime: collectors.flatMap((collector) => collector.downtime(fromMs, toMs)),
    dated_ahead: collectors.flatMap(({ name: collector, datedAheadUntilMs: until }) =>
      until === null ? [] : [{ collector, until }]
    ),
    undecoded: collectors.some(({ lastDropMs }) => lastDropMs >= fromMs),
    untracked: collectors.reduce((sum, { exporters }) => sum + exporters.untrackedSince(fromMs), 0),
    loss: collectors.flatMap((collector) => collector.exporters.lossWithin(fromMs, toMs)),
    uncountable: [
      ...new Set(collectors.flatMap(({ exporters }) => exporters.uncountable(fromMs))),
    ],
    sets_without_template: collectors.reduce(
      (sum, collector) => sum + collector.status().counters.sets_without_template,
      0,
    ),
    unknown_sampling: unknownSampling(
      streams.filter(({ awaited, last_seen_ms }) => awaited && last_seen_ms >= fromMs),
    ),
    ...silence(streams, toMs),
  };
}

/** Most exporters do not sample and say nothing: that is worth a word only beside such as do. */
function unknownSampling(exporters: readonly ExporterSummary[]): string[] {
  if (!exporters.some(({ sampling_rate }) => (sampling_rate ?? 1) > 1)) return [];
  const unknown = exporters.filter(({ sampling_source, flow_records }) =>
    sampling_source === "assumed" && flow_records > 0
  );
  return [...new Set(unknown.map(({ address }) => address))];
}
