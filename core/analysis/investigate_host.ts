import { countOf } from "../count_of.ts";
import { formatTime } from "../flow/record_reader.ts";
import { parseNetwork } from "../flow/network.ts";
import { MAX_LIMIT } from "../query/engine/flow_query.ts";
import { QueryError } from "../query/query_error.ts";
import type { Untold } from "../query/sums/untold.ts";
import type { LookForAnomalies } from "./anomaly_source.ts";
import { hostPorts } from "./host/host_ports.ts";
import { type HostService, hostServices } from "./host/host_services.ts";
import {
  allOf,
  type Analysis,
  figure,
  type Ground,
  Inquiry,
  type Scope,
  type Table,
} from "./inquiry.ts";
import { heldText } from "./held_text.ts";
import { nothingBecause } from "./nothing_told.ts";
import { bucketSeconds, rateSeries, SERIES_METRICS, SPARE_METRICS } from "./rate_series.ts";
import { doubtUnseen, leastCount } from "./traffic/unseen.ts";
import { bitRate, collectedText, listed, octets } from "./wording.ts";

export const DIRECTIONS = ["both", "source", "destination"] as const;
/** Which flows of a host are looked at: those that it sent, those that it received. */
export type HostDirection = (typeof DIRECTIONS)[number];

/** Entries of each kind. */
const LISTED = 10;
/** Services and peers that the headline names. */
const NAMED = 2;

/** Of all that a host did in one direction. */
const TOTALS = [
  ...["bytes", "packets", "flows", "first_seen", "last_seen"],
  ...["distinct(dst_port)", "distinct(src_port)", "avg(latency_ms)", "p95(latency_ms)"],
];

/** What a host sent, or received. */
interface SideItem {
  kind: "sent" | "received";
  bytes: number;
  packets: number;
  flows: number;
  /** null where only sums are kept, as those below. */
  peers: number | null;
  /** Different ports that the flows go to, and come from. */
  destination_ports: number | null;
  source_ports: number | null;
  first_seen: string | null;
  last_seen: string | null;
  avg_latency_ms: number | null;
  p95_latency_ms: number | null;
  /**
   * By the flows' own time, as those below: of a long flow only what passed within the window. null
   * where too little is known.
   */
  average_bits_per_second: number | null;
  p95_bits_per_second: number | null;
  peak_bits_per_second: number | null;
  peak_at: string | null;
  /** null where there is no significant trend. */
  slope_bits_per_second_per_minute: number | null;
}

/**
 * What is a host doing? What it sent and received and how that develops, with whom, which services
 * it uses and offers, over which ports, and the anomalies that it takes part in.
 *
 * @param ground what to ask
 * @param question which host, and `anomalies`: null where nothing looks for them
 * @throws {QueryError} where the address is none, {FilterError}
 */
export async function investigateHost(
  ground: Ground,
  { address, direction, anomalies, ...scope }: Scope & {
    address: string;
    direction: HostDirection;
    anomalies: LookForAnomalies | null;
  },
): Promise<Analysis> {
  const host = readAddress(address);
  const inquiry = new Inquiry(ground, scope);
  const sent = direction === "destination" ? "" : `src host ${host}`;
  const received = direction === "source" ? "" : `dst host ${host}`;
  const asked = [
    ...(sent === "" ? [] : [await side(inquiry, "sent", sent)]),
    ...(received === "" ? [] : [await side(inquiry, "received", received)]),
  ];
  const sides = asked.map(({ item }) => item);
  const { table: whole } = asked[0];
  const either = [sent, received].filter((filter) => filter !== "").join(" or ");
  const query = inquiry.next({
    group_by: sent === ""
      ? ["dst_addr", "src_addr", "service"]
      : ["src_addr", "dst_addr", "service"],
    metrics: ["bytes", "packets", "flows"],
  }, { flows: either, sums: sent === "" ? received : sent });
  if (sides.every(({ flows }) => flows === 0)) {
    const what = direction === "source" ? "sent" : direction === "destination" ? "received" : null;
    return inquiry.conclude({
      headline: whole.absence !== null
        ? `${nothingBecause(scope.window, whole.absence)}.`
        : asked.some(({ table }) => isBlurred(table))
        ? `${host} is none of the hosts that sums tell apart in ${
          collectedText(scope.window, whole)
        }: it may have taken a small part in the traffic, or none.`
        : `${host} ${what === null ? "took no part in any traffic" : `${what} nothing`} in ${
          heldText(scope.window, whole)
        }.`,
      items: [],
      omitted: 0,
      query,
    });
  }
  const peers = await peersOf(inquiry, { sent, received });
  const services = await hostServices(inquiry, { sent, received, limit: LISTED });
  const ports = await hostPorts(inquiry, { sent, received, limit: LISTED });
  const strange = anomalies === null
    ? null
    : await anomalies({ ...scope, filter: allOf(scope.filter, either), limit: LISTED });
  if (strange === null) inquiry.note("Anomalies were not looked for.");
  else inquiry.alsoBasedOn(strange);
  const found = strange?.findings.filter(({ subject }) => subject.hosts.includes(host)) ?? [];
  return inquiry.conclude({
    headline: headline(host, {
      when: collectedText(scope.window, whole),
      sides,
      services: services.items,
      peers,
      found: found.length,
    }),
    items: [
      ...sides,
      ...peers.items,
      ...services.items,
      ...ports.items,
      ...found.map(({ first_seen_ms, last_seen_ms, subject, evidence, ...anomaly }) => ({
        kind: "anomaly",
        ...anomaly,
        subject: subject.name,
        first_seen: formatTime(first_seen_ms),
        last_seen: formatTime(last_seen_ms),
        query: evidence,
      })),
    ],
    omitted: peers.omitted + services.omitted + ports.omitted + (strange?.omitted ?? 0),
    query,
  });
}

