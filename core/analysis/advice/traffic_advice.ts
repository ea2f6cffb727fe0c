import type { AnomaliesFound } from "../anomaly_source.ts";
import { type BottleneckItem, IMPOSSIBLE_PERCENT } from "../detect_bottlenecks.ts";
import type { Inquiry, Table } from "../inquiry.ts";
import { conversations } from "../traffic/conversations.ts";
import type { TrafficItem } from "../traffic/traffic_item.ts";
import { bitRate, octets, percent, timeRangeText } from "../wording.ts";
import { ANOMALY_STEPS } from "./anomaly_steps.ts";
import type { Recommendation } from "./recommendation.ts";

/** A conversation with more than this of all bytes is worth a look, whatever it is. */
const CONCENTRATED_PERCENT = 50;

/** What to do about anomalies: each as the monitor tells it. */
export function anomalyAdvice({ findings }: AnomaliesFound): Recommendation[] {
  return findings.map((finding) => {
    const { type, severity, subject, summary, evidence, benign_explanations } = finding;
    return {
      severity,
      area: "traffic",
      title: `Look into ${type.replaceAll("_", " ")}: ${subject.name}`,
      seen: summary,
      why: benign_explanations.length === 0
        ? "It is out of the ordinary."
        : `It is out of the ordinary. It may be harmless: ${benign_explanations[0]}.`,
      next_step: ANOMALY_STEPS[type](finding),
      query: { tool: evidence.tool, arguments: { ...evidence.arguments } },
    };
  });
}

/** What to do about full interfaces, and about those that nobody can judge. */
export function bottleneckAdvice(
  inquiry: Inquiry,
  items: readonly BottleneckItem[],
): Recommendation[] {
  const query = {
    tool: "detect_bottlenecks",
    arguments: {
      time_range: timeRangeText(inquiry.scope.window),
      filter: inquiry.scope.filter,
    },
  };
  const graded = items.filter(({ severity }) => severity === "critical" || severity === "warning");
  const [wrong, full] = [true, false].map((isWrong) =>
    graded.filter(({ p95_percent }) => p95_percent! > IMPOSSIBLE_PERCENT === isWrong)
  );
  const dark = items.filter(({ kind, capacity_bits_per_second: capacity }) =>
    kind === "not_judged" && capacity === null
  );
  return [
    ...wrong.map((item): Recommendation => ({
      severity: "warning",
      area: "traffic",
      title: `Check the capacity of ${link(item)}`,
      seen: `By its flows it carries ${bitRate(item.p95_bits_per_second)}, ` +
        `${percent(item.p95_percent!)} of its ${bitRate(item.capacity_bits_per_second)}.`,
      why: "Nothing carries more than it can: its capacity or the sampling rate is wrong, or its " +
        "flows count twice.",
      next_step: "Compare the capacity with the device's, and ask diagnose_exporter about its " +
        "sampling and duplicates.",
      query,
    })),
    ...full.map((item): Recommendation => ({
      severity: item.severity!,
      area: "traffic",
      title: `Relieve ${link(item)}`,
      seen: `95 % of the time it is up to ${percent(item.p95_percent!)} full (` +
        `${bitRate(item.p95_bits_per_second)} of ${bitRate(item.capacity_bits_per_second)}).`,
      why: "Queues and loss grow fast as a link fills up.",
      next_step: item.top_sources.length === 0
        ? "See what fills it."
        : `See whether ${item.top_sources[0].name ?? "an unknown source"} (` +
          `${percent(item.top_sources[0].share_percent)} of it) can go elsewhere or be slowed.`,
      query,
    })),
    ...(dark.length === 0 ? [] : [
      {
        severity: "info",
        area: "traffic",
        title: "Say what interfaces can carry",
        seen: `The capacity of ${link(dark[0])}${
          dark.length === 1 ? "" : " and of others"
        } is not known${carries(dark[0])}.`,
        why: "Nobody can say whether it is full.",
        next_step: "Configure the capacity of interfaces, or have the device send interface " +
          "counters (sFlow).",
        query,
      } satisfies Recommendation,
    ]),
  ];
}

function carries({ peak_bits_per_second: peak }: BottleneckItem): string {
  return peak === null ? "" : `; it carries up to ${bitRate(peak)}`;
}

function link({ exporter, if_index, if_name, direction }: BottleneckItem): string {
  return `${if_name ?? `interface ${if_index}`} of ${
    exporter ?? "an unknown exporter"
  } (${direction})`;
}

/** One conversation that outweighs all others. */
export async function concentrationAdvice(
  inquiry: Inquiry,
  whole: Table,
): Promise<Recommendation[]> {
  const { items: [first] } = await conversations(inquiry, { limit: 1, whole });
  if (first === undefined || (first.share_percent ?? 0) < CONCENTRATED_PERCENT) return [];
  return [concentration(inquiry, first)];
}

function concentration(
  inquiry: Inquiry,
  { name, bytes, share_percent, source, destination }: TrafficItem,
): Recommendation {
  const hosts = [source, destination].filter((host) => host !== null);
  return {
    severity: "info",
    area: "traffic",
    title: `See what ${name} is`,
    seen: `It is ${percent(share_percent!)} of the traffic (${octets(bytes)}).`,
    why: "A single conversation decides how full the links are.",
    next_step: "Backups and replication look so, and so does data that is taken away.",
    query: inquiry.next(
      { group_by: ["src_addr", "dst_addr", "service"], metrics: ["bytes", "bps", "flows"] },
      hosts.map((host) => `host ${host}`).join(" and "),
    ),
  };
}
