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
/** Least SYNs, and least share of half-open connections: a half-open one is normal. */
const LEAST_SYNS = 100;
const LEAST_SHARE = 0.7;
/** SYNs a client repeats before it gives up: more than one a flow is a client that means it. */
const RETRIES = 2;
const LOUD_PER_SECOND = 100;

/** A service, and what its connections came to. */
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
  const conversations = view.picture.conversations!;
  const starts = conversations.starts!;
  const { fromMs, toMs } = view.context.window;
  const binMs = Math.max(SHORTEST_BIN_MS, (toMs - fromMs) / BINS);
  const bins = Math.ceil((toMs - fromMs) / binMs) + 1;
  const series = new Map([...targets.keys()].map((id) => [id, new Float64Array(bins)]));
  for (let i = 0; i < starts.count; i++) {
    const syns = starts.synPackets[i];
    if (syns === 0) continue;
    const found = series.get(ids[starts.conversation[i]]);
    if (found === undefined) continue;
    const bin = Math.floor((starts.time[i] - fromMs) / binMs);
    found[Math.min(bins - 1, Math.max(0, bin))] += syns;
  }
  return [...targets].flatMap(([id, target]) => {
    const usual = target.completed / bins + FLOOR * Math.min(1, binMs / 1000);
    const told = crossing(series.get(id)!, usual);
    if (told === null) return [];
    return [describe(view, target, {
      fromMs: fromMs + told.first * binMs,
      toldMs: Math.min(toMs, fromMs + (told.at + 1) * binMs),
      toMs: Math.min(toMs, fromMs + (told.last + 1) * binMs),
      peak: told.peak / (binMs / 1000),
    })];
  });
}

/** Services with enough half-open connections, and the service of each conversation. */
function suspects(view: MonitorView): { ids: Int32Array; targets: Map<number, Target> } {
  const conversations = view.picture.conversations!;
  const { cells } = conversations;
  const table = new GroupTable(2, MAX_CONVERSATIONS);
  const ids = new Int32Array(conversations.count).fill(-1);
  const sums = new Map<
    "syns" | "synFlows" | "flows" | "sources" | "refused" | "rate",
    Float64Array
  >(
    (["syns", "synFlows", "flows", "sources", "refused", "rate"] as const)
      .map((name) => [name, new Float64Array(conversations.count)]),
  );
  const [syns, synFlows, flows, sources, refused, rate] = [...sums.values()];
  for (let id = 0; id < conversations.count; id++) {
    const { asked, protocol, port } = conversations.key(id);
    if (protocol !== 6) continue;
    const at = conversations.at(id);
    table.key[0] = asked;
    table.key[1] = port;
    const target = ids[id] = table.find();
    syns[target] += cells[at + CELL.SYN_PACKETS];
    synFlows[target] += cells[at + CELL.SYN_FLOWS];
    flows[target] += cells[at + CELL.FORWARD_FLOWS];
    if (cells[at + CELL.SYN_FLOWS] > 0) sources[target]++;
    if ((cells[at + CELL.BACK_FLAGS] & FLAG.RST) !== 0) refused[target]++;
    rate[target] = Math.max(rate[target], cells[at + CELL.SAMPLING]);
  }
  const targets = new Map<number, Target>();
  const key = new Uint32Array(2);
  for (let id = 0; id < table.idLimit; id++) {
    if (syns[id] < LEAST_SYNS || synFlows[id] < flows[id] * LEAST_SHARE) continue;
    table.readKey(id, key);
    targets.set(id, {
      host: key[0],
      port: key[1],
      syns: syns[id],
      synFlows: synFlows[id],
      completed: flows[id] - synFlows[id],
      sources: sources[id],
      refused: refused[id],
      sampled: rate[id] > 1,
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
  { fromMs, toldMs, toMs, peak }: { fromMs: number; toldMs: number; toMs: number; peak: number },
): Finding {
  const { host, port, syns, synFlows, completed, sources, refused, sampled } = target;
  const address = view.picture.hosts.address(host);
  const share = synFlows / (synFlows + completed);
  const graded = grade(0.95 * share, [
    [sampled, 0.5, "the exporter samples, so a lone SYN may be part of a whole connection"],
    [
      syns / synFlows >= RETRIES,
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
    summary: `${address} ${service} got ${Math.round(syns)} SYNs from ${sources} ` +
      `sources that led to no connection, and ${Math.round(completed)} flows that did.`,
    numbers: {
      syn_packets: syns,
      half_open_flows: synFlows,
      completed_flows: completed,
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
    confidence_because: `${Math.round(share * 100)} % of the connections stayed half open; ` +
      graded.because,
    benign_explanations: [
      "the service is down and its clients go on trying",
      "answers take another way, which no exporter sees",
    ],
  };
}
