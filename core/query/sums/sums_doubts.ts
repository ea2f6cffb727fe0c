import { countOf } from "../../count_of.ts";
import { formatTime } from "../../flow/record_reader.ts";
import type { ReadQuery } from "../engine/flow_query.ts";
import type { FilterNode } from "../filter/filter_node.ts";
import type { SummedRest } from "./fold_sums.ts";
import type { TierPart } from "./traffic_sums.ts";
import type { Span } from "./traffic_sums.ts";

/** A figure that is not exact, and how far off it may be. */
interface Approximate {
  figure: string;
  error: string;
}

/**
 * What of an answer is not exact since sums were read for it.
 *
 * @param read the query
 * @param options its filter, what the `parts` were, and what of them was a `rest`
 */
export function sumsDoubts(
  { query, terms, metrics }: ReadQuery,
  { node, parts, rest }: {
    node: FilterNode;
    parts: readonly TierPart[];
    rest: SummedRest;
  },
): Approximate[] {
  const found: Approximate[] = [];
  const summed = parts.filter(({ tier }) => tier !== "flows");
  if (query.time === "flow" && summed.length > 0) {
    const hours = summed.some(({ tier }) => tier === "hours");
    const [first, ...others] = apart(summed);
    const more = others.length > 0 ? ` and at ${others.length} later times` : "";
    found.push({
      figure: "time",
      error: `what arrived from ${formatTime(first.fromMs)} to ${formatTime(first.toMs)}${more} ` +
        `counts whole in the ${
          hours ? "hour or minute" : "minute"
        } of its arrival, however long the flow was: ` +
        "sums do not keep its own time",
    });
  }
  const filtered = node.kind !== "any";
  if (rest.flows === 0 || terms.length === 0 && !filtered) return found;
  const { flows, bytes, packets, values } = rest;
  found.push({
    figure: metrics.map(({ name }) => name).join(", "),
    error:
      `at least what is said: of each minute or hour sums tell the values with most bytes apart, ` +
      `and what remains, up to ${countOf(values, "other")}, is one: in all ${
        countOf(flows, "flow")
      }, ` +
      `${countOf(packets, "packet")}, ${countOf(bytes, "octet")}; ` +
      (filtered
        ? "what of it matches is not in the answer"
        : `it is in "other" and the totals, its groups are not counted`),
  });
  return found;
}

/** The times that parts cover; no two of them touch. */
function apart(parts: readonly TierPart[]): Span[] {
  const found: { fromMs: number; toMs: number }[] = [];
  for (const { fromMs, toMs } of parts) {
    const last = found.at(-1);
    if (last?.toMs === fromMs) last.toMs = toMs;
    else found.push({ fromMs, toMs });
  }
  return found;
}
