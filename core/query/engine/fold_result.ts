import type { DistinctCounter } from "./distinct_counter.ts";
import type { GroupStore } from "./group_store.ts";
import type { Merging } from "./merging.ts";
import type { CellSpec, Metric } from "./metric.ts";
import type { SampleLog } from "./sample_log.ts";

/** What a fold came to, before it is arranged as an answer. */
export interface FoldResult {
  readonly groups: GroupStore;
  /** Cells of what found no room for a group, or whose group nobody knows, and how many that is. */
  readonly overflow: Float64Array;
  readonly unplaced: number;
  readonly cells: readonly CellSpec[];
  /** By name of the metric. */
  readonly distinct: ReadonlyMap<string, DistinctCounter>;
  /** By field. */
  readonly samples: ReadonlyMap<string, SampleLog>;
  /** Seconds that a rate is over, by merged group; NaN where nobody can say. */
  readonly secondsOf: (group: number) => number;
}

/** Least time that a rate is over: a window may have no length. */
export const LEAST_SECONDS = 1e-3;

/** What an empty cell holds. */
export function emptyCell({ kind }: CellSpec): number {
  return isLeast(kind) ? Infinity : isMost(kind) ? -Infinity : 0;
}

/**
 * Values of a metric for merged groups: sums are added, quantiles and distinct counts worked out anew
 * from what lies below them, so that those of a remainder are true too.
 *
 * @param result of the fold
 * @param metric which
 * @param merging of the groups
 * @returns one value a merged group, NaN where it is not known
 */
export function metricValues(
  result: FoldResult,
  metric: Metric,
  merging: Merging,
): Float64Array {
  switch (metric.kind) {
    case "cell":
      return mergeCells(result, metric.cell, merging);
    case "rate": {
      const values = mergeCells(result, metric.cell, merging);
      for (let i = 0; i < values.length; i++) {
        values[i] = values[i] * metric.factor / result.secondsOf(i);
      }
      return values;
    }
    case "average": {
      const counts = mergeCells(result, metric.count, merging);
      return mergeCells(result, metric.sum, merging).map((sum, i) => sum / counts[i]);
    }
    case "quantile":
      return result.samples.get(metric.field)!.quantiles(merging, metric.quantile);
    case "distinct":
      return result.distinct.get(metric.name)!.counts(merging);
  }
}

/** Cells of merged groups; NaN for the least or the most of nothing. */
function mergeCells(
  { groups, cells: specs, overflow }: FoldResult,
  { kind, field }: CellSpec,
  { of, count, overflow: rest, separate }: Merging,
): Float64Array {
  const index = specs.findIndex((spec) => spec.kind === kind && spec.field === field);
  const merged = new Float64Array(count);
  const { cells, stride, count: all } = groups;
  let at = groups.firstCell + index;
  if (separate) {
    for (let id = 0; id < all; id++, at += stride) merged[id] = cells[at];
    const empty = emptyCell(specs[index]);
    if (empty !== 0) {
      for (let id = 0; id < all; id++) if (merged[id] === empty) merged[id] = NaN;
    }
    return merged;
  }
  if (!isLeast(kind) && !isMost(kind)) {
    if (count === 1) {
      // One sum stays in a register.
      let sum = 0;
      for (let id = 0; id < all; id++, at += stride) if (of[id] >= 0) sum += cells[at];
      merged[0] = sum;
    } else {
      for (let id = 0; id < all; id++, at += stride) {
        const into = of[id];
        if (into >= 0) merged[into] += cells[at];
      }
    }
    if (rest >= 0) merged[rest] += overflow[index];
    return merged;
  }
  const empty = emptyCell(specs[index]);
  merged.fill(empty);
  for (let id = 0; id < all; id++, at += stride) {
    const into = of[id];
    if (into >= 0) merged[into] = combine(kind, merged[into], cells[at]);
  }
  if (rest >= 0) merged[rest] = combine(kind, merged[rest], overflow[index]);
  for (let i = 0; i < count; i++) if (merged[i] === empty) merged[i] = NaN;
  return merged;
}

function combine(kind: CellSpec["kind"], a: number, b: number): number {
  return isLeast(kind) ? Math.min(a, b) : Math.max(a, b);
}

/** Whether a cell holds the least of its values. */
export function isLeast(kind: CellSpec["kind"]): boolean {
  return kind === "min" || kind === "first";
}

/** Whether a cell holds the largest of its values. */
export function isMost(kind: CellSpec["kind"]): boolean {
  return kind === "max" || kind === "last";
}
