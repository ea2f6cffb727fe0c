import {
  findField,
  type FlowField,
  STORED_FIELDS,
  type StoredFieldName,
} from "../../flow/schema.ts";
import { nearestWord } from "../../nearest_word.ts";
import { QueryError } from "../query_error.ts";
import { parseGroupTerm } from "./group_term.ts";
import type { GroupTerm } from "./term.ts";

/**
 * How a cell takes in another value: `spread` adds the part of a counter that lies in the window or
 * bucket, `sum` whole values; `first` and `last` take the time at which a flow began and ended, as far
 * as it says one, else its arrival.
 */
export type CellKind = "spread" | "sum" | "min" | "max" | "rows" | "count" | "first" | "last";

/** One 64-bit number that a group keeps. */
export interface CellSpec {
  readonly kind: CellKind;
  /**
   * Absent for `rows`, which counts flows, and for times; for `count`, the field whose known values
   * are counted.
   */
  readonly field?: StoredFieldName;
}

/** What is measured of each group. */
export type Metric =
  | { readonly kind: "cell"; readonly name: string; readonly unit: string; readonly cell: CellSpec }
  | {
    readonly kind: "rate";
    readonly name: string;
    readonly unit: string;
    readonly cell: CellSpec;
    /** bits an octet. */
    readonly factor: number;
  }
  | {
    readonly kind: "average";
    readonly name: string;
    readonly unit: string;
    readonly sum: CellSpec;
    readonly count: CellSpec;
  }
  | {
    readonly kind: "quantile";
    readonly name: string;
    readonly unit: string;
    readonly field: StoredFieldName;
    /** 0 to 1. */
    readonly quantile: number;
  }
  | {
    readonly kind: "distinct";
    readonly name: string;
    readonly unit: string;
    readonly term: GroupTerm;
  };

/** Fields that add up over flows: their plain name is their sum. */
const SUMS: readonly StoredFieldName[] = [
  "bytes",
  "packets",
  "l2_bytes",
  "dropped_packets",
  "retransmits",
];
/** Names of metrics that take no field. */
const PLAIN: readonly string[] = [...SUMS, "flows", "bps", "pps", "first_seen", "last_seen"];
const FUNCTIONS: readonly string[] = [
  "distinct",
  "sum",
  "avg",
  "min",
  "max",
  "p50",
  "p90",
  "p95",
  "p99",
];
const CALL = /^(\w+)\(\s*([\w/]+)\s*\)$/;

/**
 * Reads a metric.
 *
 * @param text `bytes`, `packets`, `flows`, `l2_bytes`, `dropped_packets`, `retransmits`, `bps`, `pps`,
 *   `first_seen`, `last_seen`, `distinct(TERM)`, or `sum`, `avg`, `min`, `max`, `p50`, `p90`, `p95`,
 *   `p99` of a numeric field, such as `p95(latency_ms)`
 * @throws {QueryError} that says what there is
 */
export function parseMetric(text: string): Metric {
  const sum = SUMS.find((name) => name === text);
  if (sum !== undefined) {
    return cellMetric(text, { kind: "spread", field: sum }, findField(sum)!.unit);
  }
  switch (text) {
    case "flows":
      return cellMetric(text, { kind: "rows" }, "flows");
    case "bps":
      return rate(text, { field: "bytes", unit: "bit/s", factor: 8 });
    case "pps":
      return rate(text, { field: "packets", unit: "packets/s", factor: 1 });
    case "first_seen":
      return cellMetric(text, { kind: "first" }, "time");
    case "last_seen":
      return cellMetric(text, { kind: "last" }, "time");
  }
  const [, name, argument] = CALL.exec(text) ?? [];
  if (name === undefined || !FUNCTIONS.includes(name)) throw unknownMetric(text, name);
  if (name === "distinct") {
    return { kind: "distinct", name: text, unit: "", term: parseGroupTerm(argument, "metrics") };
  }
  return numberMetric(text, { name, field: numericField(text, argument) });
}

function cellMetric(name: string, cell: CellSpec, unit: string): Metric {
  return { kind: "cell", name, unit, cell };
}

function rate(
  name: string,
  { field, unit, factor }: { field: StoredFieldName; unit: string; factor: number },
): Metric {
  return { kind: "rate", name, unit, cell: { kind: "spread", field }, factor };
}

function numberMetric(
  text: string,
  { name, field: { name: field, unit } }: { name: string; field: NumericField },
): Metric {
  switch (name) {
    case "sum":
      return cellMetric(text, { kind: SUMS.includes(field) ? "spread" : "sum", field }, unit);
    case "min":
    case "max":
      return cellMetric(text, { kind: name, field }, unit);
    case "avg":
      return {
        kind: "average",
        name: text,
        unit,
        sum: { kind: "sum", field },
        count: { kind: "count", field },
      };
    default:
      return { kind: "quantile", name: text, unit, field, quantile: Number(name.slice(1)) / 100 };
  }
}

type NumericField = FlowField & { readonly name: StoredFieldName };

function numericField(text: string, name: string): NumericField {
  const numeric = STORED_FIELDS.filter(({ storage }) => storage === "f64" || storage === "u32");
  const field = numeric.find((known) => known.name === name);
  if (field !== undefined) return field;
  const near = nearestWord(name, numeric.map((known) => known.name));
  throw new QueryError(
    `metrics: "${text}" wants a number that can be measured` +
      (near === null
        ? `, such as ${numeric.slice(0, 6).map((known) => known.name).join(", ")}`
        : `; did you mean "${near}"?`),
  );
}

function unknownMetric(text: string, name: string | undefined): QueryError {
  const near = nearestWord(name ?? text, name === undefined ? PLAIN : FUNCTIONS);
  return new QueryError(
    `metrics: there is no "${text}"; ` +
      (near === null
        ? `there are ${PLAIN.join(", ")}, and ${FUNCTIONS.join(", ")} of a field`
        : `did you mean "${near}"?`),
  );
}
