import { countOf } from "../../count_of.ts";
import type { ConversationKey } from "../picture/conversations.ts";
import type { Finding } from "../finding.ts";
import type { Monitor } from "../monitor.ts";
import type { MonitorView } from "../monitor_view.ts";
import { type Beat, BY_CHANCE, findBeats, JITTER, toldAt } from "./beats.ts";
import { grade } from "./grade.ts";

/** So many clients of a server, or servers of a client, make it the habit of a program. */
const CROWD = 5;
/** Services that beat by nature: BGP and syslog of TCP. */
const PERIODIC_TCP: ReadonlySet<number> = new Set([179, 514]);
// deno-fmt-ignore: a list of numbers.
/** Of UDP: DHCP, NTP, SNMP, syslog, RADIUS, SSDP, HSRP, flow export, BFD, mDNS … */
const PERIODIC_UDP: ReadonlySet<number> = new Set([
  67, 68, 123, 161, 162, 514, 546, 547, 1812, 1813, 1900, 1985, 2055, 3784, 4739, 5353, 6343,
]);
/** Sizes that vary by less than this part of their median are alike. */
const ALIKE = 0.1;

/** Hints told, and services that one of them names; the rest is counted. */
const MAX_HINTS = 5;
const MAX_NAMED = 5;

/** Beats that are told of as one. */
interface Group {
  readonly beats: readonly Beat[];
  /** One client of many servers, many clients of one server, hosts that call each other, or one pair. */
  readonly shape: "polls" | "crowd" | "mesh" | "single";
}

/** A host calls another at regular intervals. */
export const beaconing: Monitor = {
  type: "beaconing",
  parts: ["conversations", "starts"],
  looksBack: false,
  evaluate: findBeacons,
};

function findBeacons(view: MonitorView): Finding[] {
  const { beats: all, log } = findBeats(view);
  const beats = all.filter(({ key }) =>
    !view.isExpected(key.asker, ["monitoring", "scanner"], "beaconing")
  );
  const groups = merged(beats);
  const natural = new Set(groups.filter((group) => isNatural(view, group)));
  if (natural.size > 0) {
    const services = new Set([...natural].map(({ beats: [{ key }] }) => {
      return view.service(key.protocol, key.port);
    }));
    const count = [...natural].reduce((sum, { beats }) => sum + beats.length, 0);
    view.notes.add(
      `beaconing: ${countOf(count, "conversation")} of services that call regularly by nature ` +
        `left out: ${[...services].join(", ")}.`,
    );
  }
  const told = groups.filter((group) => !natural.has(group))
    .map((group) => ({ group, finding: describe(view, { ...group, log }) }));
  const isHint = ({ finding }: (typeof told)[number]) => finding.severity === "info";
  return [
    ...told.filter((one) => !isHint(one)).map(({ finding }) => finding),
    ...hints(view, told.filter(isHint)),
  ];
}

/** Of a service that beats by nature, with one's own server or one that many use, nothing is told. */
function isNatural(view: MonitorView, { beats: [{ key }], shape }: Group): boolean {
  return isPeriodic(key) && (shape !== "single" || view.isInternal(key.asked));
}

function isPeriodic({ protocol, port }: ConversationKey): boolean {
  return (protocol === 6 ? PERIODIC_TCP : PERIODIC_UDP).has(port);
}

/** One hint for all that stays inside, and one for each service outside; largest first. */
function hints(
  view: MonitorView,
  told: readonly { group: Group; finding: Finding }[],
): Finding[] {
  const placeOf = ({ group: { beats: [{ key }] } }: (typeof told)[number]) =>
    view.isInternal(key.asked) ? "inside" : `${key.protocol}/${key.port}`;
  const services = [...Map.groupBy(told, placeOf).values()].map((all) => {
    const size = ({ group }: (typeof all)[number]) => group.beats.length;
    const conversations = all.reduce((sum, one) => sum + size(one), 0);
    const main = all.reduce((a, b) => size(b) > size(a) ? b : a);
    const others = conversations - main.group.beats.length;
    const names = new Set(all.map(({ group: { beats: [{ key }] } }) => {
      return view.service(key.protocol, key.port);
    }));
    const { finding } = main;
    return {
      ...finding,
      summary: others === 0
        ? finding.summary
        : `${finding.summary.slice(0, -1)}; as regular ${others === 1 ? "is" : "are"} ${
          countOf(others, "other conversation")
        } (${[...names].slice(0, MAX_NAMED).join(", ")}${
          names.size > MAX_NAMED ? ` and ${names.size - MAX_NAMED} more` : ""
        }).`,
      numbers: { ...finding.numbers, conversations },
    };
  }).sort((a, b) => b.numbers.conversations - a.numbers.conversations);
  if (services.length > MAX_HINTS) {
    view.notes.add(
      `beaconing: hints about ${services.length - MAX_HINTS} further services left out: ${
        services.slice(MAX_HINTS).map(({ subject }) => subject.name).slice(0, 8).join("; ")
      }.`,
    );
  }
  return services.slice(0, MAX_HINTS);
}

