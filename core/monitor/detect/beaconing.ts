import { CELL, type ConversationKey } from "../picture/conversations.ts";
import type { StartLog } from "../picture/start_log.ts";
import type { Finding } from "../finding.ts";
import type { Monitor } from "../monitor.ts";
import type { MonitorView } from "../monitor_view.ts";
import { grade } from "./grade.ts";
import { logBinomialTail, median, medianDeviation } from "./robust.ts";

/** Fewest check-ins that can be called regular. */
const LEAST_CHECK_INS = 8;
/** Connections that begin within this time of each other are one check-in. */
const BURST_MS = 500;
/** A gap is regular when it differs from the middle one by less than this part of it: jitter. */
const JITTER = 0.3;
/** Of gaps that come by chance (a Poisson process) so many are within the jitter of their median. */
const BY_CHANCE = Math.exp(-(1 - JITTER) * Math.LN2) - Math.exp(-(1 + JITTER) * Math.LN2);
/** How improbable the regularity must be by chance, over all conversations looked at. */
const LOG_FALSE_ALARM = Math.log(1e-3);
/** Fewer regular gaps than this are no beat, however many there are. */
const LEAST_REGULAR = 0.6;
const SHORTEST_BEAT_MS = 1000;
/** It goes on over this part of the window at least. */
const LEAST_SPAN = 0.25;
/** So many clients of a server, or servers of a client, make it the habit of a program. */
const CROWD = 5;
/** Services that beat by nature: DHCP, NTP, SNMP, syslog, HSRP, BGP, RADIUS, BFD, flow export … */
const PERIODIC = new Set([
  67,
  68,
  123,
  161,
  162,
  179,
  514,
  546,
  547,
  1812,
  1813,
  1985,
  2055,
  3784,
  4739,
  5353,
  6343,
  1900,
]);
/** Sizes that vary by less than this part of their median are alike. */
const ALIKE = 0.1;

/** A conversation with a beat. */
interface Beat {
  readonly id: number;
  readonly key: ConversationKey;
  readonly checkIns: number;
  readonly intervalMs: number;
  /** Share of gaps within the jitter. */
  readonly regular: number;
  /** Median absolute deviation of gaps and of sizes, in parts of their medians. */
  readonly gapSpread: number;
  readonly sizeSpread: number;
  readonly logChance: number;
  readonly first: number;
  readonly last: number;
  readonly toldMs: number;
}

/** A host calls another at regular intervals. */
export const beaconing: Monitor = {
  type: "beaconing",
  parts: ["conversations", "starts"],
  looksBack: false,
  evaluate: findBeacons,
};

function findBeacons(view: MonitorView): Finding[] {
  const { conversations } = view.picture;
  const starts = conversations!.starts!;
  const counts = new Int32Array(conversations!.count);
  for (let i = 0; i < starts.count; i++) counts[starts.conversation[i]]++;
  const series = byConversation(starts, counts);
  const log = LOG_FALSE_ALARM - Math.log(Math.max(1, series.size));
  const beats = [...series].flatMap(([id, { times, bytes }]) =>
    beatOf(view, { id, times, bytes, log }) ?? []
  );
  return merged(beats).map((group) => describe(view, group));
}

/** Times and sizes of the connections of each conversation that has enough of them. */
function byConversation(
  starts: StartLog,
  counts: Int32Array,
): Map<number, { times: Float64Array; bytes: Float64Array }> {
  const found = new Map<number, { times: Float64Array; bytes: Float64Array; count: number }>();
  for (let i = 0; i < starts.count; i++) {
    const id = starts.conversation[i];
    if (counts[id] < LEAST_CHECK_INS) continue;
    let one = found.get(id);
    if (one === undefined) {
      one = { times: new Float64Array(counts[id]), bytes: new Float64Array(counts[id]), count: 0 };
      found.set(id, one);
    }
    one.times[one.count] = starts.time[i];
    one.bytes[one.count++] = starts.bytes[i];
  }
  return found;
}

function beatOf(
  view: MonitorView,
  { id, times, bytes, log }: { id: number; times: Float64Array; bytes: Float64Array; log: number },
): Beat | null {
  const checkIns = distinctMoments(times);
  if (checkIns.length < LEAST_CHECK_INS) return null;
  const gaps = checkIns.subarray(1).map((time, i) => time - checkIns[i]);
  const interval = median(gaps);
  const first = checkIns[0];
  const last = checkIns[checkIns.length - 1];
  if (interval < SHORTEST_BEAT_MS || last - first < view.windowMs * LEAST_SPAN) return null;
  const isRegular = (gap: number) => Math.abs(gap - interval) <= interval * JITTER;
  const hits = gaps.filter(isRegular).length;
  // The median is one of the gaps, so one of them is regular for certain.
  const logChance = logBinomialTail(hits - 1, gaps.length - 1, BY_CHANCE);
  if (logChance > log || hits < gaps.length * LEAST_REGULAR) return null;
  const size = median(bytes);
  return {
    id,
    key: view.picture.conversations!.key(id),
    checkIns: checkIns.length,
    intervalMs: interval,
    regular: hits / gaps.length,
    gapSpread: medianDeviation(gaps, interval) / interval,
    sizeSpread: size > 0 ? medianDeviation(bytes, size) / size : 0,
    logChance,
    first,
    last,
    toldMs: checkIns[enough({ gaps, isRegular, log })],
  };
}

