import { silenceSeverity, SILENT_AFTER_MS } from "../../exporter/silence_rule.ts";
import { formatTime } from "../../flow/record_reader.ts";
import type { Finding } from "../finding.ts";
import type { Monitor } from "../monitor.ts";
import type { MonitorView } from "../monitor_view.ts";
import type { ExporterArrivals } from "../picture/exporter_gaps.ts";
import { grade } from "./grade.ts";

/** Bursts of arrivals, and time between the first and the last, that are wanted to know its habit. */
const LEAST_MOMENTS = 5;
const LEAST_HEARD_MS = 60_000;
/** Silence beyond so many times the longest gap so far, and the mean gap, is not usual. */
const LONGEST_GAPS = 3;
const MEAN_GAPS = 10;
const SHORTEST_SILENCE_MS = 10_000;

/**
 * An exporter was heard, and is not any more: longer than is usual for it. Time in which nobody listened
 * is neither silence nor a gap.
 */
export const exporterSilent: Monitor = {
  type: "exporter_silent",
  parts: [],
  looksBack: true,
  evaluate: (view) =>
    view.picture.exporters.all.flatMap((exporter) => describe(view, exporter) ?? []),
};

function describe(view: MonitorView, exporter: ExporterArrivals): Finding | null {
  const { address, capability, before, within } = exporter;
  const { exporters, bins } = view.picture;
  const listened = (fromMs: number, toMs: number) =>
    exporters.listening.between(capability, fromMs, toMs);
  const moments = before.moments + within.moments;
  if (moments < LEAST_MOMENTS) return null;
  const { toMs } = view.context.window;
  const firstMs = Math.min(before.firstMs, within.firstMs);
  const lastMs = Math.max(before.lastMs, within.lastMs);
  const heardFor = listened(firstMs, lastMs);
  if (heardFor < LEAST_HEARD_MS) return null;
  const between = before.moments > 0 && within.moments > 0
    ? listened(before.lastMs, within.firstMs)
    : 0;
  const longest = Math.max(before.longestGapMs, within.longestGapMs, between);
  const mean = heardFor / (moments - 1);
  const usual = Math.max(SHORTEST_SILENCE_MS, longest * LONGEST_GAPS, mean * MEAN_GAPS);
  const silence = listened(lastMs, toMs);
  if (silence <= usual) return null;
  const toldMs = Math.max(lastMs, toMs - (silence - usual));
  const heard = view.context.heard.get(address) ?? null;
  const silentMs = listened(Math.max(lastMs, heard?.last_seen_ms ?? lastMs), toMs);
  const stillHeard = heard !== null && heard.last_seen_ms > toldMs && silentMs < SILENT_AFTER_MS;
  const others = exporters.all.some((one) =>
    one.address !== address && Math.max(one.before.lastMs, one.within.lastMs) > toldMs
  );
  const unheard = toMs - lastMs - silence;
  const isNew = firstMs - bins.reference.fromMs > usual;
  const graded = grade(0.95 - 0.35 * usual / silence, [
    [!others, 0.7, "no other exporter was heard since, so collection itself may have stood still"],
    [stillHeard, 0.7, "it still sends datagrams, but no flows"],
    [
      isNew && silence > heardFor,
      0.5,
      "it came new, and was heard for less time than it has been silent",
    ],
    [moments < LEAST_MOMENTS * 4, 0.8, "it was not heard often enough to know its habit well"],
    [
      view.context.filter !== "",
      0.6,
      "only traffic of the filter counts, and that may have ended",
    ],
  ]);
  return {
    type: "exporter_silent",
    // Who sends nothing at all for so long is silent, however sure one is of its habit; before that
    // it is waited for where somebody listens anew.
    severity: !stillHeard && (silentMs >= SILENT_AFTER_MS || unheard > 0)
      ? silenceSeverity(heard, silentMs)
      : graded.confidence >= 0.5
      ? "warning"
      : "info",
    subject: { kind: "exporter", name: address, hosts: [address] },
    summary: `${address} has sent no flows for ${seconds(silence)} s${
      unheard > 0 ? ` (and for ${seconds(unheard)} s more nobody listened)` : ""
    }; its longest gap before was ${seconds(longest)} s.`,
    numbers: {
      silent_seconds: seconds(silence),
      longest_gap_seconds: seconds(longest),
      mean_gap_seconds: seconds(mean),
      arrivals: moments,
    },
    first_seen_ms: lastMs,
    last_seen_ms: toMs,
    told_at_ms: toldMs,
    evidence: {
      tool: "query_flows",
      arguments: {
        time_range: `${formatTime(firstMs)}/${formatTime(toMs)}`,
        filter: `exporter ${address}`,
        metrics: ["flows"],
        bucket_seconds: Math.max(1, Math.ceil((toMs - firstMs) / 1000 / 60)),
      },
    },
    method:
      "time since its last flows, as far as a collector listened, against its own longest and mean gap between arrivals",
    confidence: graded.confidence,
    confidence_because: `the silence is ${Math.round(silence / Math.max(1, longest) * 10) / 10} ` +
      `times its longest gap; ${graded.because}`,
    benign_explanations: [
      "the device is being serviced, or its export was reconfigured",
      "there is no traffic to export (at night, a standby link)",
    ],
  };
}

function seconds(ms: number): number {
  return Math.round(ms / 100) / 10;
}