function readAddress(text: string): string {
  const network = text.includes("/") ? null : parseNetwork(text.trim());
  if (network === null) {
    throw new QueryError(
      `ip_address: "${text}" is no IP address; write one such as 10.0.0.1 or 2001:db8::1`,
    );
  }
  return network.address;
}

async function side(
  inquiry: Inquiry,
  kind: "sent" | "received",
  filter: string,
): Promise<{ item: SideItem; table: Table }> {
  const peer = kind === "sent" ? "distinct(dst_addr)" : "distinct(src_addr)";
  const about = "when a host was first and last seen, how many peers it has, its ports and latency";
  const whole = await inquiry.ask({ filter, metrics: [...TOTALS, peer] }, { about });
  const { metrics } = whole.totals;
  const table = await inquiry.ask({
    filter,
    bucket_seconds: bucketSeconds(inquiry.scope.window),
    metrics: SERIES_METRICS,
  }, { spare: SPARE_METRICS });
  const series = rateSeries(table, { nowMs: inquiry.ground.nowMs });
  const item = {
    kind,
    bytes: figure(metrics, "bytes"),
    packets: figure(metrics, "packets"),
    flows: figure(metrics, "flows"),
    peers: metrics[peer] as number | null,
    destination_ports: metrics["distinct(dst_port)"] as number | null,
    source_ports: metrics["distinct(src_port)"] as number | null,
    first_seen: metrics.first_seen as string | null,
    last_seen: metrics.last_seen as string | null,
    avg_latency_ms: metrics["avg(latency_ms)"] as number | null,
    p95_latency_ms: metrics["p95(latency_ms)"] as number | null,
    average_bits_per_second: series.average,
    p95_bits_per_second: series.p95,
    peak_bits_per_second: series.peak,
    peak_at: series.peak_at,
    slope_bits_per_second_per_minute: series.slope === null ? null : series.slope * 60,
  };
  return { item, table: whole };
}

interface Peer {
  kind: "peer";
  name: string | null;
  bytes_sent: number;
  bytes_received: number;
  bytes: number;
  flows: number;
}

interface Peers {
  readonly items: Peer[];
  readonly omitted: number;
  /** Whether there may be even more. */
  readonly atLeast: boolean;
  /** What sums do not tell of them, and whether flows do of a part of the window. */
  readonly untold: Untold | null;
  readonly told: boolean;
}

/** Whom it talks to, most bytes first. */
async function peersOf(
  inquiry: Inquiry,
  { sent, received }: { sent: string; received: string },
): Promise<Peers> {
  const peers = new Map<string | null, Peer>();
  const tables: Table[] = [];
  for (
    const [filter, term, key] of [
      [sent, "dst_addr", "bytes_sent"],
      [received, "src_addr", "bytes_received"],
    ] as const
  ) {
    if (filter === "") continue;
    const table = await inquiry.ask({
      filter,
      group_by: [term],
      metrics: ["bytes", "flows"],
      limit: MAX_LIMIT,
    }, { about: "with whom a host speaks" });
    tables.push(table);
    for (const row of table.rows) {
      const name = row[term] as string | null;
      const peer = peers.get(name) ??
        { kind: "peer", name, bytes_sent: 0, bytes_received: 0, bytes: 0, flows: 0 };
      peer[key] += figure(row, "bytes");
      peer.bytes += figure(row, "bytes");
      peer.flows += figure(row, "flows");
      peers.set(name, peer);
    }
  }
  const all = [...peers.values()].sort((a, b) => b.bytes - a.bytes || b.flows - a.flows);
  const items = all.slice(0, LISTED);
  doubtUnseen(inquiry, "peer", tables);
  return {
    items,
    omitted: leastCount(all.length, tables) - items.length,
    atLeast: tables.some(({ more }) => more),
    untold: tables[0].untold,
    told: tables[0].covered !== null,
  };
}

/** Whether it was asked of sums that hold hosts in a remainder. */
function isBlurred({ scan: { tiers }, approximate }: Table): boolean {
  return approximate.length > 0 && tiers.some(({ tier }) => tier !== "flows");
}

function peersText({ items: [first], items, omitted, atLeast, untold, told }: Peers): string {
  if (untold !== null && !told) return "; with whom and over which services, sums do not tell";
  return `${
    untold === null ? "" : `; since ${formatTime(untold.toMs)}, of which flows are kept`
  }, ` +
    `with ${atLeast ? "at least " : ""}${countOf(items.length + omitted, "peer")}${
      first === undefined ? "" : `, most with ${first.name ?? "unknown addresses"}`
    }`;
}

function headline(
  host: string,
  { when, sides, services, peers, found }: {
    when: string;
    sides: readonly SideItem[];
    services: readonly HostService[];
    peers: Peers;
    found: number;
  },
): string {
  const totals = sides.map(({ kind, bytes, flows, peak_bits_per_second: peak }) =>
    flows === 0 ? `${kind} nothing` : `${kind} ${octets(bytes)} in ${countOf(flows, "flow")}` +
      (peak === null ? "" : ` (at most ${bitRate(peak)})`)
  );
  const names = (role: "bytes_offered" | "bytes_used") =>
    services.filter((service) => service[role] > 0).slice(0, NAMED).map(({ name }) => name);
  const [offers, uses] = [names("bytes_offered"), names("bytes_used")];
  return [
    `${host} ${listed(totals)} in ${when}${peersText(peers)}`,
    ...(offers.length === 0 ? [] : [`offers ${listed(offers)}`]),
    ...(uses.length === 0 ? [] : [`uses ${listed(uses)}`]),
    ...(found === 0 ? [] : [`takes part in ${countOf(found, "anomaly")}`]),
  ].join("; ") + ".";
}
