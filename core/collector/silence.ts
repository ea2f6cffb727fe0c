import type { CollectionHealth, SilentStream } from "../exporter/collection_health.ts";
import {
  type HeardTimes,
  heardTimes,
  silenceSeverity,
  SILENT_AFTER_MS,
} from "../exporter/silence_rule.ts";

/** An exporter silent for longer is forgotten. */
const FORGOTTEN_AFTER_MS = 3_600_000;

/** What one address sends of one observation domain to one collector, in Unix milliseconds. */
export interface Stream extends SilentStream, HeardTimes {
  /** Whether its collector runs: else nobody misses it there, and it tells for how long one was known. */
  readonly awaited: boolean;
}

/**
 * Who is not heard any more, and of whom a part is not. A part that fell silent about when another
 * of its address began was replaced by that, as where an exporter is set to another format: nothing
 * is missing. One part replaces one.
 *
 * @param streams all that collectors know
 * @param toMs as of when, Unix milliseconds
 */
export function silence(
  streams: readonly Stream[],
  toMs: number,
): Pick<CollectionHealth, "silent_exporters" | "silence_severity" | "silent_streams"> {
  const silent_exporters: string[] = [];
  const silent_streams: SilentStream[] = [];
  let silence_severity: CollectionHealth["silence_severity"] = "info";
  for (const [address, known] of Map.groupBy(streams, (stream) => stream.address)) {
    const parts = known.filter(({ awaited }) => awaited);
    const silent = parts.filter(({ unheard_since_ms: since }) => since < toMs - SILENT_AFTER_MS);
    const recent = silent.filter(({ last_seen_ms }) => last_seen_ms > toMs - FORGOTTEN_AFTER_MS);
    if (recent.length === 0) continue;
    if (silent.length === parts.length) {
      silent_exporters.push(address);
      const { unheard_since_ms } = heardTimes(parts);
      const severity = silenceSeverity(heardTimes(known), toMs - unheard_since_ms);
      if (severity === "warning") silence_severity = severity;
      continue;
    }
    const replaced = replacedOf(silent, parts);
    for (const stream of recent) {
      const { observation_domain, collector } = stream;
      if (!replaced.has(stream)) silent_streams.push({ address, observation_domain, collector });
    }
  }
  return { silent_exporters, silence_severity, silent_streams };
}

/**
 * Those of the silent parts of an address that other parts of it replaced. Domains are easily forged:
 * of thousands, each is looked at a few times.
 */
function replacedOf(silent: readonly Stream[], parts: readonly Stream[]): Set<Stream> {
  const begun = parts.toSorted((a, b) => a.first_seen_ms - b.first_seen_ms);
  // The first that is free from a place on: of one that is taken, a later one.
  const free = Uint32Array.from({ length: begun.length + 1 }, (_, at) => at);
  const replaced = new Set<Stream>();
  // Who ended first takes the first that will do: so as many as can be have one.
  for (const stream of silent.toSorted((a, b) => a.last_seen_ms - b.last_seen_ms)) {
    let at = firstFree(free, firstThat(begun, (part) => beganAfter(part, stream)));
    // It is no other part.
    if (begun[at] === stream) at = firstFree(free, at + 1);
    if (at === begun.length || begun[at].first_seen_ms - stream.last_seen_ms > SILENT_AFTER_MS) {
      continue;
    }
    free[at] = at + 1;
    replaced.add(stream);
  }
  return replaced;
}

/**
 * Whether a part began about when another ended, or later: nearer to its end than to its begin, so not
 * beside it.
 */
function beganAfter(part: Stream, ended: Stream): boolean {
  const sinceBegin = part.first_seen_ms - ended.first_seen_ms;
  const sinceEnd = part.first_seen_ms - ended.last_seen_ms;
  return sinceEnd >= -SILENT_AFTER_MS && sinceBegin > -sinceEnd;
}

/** Place of the first part that passes a test, which all behind it pass too; their number for none. */
function firstThat(parts: readonly Stream[], test: (part: Stream) => boolean): number {
  let low = 0;
  let high = parts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (test(parts[middle])) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The first free place from one on; those on the way are led there, so that the next goes at once. */
function firstFree(free: Uint32Array, from: number): number {
  let at = from;
  while (free[at] !== at) at = free[at] = free[free[at]];
  return at;
}
