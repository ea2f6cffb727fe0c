import { countOf } from "../count_of.ts";
import type { Untold } from "../query/sums/untold.ts";
import { type Analysis, figure, type Ground, Inquiry, type Scope, type Table } from "./inquiry.ts";
import { nothingTold } from "./nothing_told.ts";
import { conversations } from "./traffic/conversations.ts";
import { type FocusAnswer, noTraffic } from "./traffic/focus.ts";
import { interfaces } from "./traffic/interfaces.ts";
import { type Ranking, ranking } from "./traffic/ranking.ts";
import { summary } from "./traffic/summary.ts";
import { trend } from "./traffic/trend.ts";
import {
  HOSTS,
  type Sides,
  type TwoSided,
  twoSided,
  twoSidedIfKnown,
} from "./traffic/two_sided.ts";
import { bitRate, collectedText, octets, percent } from "./wording.ts";

/** Entries of a list. */
const LISTED = 20;
const METRICS = ["bytes", "packets", "flows", "bps"];

type Look = (inquiry: Inquiry, whole: Table) => Promise<FocusAnswer>;

/** Ways to look at traffic, by name. */
const LOOKS = {
  summary,
  top_talkers: topTalkers,
  services: (inquiry, whole) => byTerm(inquiry, whole, "service"),
  trend,
  conversations: topConversations,
  interfaces: topInterfaces,
  exporters: (inquiry, whole) => byTerm(inquiry, whole, "exporter"),
  as: topNetworks,
  countries,
  geographic: countries,
} as const satisfies Readonly<Record<string, Look>>;

/** Name of a way to look at traffic. */
export type Focus = keyof typeof LOOKS;
export const FOCUSES = Object.keys(LOOKS) as [Focus, ...Focus[]];

/**
 * What is the traffic like? Sums are of flows by arrival; a trend is by the flows' own time.
 *
 * @param ground what to ask
 * @param question which flows, and `focus`: what to look at
 * @throws {FilterError} when the filter is not one
 */
export async function analyzeTraffic(
  ground: Ground,
  { focus, ...scope }: Scope & { focus: Focus },
): Promise<Analysis> {
  const inquiry = new Inquiry(ground, scope);
  const metrics = ["bytes", "packets", "flows", "distinct(src_addr)", "distinct(dst_addr)"];
  const about = "how many sources and destinations there are";
  const whole = await inquiry.ask({ metrics }, { about });
  const found = whole.totals.metrics.flows === 0 && focus !== "trend"
    ? noTraffic(scope, whole)
    : await LOOKS[focus](inquiry, whole);
  return inquiry.conclude({ ...found, query: inquiry.next(found.query) });
}

async function topTalkers(inquiry: Inquiry, whole: Table): Promise<FocusAnswer> {
  const found = await twoSided(inquiry, HOSTS, { limit: LISTED, whole });
  return answer(inquiry, { found, whole, verb: "takes part in", group_by: ["src_addr"] });
}

async function byTerm(
  inquiry: Inquiry,
  whole: Table,
  term: "service" | "exporter",
): Promise<FocusAnswer> {
  const found = await ranking(inquiry, { term, kind: term, limit: LISTED, whole });
  const verb = term === "service" ? "is" : "reports";
  return answer(inquiry, { found, whole, verb, group_by: [term] });
}

async function topConversations(inquiry: Inquiry, whole: Table): Promise<FocusAnswer> {
  const found = await conversations(inquiry, { limit: LISTED, whole });
  const group_by = ["src_addr", "dst_addr", "service"];
  return answer(inquiry, { found, whole, verb: "is", group_by });
}

async function topInterfaces(inquiry: Inquiry, whole: Table): Promise<FocusAnswer> {
  const found = await interfaces(inquiry, { limit: LISTED, whole });
  const group_by = ["exporter", "in_if", "out_if", "direction"];
  return answer(inquiry, { found, whole, verb: "carries", group_by });
}

