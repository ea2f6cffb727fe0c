import { type Finding } from "../finding.ts";
import type { Monitor } from "../monitor.ts";
import type { MonitorView } from "../monitor_view.ts";
import { isGroupAddress } from "./attempts.ts";
import { grade } from "./grade.ts";
import { SEEN } from "../picture/host_ids.ts";

/** An outside host is worth a line when it has this share of the window's traffic. */
const OUTSIDE_SHARE = 0.05;
/** One's own is worth a warning when it has this share. */
const INSIDE_SHARE = 0.01;
/** Most hosts named; the rest is counted. */
const MAX_NAMED = 50;
/** The time before is as long as the window at least. */
const LEAST_COVER = 1;

/** Hosts that have traffic in the window and had none in the time before it. */
export const newTalkers: Monitor = {
  type: "new_talkers",
  parts: [],
  looksBack: true,
  evaluate: findNewTalkers,
};

function findNewTalkers(view: MonitorView): Finding[] {
  const { hosts, bins, coveredFrom } = view.picture;
  const { reference } = bins;
  const from = Math.max(reference.fromMs, coveredFrom.get(reference) ?? Infinity);
  const cover = (reference.toMs - from) / view.windowMs;
  if (!(cover >= LEAST_COVER)) {
    view.notes.add(
      "Memory does not reach back a whole window before the one asked about: which hosts are new " +
        "is not known.",
    );
    return [];
  }
  const { all, usual } = newcomers(view);
  const total = hosts.bytes.subarray(0, hosts.count).reduce((sum, octets) => sum + octets, 0) / 2;
  const named = all.filter(({ host, internal }) =>
    internal || hosts.bytes[host] >= total * OUTSIDE_SHARE
  ).sort((a, b) => hosts.bytes[b.host] - hosts.bytes[a.host]);
  if (named.length > MAX_NAMED) {
    view.notes.add(
      `${named.length - MAX_NAMED} further new hosts, with less traffic, are left out.`,
    );
  }
  const inside = all.filter(({ internal }) => internal).length;
  return named.slice(0, MAX_NAMED).map(({ host, internal }) =>
    describe(view, host, { internal, cover, total, usual, inside })
  );
}

/** Hosts that are new, and how many of one's own came new in the second half of the time before. */
function newcomers(view: MonitorView) {
  const { hosts } = view.picture;
  const all: { host: number; internal: boolean }[] = [];
  let usual = 0;
  for (let host = 0; host < hosts.count; host++) {
    const seen = hosts.seen[host];
    if (seen === SEEN.LATE || seen === (SEEN.LATE | SEEN.WINDOW)) {
      if (view.isInternal(host)) usual++;
    } else if (seen === SEEN.WINDOW && hosts.bytes[host] > 0) {
      if (isGroupAddress(hosts.words(host))) continue;
      all.push({ host, internal: view.isInternal(host) });
    }
  }
  return { all, usual };
}

function describe(
  view: MonitorView,
  host: number,
  { internal, cover, total, usual, inside }: {
    internal: boolean;
    cover: number;
    total: number;
    usual: number;
    inside: number;
  },
): Finding {
  const { hosts } = view.picture;
  const address = hosts.address(host);
  const share = hosts.bytes[host] / Math.max(1, total);
  const graded = grade(0.9, [
    [!internal, 0.5, "addresses outside come and go"],
    [
      internal && usual >= inside,
      0.6,
      `${usual} hosts came new in the half of the time before, so newcomers are usual here`,
    ],
    [cover < 2, 0.8, "the time before is hardly longer than the window"],
  ]);
  return {
    type: "new_talkers",
    severity: internal && share >= INSIDE_SHARE && graded.confidence >= 0.5 ? "warning" : "info",
    subject: { kind: "host", name: address, hosts: [address] },
    summary: `${address} was not heard of in the ${Math.round(cover * view.windowMs / 60_000)} ` +
      `minutes before, and has ${Math.round(hosts.bytes[host])} octets in the window.`,
    numbers: {
      octets: hosts.bytes[host],
      share_of_traffic: Math.round(share * 1000) / 1000,
      compared_windows: Math.round(cover * 10) / 10,
    },
    first_seen_ms: hosts.first[host],
    last_seen_ms: hosts.last[host],
    told_at_ms: hosts.first[host],
    evidence: view.evidence(`host ${address}`, { group_by: ["src_addr", "dst_addr", "service"] }),
    method: "hosts of the window less those of the time before it",
    confidence: graded.confidence,
    confidence_because: `compared with ${Math.round(cover * 10) / 10} windows; ${graded.because}`,
    benign_explanations: [
      "a device that was switched on, a guest, or an address newly leased",
      "a host that speaks seldom",
    ],
  };
}
