import { SEGMENT_ROWS } from "../../flow/segment/segment_directory.ts";
import { NameDirectory } from "../../names/name_directory.ts";
import { COUNTED_AS_SEEN, type CountedOnce, countOnce } from "../dedup/count_once.ts";
import { DEDUP_FIELDS, type DedupColumns } from "../dedup/dedup_columns.ts";
import { learntInMemory } from "../dedup/learnt_in_memory.ts";
import { OverlapMemory } from "../dedup/overlap_memory.ts";
import { shareWithin } from "../dedup/share_within.ts";
import { compileFilter } from "../filter/compile_filter.ts";
import type { FilterNode } from "../filter/filter_node.ts";
import { filterFields } from "../filter/filter_fields.ts";
import { parseFilter } from "../filter/parse_filter.ts";
import type { FlowArchive } from "../flow_archive.ts";
import type { FlowSource, RowOrigin } from "../flow_source.ts";
import { noteLives } from "../note_lives.ts";
import { QueryCancelled } from "../query_cancelled.ts";
import { Overtaken, scanWindow, type TimeWindow } from "../scan.ts";
import { reportOn } from "../scan_report.ts";
import { foldSums } from "../sums/fold_sums.ts";
import { queryTiers } from "../sums/query_tiers.ts";
import { sumsDoubts } from "../sums/sums_doubts.ts";
import type { SumTier } from "../sums/traffic_sums.ts";
import { PresenceMemory } from "./batch_presence.ts";
import { type CompiledFold, compileFold } from "./compile_fold.ts";
import { foldFields, type FoldShape, foldShape } from "./fold_shape.ts";
import { compileSelect } from "./compile_select.ts";
import { GroupMemory } from "./group_memory.ts";
import { type FlowQuery, type ReadQuery, readQuery } from "./flow_query.ts";
import { arrange, type QueryAnswer } from "./query_answer.ts";
import { QueryFold, type QueryNames } from "./query_fold.ts";
import { rateSpan } from "./rate_span.ts";
import { arrivalsOf, readTiers } from "./read_tiers.ts";
import { StorePool } from "./store_pool.ts";

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
  /** Rows that rings do not hold any more. */
  readonly archive?: FlowArchive | null;
  /**
   * The arrivals among which flows of a window by their own time are looked for; default: from a
   * little before it to an hour behind it.
   */
  readonly arrivals?: TimeWindow;
}

/** Flows that were long ago under way are exported late: their rows arrive after their time. */
const LATE_MS = 3_600_000;
/** Clocks of exporters may run ahead by so much. */
const AHEAD_MS = 60_000;
/** Rows of a block, and what they may come to where flows are spread over buckets. */
const MAX_BLOCK_ROWS = 8192;
const LEAST_BLOCK_ROWS = 64;
const BLOCK_ENTRIES = 65_536;
/** Compiled folds kept: the next query of the same shape begins warm. */
const MAX_COMPILED = 64;

/** Answers queries from rings. Compiled inner loops are kept between queries. */
export class QueryEngine {
  readonly #compiled = new Map<string, CompiledFold>();
  /** Of the folds above, those of sums into the same groups. */
  readonly #ofSums = new WeakMap<CompiledFold, CompiledFold>();
  readonly #overlaps = new OverlapMemory();
  readonly #stores = new StorePool();
  readonly #numbers = new GroupMemory();
  readonly #presence = new PresenceMemory();
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
    const options = { ...given, directory: given.directory ?? this.#unnamed };
    const read = readQuery(query);
    const shape = foldShape(read);
    const compiled = this.#compile(shape);
    const plan = {
      read,
      shape,
      compiled,
      ofSums: () => this.#compileOfSums(shape, compiled),
      overlaps: this.#overlaps,
      stores: this.#stores,
      numbers: this.#numbers,
      presence: this.#presence,
    };
    try {
      return await evaluate(sources, { ...plan, inPlace: true }, options);
    } catch (error) {
      if (!(error instanceof Overtaken)) throw error;
      return await evaluate(sources, { ...plan, inPlace: false }, options);
    }
  }

  /** Learns ahead what questions would have to wait for; to be called every LEARN_AHEAD_MS. */
  async learnAhead(sources: readonly FlowSource[]): Promise<void> {
    await this.#overlaps.ahead(sources);
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

  /** Sums have no time of their own: theirs is that of arrival. */
  #compileOfSums(shape: FoldShape, like: CompiledFold): CompiledFold {
    const known = this.#ofSums.get(like);
    if (known !== undefined) return known;
    const compiled = compileFold({ ...shape, ownTime: false }, like);
    this.#ofSums.set(like, compiled);
    return compiled;
  }
}

