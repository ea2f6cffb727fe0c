import type { Conversations } from "../picture/conversations.ts";
import type { SeriesOf } from "../picture/series.ts";
import {
  type AnomalyType,
  type Finding,
  type FindingSubject,
  MAX_SUBJECT_HOSTS,
} from "../finding.ts";
import type { MonitorView } from "../monitor_view.ts";
import { baseline, type Comparison, comparison, populationMost } from "./baseline.ts";
import { changeDoubts } from "./change_doubts.ts";
import { type Doubts, grade } from "./grade.ts";
import { MainConversations } from "./main_conversations.ts";
import { type Change, drop, spike } from "./series_change.ts";
import { median, outlierScore } from "./robust.ts";

/** Changes below this part of all traffic, and below this many octets a second, matter to nobody. */
const LEAST_SHARE = 0.05;
const LEAST_RATE = 10_000;
/** Two changes of about the same size at the same time are one. */
const ALIKE = 0.5;
/** A host that makes up this much of a change is who changed. */
const ACTOR_SHARE = 0.6;
const FAR = 10;

/** Series that a note names. */
const NAMED = 3;

/** Who is told of when several series show one change: what a person can act on. */
const RANK: Readonly<Record<SeriesOf["kind"], number>> = {
  host: 0,
  service: 1,
  interface: 2,
  network: 3,
};

/**
 * Series of traffic whose bins in the window are far from what is usual for them.
 *
 * @param view with series
 * @param type which way
 */
export function findChanges(
  view: MonitorView,
  type: AnomalyType & ("traffic_spike" | "traffic_drop"),
): Finding[] {
  const series = view.picture.series!;
  const widest = comparison(view.picture, 0);
  if (widest === null) {
    view.notes.add("Too little of the window was collected to see spikes and drops.");
    return [];
  }
  if (series.refused > 0) {
    view.notes.add(
      `Spikes and drops were looked for in the first ${series.of.length} hosts and services alone, ` +
        `not in ${series.refused} more.`,
    );
  }
  const seconds = series.bins.binMs / 1000;
  const all = baseline(series, 0, { compared: widest, floor: 0 });
  const floor = Math.max(LEAST_RATE * seconds, LEAST_SHARE * all.middle);
  const wanted = outlierScore(series.of.length * (widest.judgedEnd - widest.judged));
  const spiked = type === "traffic_spike";
  const find = spiked ? spike : drop;
  const population = {
    network: 0,
    interface: 0,
    host: populationMost(series, { compared: widest, kind: "host", floor: floor / wanted }),
    service: populationMost(series, { compared: widest, kind: "service", floor: floor / wanted }),
  };
  const unsettled: number[] = [];
  const changes = series.of.flatMap((of, id) => {
    const values = series.series(id);
    // Most series are small: no median is needed to see that.
    if (!mayMatter(values, widest, floor)) return [];
    const compared = comparison(view.picture, series.settleMs(id));
    if (compared === null) {
      unsettled.push(id);
      return [];
    }
    const usualOver = (steps: number) =>
      baseline(series, id, { compared, floor: floor / wanted, steps });
    const usual = usualOver(1);
    return find({
      of,
      values,
      usual,
      usualOver,
      compared,
      wanted,
      floor,
      others: population[of.kind],
    }) ?? [];
  });
  noteUnsettled(view, unsettled);
  const actors = new Map(changes.map((change) => [change.of, actorOf(view, change, spiked)]));
  const main = new MainConversations(view.picture, {
    hosts: [...actors.values()],
    services: changes.flatMap(({ of }) => of.kind === "service" ? [of] : []),
  });
  const { conversations } = view.picture;
  return together(changes, { conversations: conversations!, main }).map((group) => {
    const actor = actors.get(group[0].of)!;
    const doubts = changeDoubts(view, { actor, main, spiked });
    return describe(view, type, { group, actor, doubts });
  });
}

