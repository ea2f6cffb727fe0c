import { countOf } from "../../count_of.ts";
import { GroupTable } from "../../query/group_table.ts";
import { CELL, MAX_CONVERSATIONS } from "../picture/conversations.ts";
import { FLAG } from "../picture/serving_side.ts";
import type { Finding } from "../finding.ts";
import type { Monitor } from "../monitor.ts";
import type { MonitorView } from "../monitor_view.ts";
import { grade } from "./grade.ts";

/** Bins of the sum: a flood shows within a fraction of the window. */
const BINS = 60;
const SHORTEST_BIN_MS = 1000;
/** Half-open connections a bin that are nothing, however quiet the service is. */
const FLOOR = 20;
/** Drift and threshold of the cumulative sum, in units of the service's usual connections a bin. */
const DRIFT = 0.5;
const THRESHOLD = 3;
/** Least SYNs, and least share of half-open connections while it goes on: a half-open one is normal. */
const LEAST_SYNS = 100;
const LEAST_SHARE = 0.5;
/** Of sampled traffic so many records of SYNs are wanted. */
const LEAST_SAMPLES = 20;
/** SYNs a client repeats before it gives up: more than one a flow is a client that means it. */
const RETRIES = 2;
/** Exporters that sample, and the others: what the ones count is no measure for the others. */
const KINDS = 2;
const LOUD_PER_SECOND = 100;

/** Sums of a service, side by side. */
const SUM = {
  SYNS: 0,
  SYN_FLOWS: 1,
  FLOWS: 2,
  PACKETS: 3,
  SOURCES: 4,
  REFUSED: 5,
} as const;
const SUMS = 6;

/** A service as exporters that sample show it, or as the others do, and what its connections came to. */
interface Target {
  readonly host: number;
  readonly port: number;
  readonly syns: number;
  readonly synFlows: number;
  readonly completed: number;
  readonly sources: number;
  readonly refused: number;
  readonly sampled: boolean;
}

/** When it went on, and how strong it was. */
interface Excursion {
  readonly fromMs: number;
  readonly toldMs: number;
  readonly toMs: number;
  /** SYNs a second in the worst bin. */
  readonly peak: number;
  /** Half-open connections of all that began while it went on. */
  readonly share: number;
}

/**
 * A service gets SYNs that lead to nothing, far more than its usual connections: the cumulative sum
 * of the excess (non-parametric CUSUM, after Wang, Zhang, Shin: "Detecting SYN Flooding Attacks",
 * INFOCOM 2002) crosses its threshold.
 */
export const synFlood: Monitor = {
  type: "syn_flood",
  parts: ["conversations", "starts"],
  looksBack: false,
  evaluate: findFloods,
};

function findFloods(view: MonitorView): Finding[] {
  const { ids, targets } = suspects(view);
  if (targets.size === 0) return [];
  const starts = view.picture.conversations!.starts!;
  const { fromMs, toMs } = view.context.window;
  const binMs = Math.max(SHORTEST_BIN_MS, (toMs - fromMs) / BINS);
  const bins = Math.ceil((toMs - fromMs) / binMs) + 1;
  const series = new Map([...targets.keys()].map((id) => [id, {
    syns: new Float64Array(bins),
    half: new Float64Array(bins),
    whole: new Float64Array(bins),
  }]));
  for (let i = 0; i < starts.count; i++) {
    const found = series.get(ids[starts.conversation[i] * KINDS + starts.sampled[i]]);
    if (found === undefined) continue;
    const bin = Math.min(bins - 1, Math.max(0, Math.floor((starts.time[i] - fromMs) / binMs)));
    found.syns[bin] += starts.synPackets[i];
    (starts.synPackets[i] > 0 ? found.half : found.whole)[bin]++;
  }
  const found = new Map<string, Finding>();
  for (const [id, target] of targets) {
    const { syns, half, whole } = series.get(id)!;
    const usual = target.completed / bins + FLOOR * Math.min(1, binMs / 1000);
    const told = crossing(syns, usual);
    if (told === null) continue;
    const within = (counts: Float64Array) =>
      counts.subarray(told.first, told.last + 1).reduce((a, b) => a + b, 0);
    // Of sampled connections those that began do not show; there packets tell.
    const share = target.sampled
      ? target.syns / (target.syns + target.completed)
      : within(half) / (within(half) + within(whole));
    if (share < LEAST_SHARE) continue;
    const finding = describe(view, target, {
      fromMs: fromMs + told.first * binMs,
      toldMs: Math.min(toMs, fromMs + (told.at + 1) * binMs),
      toMs: Math.min(toMs, fromMs + (told.last + 1) * binMs),
      peak: told.peak / (binMs / 1000),
      share,
    });
    // Both kinds may see the same flood: the surer of them tells of it.
    const other = found.get(finding.subject.name);
    if (other === undefined || other.confidence < finding.confidence) {
      found.set(finding.subject.name, finding);
    }
  }
  return [...found.values()];
}

