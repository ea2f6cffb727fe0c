import type { CollectionHealth, SilentStream } from "../exporter/collection_health.ts";
import { silenceSeverity, SILENT_AFTER_MS } from "../exporter/silence_rule.ts";

/** An exporter silent for longer is forgotten. */
const FORGOTTEN_AFTER_MS = 3_600_000;

/** What one address sends of one observation domain to one collector, in Unix milliseconds. */
export interface Stream extends SilentStream {
  readonly first_seen_ms: number;
  readonly last_seen_ms: number;
}

/**
 * Who is not heard any more, and of whom a part is not. A part that fell silent about when another
 * of its address began was replaced by that, as where an exporter is set to another format: nothing
 * is missing.
 *
 * @param streams all that running collectors know
 * @param toMs as of when, Unix milliseconds
 */
export function silence(
  streams: readonly Stream[],
  toMs: number,
): Pick<CollectionHealth, "silent_exporters" | "silence_severity" | "silent_streams"> {
  const silent_exporters: string[] = [];
  const silent_streams: SilentStream[] = [];
  let silence_severity: CollectionHealth["silence_severity"] = "info";
  for (const [address, parts] of Map.groupBy(streams, (stream) => stream.address)) {
    const silent = parts.filter(({ last_seen_ms }) => last_seen_ms < toMs - SILENT_AFTER_MS);
    const recent = silent.filter(({ last_seen_ms }) => last_seen_ms > toMs - FORGOTTEN_AFTER_MS);
    if (recent.length === 0) continue;
    if (silent.length === parts.length) {
      silent_exporters.push(address);
      const first = Math.min(...parts.map(({ first_seen_ms }) => first_seen_ms));
      const last = Math.max(...parts.map(({ last_seen_ms }) => last_seen_ms));
      const severity = silenceSeverity({ heardMs: last - first, silentMs: toMs - last });
      if (severity === "warning") silence_severity = severity;
      continue;
    }
    for (const { observation_domain, collector, last_seen_ms } of recent) {
      const replaced = parts.some(({ first_seen_ms }) =>
        first_seen_ms >= last_seen_ms - SILENT_AFTER_MS
      );
      if (!replaced) silent_streams.push({ address, observation_domain, collector });
    }
  }
  return { silent_exporters, silence_severity, silent_streams };
}
