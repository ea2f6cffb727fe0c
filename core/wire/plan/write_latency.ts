import { setBit } from "./presence.ts";
import { rawExpression } from "./read_expression.ts";
import type { RowSources, Source } from "./row_sources.ts";

/** Latencies above are none: an hour, or a field of all ones. */
const MAX_LATENCY_MS = 3_600_000;

/**
 * Statements that write `latency_ms` and what it is: the first measurement, by rank, of which the
 * record has every field, and none of them 0. A latency of 0 was not measured, or is below the
 * exporter's resolution: in both cases it is not known.
 *
 * @param sources of the row
 */
export function writeLatency(sources: RowSources): string[] {
  const byRank = Map.groupBy(sources.get("latency_ms") ?? [], ({ rank }) => rank);
  const measured = [...byRank.values()].flatMap((parts) => measurement(parts) ?? []);
  if (measured.length === 0) return [];
  return [
    '{ let ms = 0, word = "";',
    ...measured,
    `if (ms > 0) { latency_ms[slot] = ms; ${setBit("latency_ms")} if (lookups !== null) { ` +
    `const id = lookups.word(word); if (id >= 0) { latency_source[slot] = id; ${
      setBit("latency_source")
    } } } } }`,
  ];
}

/** Statement that takes one measurement; undefined where the record has not all of it. */
function measurement(parts: readonly Source[]): string | undefined {
  const { measure } = parts[0].use;
  const terms = parts.filter(({ use }) => use.part === "term");
  const [samples] = parts.filter(({ use }) => use.part === "samples");
  if (measure === undefined || terms.length !== measure.terms) return undefined;
  if (measure.averaged && samples === undefined) return undefined;
  const values = terms.map(({ placed }) => rawExpression(placed));
  const names = values.map((_, i) => `v${i}`);
  const known = names.map((name) => `${name} > 0`);
  return "if (ms === 0) { " +
    values.map((value, i) => `const v${i} = ${value}; `).join("") +
    (samples === undefined ? "" : `const n = ${rawExpression(samples.placed)}; `) +
    `const v = (${names.join(" + ")}) * ${measure.unitMs}${samples === undefined ? "" : " / n"}; ` +
    `if (${known.join(" && ")} && v <= ${MAX_LATENCY_MS}) { ms = v; word = ${
      JSON.stringify(measure.source)
    }; } }`;
}