/** Services with enough half-open connections, and the target by conversation and kind of exporter. */
function suspects(view: MonitorView): { ids: Int32Array; targets: Map<number, Target> } {
  const conversations = view.picture.conversations!;
  const { cells, count } = conversations;
  const kinds = conversations.sampledRows > 0 ? KINDS : 1;
  const table = new GroupTable(3, MAX_CONVERSATIONS * KINDS);
  const ids = new Int32Array(count * KINDS).fill(-1);
  const sums = new Float64Array(count * kinds * SUMS);
  for (let id = 0; id < count; id++) {
    if (conversations.protocol(id) !== 6) continue;
    for (let kind = 0; kind < kinds; kind++) {
      const sampled = kind === 1;
      const flows = conversations.amount(id, CELL.FORWARD_FLOWS, sampled);
      if (flows === 0) continue;
      table.key[0] = conversations.asked(id);
      table.key[1] = conversations.port(id);
      table.key[2] = kind;
      const target = ids[id * KINDS + kind] = table.find();
      const sum = target * SUMS;
      const synFlows = conversations.amount(id, CELL.SYN_FLOWS, sampled);
      sums[sum + SUM.SYNS] += conversations.amount(id, CELL.SYN_PACKETS, sampled);
      sums[sum + SUM.SYN_FLOWS] += synFlows;
      sums[sum + SUM.FLOWS] += flows;
      sums[sum + SUM.PACKETS] += conversations.amount(id, CELL.FORWARD_PACKETS, sampled);
      if (synFlows === 0) continue;
      sums[sum + SUM.SOURCES]++;
      const refused = (cells[conversations.at(id) + CELL.BACK_FLAGS] & FLAG.RST) !== 0;
      if (refused) sums[sum + SUM.REFUSED]++;
    }
  }
  const targets = new Map<number, Target>();
  const key = new Uint32Array(3);
  for (let id = 0; id < table.idLimit; id++) {
    const of = (sum: number) => sums[id * SUMS + sum];
    table.readKey(id, key);
    const sampled = key[2] === 1;
    if (of(SUM.SYNS) < LEAST_SYNS || sampled && of(SUM.SYN_FLOWS) < LEAST_SAMPLES) continue;
    targets.set(id, {
      host: key[0],
      port: key[1],
      syns: of(SUM.SYNS),
      synFlows: of(SUM.SYN_FLOWS),
      // A connection has a few packets, of which sampling takes one, the SYN like another.
      completed: sampled ? of(SUM.PACKETS) - of(SUM.SYNS) : of(SUM.FLOWS) - of(SUM.SYN_FLOWS),
      sources: of(SUM.SOURCES),
      refused: of(SUM.REFUSED),
      sampled,
    });
  }
  return { ids, targets };
}

/** Where the cumulative sum of the excess crosses its threshold; null where it does not. */
function crossing(
  syns: Float64Array,
  usual: number,
): { first: number; at: number; last: number; peak: number } | null {
  let sum = 0;
  let first = -1;
  let at = -1;
  let last = -1;
  let peak = 0;
  for (let bin = 0; bin < syns.length; bin++) {
    const before = sum;
    sum = Math.max(0, sum + syns[bin] / usual - DRIFT);
    if (before === 0 && sum > 0 && at < 0) first = bin;
    if (sum > THRESHOLD && at < 0) at = bin;
    if (at >= 0 && syns[bin] > usual * DRIFT) last = bin;
    peak = Math.max(peak, syns[bin]);
  }
  return at < 0 ? null : { first, at, last: Math.max(last, at), peak };
}

function describe(
  view: MonitorView,
  target: Target,
  { fromMs, toldMs, toMs, peak, share }: Excursion,
): Finding {
  const { host, port, syns, synFlows, completed, sources, refused, sampled } = target;
  const address = view.picture.hosts.address(host);
  const graded = grade(0.95 * share, [
    [sampled, 0.7, "the exporter samples, so a lone SYN may be part of a whole connection"],
    [
      !sampled && syns / synFlows >= RETRIES,
      0.5,
      "the SYNs are repeated as ordinary clients do whose server is away",
    ],
    [refused > sources / 2, 0.6, "most are answered by a reset: nobody listens there"],
  ]);
  const service = view.service(6, port);
  return {
    type: "syn_flood",
    severity: graded.confidence < 0.4
      ? "info"
      : graded.confidence >= 0.6 && peak >= LOUD_PER_SECOND
      ? "critical"
      : "warning",
    subject: { kind: "service", name: `${address} ${service}`, hosts: [address] },
    summary: `${address} ${service} got ${countOf(Math.round(syns), "SYN")} from ` +
      `${countOf(sources, "source")} that led to no connection, and ${Math.round(completed)} ${
        sampled ? "other packets" : "flows that did"
      }.`,
    numbers: {
      syn_packets: syns,
      half_open_flows: synFlows,
      ...(sampled ? { other_packets: completed } : { completed_flows: completed }),
      sources,
      half_open_share: Math.round(share * 1000) / 1000,
      peak_syns_per_second: Math.round(peak * 10) / 10,
    },
    first_seen_ms: fromMs,
    last_seen_ms: toMs,
    told_at_ms: toldMs,
    evidence: view.evidence(`dst host ${address} and proto tcp and dst port ${port}`, {
      group_by: ["tcp_flags"],
      metrics: ["flows", "packets", "distinct(src_addr)"],
    }),
    method: "cumulative sum of SYNs without ACK over the service's usual connections (CUSUM, " +
      "after Wang et al. 2002)",
    confidence: graded.confidence,
    confidence_because:
      `${Math.round(share * 100)} % of the ${
        sampled ? "packets are lone SYNs" : "connections stayed half open meanwhile"
      }; ` +
      graded.because,
    benign_explanations: [
      "the service is down and its clients go on trying",
      "answers take another way, which no exporter sees",
    ],
  };
}
