import { CELL } from "../picture/conversations.ts";
import type { SeriesOf } from "../picture/series.ts";
import type { AnomalyType, Finding, FindingSubject } from "../finding.ts";
import type { MonitorView } from "../monitor_view.ts";
import {
  type Baseline,
  baseline,
  type Comparison,
  comparison,
  populationMost,
} from "./baseline.ts";
import { grade } from "./grade.ts";
import { outlierScore } from "./robust.ts";

/** A spike is this many times what is usual, and this much above all that there was. */
const SPIKE_RATIO = 2;
const ABOVE_ALL = 1.5;
/** A drop is to this part of what is usual, of traffic that never went below that by itself. */
const DROP_RATIO = 0.4;
const BELOW_ALL = 0.5;
/** Traffic is steady when three quarters of its steps reach this part of the median. */
const STEADY = 0.5;
/** Changes below this part of all traffic, and below this many octets a second, matter to nobody. */
const LEAST_SHARE = 0.05;
const LEAST_RATE = 10_000;
/** Two changes of about the same size at the same time are one. */
const ALIKE = 0.5;
/** One conversation that makes up this much of a host's traffic is the change. */
const DOMINANT = 0.8;
const FAR = 10;
/** More than so many times as much sent as received is an upload. */
const UPLOAD_RATIO = 4;

/** Series that a note names. */
const NAMED = 3;

/** A series that changed. */
interface Change {
  readonly of: SeriesOf;
  readonly score: number;
  readonly value: number;
  readonly usual: Baseline;
  readonly compared: Comparison;
  /** First and last bin of the change, and the one where it is largest. */
  readonly first: number;
  readonly last: number;
  readonly peak: number;
}

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
      `${series.refused} hosts or services beyond the first ${series.of.length} were not watched ` +
        "for spikes and drops.",
    );
  }
  const seconds = series.bins.binMs / 1000;
  const all = baseline(series, 0, { compared: widest, floor: 0 });
  const floor = Math.max(LEAST_RATE * seconds, LEAST_SHARE * all.middle);
  const wanted = outlierScore(series.of.length * (widest.judgedEnd - widest.judged));
  const find = type === "traffic_spike" ? spike : drop;
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
    const usual = baseline(series, id, { compared, floor: floor / wanted });
    return find({ of, values, usual, compared, wanted, floor, others: population[of.kind] }) ?? [];
  });
  noteUnsettled(view, unsettled);
  return together(changes, mainHosts(view, changes)).map((group) => describe(view, type, group));
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

function mayMatter(
  values: Float64Array,
  { judged, judgedEnd, base, baseEnd }: Comparison,
  floor: number,
) {
  for (let bin = judged; bin < judgedEnd; bin++) if (values[bin] >= floor) return true;
  for (let bin = base; bin < baseEnd; bin++) if (values[bin] >= floor) return true;
  return false;
}

interface Judged {
  readonly of: SeriesOf;
  readonly values: Float64Array;
  readonly usual: Baseline;
  readonly compared: Comparison;
  /** Score from which on a value is no chance. */
  readonly wanted: number;
  /** Octets a bin below which nothing matters. */
  readonly floor: number;
  /** What others of its kind come to at most. */
  readonly others: number;
}

function spike({ of, values, usual, compared, wanted, floor, others }: Judged): Change | null {
  const { middle, spread, lowQuarter } = usual;
  const most = compared.itself ? middle : usual.most;
  const over = Math.max(
    middle + wanted * spread,
    middle * SPIKE_RATIO,
    most * ABOVE_ALL,
    usual.mostDayBefore * ABOVE_ALL,
    // What comes and goes is no stranger than what others of its kind do that come and go.
    lowQuarter < middle * STEADY || middle < floor ? others * ABOVE_ALL : 0,
  );
  return extent({ of, values, usual, compared }, (value) => value > over, (a, b) => a > b);
}

function drop({ of, values, usual, compared, wanted }: Judged): Change | null {
  const { middle, spread, least, lowQuarter, leastDayBefore } = usual;
  const usualLeast = compared.itself ? middle : least;
  if (lowQuarter < middle * STEADY || middle < wanted * spread / 2) return null;
  const under = Math.min(
    middle * DROP_RATIO,
    usualLeast * BELOW_ALL,
    leastDayBefore * BELOW_ALL,
    middle - spread * 3.5,
  );
  return extent({ of, values, usual, compared }, (value) => value < under, (a, b) => a < b);
}

/** From the first to the last bin that is out of the ordinary. */
function extent(
  { of, values, usual, compared }: Omit<Judged, "wanted" | "floor" | "others">,
  isOut: (value: number) => boolean,
  isFurther: (a: number, b: number) => boolean,
): Change | null {
  let first = -1;
  let last = -1;
  let peak = -1;
  for (let bin = compared.judged; bin < compared.judgedEnd; bin++) {
    if (!isOut(values[bin])) continue;
    if (first < 0) first = bin;
    last = bin;
    if (peak < 0 || isFurther(values[bin], values[peak])) peak = bin;
  }
  if (first < 0) return null;
  const value = values[peak];
  return {
    of,
    score: (value - usual.middle) / usual.spread,
    value,
    usual,
    compared,
    first,
    last,
    peak,
  };
}

