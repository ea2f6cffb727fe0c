import { countOf } from "../count_of.ts";
import type { LackingRows } from "./exporter_evidence.ts";
import type { Check, Finding } from "./finding.ts";
import { span } from "./time_words.ts";

/** Loss that is worth a word, in percent. */
const MUCH_LOSS = 0.1;
/** A clock that is ahead or behind by more is wrong: headers have whole seconds, and wait to be sent. */
const AHEAD_MS = 2000;
const BEHIND_MS = 10_000;
/** From here on series by flow time are of no use. */
const GRAVE_SKEW_MS = 60_000;
/** Flows of which none comes sooner show a clock that is behind, whatever the headers say. */
const FLOWS_BEHIND_MS = 900_000;
/** Flows that are reported later than this make spikes of what was steady. */
const LONG_ACTIVE_MS = 120_000;
/** What an Ethernet frame without jumbo has room for, IPv4 and UDP headers taken off. */
const UDP_OVER_ETHERNET = 1472;
/** Share of rows from which on something is the rule. */
const MANY = 0.05;
/** Whether what arrives gives the right figures. */
export const FIGURE_CHECKS: readonly Check[] = [
  function loss({ streams }) {
    const worst = streams.filter(({ sequence_unit }) => sequence_unit !== null)
      .map((stream) => {
        const arrived = stream.sequence_unit === "datagrams"
          ? stream.datagrams
          : stream.flow_records;
        const lost = stream.sequence_lost;
        return { ...stream, percent: lost <= 0 ? 0 : 100 * lost / (lost + arrived) };
      }).sort((a, b) => b.percent - a.percent)[0];
    if (worst === undefined || worst.percent < MUCH_LOSS) return null;
    return {
      finding: "sequence_loss",
      severity: "warning",
      evidence:
        `${worst.sequence_lost} ${worst.sequence_unit} are missing in its sequence numbers ` +
        `(${worst.percent.toFixed(1)} %), ${worst.reordered} came late, ${
          countOf(worst.restarts, "restart")
        }.`,
      why:
        "Datagrams were lost on the way or in this machine's socket buffer: sums are too low by " +
        "about as much.",
      remedy: "Raise net.core.rmem_default (4194304 is good) and start the collector anew; give " +
        "export traffic a class of its own; look for drops on the way.",
      topic: null,
    };
  },
  function disorder({ streams }) {
    const sum = (name: "reordered" | "duplicates" | "restarts" | "datagrams") =>
      streams.reduce((total, stream) => total + stream[name], 0);
    const [reordered, duplicates, restarts] = [
      sum("reordered"),
      sum("duplicates"),
      sum("restarts"),
    ];
    const much = (reordered + duplicates) > sum("datagrams") / 100;
    if (!much && restarts < 2) return null;
    return {
      finding: "sequence_disorder",
      severity: duplicates > sum("datagrams") / 100 ? "warning" : "info",
      evidence:
        `${
          countOf(reordered, "datagram")
        } came late, ${duplicates} twice, and its numbers began anew ` +
        `${countOf(restarts, "time")}.`,
      why:
        "Late: several ways to here. Twice: the network or a relay copies datagrams, and their " +
        "flows count twice. Anew: the device or its export restarts, or two devices share one " +
        "address and domain.",
      remedy: "Look for a samplicator or a loop that copies; give each device an address or " +
        "observation domain of its own.",
      topic: null,
    };
  },
  function clock({ streams, rows }) {
    const lags = streams.flatMap(({ clock_lag_ms }) => clock_lag_ms ?? []);
    const lag = lags.toSorted((a, b) => Math.abs(b) - Math.abs(a)).at(0) ?? 0;
    if (lag < -AHEAD_MS || lag > BEHIND_MS) {
      return skew(lag, {
        grave: Math.abs(lag) > GRAVE_SKEW_MS,
        evidence: `As its last datagram came, its clock was ${span(Math.abs(lag))} ` +
          `${lag < 0 ? "ahead of" : "behind"} this machine's.`,
      });
    }
    const { median_lag_ms: median, least_lag_ms: least, timed } = rows;
    if (median === null || least === null) return null;
    if (median >= -AHEAD_MS && least < FLOWS_BEHIND_MS) return null;
    return skew(median, {
      grave: true,
      evidence: `By its own time its flows end ${span(Math.abs(median))} ` +
        `${median < 0 ? "after" : "before"} they arrive (median of ${timed}; least lag ` +
        `${span(least)}).`,
    });
  },
  function activeTimeout({ rows }) {
    const { p95_duration_ms: p95, longest_duration_ms: longest } = rows;
    if (longest === null || p95 === null || longest <= LONG_ACTIVE_MS) return null;
    return {
      finding: "long_active_timeout",
      severity: p95 > LONG_ACTIVE_MS ? "warning" : "info",
      evidence: `Its flows last up to ${span(longest)} (p95 ${span(p95)}).`,
      why:
        "Long flows are reported only when the active timeout ends: by arrival they make spikes, " +
        "and the last minutes are incomplete.",
      remedy: "Set the active timeout to 60 s. Until then ask with time=flow.",
      topic: "active_timeout",
    };
  },
  function duplicates({ duplicates }) {
    if (duplicates === null) return null;
    return {
      finding: "duplicate_observation",
      severity: "warning",
      evidence: duplicates.note,
      why: `Sums are ${duplicates.factor.toFixed(2)} times what passed.`,
      remedy: 'Ask with dedup="on", or observe each packet once: ingress on every interface.',
      topic: "direction",
    };
  },
  function samplesDropped({ streams }) {
    const dropped = streams.reduce((sum, { samples_dropped }) => sum + samples_dropped, 0);
    if (dropped === 0) return null;
    return {
      finding: "samples_dropped",
      severity: "warning",
      evidence: `The device says that it dropped ${countOf(dropped, "sample")}.`,
      why: "It samples more than its processor can take: sums are too low.",
      remedy: "Sample less: a larger N in 1-in-N.",
      topic: "sampling",
    };
  },
  function fragments({ collectors, streams }) {
    const names = new Set(streams.map(({ collector }) => collector));
    const large = collectors.filter(({ name, datagrams, datagramBytes }) =>
      names.has(name) && datagrams > 0 && datagramBytes / datagrams > UDP_OVER_ETHERNET
    );
    if (large.length === 0) return null;
    const [{ name, datagrams, datagramBytes }] = large;
    return {
      finding: "fragmented_export",
      severity: "info",
      evidence: `Datagrams at ${name}, all exporters together, have ` +
        `${Math.round(datagramBytes / datagrams)} octets on average.`,
      why:
        `More than ${UDP_OVER_ETHERNET} octets do not fit into an Ethernet frame: they come in ` +
        "fragments, and one that is lost, or that a firewall drops, costs the whole datagram.",
      remedy: "Make export datagrams no larger than the MTU of the way to here.",
      topic: null,
    };
  },
  function oversized({ rows }) {
    if (rows.rows === 0 || rows.oversized < MANY * rows.rows) return null;
    return {
      finding: "packets_larger_than_mtu",
      severity: "info",
      evidence:
        `${rows.oversized} of ${rows.rows} flow records have packets of over 1500 octets on ` +
        "average.",
      why: "Jumbo frames, or a probe on a host that sees packets before they are cut (TSO, GRO): " +
        "then octets are right and packets too few.",
      remedy: "On a host with a probe: ethtool -K eth0 tso off gso off gro off.",
      topic: null,
    };
  },
  function incomplete({ rows: { free } }) {
    const missing = whatIsMissing(free);
    if (missing.length === 0) return null;
    return {
      finding: "fields_missing",
      severity: "info",
      evidence: `Of ${countOf(free.rows, "flow record")}, ${missing.join(", ")}.`,
      why: "Questions about what is missing leave these flows out, or take arrival for their time.",
      remedy: "Add the fields to the flow record that the device exports.",
      topic: null,
    };
  },
  function formatLimits({ rows: { fixed } }) {
    const lacking = Object.entries(fixed).flatMap(([format, rows]) => {
      const missing = whatIsMissing(rows);
      return missing.length === 0 ? [] : [{ format, rows, missing }];
    });
    if (lacking.length === 0) return null;
    return {
      finding: "format_limits",
      severity: "info",
      evidence: lacking.map(({ format, rows, missing }) =>
        `Of ${countOf(rows.rows, "flow record")} in ${format}, ${missing.join(", ")}.`
      ).join(" "),
      why: lacking.some(({ format }) => format === "sflow5")
        ? "sFlow sends single packets that it samples, as they pass: it has no begin and end of " +
          "flows, and arrival stands for both. Its records are what the standard has, and so is " +
          "an interface that the agent does not know."
        : "The records of this version are as they are: what the device does not fill in, nothing " +
          "else carries.",
      remedy: "Nothing on the device adds to these records. Where the figures are wanted, export " +
        "NetFlow version 9 or IPFIX, if it can; else ask with time=arrival.",
      topic: null,
    };
  },
];

/** What many rows lack, as phrases. */
function whatIsMissing(
  { rows, uncounted, without_interface: dark, untimed }: LackingRows,
): string[] {
  const many = (count: number) => count > MANY * rows;
  return [
    ...(many(uncounted) ? [`${uncounted} ${have(uncounted)} no octets or packets`] : []),
    ...(many(dark) ? [`${dark} ${dark === 1 ? "names" : "name"} no ingress interface`] : []),
    ...(many(untimed) ? [`${untimed} ${untimed === 1 ? "says" : "say"} no end of the flow`] : []),
  ];
}

function have(count: number): string {
  return count === 1 ? "has" : "have";
}

/** @param lag arrival less the exporter's own time */
function skew(lag: number, { grave, evidence }: { grave: boolean; evidence: string }): Finding {
  return {
    finding: "clock_skew",
    severity: grave ? "warning" : "info",
    evidence,
    why: lag < 0
      ? "Its clock is ahead of this machine's: series by flow time place its traffic in the future."
      : "Its clock is behind, or it holds flows back for long: series by flow time miss its traffic.",
    remedy: "Set the clocks of both by NTP. Until then ask with time=arrival.",
    topic: "clock",
  };
}