/** Rows of sums are of no collector, and have no texts. */
const OF_SUMS: RowOrigin = { capability: "", dictionary: { text: () => null } };

interface Plan {
  readonly read: ReadQuery;
  readonly shape: FoldShape;
  readonly compiled: CompiledFold;
  readonly ofSums: () => CompiledFold;
  readonly overlaps: OverlapMemory;
  readonly stores: StorePool;
  readonly numbers: GroupMemory;
  readonly presence: PresenceMemory;
  readonly inPlace: boolean;
}

async function evaluate(
  sources: readonly FlowSource[],
  plan: Plan,
  options: RunOptions & { readonly directory: NameDirectory },
): Promise<QueryAnswer> {
  const { read, shape, compiled } = plan;
  const { query } = read;
  const budget = options.budget ?? DEFAULT_BUDGET;
  const { names, directory, archive } = options;
  const nameNotes = read.terms.map((term) => term.derive && term.check?.(directory))
    .filter((note) => typeof note === "string");
  const { maxBytes } = budget;
  const node = parseFilter(query.filter, { directory });
  // Keys of groups depend on rows, and for services on which ports have names.
  const { namedPorts } = names;
  const asked = JSON.stringify(read.terms.map(({ name }) => name));
  const numbers = plan.numbers.numbers(asked, namedPorts);
  const { stores } = plan;
  const fold = new QueryFold(read, plan, { names, directory, stores, numbers, maxBytes });
  const arrivals = query.time === "flow" ? options.arrivals ?? widened(query.window) : query.window;
  const until = performance.now() + budget.maxMs;
  const stop = { rows: false, time: false };
  const enough = (rows: number): boolean => {
    if (options.cancelled?.()) throw new QueryCancelled("the query was given up");
    stop.rows = rows >= budget.maxRows;
    stop.time = performance.now() > until;
    return stop.rows || stop.time;
  };
  const tiers = queryTiers(sources, read, { node, archive, maxRows: budget.maxRows });
  const newest = tiers.parts.findLast(({ tier }) => tier === "flows");
  const window = newest && arrivalsOf(tiers, newest, arrivals);
  const counting = await counted(sources, { ...plan, node, window, enough, directory, archive });
  const { counts } = counting;
  const also = counts === null ? [] : DEDUP_FIELDS;
  const wanted = [...new Set([...foldFields(shape), ...filterFields(node), ...also])];
  // Where rows are summed by code, what their groups are called is not looked at by row.
  const byRow = [
    ...new Set([...foldFields({ ...shape, terms: [] }), ...filterFields(node), ...also]),
  ];
  const wholeSums = read.terms.length === 0 && node.kind === "any";
  let firstRowAt = Infinity;
  const { scan: rows, rest } = await readTiers(tiers, arrivals, {
    flows: (window) =>
      scanWindow(sources, {
        window,
        fields: wanted,
        archive,
        laid: [],
        filter: node,
        inPlace: plan.inPlace,
        blockRows: blockRows(read),
        segmentRows: compiled.sumByCode === null ? undefined : SEGMENT_ROWS,
        enough,
      }, (block, { start, end, firstRow, segment }, origin) => {
        if (start < end) {
          const arrival = segment?.arrival(start) ?? block.received_at[start];
          firstRowAt = Math.min(firstRowAt, arrival);
        }
        fold.open(origin, block, () => {
          const { dictionary } = origin;
          const also = counts && ((slot: number) => counts(block as DedupColumns, slot));
          return compileSelect(node, { columns: block, dictionary, directory }, also);
        });
        const codes = fold.turnTo(segment);
        segment?.lay(codes === null ? [...wanted, "presence"] : [...byRow, "presence"]);
        const { presence } = fold.state;
        const known = { memory: plan.presence, rowOfSlot0: firstRow - start };
        if (segment?.pattern) presence.openAlike(segment.pattern);
        else presence.open(block.presence, isOfRing(origin, block) ? known : undefined);
        if (codes === null) compiled.fold(block, start, end, fold.state);
        else compiled.sumByCode!(block, start, end, fold.state, segment!, codes);
      }),
    sums: (part) => {
      const span = { fromMs: part.fromMs, toMs: part.toMs };
      const tier = part.tier as SumTier;
      const { dimension } = tiers;
      const asked = {
        tier,
        span,
        dimension: dimension!,
        withRest: wholeSums,
        enough: () => enough(0),
      };
      const { fold: foldBlock } = plan.ofSums();
      return foldSums(archive!.sums, asked, ({ columns, rows }) => {
        firstRowAt = Math.min(firstRowAt, columns.received_at[0]);
        fold.open(
          OF_SUMS,
          columns,
          () => compileSelect(node, { ...OF_SUMS, columns, directory }, null),
        );
        fold.state.presence.open(columns.presence);
        fold.turnTo();
        foldBlock(columns, 0, rows, fold.state);
      });
    },
    lives: (report) =>
      noteLives(report, archive!, {
        sources,
        rings: archive!.rings(report.asked_from),
        summedFromMs: tiers.sums?.fromMs ?? tiers.untold?.sumsFromMs,
      }),
  });
  if (!wholeSums && node.kind === "any" && rest.flows > 0) fold.addRest(rest);
  const once = learntInMemory(counting, { mode: query.dedup, scan: rows });
  const scan = {
    ...reportOn(rows, query.window, query.window.toMs + fold.state.longestMs),
    // By their own time fewer rows are in the window than were looked at.
    ...(shape.ownTime ? { sampling_rows: [...fold.state.sampling] } : {}),
  };
  const rates = rateSpan(read, scan, firstRowAt);
  const answer = {
    ...arrange(read, fold.result(rates.seconds), { keys: fold.keys, context: fold.context, rates }),
    scan,
    longest_ms: fold.state.longestMs,
    dedup_factor: rows.rows_scanned === 0 ? null : once.factor,
    reached: fold.reached(scan, stop),
    notes: [
      ...fold.notes(scan, stop),
      ...tiers.notes,
      ...(stop.time ? tiers.advice : []),
      ...rates.notes,
      ...once.notes,
      ...new Set(nameNotes),
    ],
    approximate: [
      ...fold.approximate(),
      ...sumsDoubts(read, { node, parts: tiers.parts, rest }),
      ...once.approximate,
    ],
  };
  fold.release(plan.stores);
  return answer;
}

