import type { StoredFieldName } from "../../flow/schema.ts";
import { NameDirectory } from "../../names/name_directory.ts";
import { compileFilter } from "../filter/compile_filter.ts";
import { filterFields } from "../filter/filter_fields.ts";
import { parseFilter } from "../filter/parse_filter.ts";
import type { FlowSource } from "../flow_source.ts";
import { QueryCancelled } from "../query_cancelled.ts";
import { Overtaken, scanWindow, type TimeWindow } from "../scan.ts";
import { type CompiledFold, compileFold, foldFields, type FoldShape } from "./compile_fold.ts";
import { type FlowQuery, type ReadQuery, readQuery } from "./flow_query.ts";
import type { CellSpec, Metric } from "./metric.ts";
import { arrange, type QueryAnswer } from "./query_answer.ts";
import { QueryFold, type QueryNames } from "./query_fold.ts";

/** What a query may cost. */
export interface QueryBudget {
  readonly maxRows: number;
  readonly maxMs: number;
  /** Bytes of groups, of values of quantiles and of pairs of distinct counts, each. */
  readonly maxBytes: number;
}

/** Enough for every row that 64 full rings of the usual size hold. */
export const DEFAULT_BUDGET: QueryBudget = {
  maxRows: 1 << 26,
  maxMs: 15_000,
  maxBytes: 192 * 1024 * 1024,
};

/** What a query engine stands on. */
export interface RunOptions {
  readonly names: QueryNames;
  /** All other names; where it is left out, nothing is configured. */
  readonly directory?: NameDirectory;
  readonly budget?: QueryBudget;
  /** Asked now and then; true gives the query up. */
  readonly cancelled?: () => boolean;
}

/** Flows that were long ago under way are exported late: their rows arrive after their time. */
const LATE_MS = 3_600_000;
/** Clocks of exporters may run ahead by so much. */
const AHEAD_MS = 60_000;
/** Compiled folds kept: the next query of the same shape begins warm. */
const MAX_COMPILED = 64;

/** Answers queries from rings. Compiled inner loops are kept between queries. */
export class QueryEngine {
  readonly #compiled = new Map<string, CompiledFold>();
  /** Where nothing is configured. */
  readonly #unnamed = new NameDirectory();

  /**
   * Runs a query.
   *
   * @param sources rings to read
   * @param query what is asked
   * @param given names, and what it may cost
   * @throws {QueryError} or {FilterError} for what cannot be asked, {QueryCancelled}
   */
  async run(
    sources: readonly FlowSource[],
    query: FlowQuery,
    given: RunOptions,
  ): Promise<QueryAnswer> {
    const options = { directory: this.#unnamed, ...given };
    const read = readQuery(query);
    const shape = shapeOf(read);
    const compiled = this.#compile(shape);
    try {
      return await answer(sources, { read, shape, compiled, inPlace: true }, options);
    } catch (error) {
      if (!(error instanceof Overtaken)) throw error;
      return await answer(sources, { read, shape, compiled, inPlace: false }, options);
    }
  }

  #compile(shape: FoldShape): CompiledFold {
    const { terms, cells, distinct, sampled, ownTime, bucketMs } = shape;
    const key = JSON.stringify([
      terms.map(({ name }) => name),
      cells,
      distinct.map(({ name }) => name),
      sampled,
      ownTime,
      bucketMs,
    ]);
    let compiled = this.#compiled.get(key);
    if (compiled === undefined) compiled = compileFold(shape);
    else this.#compiled.delete(key);
    this.#compiled.set(key, compiled);
    if (this.#compiled.size > MAX_COMPILED) {
      this.#compiled.delete(this.#compiled.keys().next().value!);
    }
    return compiled;
  }
}

interface Plan {
  readonly read: ReadQuery;
  readonly shape: FoldShape;
  readonly compiled: CompiledFold;
  readonly inPlace: boolean;
}

async function answer(
  sources: readonly FlowSource[],
  plan: Plan,
  options: RunOptions & { readonly directory: NameDirectory },
): Promise<QueryAnswer> {
  const { read, shape, compiled } = plan;
  const { query } = read;
  const budget = options.budget ?? DEFAULT_BUDGET;
  const { names, directory } = options;
  const nameNotes = read.terms.map((term) => term.derive && term.check?.(directory))
    .filter((note) => typeof note === "string");
  const fold = new QueryFold(read, plan, { names, directory, maxBytes: budget.maxBytes });
  const node = parseFilter(query.filter, { directory });
  const fields = [...new Set<StoredFieldName>([...foldFields(shape), ...filterFields(node)])];
  const until = performance.now() + budget.maxMs;
  const stop = { rows: false, time: false };
  const scan = await scanWindow(sources, {
    window: query.time === "flow" ? widened(query.window) : query.window,
    fields,
    inPlace: plan.inPlace,
    enough: (rows) => {
      if (options.cancelled?.()) throw new QueryCancelled("the query was given up");
      stop.rows = rows >= budget.maxRows;
      stop.time = performance.now() > until;
      return stop.rows || stop.time;
    },
  }, (block, { start, end }, source) => {
    fold.open(
      source,
      block,
      () => compileFilter(node, { columns: block, dictionary: source.dictionary, directory }),
    );
    compiled.fold(block, start, end, fold.state);
  });
  const result = fold.result(read);
  return {
    ...arrange(read, result, { layout: compiled.layout, context: fold.context }),
    scan: { ...scan, asked_from: query.window.fromMs, asked_to: query.window.toMs },
    notes: [...fold.notes(scan, stop), ...new Set(nameNotes)],
    approximate: fold.approximate(),
  };
}

/** The arrivals among which flows of a window may be. */
function widened({ fromMs, toMs, untilNow }: TimeWindow): TimeWindow {
  return { fromMs: fromMs - AHEAD_MS, toMs: toMs + LATE_MS, untilNow };
}

function shapeOf({ terms, metrics, query, bucketMs }: ReadQuery): FoldShape {
  const cells: CellSpec[] = [];
  const add = (cell: CellSpec): void => {
    if (!cells.some(({ kind, field }) => kind === cell.kind && field === cell.field)) {
      cells.push(cell);
    }
  };
  for (const metric of metrics) {
    if (metric.kind === "cell" || metric.kind === "rate") add(metric.cell);
    else if (metric.kind === "average") {
      add(metric.sum);
      add(metric.count);
    }
  }
  return {
    terms,
    cells,
    distinct: ofKind(metrics, "distinct").map(({ term }) => term),
    sampled: [...new Set(ofKind(metrics, "quantile").map(({ field }) => field))],
    ownTime: query.time === "flow",
    bucketMs,
  };
}

function ofKind<K extends Metric["kind"]>(metrics: readonly Metric[], kind: K) {
  return metrics.filter((metric): metric is Extract<Metric, { kind: K }> => metric.kind === kind);
}