/** Moments in order, those that are close together taken as one. */
function distinctMoments(times: Float64Array): Float64Array {
  const sorted = times.slice().sort();
  let count = 0;
  for (const time of sorted) {
    if (count === 0 || time - sorted[count - 1] >= BURST_MS) sorted[count++] = time;
  }
  return sorted.subarray(0, count);
}

/** Number of the check-in at which chance was ruled out. */
function enough(
  { gaps, isRegular, log }: {
    gaps: Float64Array;
    isRegular: (gap: number) => boolean;
    log: number;
  },
): number {
  let hits = 0;
  for (let i = 0; i < gaps.length; i++) {
    if (isRegular(gaps[i])) hits++;
    if (i + 2 < LEAST_CHECK_INS) continue;
    if (logBinomialTail(hits - 1, i, BY_CHANCE) <= log) return i + 1;
  }
  return gaps.length;
}

/** Beats that are one: of a client that polls many servers, or of many clients of one server. */
function merged(beats: readonly Beat[]): Beat[][] {
  const crowds = (of: (beat: Beat) => string) =>
    Map.groupBy(beats, of).values().filter((group) => group.length >= CROWD).toArray();
  const polls = crowds(({ key }) => `${key.asker} ${key.protocol} ${key.port}`);
  const rest = beats.filter((beat) => !polls.some((group) => group.includes(beat)));
  const byServer = Map.groupBy(rest, ({ key }) => `${key.asked} ${key.protocol} ${key.port}`);
  const servers = [...byServer.values()].flatMap((group) =>
    group.length >= CROWD ? [group] : group.map((beat) => [beat])
  );
  return [...polls, ...servers];
}

function describe(view: MonitorView, group: readonly Beat[]): Finding {
  const { hosts, conversations } = view.picture;
  const beat = group.reduce((best, one) => one.logChance < best.logChance ? one : best);
  const { asker, asked, protocol, port } = beat.key;
  const [from, to] = [hosts.address(asker), hosts.address(asked)];
  const polls = group.length > 1 && group.every(({ key }) => key.asker === asker);
  const crowd = group.length > 1 && !polls;
  const sampled = conversations!.cells[conversations!.at(beat.id) + CELL.SAMPLING] > 1;
  const alike = Math.max(0, 1 - beat.sizeSpread / ALIKE);
  const graded = grade(0.55 + 0.3 * beat.regular * (1 - beat.gapSpread) + 0.14 * alike, [
    [view.isInternal(asked), 0.4, "the other side is one's own"],
    [PERIODIC.has(port), 0.25, "the service is one that calls regularly by nature"],
    [polls, 0.4, `it calls ${group.length} hosts likewise, as monitoring does`],
    [crowd, 0.4, `${group.length} hosts do the same, as a program in wide use does`],
    [view.isKnownScanner(asker), 0.1, "the source is configured as a known scanner"],
    [sampled, 0.6, "the exporter samples, so not every connection is seen"],
  ]);
  const service = view.service(protocol, port);
  return {
    type: "beaconing",
    severity: graded.confidence >= 0.5 ? "warning" : "info",
    subject: {
      kind: "conversation",
      name: `${from} > ${to} ${service}`,
      hosts: [
        ...new Set([
          from,
          to,
          ...group.map(({ key }) => hosts.address(polls ? key.asked : key.asker)),
        ]),
      ].slice(0, 8),
    },
    summary:
      `${from} calls ${to} ${service} every ${duration(beat.intervalMs)}, ${beat.checkIns} ` +
      `times${polls ? `, and ${group.length - 1} other hosts likewise` : ""}${
        crowd ? `, and so do ${group.length - 1} other hosts` : ""
      }.`,
    numbers: {
      check_ins: beat.checkIns,
      interval_seconds: Math.round(beat.intervalMs) / 1000,
      regular_share: round(beat.regular),
      interval_spread: round(beat.gapSpread),
      size_spread: round(beat.sizeSpread),
      conversations: group.length,
    },
    first_seen_ms: beat.first,
    last_seen_ms: beat.last,
    told_at_ms: beat.toldMs,
    evidence: view.records(
      `src host ${from} and dst host ${to} and ${view.serviceFilter(protocol, port)}`,
      ["start_at", "src_addr", "src_port", "dst_addr", "dst_port", "bytes"],
    ),
    method: `share of gaps within ${JITTER * 100} % of the median gap against that of a Poisson ` +
      "process (binomial tail); median absolute deviations of gaps and sizes",
    confidence: graded.confidence,
    confidence_because: `${Math.round(beat.regular * 100)} % of ${beat.checkIns - 1} gaps are ` +
      `within the jitter, by chance it would be ${
        Math.round(BY_CHANCE * 100)
      } %; ${graded.because}`,
    benign_explanations: [
      "a program that polls: mail, chat, telemetry, updates, a page that reloads",
      "monitoring and health checks",
    ],
  };
}

function duration(ms: number): string {
  return ms < 120_000 ? `${Math.round(ms / 100) / 10} s` : `${Math.round(ms / 6000) / 10} min`;
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