/** Beats that are one: of a client that polls, of the clients of a server, of hosts among themselves. */
function merged(beats: readonly Beat[]): Group[] {
  const by = (
    of: readonly Beat[],
    name: (key: ConversationKey) => string,
  ) => [...Map.groupBy(of, ({ key }) => `${name(key)} ${key.protocol} ${key.port}`).values()];
  const service = ({ protocol, port }: ConversationKey) => protocol * 65_536 + port;
  const asking = new Map<number, Set<number>>();
  const asked = new Map<number, Set<number>>();
  for (const { key } of beats) {
    addTo(asking, service(key), key.asker);
    addTo(asked, service(key), key.asked);
  }
  const take = (
    of: readonly Beat[],
    shape: Group["shape"],
    name: (key: ConversationKey) => string,
  ) => {
    const groups = by(of, name).filter(({ length }) => length >= CROWD);
    const taken = new Set(groups.flat());
    return {
      groups: groups.map((beats): Group => ({ beats, shape })),
      rest: of.filter((beat) => !taken.has(beat)),
    };
  };
  const polls = take(beats, "polls", ({ asker }) => `${asker}`);
  const crowds = take(polls.rest, "crowd", ({ asked }) => `${asked}`);
  // Who is called calls others likewise: the members of a cluster, or probes that measure a network.
  const mutual = crowds.rest.filter(({ key }) =>
    asking.get(service(key))!.has(key.asked) || asked.get(service(key))!.has(key.asker)
  );
  const meshes = take(mutual, "mesh", () => "");
  const meshed = new Set(meshes.groups.flatMap(({ beats }) => beats));
  const single = crowds.rest.filter((beat) => !meshed.has(beat))
    .map((beat): Group => ({ beats: [beat], shape: "single" }));
  return [...polls.groups, ...crowds.groups, ...meshes.groups, ...single];
}

function addTo(sets: Map<number, Set<number>>, key: number, value: number): void {
  const set = sets.get(key);
  if (set === undefined) sets.set(key, new Set([value]));
  else set.add(value);
}

function describe(view: MonitorView, { beats, shape, log }: Group & { log: number }): Finding {
  const { hosts, conversations } = view.picture;
  const beat = beats.reduce((best, one) => one.logChance < best.logChance ? one : best);
  const { asker, asked, protocol, port } = beat.key;
  const [from, to] = [hosts.address(asker), hosts.address(asked)];
  const [polls, crowd, mesh] = [shape === "polls", shape === "crowd", shape === "mesh"];
  const checkIns = beat.moments.length;
  const sampled = conversations!.onlySampled(beat.id);
  const alike = Math.max(0, 1 - beat.sizeSpread / ALIKE);
  const graded = grade(0.55 + 0.3 * beat.regular * (1 - beat.gapSpread) + 0.14 * alike, [
    [view.isInternal(asked), 0.4, "the other side is one's own"],
    [isPeriodic(beat.key), 0.25, "the service is one that calls regularly by nature"],
    [polls, 0.4, `it calls ${beats.length} hosts likewise, as monitoring does`],
    [crowd, 0.4, `${beats.length} hosts do the same, as a program in wide use does`],
    [mesh, 0.4, `${beats.length} pairs of hosts call each other likewise, as clusters do`],
    [protocol === 1 || protocol === 58, 0.4, "pings at regular intervals are what monitoring does"],
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
          ...beats.map(({ key }) => hosts.address(polls ? key.asked : key.asker)),
        ]),
      ].slice(0, 8),
    },
    summary: `${from} calls ${to} ${service} every ${duration(beat.intervalMs)}, ${
      countOf(checkIns, "time")
    }${polls ? `, and ${countOf(beats.length - 1, "other host")} likewise` : ""}${
      crowd
        ? `, and so ${beats.length === 2 ? "does" : "do"} ${
          countOf(beats.length - 1, "other host")
        }`
        : ""
    }.`,
    numbers: {
      check_ins: checkIns,
      interval_seconds: Math.round(beat.intervalMs) / 1000,
      regular_share: round(beat.regular),
      interval_spread: round(beat.gapSpread),
      size_spread: round(beat.sizeSpread),
      conversations: beats.length,
    },
    first_seen_ms: beat.moments[0],
    last_seen_ms: beat.moments[checkIns - 1],
    told_at_ms: toldAt(beat, log),
    evidence: view.records(
      `src host ${from} and dst host ${to} and ${view.serviceFilter(protocol, port)}`,
      ["start_at", "src_addr", "src_port", "dst_addr", "dst_port", "bytes"],
    ),
    method: `share of gaps within ${JITTER * 100} % of the median gap against that of a Poisson ` +
      "process (binomial tail); median absolute deviations of gaps and sizes",
    confidence: graded.confidence,
    confidence_because: `${Math.round(beat.regular * 100)} % of ${checkIns - 1} gaps are ` +
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
