import type { CollectionHealth } from "../exporter/collection_health.ts";
import type { DedupMode } from "../query/dedup/count_once.ts";
import { type FlowQuery, flowQuery } from "../query/engine/flow_query.ts";
import { parseMetric } from "../query/engine/metric.ts";
import type { QueryAnswer } from "../query/engine/query_answer.ts";
import { type Absence, absence } from "../query/absence.ts";
import { collectedMs, uncollected } from "../query/held_gaps.ts";
import { type AnswerBasis, mergedTrust } from "../query/merged_trust.ts";
import { emptyReport, type ScanReport, type TimeWindow } from "../query/scan.ts";
import type { HeldTime } from "../query/scan_report.ts";
import { isSummed } from "../query/sums/choose_dimension.ts";
import { finestStepMs, type Untold } from "../query/sums/untold.ts";
import {
  type AnswerDoubts,
  type Approximation,
  collectionTimes,
  coverage,
  type Trust,
} from "../query/trust.ts";
import { timeRangeText } from "./wording.ts";

/** What an analysis stands on, wherever the flows are kept. */
export interface Ground {
  /** Answers a query. */
  run(query: FlowQuery): Promise<QueryAnswer>;
  /** What collection knows of a window, Unix milliseconds. */
  health(fromMs: number, toMs: number): CollectionHealth;
  /** What time it is, Unix milliseconds. */
  readonly nowMs: number;
}

/** The flows that a question is about. */
export interface Scope {
  readonly window: TimeWindow;
  /** Text of the filter language; "" for all. */
  readonly filter: string;
  /** What is done about conversations that several points saw; default: it is said. */
  readonly dedup?: DedupMode;
}

/** A tool call that leads on from an answer. */
export interface NextCall {
  tool: string;
  arguments: Record<string, unknown>;
}

/** What every analysis answers. */
export interface Analysis<I extends object = object> {
  /** One sentence. */
  headline: string;
  items: I[];
  /** Further items, not listed. */
  omitted: number;
  query: NextCall;
  trust: Trust;
}

/** A value of a row. */
export type Cell = QueryAnswer["rows"][number][number];

/** One row of an answer by names of columns. */
export type Row = Readonly<Record<string, Cell>>;

/** An answer whose rows have names. */
export interface Table
  extends Pick<QueryAnswer, "other" | "totals" | "more" | "dedup_factor" | "approximate"> {
  readonly rows: readonly Row[];
  readonly scan: ScanReport;
  /** Seconds of the window that were collected; 0 for none. */
  readonly seconds: number;
  readonly covered: Covered | null;
  /** When nothing was collected, in order: it may last beyond the window. */
  readonly gaps: readonly HeldTime[];
  /** Why nothing of the window is covered; null where some is. */
  readonly absence: Absence | null;
  /** Length of the buckets of a series: at least what was asked for; 0 for none. */
  readonly bucketSeconds: number;
  /**
   * What the rows do not say since only sums are kept: some of the metrics, which are null then, or
   * all that was asked, and then the rows are of the flows alone. null where that is nothing.
   */
  readonly untold: Untold | null;
  /** Those metrics, of the flows that are kept. */
  readonly ofFlows: Row;
}

/** The part of a window that was collected, Unix milliseconds. */
export interface Covered {
  readonly from: number;
  readonly to: number;
  /** Whether that begins within the window, and not with it. */
  readonly beganLate: boolean;
}

/** What is said and asked where only sums are kept, and do not tell all that a query asks. */
export interface OfSums {
  /** What they do not tell, in words; default: its metrics, groups and filter. */
  readonly about?: string;
  /** Metrics that the answer can do without. */
  readonly spare?: readonly string[];
  /** Groups that they do tell, in place of those of the query. */
  readonly orBy?: readonly string[];
}

/** Arguments of a query to go on with. */
export type NextChanges = Readonly<Record<string, unknown>> & {
  readonly group_by?: readonly string[];
};

/** Asks the queries of one analysis and keeps what they say of their answers. */
export class Inquiry {
  readonly ground: Ground;
  readonly scope: Scope;
  readonly #answers: AnswerBasis[] = [];
  /** What takes from the answer besides what queries say. */
  readonly #said: AnswerDoubts[] = [];
  /** Windows of which flows are gone, and sums are not. */
  readonly #summed = new Set<string>();
  /** From when on all is held, by window: of those that are not held from their beginning. */
  readonly #held = new Map<string, { readonly fromMs: number; readonly lapped: boolean }>();

  constructor(ground: Ground, scope: Scope) {
    this.ground = ground;
    this.scope = scope;
  }

