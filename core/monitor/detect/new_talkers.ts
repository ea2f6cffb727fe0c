import { countOf } from "../../count_of.ts";
import { type Finding, MAX_SUBJECT_HOSTS } from "../finding.ts";
import type { Monitor } from "../monitor.ts";
import type { MonitorView } from "../monitor_view.ts";
import { isGroupAddress } from "./attempts.ts";
import { grade } from "./grade.ts";
import { SEEN, SENT } from "../picture/host_ids.ts";
import { REFERENCE_WINDOWS } from "../picture/time_bins.ts";

/** An outside host is worth a line when it has this share of the window's traffic, and so many octets. */
const OUTSIDE_SHARE = 0.05;
const OUTSIDE_OCTETS = 10_000_000;
/** One's own is worth a warning when it has this share. */
const INSIDE_SHARE = 0.01;
/** Most findings; the rest is counted. */
const MAX_FINDINGS = 20;
/** More hints than these are told of as one. */
const MAX_HINTS = 3;
/** The time before is as long as the window at least. */
const LEAST_COVER = 1;
/** Where the time before reaches back a day by itself, so much of it is to be held, windows. */
const DAY_COVER = REFERENCE_WINDOWS - 0.5;

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
      "Flows are not held for a whole window before the one asked about: which hosts are new is not " +
        "known.",
    );
    return [];
  }
  const earlierDay = bins.dayBefore === null ? cover >= DAY_COVER : coveredFrom.has(bins.dayBefore);
  const { all, usual } = newcomers(view);
  const total = hosts.bytes.subarray(0, hosts.count).reduce((sum, octets) => sum + octets, 0) / 2;
  const inside = all.filter(({ internal }) => internal).length;
  const found = all.filter(({ host, internal }) =>
    internal || hosts.bytes[host] >= Math.max(OUTSIDE_OCTETS, total * OUTSIDE_SHARE)
  ).sort((a, b) => hosts.bytes[b.host] - hosts.bytes[a.host])
    .map(({ host, internal }) =>
      describe(view, host, { internal, cover, earlierDay, total, usual, inside })
    );
  if (found.length > 0 && !earlierDay) {
    view.notes.add(
      "new_talkers: there is no earlier day to compare with, so hosts that were not heard of in " +
        "the time before are hints: one that speaks once a day would look the same.",
    );
  }
  const hints = found.filter(({ severity }) => severity === "info");
  const told = [
    ...found.filter(({ severity }) => severity !== "info"),
    ...(hints.length > MAX_HINTS ? [asOne(view, hints)] : hints),
  ];
  if (told.length > MAX_FINDINGS) {
    view.notes.add(
      `new_talkers: ${told.length - MAX_FINDINGS} further hosts, with less traffic, are left out.`,
    );
  }
  return told.slice(0, MAX_FINDINGS);
}

/** Many newcomers, none of which is worth an alarm: the one with most traffic stands for all. */
function asOne(view: MonitorView, hints: readonly Finding[]): Finding {
  const [first] = hints;
  const names = hints.flatMap(({ subject }) => subject.hosts).slice(0, MAX_SUBJECT_HOSTS);
  const sum = (of: (finding: Finding) => number) =>
    hints.reduce((total, one) => total + of(one), 0);
  const octets = sum(({ numbers }) => numbers.octets);
  return {
    ...first,
    subject: { kind: "network", name: countOf(hints.length, "new host"), hosts: names },
    summary: `Not heard of before the window: ${countOf(hints.length, "host")}, with ` +
      `${countOf(Math.round(octets), "octet")} in it; the largest are ${names.join(", ")}.`,
    numbers: {
      ...first.numbers,
      hosts: hints.length,
      octets,
      share_of_traffic: sum(({ numbers }) => numbers.share_of_traffic),
    },
    first_seen_ms: Math.min(...hints.map(({ first_seen_ms }) => first_seen_ms)),
    last_seen_ms: Math.max(...hints.map(({ last_seen_ms }) => last_seen_ms)),
    evidence: view.evidence(names.map((name) => `host ${name}`).join(" or "), {
      group_by: ["src_addr", "dst_addr", "service"],
    }),
  };
}

/** Hosts that are new, and how many of one's own came new in the second half of the time before. */
function newcomers(view: MonitorView) {
  const { hosts } = view.picture;
  const all: { host: number; internal: boolean }[] = [];
  let usual = 0;
  for (let host = 0; host < hosts.count; host++) {
    const heard = hosts.seen[host] & ((1 << SENT) - 1);
    const sent = hosts.seen[host] >> SENT;
    // Most were there all the time: whose they are need not be looked up.
    if ((heard & SEEN.EARLY) !== 0 && (sent & SEEN.EARLY) !== 0) continue;
    const internal = view.isInternal(host);
    // The world knocks at every address of one's own: one that only receives is no talker.
    const seen = internal ? sent : heard;
    if (seen === SEEN.LATE || seen === (SEEN.LATE | SEEN.WINDOW)) {
      if (internal) usual++;
    } else if (seen === SEEN.WINDOW && hosts.bytes[host] > 0) {
      if (isGroupAddress(hosts.words(host))) continue;
      all.push({ host, internal });
    }
  }
  return { all, usual };
}

function describe(
  view: MonitorView,
  host: number,
  { internal, cover, earlierDay, total, usual, inside }: {
    internal: boolean;
    cover: number;
    /** Whether what the day before showed is known. */
    earlierDay: boolean;
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
      `${
        countOf(usual, "host")
      } came new in the half of the time before, so newcomers are usual here`,
    ],
    [cover < 2, 0.8, "the time before is hardly longer than the window"],
    [
      !earlierDay,
      0.5,
      "there is no earlier day to compare with: a host that speaks once a day would look the same",
    ],
  ]);
  return {
    type: "new_talkers",
    severity: internal && share >= INSIDE_SHARE && graded.confidence >= 0.5 ? "warning" : "info",
    subject: { kind: "host", name: address, hosts: [address] },
    summary: `${address} was not heard of in the ` +
      `${countOf(Math.round(cover * view.windowMs / 60_000), "minute")} before, and has ` +
      `${countOf(Math.round(hosts.bytes[host]), "octet")} in the window.`,
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
