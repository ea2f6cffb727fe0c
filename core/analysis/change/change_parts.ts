import type { QueryAnswer } from "../../query/engine/query_answer.ts";
import { figure } from "../inquiry.ts";

/** A change below this share of the larger window is none to speak of. */
const STEADY = 0.01;

/** How much a part of the traffic changed. */
export interface ChangeItem {
  dimension: "total" | "source" | "destination" | "service" | "in_interface" | "out_interface";
  /** null for what exporters do not say, "all other" for the residual. */
  name: string | null;
  /** `new` and `gone` only where it is certain that there was nothing: of windows that are covered. */
  change_kind: "new" | "gone" | "grew" | "shrank" | "steady" | "residual";
  /** `octets` of windows of one length that are wholly covered, else `bit/s` over what is covered. */
  unit: "octets" | "bit/s";
  before: number;
  now: number;
  change: number;
  /** Of the whole difference; null where there is none. */
  share_of_change_percent: number | null;
}

/** A change before it is known what the whole one is. */
export type Part = Omit<ChangeItem, "share_of_change_percent">;

/** What values are in, and what octets of each window are multiplied by for it. */
export interface Measure {
  readonly unit: ChangeItem["unit"];
  readonly of: readonly number[];
  /** Whether enough of both windows was collected to say what became of the traffic. */
  readonly comparable: boolean;
}

/** What passed of one part, in octets. */
export interface PartRow {
  /** The same in both windows. */
  readonly key: string;
  readonly name: string | null;
  readonly bytes: number;
}

/** The parts of one window, and whether there are more than these. */
export interface PartRows {
  readonly rows: readonly PartRow[];
  readonly more: boolean;
}

/** What became of all traffic. */
export function totalOf(
  { now, before }: Record<"now" | "before", Pick<QueryAnswer, "totals">>,
  measure: Measure,
): Part {
  return compare(
    { dimension: "total", name: "all traffic", measure, certain: true },
    { now: figure(now.totals.metrics, "bytes"), before: figure(before.totals.metrics, "bytes") },
  );
}

/** The parts of a dimension, those that changed most first. */
export function partsOf(
  { now, before }: Record<"now" | "before", PartRows>,
  { dimension, measure }: { dimension: Part["dimension"]; measure: Measure },
): Part[] {
  const parts = new Map<string, { name: string | null; now: number; before: number }>();
  for (const [which, { rows }] of [["now", now], ["before", before]] as const) {
    for (const { key, name, bytes } of rows) {
      const part = parts.get(key) ?? { name, now: 0, before: 0 };
      part[which] += bytes;
      parts.set(key, part);
    }
  }
  const certain = !now.more && !before.more;
  return [...parts.values()]
    .map(({ name, ...bytes }) => compare({ dimension, name, measure, certain }, bytes))
    .sort((a, b) => Math.abs(b.change) - Math.abs(a.change));
}

/** What the listed parts leave of the whole. */
export function residual(dimension: Part["dimension"], total: Part, listed: readonly Part[]): Part {
  const left = (key: "before" | "now" | "change") =>
    listed.reduce((rest, part) => rest - part[key], total[key]);
  return {
    dimension,
    name: "all other",
    change_kind: "residual",
    unit: total.unit,
    before: left("before"),
    now: left("now"),
    change: left("change"),
  };
}

/** A part as an item of the answer, beside the `whole` difference. */
export function shareOf(part: Part, whole: number): ChangeItem {
  return { ...part, share_of_change_percent: whole === 0 ? null : 100 * part.change / whole };
}

function compare(
  { dimension, name, measure, certain }: Pick<Part, "dimension" | "name"> & {
    measure: Measure;
    /** Whether nothing in the answers is really nothing. */
    certain: boolean;
  },
  bytes: { now: number; before: number },
): Part {
  const now = bytes.now * measure.of[0];
  const before = bytes.before * measure.of[1];
  const change = now - before;
  const known = certain && measure.comparable;
  const small = Math.abs(change) <= STEADY * Math.max(now, before);
  return {
    dimension,
    name,
    change_kind: small
      ? "steady"
      : known && before === 0
      ? "new"
      : known && now === 0
      ? "gone"
      : change > 0
      ? "grew"
      : "shrank",
    unit: measure.unit,
    before,
    now,
    change,
  };
}
