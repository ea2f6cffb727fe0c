import { countOf } from "../count_of.ts";
import type { LinkEvidence } from "./exporter_evidence.ts";
import type { Check } from "./finding.ts";

/** A sampler that nobody explained is news for so long. */
const UNRATED_MS = 900_000;
/** Rows of TCP from which on they tell something, and the share of lone packets that does. */
const MIN_TCP = 100;
const MANY_LONE = 0.5;
/** Layer 2 adds some percent to what flows say: within these the two agree. */
const AGREES = { least: 0.9, most: 1.3 } as const;
/** Traffic too small to be compared. */
const MIN_OCTETS = 1_000_000;
/** Rates that people configure. */
const USUAL_RATES = [10, 50, 64, 100, 128, 200, 256, 400, 500, 512, 1000, 1024, 2000, 2048, 4000];
const MORE_RATES = [4096, 5000, 8000, 8192, 10_000, 16_384, 20_000, 32_768, 50_000, 65_536];

/** Whether the sampling rate is known, and fits what interfaces counted. */
export const SAMPLING_CHECKS: readonly Check[] = [
  function notAnnounced({ streams, rows, links, nowMs }) {
    if (rows.unsampled === 0) return null;
    const unrated = streams.some(({ unrated_ms }) =>
      unrated_ms !== null && nowMs - unrated_ms <= UNRATED_MS
    );
    const announced = streams.some(({ sampling_rate }) => (sampling_rate ?? 1) > 1);
    // Where counters can be compared they say more.
    if (!unrated && (!announced || countersFactor(links) !== null)) return null;
    return {
      finding: "sampling_not_announced",
      severity: "warning",
      evidence: unrated
        ? `${rows.unsampled} of its ${rows.rows} flow records say no sampling rate; they name a ` +
          "sampler, and no options data told its rate."
        : `${rows.unsampled} of its ${rows.rows} flow records say no sampling rate, others do.`,
      why: "Those count as exported: too low by the rate, if they are sampled. Options data with " +
        "the rate comes seldom, or not for every sampler.",
      remedy: "Have options with the sampler table sent every minute, or set " +
        "exporter.sampling_rates for its address.",
      topic: "sampling",
    };
  },
  function looksSampled({ rows, links }) {
    const { tcp, lone_packets: lone, unsampled } = rows;
    // Where the rate is known, lone packets are what is to be expected.
    if (unsampled < rows.rows || tcp < MIN_TCP || lone < MANY_LONE * tcp) return null;
    if (countersFactor(links) !== null) return null;
    return {
      finding: "looks_sampled",
      severity: "warning",
      evidence: `${lone} of its ${tcp} flow records of TCP are single packets amid a connection, ` +
        "and none says a sampling rate.",
      why:
        "Whoever sees all packets reports connections with their beginning and end: this looks " +
        "sampled at a rate that is not announced, and all sums are too low by it.",
      remedy:
        "Have the device announce its sampling rate, or set exporter.sampling_rates for its " +
        "address.",
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
        `${countOf(links.length, "direction")} the counters say ${
          factor.toFixed(2)
        } times as much.`,
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