/** Says of which series no part of the window is complete yet. */
function noteUnsettled(view: MonitorView, unsettled: readonly number[]): void {
  if (unsettled.length === 0) return;
  const series = view.picture.series!;
  const seconds = Math.max(...unsettled.map((id) => series.settleMs(id))) / 1000;
  const names = unsettled.slice(0, NAMED).map((id) => nameOf(view, series.of[id]).name);
  const more = unsettled.length - names.length;
  view.notes.add(
    `Flows of ${names.join(", ")}${more > 0 ? ` and ${more} more` : ""} are exported up to ` +
      `${Math.round(seconds)} s after they began, so that no part of the window is complete for ` +
      "them yet: ask for a longer one to see their spikes and drops.",
  );
}

/** The host whose own traffic rose or fell by most of a change; -1 for none. */
function actorOf(
  view: MonitorView,
  { of, first, last, usual, compared }: Change,
  spiked: boolean,
): number {
  if (of.kind === "host") return of.host;
  const series = view.picture.series!;
  const moved = (values: Float64Array, middle: number) => {
    let sum = 0;
    for (let bin = first; bin <= last; bin++) sum += values[bin] - middle;
    return spiked ? sum : -sum;
  };
  const numberOf = series.of.indexOf(of);
  const wanted = ACTOR_SHARE * moved(series.series(numberOf), usual.middle);
  let actor = -1;
  let most = wanted;
  series.of.forEach((other, id) => {
    if (other.kind !== "host") return;
    const values = series.series(id);
    const base = values.subarray(compared.base, compared.baseEnd);
    // Most are too small, which shows without sorting: a rise is no more than what there is then, a
    // fall no more than what was usual, and a median no more than twice the mean.
    const bound = spiked ? moved(values, 0) : 2 * mean(base) * (last + 1 - first);
    if (!(bound >= wanted)) return;
    const middle = median(base);
    const part = moved(values, middle);
    // Both ends of a conversation moved alike: one's own is told of.
    const closer = actor >= 0 && view.isInternal(other.host) && !view.isInternal(actor);
    if (part < (closer ? Math.max(wanted, most * ALIKE) : most)) return;
    most = Math.max(most, part);
    actor = other.host;
  });
  return actor;
}