  /**
   * Asks one query. Where only sums are kept they are asked for what they tell of it: metrics that they
   * do not are null, and buckets as long as theirs.
   *
   * @param changes of a query over the scope's window; its filter comes on top of the scope's
   * @param instead where sums do not tell what it asks: what that is, in words, and which groups they
   *   do tell
   */
  async ask(changes: Partial<FlowQuery>, instead: OfSums = {}): Promise<Table> {
    const { window, filter, dedup } = this.scope;
    const { fromMs, toMs } = changes.window ?? window;
    const collection = collectionTimes(this.ground.health(fromMs, toMs));
    const asked = flowQuery({
      window,
      ...(dedup === undefined ? {} : { dedup }),
      ...changes,
      filter: allOf(filter, changes.filter ?? ""),
      collection,
    });
    const first = await this.#run(asked);
    const { query, answer, ofFlows } = await this.#simplified(asked, { first, instead }) ??
      { query: asked, answer: named(await this.#whole(asked, first), instead), ofFlows: {} };
    // Analyses tell rates, if only of the sums that they ask for.
    this.#answers.push({ ...answer, rates: true });
    const { untold } = first.scan;
    if (untold !== null && untold.toMs >= toMs) this.#summed.add(windowKey({ fromMs, toMs }));
    const covered = coverage(answer.scan, collection);
    const names = answer.columns.map(({ name }) => name);
    const nothing = (list: readonly string[]) =>
      Object.fromEntries(list.filter((name) => !names.includes(name)).map((name) => [name, null]));
    const unknown = nothing([...asked.group_by, ...asked.metrics]);
    const { totals } = answer;
    const gaps = uncollected(answer.scan, collection);
    return {
      rows: answer.rows.map((row) => ({
        ...unknown,
        ...Object.fromEntries(row.map((cell, i) => [names[i], cell])),
      })),
      other: answer.other,
      totals: { ...totals, metrics: { ...nothing(asked.metrics), ...totals.metrics } },
      more: answer.more,
      dedup_factor: answer.dedup_factor,
      approximate: answer.approximate,
      scan: answer.scan,
      seconds: covered === null ? 0 : collectedMs(gaps, covered) / 1000,
      covered: covered === null ? null : { ...covered, beganLate: covered.from > fromMs },
      gaps,
      absence: absence(answer.scan, collection),
      bucketSeconds: query.bucket_seconds ?? 0,
      untold: answer.scan.untold,
      ofFlows,
    };
  }

  /**
   * Asks what sums do not tell anew, of the time alone of which no flow is gone: those that are left of
   * the time before would be told as if they had passed within it.
   */
  async #whole(asked: FlowQuery, first: QueryAnswer): Promise<QueryAnswer> {
    const { untold, window_overwritten, tiers: [tier] } = first.scan;
    if (untold === null || tier === undefined || !window_overwritten) return first;
    const { window } = asked;
    const answer = await this.#run({ ...asked, window: { ...window, fromMs: tier.from } });
    const tiers = [{ ...tier, rows: answer.scan.rows_scanned }];
    return { ...answer, scan: { ...answer.scan, asked_from: window.fromMs, untold, tiers } };
  }

  /**
   * Asks a query again, without what sums do not tell of it; null where they tell nothing, or are not
   * needed.
   */
  async #simplified(
    asked: FlowQuery,
    { first: { scan: { untold }, totals }, instead: { about, spare = [], orBy } }: {
      first: QueryAnswer;
      instead: OfSums;
    },
  ): Promise<{ query: FlowQuery; answer: QueryAnswer; ofFlows: Row } | null> {
    if (untold === null) return null;
    const { metrics, bucket_seconds } = asked;
    const step = finestStepMs(untold) / 1000;
    const query = {
      ...asked,
      group_by: orBy ?? asked.group_by,
      metrics: metrics.filter((name) => isSummed(parseMetric(name))),
      bucket_seconds: bucket_seconds === null ? null : Math.ceil(bucket_seconds / step) * step,
    };
    const dropped = metrics.filter((name) => !query.metrics.includes(name));
    const asBefore = dropped.length === 0 && orBy === undefined &&
      query.bucket_seconds === bucket_seconds;
    if (query.metrics.length === 0 || asBefore) return null;
    const missed = dropped.filter((name) => !spare.includes(name));
    const lacking = about !== undefined && (missed.length > 0 || orBy !== undefined)
      ? [about]
      : missed;
    const answer = await this.#run(query);
    if (answer.scan.untold !== null) return null;
    const scan = { ...answer.scan, untold: lacking.length === 0 ? null : { ...untold, lacking } };
    const ofFlows = Object.fromEntries(dropped.map((name) => [name, totals.metrics[name]]));
    return { query, answer: { ...answer, scan }, ofFlows };
  }

