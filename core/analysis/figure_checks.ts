import type { Check } from "./arrival_checks.ts";
import type { LinkEvidence } from "./exporter_evidence.ts";

/** Loss that is worth a word, in percent. */
const MUCH_LOSS = 0.1;
/** A clock that is ahead by more, or so far behind that every flow seems to come late, is wrong. */
const AHEAD_MS = 2000;
const BEHIND_MS = 900_000;
/** Flows that are reported later than this make spikes of what was steady. */
const LONG_ACTIVE_MS = 120_000;
/** What an Ethernet frame without jumbo has room for, IPv4 and UDP headers taken off. */
const UDP_OVER_ETHERNET = 1472;
/** Share of rows from which on something is the rule. */
const MANY = 0.05;
/** Layer 2 adds some percent to what flows say: within these the two agree. */
const AGREES = { least: 0.9, most: 1.3 } as const;
/** Traffic too small to be compared. */
const MIN_OCTETS = 1_000_000;
/** Rates that people configure. */
const USUAL_RATES = [10, 50, 64, 100, 128, 200, 256, 400, 500, 512, 1000, 1024, 2000, 2048, 4000];
const MORE_RATES = [4096, 5000, 8000, 8192, 10_000, 16_384, 20_000, 32_768, 50_000, 65_536];

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
        `(${
          worst.percent.toFixed(1)
        } %), ${worst.reordered} came late, ${worst.restarts} restarts.`,
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
        `${reordered} datagrams came late, ${duplicates} twice, and its numbers began anew ` +
        `${restarts} times.`,
      why:
        "Late: several ways to here. Twice: the network or a relay copies datagrams, and their " +
        "flows count twice. Anew: the device or its export restarts, or two devices share one " +
        "address and domain.",
      remedy: "Look for a samplicator or a loop that copies; give each device an address or " +
        "observation domain of its own.",
      topic: null,
    };
  },
  function clock({ rows }) {
    const { median_lag_ms: median, least_lag_ms: least, timed } = rows;
    if (median === null || least === null) return null;
    const ahead = median < -AHEAD_MS;
    if (!ahead && least < BEHIND_MS) return null;
    return {
      finding: "clock_skew",
      severity: "warning",
      evidence: `By its own time its flows end ${span(Math.abs(median))} ` +
        `${ahead ? "after" : "before"} they arrive (median of ${timed}; least lag ${span(least)}).`,
      why: ahead
        ? "Its clock is ahead of this machine's: series by flow time place its traffic in the future."
        : "Its clock is behind, or it holds flows back for long: series by flow time miss its traffic.",
      remedy: "Set the clocks of both by NTP. Until then ask with time=arrival.",
      topic: "clock",
    };
  },
  function samplingUnknown({ streams, rows, links }) {
    const factor = countersFactor(links);
    const announced = streams.some(({ sampling_rate }) => (sampling_rate ?? 1) > 1);
    if (rows.unsampled === 0 || !announced || factor !== null) return null;
    return {
      finding: "sampling_not_announced",
      severity: "warning",
      evidence:
        `${rows.unsampled} of its ${rows.rows} flow records say no sampling rate, others do.`,
      why: "Those count as exported: too low by the rate, if they are sampled. Options data with " +
        "the rate comes seldom, or not for every sampler.",
      remedy: "Have options with the sampler table sent every minute, or set " +
        "exporter.sampling_rates for its address.",
      topic: "sampling",
    };
  },
  function counters({ links, streams }) {
    const factor = countersFactor(links);
    if (factor === null || (factor >= AGREES.least && factor <= AGREES.most)) return null;
    const rate = usualRate(factor);
    const says = streams.map(({ sampling_rate }) => sampling_rate ?? 1);
    const now = Math.max(1, ...says);
    const [worst] = links.toSorted((a, b) => b.counted_octets - a.counted_octets);
    return {
      finding: "differs_from_counters",
      severity: "warning",
      evidence:
        `Interface ${worst.if_index} ${worst.direction} counted ${worst.counted_octets} octets ` +
        `in ${Math.round(worst.seconds)} s, its flows ${Math.round(worst.flow_octets)}; over ` +
        `${links.length} directions the counters say ${factor.toFixed(2)} times as much.`,
      why: factor < 1
        ? "Flows say more than passed: traffic is observed twice, or the sampling rate is too high."
        : rate !== null
        ? `That fits a sampling of 1 in ${rate * now} where 1 in ${now} is known.`
        : "Flows say less than passed: not every interface or direction is observed, loss, long " +
          "active timeouts, or a sampling rate that is not known.",
      remedy: factor > 1 && rate !== null
        ? `If the device samples 1 in ${rate * now}, have it announce that, or set ` +
          `exporter.sampling_rates.`
        : "Observe each packet once: ingress on every interface; check the sampling rate.",
      topic: factor > 1 ? "sampling" : "direction",
    };
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
      evidence: `The device says that it dropped ${dropped} samples.`,
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
  function incomplete({ rows }) {
    if (rows.rows === 0) return null;
    const missing = [
      ...(rows.uncounted > MANY * rows.rows ? [`${rows.uncounted} have no octets or packets`] : []),
      ...(rows.without_interface > MANY * rows.rows
        ? [`${rows.without_interface} name no ingress interface`]
        : []),
      ...(rows.timed < (1 - MANY) * rows.rows
        ? [`${rows.rows - rows.timed} say no end of the flow`]
        : []),
    ];
    if (missing.length === 0) return null;
    return {
      finding: "fields_missing",
      severity: "info",
      evidence: `Of ${rows.rows} flow records ${missing.join(", ")}.`,
      why: "Questions about what is missing leave these flows out, or take arrival for their time.",
      remedy: "Add the fields to the flow record that the device exports.",
      topic: null,
    };
  },
];

/** How many times as much interfaces counted as flows say; null where that cannot be compared. */
function countersFactor(links: readonly LinkEvidence[]): number | null {
  const counted = links.reduce((sum, { counted_octets }) => sum + counted_octets, 0);
  const flows = links.reduce((sum, { flow_octets }) => sum + flow_octets, 0);
  return counted < MIN_OCTETS || flows <= 0 ? null : counted / flows;
}

/** The rate that people configure next to a factor; null where none is near. */
function usualRate(factor: number): number | null {
  const near = [...USUAL_RATES, ...MORE_RATES].filter((rate) =>
    factor / rate >= AGREES.least && factor / rate <= AGREES.most
  );
  return near.length === 0
    ? null
    : near.reduce((a, b) =>
      Math.abs(Math.log(factor / b)) < Math.abs(Math.log(factor / a)) ? b : a
    );
}

function span(ms: number): string {
  const sign = ms < 0 ? "-" : "";
  const size = Math.abs(ms);
  if (size < 120_000) return `${sign}${(size / 1000).toFixed(size < 10_000 ? 1 : 0)} s`;
  return size < 7_200_000
    ? `${sign}${Math.round(size / 60_000)} min`
    : `${sign}${Math.round(size / 3_600_000)} h`;
}
