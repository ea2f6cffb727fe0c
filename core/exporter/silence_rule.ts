/** An exporter that was heard, and has not been for so long, is silent. */
export const SILENT_AFTER_MS = 120_000;
/**
 * Who exports when a collector begins to listen is heard within so long: devices tell of flows that
 * last every 1 to 5 minutes, and of others within 15 seconds of their end.
 */
export const HEARD_WITHIN_MS = 300_000;

/** When an exporter was heard by the collectors of this process, Unix milliseconds. */
export interface HeardTimes {
  readonly first_seen_ms: number;
  readonly last_seen_ms: number;
  /** Since when it could have been heard: its last sign, or that of listening anew behind that. */
  readonly unheard_since_ms: number;
  /** When the first of the collectors that heard it began to listen. */
  readonly listened_from_ms: number;
}

/** Of what was heard of an exporter in parts, when it was heard at all. */
export function heardTimes(parts: readonly HeardTimes[]): HeardTimes {
  return {
    first_seen_ms: Math.min(...parts.map(({ first_seen_ms }) => first_seen_ms)),
    last_seen_ms: Math.max(...parts.map(({ last_seen_ms }) => last_seen_ms)),
    unheard_since_ms: Math.max(...parts.map(({ unheard_since_ms }) => unheard_since_ms)),
    listened_from_ms: Math.min(...parts.map(({ listened_from_ms }) => listened_from_ms)),
  };
}

/**
 * How grave it is that an exporter is silent, whoever tells of it: trust, advice, anomalies, diagnoses.
 * What it saw is missing from every answer, as with loss. Who came new and was heard for less time than
 * it is silent has left, like a test: that is good to know. Who was there from the beginning is not
 * known to be new.
 *
 * It stands on nothing but what collectors count, which is the same for every tool and window; flows
 * reach back as far as a tool reads.
 *
 * @param heard null where only flows tell of it: of an earlier process, or others sent for it
 * @param silentMs for how long it could have been heard since its last sign
 */
export function silenceSeverity(heard: HeardTimes | null, silentMs: number): "info" | "warning" {
  if (silentMs < SILENT_AFTER_MS) return "info";
  if (heard === null) return "warning";
  const { first_seen_ms, last_seen_ms, listened_from_ms } = heard;
  const cameNew = first_seen_ms - listened_from_ms > HEARD_WITHIN_MS;
  return cameNew && last_seen_ms - first_seen_ms < silentMs ? "info" : "warning";
}

/**
 * How grave it is that nothing was heard yet, of one exporter or of any: at first one has to wait.
 *
 * @param listenedMs how long collectors have listened
 */
export function absenceSeverity(listenedMs: number): "info" | "warning" | "critical" {
  if (listenedMs < SILENT_AFTER_MS) return "info";
  return listenedMs < HEARD_WITHIN_MS ? "warning" : "critical";
}