/** Hosts of the largest conversation of each host and service that changed. */
function mainHosts(
  view: MonitorView,
  changes: readonly Change[],
): ReadonlyMap<SeriesOf, readonly number[]> {
  const conversations = view.picture.conversations!;
  const { cells } = conversations;
  const hosts = new Map<number, SeriesOf>();
  const services = new Map<number, SeriesOf>();
  for (const { of } of changes) {
    if (of.kind === "host") hosts.set(of.host, of);
    else if (of.kind === "service") services.set(of.protocol * 65_536 + of.port, of);
  }
  const most = new Map<SeriesOf, number>();
  const ends = new Map<SeriesOf, readonly number[]>();
  for (let id = 0; id < conversations.count && changes.length > 0; id++) {
    const { asker, asked, protocol, port } = conversations.key(id);
    const at = conversations.at(id);
    const octets = cells[at + CELL.FORWARD_BYTES] + cells[at + CELL.BACK_BYTES];
    const service = services.get(protocol * 65_536 + port);
    for (const changed of [hosts.get(asker), hosts.get(asked), service]) {
      if (changed === undefined || octets <= (most.get(changed) ?? 0)) continue;
      most.set(changed, octets);
      ends.set(changed, [asker, asked]);
    }
  }
  return ends;
}

/**
 * Changes that are one: alike in time and size, or a smaller one whose largest conversation is with
 * the host that changed more. The first of a group is the one to tell of.
 */
function together(
  changes: readonly Change[],
  ends: ReadonlyMap<SeriesOf, readonly number[]>,
): Change[][] {
  const size = ({ value, usual }: Change) => Math.abs(value - usual.middle);
  const ordered = [...changes].sort((a, b) =>
    RANK[a.of.kind] - RANK[b.of.kind] || size(b) - size(a)
  );
  const groups: Change[][] = [];
  for (const change of ordered) {
    const same = groups.find(([lead]) =>
      change.first <= lead.last && lead.first <= change.last &&
      (Math.min(size(change), size(lead)) >= ALIKE * Math.max(size(change), size(lead)) ||
        lead.of.kind === "host" && size(change) < size(lead) &&
          ends.get(change.of)?.includes(lead.of.host) === true)
    );
    if (same === undefined) groups.push([change]);
    else same.push(change);
  }
  return groups;
}

function describe(
  view: MonitorView,
  type: AnomalyType & ("traffic_spike" | "traffic_drop"),
  group: readonly Change[],
): Finding {
  const [lead] = group;
  const { compared } = lead;
  const { bins } = view.picture;
  const spiked = type === "traffic_spike";
  const seconds = bins.binMs / 1000;
  const rate = (octets: number) => octets * 8 / seconds;
  const ratio = lead.usual.middle > 0 ? lead.value / lead.usual.middle : null;
  const subject = subjectOf(view, group);
  const at = (bin: number) => bins.window.fromMs + (bin - bins.window.first) * bins.binMs;
  const graded = grade(0.9, [
    [compared.itself, 0.6, "there is too little time before the window, so it stands for itself"],
    [
      compared.dayEnd <= compared.day,
      0.8,
      "no day before is held: a job that runs at this time each day would look the same",
    ],
    ...shapeDoubts(view, lead, spiked),
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
    summary: `${subject.name} went ${spiked ? "up" : "down"} to ${bits(rate(lead.value))} from a ` +
      `usual ${bits(rate(lead.usual.middle))}${
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

/** What the shape of the traffic says against an attack. */
function shapeDoubts(
  view: MonitorView,
  { of }: Change,
  spiked: boolean,
): [boolean, number, string][] {
  if (!spiked || of.kind !== "host") return [];
  const conversations = view.picture.conversations!;
  const { cells } = conversations;
  let most = 0;
  let twoWay = false;
  let leaves = false;
  for (let id = 0; id < conversations.count; id++) {
    const { asker, asked, protocol } = conversations.key(id);
    if (asker !== of.host && asked !== of.host) continue;
    const at = conversations.at(id);
    const octets = cells[at + CELL.FORWARD_BYTES] + cells[at + CELL.BACK_BYTES];
    if (octets <= most) continue;
    most = octets;
    twoWay = cells[at + CELL.FORWARD_FLOWS] > 0 && cells[at + CELL.BACK_FLOWS] > 0 ||
      protocol === 6 && cells[at + CELL.FORWARD_PACKETS] >= 10;
    leaves = view.isInternal(asker) && !view.isInternal(asked) &&
      cells[at + CELL.FORWARD_BYTES] > cells[at + CELL.BACK_BYTES] * UPLOAD_RATIO;
  }
  // What leaves for the outside is not excused by that.
  const one = twoWay && !leaves && most >= view.picture.hosts.bytes[of.host] * DOMINANT;
  return [[one, 0.45, "one answered conversation makes it up, as a backup, a copy or a call does"]];
}

function subjectOf(view: MonitorView, group: readonly Change[]): FindingSubject {
  const { kind, name, hosts } = nameOf(view, group[0].of);
  const others = group.flatMap(({ of }) => of.kind === "host" ? nameOf(view, of).hosts : []);
  return { kind, name, hosts: [...new Set([...hosts, ...others])].slice(0, 8) };
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