/** Where conversations that several points saw count, as far as the query asks about that. */
async function counted(
  sources: readonly FlowSource[],
  { read, overlaps, inPlace, node, window, enough, directory, archive }: Plan & {
    node: FilterNode;
    directory: NameDirectory;
    /** Left out where no flows are read. */
    window: TimeWindow | undefined;
    enough: (rows: number) => boolean;
    archive?: FlowArchive | null;
  },
): Promise<CountedOnce> {
  const { dedup: mode, time, window: { fromMs, toMs } } = read.query;
  if (mode === "off" || window === undefined) return COUNTED_AS_SEEN;
  const overlap = await overlaps.overlap(sources, { inPlace, cancelled: () => void enough(0) });
  return await countOnce(sources, {
    mode,
    overlap,
    hash: overlaps.hash,
    window,
    inPlace,
    enough,
    archive,
    filter: node,
    fields: filterFields(node),
    wanted(block, { dictionary }) {
      const matches = compileFilter(node, { columns: block, dictionary, directory });
      if (time === "arrival") return (slot) => matches(slot) ? 1 : 0;
      return (slot) => matches(slot) ? shareWithin(block, slot, { fromMs, toMs }) : 0;
    },
  });
}

/** Whether rows are read where the ring has them, and not from a copy. */
function isOfRing(origin: RowOrigin, { presence }: { readonly presence: Uint32Array }): boolean {
  return "ring" in origin && (origin as FlowSource).ring.columns.presence === presence;
}

/** Rows between two looks at the budget: a flow that is spread over buckets is as many entries. */
function blockRows({ query: { time, window }, bucketMs }: ReadQuery): number {
  const buckets = time === "flow" && bucketMs > 0
    ? Math.ceil((window.toMs - window.fromMs) / bucketMs)
    : 1;
  return Math.max(LEAST_BLOCK_ROWS, Math.min(MAX_BLOCK_ROWS, Math.floor(BLOCK_ENTRIES / buckets)));
}

/** The arrivals among which flows of a window may be. */
function widened({ fromMs, toMs, untilNow }: TimeWindow): TimeWindow {
  return { fromMs: fromMs - AHEAD_MS, toMs: toMs + LATE_MS, untilNow };
}