  /**
   * Asks of the part of a window that is held whole. Where memory holds rows of one collector for
   * longer than of another, and where flows by their own time reach back to before collection began,
   * the rest would be told as if it had passed within that part.
   */
  async #run(query: FlowQuery): Promise<QueryAnswer> {
    const { window, time, bucket_seconds, collection } = query;
    const key = windowKey(window);
    let held = this.#held.get(key);
    if (held === undefined) {
      const answer = await this.ground.run(query);
      const fromMs = coverage(answer.scan, collection!)?.from ?? -Infinity;
      const lapped = answer.scan.window_overwritten;
      const reachesBack = time === "flow" && bucket_seconds === null;
      const whole = fromMs <= window.fromMs || !(lapped || reachesBack);
      // What sums alone are kept of may be told by another query.
      if (whole || answer.scan.untold !== null) return answer;
      this.#held.set(key, held = { fromMs, lapped });
    }
    const { fromMs, lapped } = held;
    const { scan, ...answer } = await this.ground.run({ ...query, window: { ...window, fromMs } });
    const asked = { ...scan, asked_from: window.fromMs };
    if (!lapped) return { ...answer, scan: asked };
    const oldest = scan.window_overwritten ? scan.oldest_row_at ?? fromMs : fromMs;
    const oldest_row_at = Math.max(fromMs, oldest);
    return { ...answer, scan: { ...asked, window_overwritten: true, oldest_row_at } };
  }

  /** Adds what another part of the analysis, which asked by itself, stands on. */
  alsoBasedOn(...bases: readonly AnswerBasis[]): void {
    this.#answers.push(...bases);
  }

  /** What the answers stand on, query by query. */
  get answers(): readonly AnswerBasis[] {
    const { window } = this.scope;
    const scan =
      this.#answers.find(({ scan: { asked_from, asked_to } }) =>
        asked_from === window.fromMs && asked_to === window.toMs
      )?.scan ?? emptyReport(window);
    return [...this.#answers, ...this.#said.map((doubts) => ({ ...doubts, scan }))];
  }

  /** Says that a figure is not exact. */
  doubt(approximation: Approximation): void {
    this.#said.push({ approximate: [approximation] });
  }

  /** Says plainly what takes from the answer. */
  note(note: string): void {
    this.#said.push({ notes: [note] });
  }

  /**
   * A query to go on with, over the same flows; where only sums are kept, one that they answer: they
   * know one term at a time.
   *
   * @param changes of the query
   * @param filter on top of the scope's, of flows and of sums where these need another
   */
  next(
    { group_by, ...changes }: NextChanges,
    filter: string | { readonly flows: string; readonly sums: string } = "",
  ): NextCall {
    const { window, dedup } = this.scope;
    const key = windowKey(window);
    const fromMs = this.#held.get(key)?.fromMs ?? window.fromMs;
    const summed = this.#summed.has(key);
    const groups = summed ? group_by?.slice(0, 1) : group_by;
    const fitting = typeof filter === "string" ? filter : summed ? filter.sums : filter.flows;
    return {
      tool: "query_flows",
      arguments: {
        time_range: timeRangeText({ ...window, fromMs }),
        filter: allOf(this.scope.filter, fitting),
        ...(dedup === undefined ? {} : { dedup }),
        ...(groups === undefined ? {} : { group_by: groups }),
        ...changes,
      },
    };
  }

  /** The answer, with what it stands on. */
  conclude<I extends object>(answer: Omit<Analysis<I>, "trust">): Analysis<I> {
    return {
      ...answer,
      trust: mergedTrust(this.answers, (from, to) => this.ground.health(from, to)),
    };
  }
}

/** Says in words what sums do not tell. */
function named(answer: QueryAnswer, { about }: OfSums): QueryAnswer {
  const { scan } = answer;
  if (about === undefined || scan.untold === null || scan.untold.lacking.length === 0) {
    return answer;
  }
  return { ...answer, scan: { ...scan, untold: { ...scan.untold, lacking: [about] } } };
}

function windowKey({ fromMs, toMs }: Pick<TimeWindow, "fromMs" | "toMs">): string {
  return `${fromMs}/${toMs}`;
}

/** The filter of flows that match all of some filters. */
export function allOf(...filters: readonly string[]): string {
  const some = filters.filter((filter) => filter.trim() !== "");
  return some.length < 2 ? some.join("") : some.map((filter) => `(${filter})`).join(" and ");
}

/** A metric of a row, or of what `totals` and `other` hold; 0 where there was nothing. */
export function figure(metrics: Readonly<Record<string, Cell>> | undefined, name: string) {
  const value = metrics?.[name];
  return typeof value === "number" ? value : 0;
}