/** Numbers with names, of addresses too, and where there are no names, numbers of exporters. */
const AS_NAMES: Sides = {
  kind: "as",
  about: "AS numbers",
  source: "src_as_name",
  destination: "dst_as_name",
  within: true,
};
const AS_NUMBERS: Sides = { ...AS_NAMES, source: "src_as", destination: "dst_as" };
const COUNTRY: Sides = {
  kind: "country",
  source: "src_country",
  destination: "dst_country",
  within: true,
};
/** Ranges that belong to nobody in particular (RFC 6890), and groups of hosts. */
const PRIVATE = [
  ...["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8"],
  ...["0.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "255.255.255.255/32"],
  ...["::/127", "fc00::/7", "fe80::/10", "ff00::/8"],
];
const PUBLIC_NETWORK: Sides = {
  kind: "public network",
  source: "src_addr/24/48",
  destination: "dst_addr/24/48",
  within: false,
  only: (side) =>
    `has ${side}_addr and not (${PRIVATE.map((net) => `${side} net ${net}`).join(" or ")})`,
};

async function topNetworks(inquiry: Inquiry, whole: Table): Promise<FocusAnswer> {
  const options = { limit: LISTED, whole };
  const named = await twoSidedIfKnown(inquiry, AS_NAMES, options);
  const found = named ?? await twoSided(inquiry, AS_NUMBERS, options);
  if (found.items.length === 0) {
    const { window } = inquiry.scope;
    // The trust block says it as it is.
    if (found.untold) {
      return await withoutNames(inquiry, whole, sumsAlone(window, found.untold));
    }
    const why = named === null
      ? "No exporter sends AS numbers, and none are configured"
      : "The database of autonomous systems knows no address of the traffic";
    inquiry.note(listedInstead(why));
    return await withoutNames(inquiry, whole, why);
  }
  if (named === null) { for (const item of found.items) item.name = `AS${item.name}`; }
  const { source, destination } = named === null ? AS_NUMBERS : AS_NAMES;
  const group_by = [source, destination];
  return answer(inquiry, { found, whole, verb: "takes part in", group_by });
}

async function countries(inquiry: Inquiry, whole: Table): Promise<FocusAnswer> {
  const found = await twoSidedIfKnown(inquiry, COUNTRY, { limit: LISTED, whole });
  if (found !== null && found.items.length > 0) {
    const group_by = [COUNTRY.source, COUNTRY.destination];
    return answer(inquiry, { found, whole, verb: "takes part in", group_by });
  }
  if (found?.untold) {
    return await withoutNames(inquiry, whole, sumsAlone(inquiry.scope.window, found.untold));
  }
  const why = found === null
    ? "No database of countries is configured"
    : "The database of countries knows no address of the traffic";
  inquiry.note(listedInstead(why));
  return await withoutNames(inquiry, whole, why);
}

function sumsAlone(window: Scope["window"], untold: Untold): string {
  return nothingTold(window, { why: "summed", untold });
}

function listedInstead(why: string): string {
  return `${why}: networks are listed instead.`;
}

/** What can be said of the world outside where nobody says whose addresses are whose. */
async function withoutNames(inquiry: Inquiry, whole: Table, why: string): Promise<FocusAnswer> {
  const found = await twoSided(inquiry, PUBLIC_NETWORK, { limit: LISTED, whole });
  const { items, omitted } = found;
  const [first] = items;
  return {
    headline: `${why}; ${
      first === undefined
        ? "no public address takes part in the traffic"
        : `${countOf(items.length + omitted, "public network")} (IPv4 /24, IPv6 /48) ${
          items.length + omitted === 1 ? "takes" : "take"
        } part in the traffic, most of it ${first.name} with ${octets(first.bytes)}`
    }.`,
    items,
    omitted,
    query: { group_by: ["src_addr/24/48", "dst_addr/24/48"], metrics: METRICS },
  };
}

/** The usual form: the first of the list in the headline. */
function answer(
  inquiry: Inquiry,
  { found, whole: all, verb, group_by }: {
    found: Ranking & Partial<TwoSided>;
    whole: Table;
    verb: string;
    group_by: readonly string[];
  },
): FocusAnswer {
  const { items, omitted, unnamed, of: whole = all } = found;
  const kind = found.kind === "as" ? "AS number" : found.kind;
  const first = items.find(({ name }) => name !== null) ?? items[0];
  const query = { group_by, metrics: METRICS };
  const { window } = inquiry.scope;
  if (first === undefined) {
    const headline = found.untold
      ? `${sumsAlone(window, found.untold)}: ${octets(figure(all.totals.metrics, "bytes"))} in all.`
      : `No ${kind} is known of the traffic in ${collectedText(window, whole)}.`;
    return { headline, items, omitted, query };
  }
  const bytes = figure(whole.totals.metrics, "bytes");
  const { sent, received } = unnamed ?? { sent: 0, received: 0 };
  const nameless = items.filter(({ name }) => name === null).map(({ bytes }) => bytes);
  const dark = Math.max(sent, received, ...nameless);
  const rate = first.bits_per_second === null ? "" : `, ${bitRate(first.bits_per_second)}`;
  return {
    headline: `In ${collectedText(window, whole)} ${first.name ?? `no known ${kind}`} ${verb} ${
      percent(first.share_percent ?? 0)
    } of ${octets(bytes)} (${octets(first.bytes)}${rate}); ${found.atLeast ? "at least " : ""}${
      countOf(items.length + omitted, kind)
    } in all${
      dark > 0 && bytes > 0
        ? `, none known for up to ${percent(100 * dark / bytes)} of the bytes`
        : ""
    }.`,
    items,
    omitted,
    query,
  };
}