function mean(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

function mayMatter(
  values: Float64Array,
  { judged, judgedEnd, base, baseEnd }: Comparison,
  floor: number,
) {
  for (let bin = judged; bin < judgedEnd; bin++) if (values[bin] >= floor) return true;
  for (let bin = base; bin < baseEnd; bin++) if (values[bin] >= floor) return true;
  return false;
}

/**
 * Changes that are one: alike in time and size, or a smaller one whose largest conversation is with
 * the host that changed more. The first of a group is the one to tell of.
 */
function together(
  changes: readonly Change[],
  { conversations, main }: { conversations: Conversations; main: MainConversations },
): Change[][] {
  const size = ({ value, usual }: Change) => Math.abs(value - usual.middle);
  const ordered = [...changes].sort((a, b) =>
    RANK[a.of.kind] - RANK[b.of.kind] || size(b) - size(a)
  );
  const takesPart = (host: number, id: number) =>
    id >= 0 && (conversations.asker(id) === host || conversations.asked(id) === host);
  const groups: Change[][] = [];
  for (const change of ordered) {
    const same = groups.find(([lead]) =>
      change.first <= lead.last && lead.first <= change.last &&
      (Math.min(size(change), size(lead)) >= ALIKE * Math.max(size(change), size(lead)) ||
        lead.of.kind === "host" && size(change) < size(lead) &&
          takesPart(lead.of.host, main.of(change.of)))
    );
    if (same === undefined) groups.push([change]);
    else same.push(change);
  }
  return groups;
}

function describe(
  view: MonitorView,
  type: AnomalyType & ("traffic_spike" | "traffic_drop"),
  { group, actor, doubts }: { group: readonly Change[]; actor: number; doubts: Doubts },
): Finding {
  const [lead] = group;
  const { compared } = lead;
  const { bins } = view.picture;
  const spiked = type === "traffic_spike";
  const seconds = bins.binMs / 1000;
  const rate = (octets: number) => octets * 8 / seconds;
  const ratio = lead.usual.middle > 0 ? lead.value / lead.usual.middle : null;
  const subject = subjectOf(view, group, actor);
  const at = (bin: number) => bins.window.fromMs + (bin - bins.window.first) * bins.binMs;
  const graded = grade(0.9, [
    [compared.itself, 0.6, "there is too little time before the window, so it stands for itself"],
    [
      compared.dayEnd <= compared.day,
      0.8,
      "no day before is held: a job that runs at this time each day would look the same",
    ],
    ...doubts,
    [lead.first === lead.last, 0.85, "it lasted no longer than one step of the series"],
  ]);
  const others = group.slice(1).map(({ of }) => nameOf(view, of).name);
  return {
    type,
    severity: graded.confidence < 0.5
      ? "info"
      : group.some(({ of }) => of.kind === "network") && (!spiked || (ratio ?? FAR) >= FAR)
      ? "critical"
      : "warning",
    subject,
    summary:
      `${subject.kind === "network" ? "All traffic" : subject.name} went ${
        spiked ? "up" : "down"
      } to ${bits(rate(lead.value))} from a ` +
      `usual ${bits(rate(lead.usual.middle))}${
        actor >= 0 && lead.of.kind !== "host"
          ? `, most of it of ${view.picture.hosts.address(actor)}`
          : ""
      }${
        others.length === 0
          ? ""
          : `; so did ${others.slice(0, 4).join(", ")}${
            others.length > 4 ? ` and ${others.length - 4} more` : ""
          }`
      }.`,
    numbers: {
      bits_per_second: Math.round(rate(lead.value)),
      usual_bits_per_second: Math.round(rate(lead.usual.middle)),
      ...(ratio === null ? {} : { times_usual: Math.round(ratio * 100) / 100 }),
      deviations: Math.round(lead.score * 10) / 10,
      compared_steps: compared.baseEnd - compared.base,
      step_seconds: seconds,
    },
    first_seen_ms: at(lead.first),
    last_seen_ms: at(lead.last + 1),
    told_at_ms: at(lead.first + 1),
    evidence: view.evidence(nameOf(view, lead.of).filter, {
      group_by: [],
      metrics: ["bps", "flows"],
      bucketSeconds: Math.max(1, Math.round(seconds)),
    }),
    method:
      "median and median absolute deviation of the steps before the window (and of the same " +
      "time of the day before, where held); flows are spread over the time that they took",
    confidence: graded.confidence,
    confidence_because:
      `${Math.abs(Math.round(lead.score))} robust deviations from the median of ` +
      `${compared.baseEnd - compared.base} steps; ${graded.because}`,
    benign_explanations: spiked
      ? ["a backup, a copy, an update or a release", "an event that many people follow"]
      : [
        "the end of a job or of the working day",
        "an exporter that went silent, or a path that moved",
      ],
  };
}

function subjectOf(view: MonitorView, group: readonly Change[], actor: number): FindingSubject {
  const { kind, name, hosts } = nameOf(view, group[0].of);
  const others = group.flatMap(({ of }) => of.kind === "host" ? nameOf(view, of).hosts : []);
  const acting = actor < 0 ? [] : [view.picture.hosts.address(actor)];
  return {
    kind,
    name,
    hosts: [...new Set([...hosts, ...acting, ...others])].slice(0, MAX_SUBJECT_HOSTS),
  };
}

function nameOf(view: MonitorView, of: SeriesOf): FindingSubject & { filter: string } {
  switch (of.kind) {
    case "network":
      return { kind: "network", name: "all traffic", hosts: [], filter: "" };
    case "host": {
      const address = view.picture.hosts.address(of.host);
      return { kind: "host", name: address, hosts: [address], filter: `host ${address}` };
    }
    case "service":
      return {
        kind: "service",
        name: view.service(of.protocol, of.port),
        hosts: [],
        filter: view.serviceFilter(of.protocol, of.port),
      };
    case "interface": {
      const exporter = view.picture.exporters.address(of.exporter);
      return {
        kind: "interface",
        name: `${exporter} interface ${of.ifIndex} ${of.direction}`,
        hosts: [],
        filter: `exporter ${exporter} and ${of.direction} if ${of.ifIndex}`,
      };
    }
  }
}

function bits(perSecond: number): string {
  const units = ["bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s"];
  const step = Math.min(4, Math.max(0, Math.floor(Math.log10(Math.max(1, perSecond)) / 3)));
  return `${Math.round(perSecond / 1000 ** step * 10) / 10} ${units[step]}`;
}
