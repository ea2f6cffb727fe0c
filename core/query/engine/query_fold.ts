import { countOf } from "../../count_of.ts";
import { SAMPLING_SOURCES } from "../../flow/schema.ts";
import type { FlowRow } from "../../flow/schema.ts";
import type { RowCodes, SegmentRows } from "../../flow/segment/segment_rows.ts";
import { SEGMENT_ROWS } from "../../flow/segment/segment_directory.ts";
import type { NameDirectory } from "../../names/name_directory.ts";
import type { RowOrigin } from "../flow_source.ts";
import type { ScanReport } from "../scan.ts";
import { presenceMasks } from "../row_expression.ts";
import type { CompiledFold, FoldState } from "./compile_fold.ts";
import type { FoldShape } from "./fold_shape.ts";
import { DistinctCounter, type NumberNames } from "./distinct_counter.ts";
import type { ReadQuery } from "./flow_query.ts";
import type { Budget } from "./query_answer.ts";
import { emptyCell, type FoldResult } from "./fold_result.ts";
import { BatchPresence } from "./batch_presence.ts";
import type { StorePool } from "./store_pool.ts";
import type { KeyLayout } from "./key_layout.ts";
import type { Select } from "./compile_select.ts";
import type { GroupNumbers } from "./group_memory.ts";
import { GroupKeys } from "./group_keys.ts";
import { sumsRoom, turnSumsTo } from "./sum_code.ts";
import { UPPER_SHAPE, UpperWords } from "./upper_words.ts";
import type { CellValue, GroupTerm, TermContext } from "./term.ts";

/** Names that keys hold as numbers. */
export interface QueryNames {
  /** Whether a port has a service name in any protocol, by port. */
  readonly namedPorts: Uint8Array;
  serviceName(protocol: number, port: number): string | null;
}

/** The presence bits of what is no traffic. */
const EVENT = presenceMasks(["event"]);
/** Of the key of a pair: the group comes first. */
const VALUE_TERM = 1;
/** Share of the flows read whose clock must be wrong before it is worth a word. */
const MANY_ASTRAY = 0.05;
/** Strings that one collector can have. */
const STRINGS = 65_536;

/** What of one origin a fold needs while its rows are read. */
interface OpenSource {
  readonly capability: number;
  /** Numbers of the query's own by dictionary id; -1 for none yet. */
  readonly ids: Int32Array;
  /** What chooses rows, by the block that they lie in. */
  readonly selects: Map<object, Select>;
}

/** The state of one query while rows are folded into it. */
export class QueryFold {
  readonly state: FoldState;
  readonly context: TermContext;
  /** Of the groups. */
  readonly keys: GroupKeys;
  readonly #shape: FoldShape;
  readonly #strings: string[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #capabilities: string[] = [];
  readonly #open = new Map<RowOrigin, OpenSource>();
  readonly #distinctNames: readonly string[];
  /** What answers lack because there is nothing to take names from. */
  readonly #missingNames: readonly string[];
  /** Flows of what sums keep as the rest of many values: of which groups nobody knows. */
  #untold = 0;
  /** Groups by code, of the segment that is being read. */
  #known: Int32Array | null = null;
  readonly #compiled: CompiledFold;
  /** Of groups by code, from one question to the next. */
  readonly #groupNumbers: GroupNumbers;
  /** Of the segment that groups by code are known of. */
  #opening: object | null = null;
  #origin: RowOrigin | null = null;

  /**
   * @param read the query
   * @param compiled its `shape`, and the `compiled` fold
   * @param options `names` and `directory`, `stores` to take memory from, `numbers` of groups by code,
   *   and `maxBytes` that groups, samples and pairs
   *   may take, each
   * @throws {QueryError} where names are to be counted that there are none of
   */
  constructor(
    { terms, metrics, query: { window } }: ReadQuery,
    { shape, compiled }: { shape: FoldShape; compiled: CompiledFold },
    { names, directory, stores, numbers, maxBytes }: {
      names: QueryNames;
      directory: NameDirectory;
      stores: StorePool;
      numbers: GroupNumbers;
      maxBytes: number;
    },
  ) {
    this.#shape = shape;
    this.#compiled = compiled;
    this.#groupNumbers = numbers;
    const said = terms.map((term) => term.derive && term.check?.(directory));
    const missing = shape.distinct.flatMap((term) =>
      (term.derive && term.check?.(directory, "metrics")) ?? []
    );
    this.#missingNames = [...new Set(missing)].filter((note) => !said.includes(note));
    const cells = shape.cells.map(emptyCell);
    this.#distinctNames = metrics.filter(({ kind }) => kind === "distinct").map(({ name }) => name);
    this.state = {
      groups: stores.take({ keyWords: compiled.layout.words, cells }, maxBytes),
      distinct: compiled.distinctLayouts.map((layout, i) => {
        const bytes = maxBytes / compiled.distinctLayouts.length;
        const pairs = stores.take({ keyWords: layout.words, cells: [] }, bytes);
        return new DistinctCounter(pairs, this.#numberNames(shape.distinct[i], layout));
      }),
      samples: shape.sampled.map(() => stores.takeLog(maxBytes / shape.sampled.length)),
      overflow: Float64Array.from(cells),
      unplaced: 0,
      uppers: new UpperWords(stores.take(UPPER_SHAPE, maxBytes / 2)),
      presence: new BatchPresence(),
      recall: null,
      byCode: null,
      select: () => 0,
      capability: 0,
      ids: new Int32Array(0),
      intern: (id) => this.#intern(id),
      named: names.namedPorts,
      fromMs: window.fromMs,
      toMs: window.untilNow ? Math.max(window.toMs, window.fromMs) + 1 : window.toMs,
      untimed: 0,
      astray: 0,
      longestMs: 0,
      sampling: new Float64Array(SAMPLING_SOURCES.length),
    };
    const { groups, uppers } = this.state;
    this.keys = new GroupKeys(groups, { layout: compiled.layout, uppers });
    this.context = {
      strings: this.#strings,
      capabilities: this.#capabilities,
      serviceName: (protocol, port) => names.serviceName(protocol, port),
      directory,
    };
  }

  /**
   * Makes ready for rows of an origin.
   *
   * @param origin of the rows that follow
   * @param block that they lie in
   * @param compile makes what chooses rows of that block
   */
  open(origin: RowOrigin, block: object, compile: () => Select): void {
    let open = this.#open.get(origin);
    if (open === undefined) {
      open = {
        capability: this.#capability(origin),
        ids: new Int32Array(STRINGS).fill(-1),
        selects: new Map(),
      };
      this.#open.set(origin, open);
    }
    let select = open.selects.get(block);
    if (select === undefined) open.selects.set(block, select = compile());
    this.#origin = origin;
    this.state.select = select;
    this.state.capability = open.capability;
    this.state.ids = open.ids;
  }

  /**
   * Adds traffic of groups that are not told apart: it is in the totals and the remainder.
   *
   * @param rest of which every cell is a sum
   */
  addRest(rest: Readonly<Record<"flows" | "bytes" | "packets", number>>): void {
    this.#untold += rest.flows;
    this.#shape.cells.forEach(({ field }, i) => {
      this.state.overflow[i] += rest[field as "bytes" | "packets" | undefined ?? "flows"];
    });
  }

  /**
   * Turns to rows of a segment, or to others.
   *
   * @param segment that the rows that follow are of
   * @returns the codes by which its rows can be summed; null where they go one by one
   */
  turnTo(segment?: SegmentRows<FlowRow>): RowCodes | null {
    const { recallName, sumByCode, wanted } = this.#compiled;
    const codes = segment === undefined || recallName === null ? null : segment.codes(recallName);
    if (codes !== null && sumByCode !== null && segment!.haveAll(wanted, EVENT)) {
      this.state.byCode ??= sumsRoom(this.#shape, this.#groupNumbers);
      turnSumsTo(this.state.byCode, codes, this.state.groups.count);
      return codes;
    }
    const opening = segment?.opening ?? null;
    if (opening !== this.#opening) {
      this.#opening = opening;
      this.#known ??= new Int32Array(SEGMENT_ROWS);
      // Of their own: what is asked next of the segment must not change them.
      const byRow = codes && new Uint16Array(segment!.codesByRow(codes));
      this.state.recall = byRow && { codes: byRow, groups: this.#known.fill(-1) };
    }
    return null;
  }

  /** Gives the memory of the groups back: nothing of the result may be read any more. */
  release(stores: StorePool): void {
    stores.give(this.state.groups);
    for (const { pairs } of this.state.distinct) stores.give(pairs);
    for (const log of this.state.samples) stores.give(log);
    stores.give(this.state.uppers.store);
  }

  /** What the rows came to; rates are over `rateSeconds`. */
  result(rateSeconds: number): FoldResult {
    const { groups, overflow, unplaced, distinct, samples } = this.state;
    return {
      groups,
      overflow,
      unplaced: unplaced + this.#untold,
      cells: this.#shape.cells,
      distinct: new Map(this.#distinctNames.map((name, i) => [name, distinct[i]])),
      samples: new Map(this.#shape.sampled.map((name, i) => [name, samples[i]])),
      secondsOf: () => rateSeconds,
    };
  }

  /**
   * Which budgets were reached.
   *
   * @param scan what was read
   * @param stop why reading ended early, if it did
   */
  reached({ stopped_at }: ScanReport, stop: { rows: boolean; time: boolean }): Budget[] {
    const { unplaced, samples, distinct } = this.state;
    const full = unplaced > 0 || samples.some(({ dropped }) => dropped > 0) ||
      distinct.some(({ uncounted }) => uncounted > 0);
    const stopped = stopped_at === null ? [] : [stop.rows ? "rows" as const : "time" as const];
    return full ? [...stopped, "memory"] : stopped;
  }

  /**
   * Plain sentences about what takes from the answer.
   *
   * @param scan what was read
   * @param stop why reading ended early, if it did
   */
  notes(scan: ScanReport, stop: { rows: boolean; time: boolean }): string[] {
    const { untimed, astray, groups, samples, distinct, unplaced } = this.state;
    const notes: string[] = [...this.#missingNames];
    if (scan.stopped_at !== null) {
      notes.push(
        `The query reached its budget of ${stop.rows ? "rows" : "time"} after ` +
          `${scan.rows_scanned} flow records: what arrived after ` +
          `${new Date(scan.stopped_at).toISOString()} is not in the answer.`,
      );
    }
    if (unplaced > 0) {
      const without = this.#shape.sampled.length + this.#shape.distinct.length > 0;
      notes.push(
        `There are more groups than memory allows (${groups.count}): further ones are only in ` +
          `"other"${without ? ", whose quantiles and distinct counts leave them out" : ""}.`,
      );
    }
    const dropped = samples.reduce((sum, log) => sum + log.dropped, 0);
    if (dropped > 0) {
      notes.push(`Quantiles leave ${countOf(dropped, "value")} out: there was no room.`);
    }
    const uncounted = distinct.reduce((sum, counter) => sum + counter.uncounted, 0);
    if (uncounted > 0) notes.push(`Distinct counts are too low for some groups.`);
    if (untimed > 0) {
      notes.push(`Arrival stands for the time of ${countOf(untimed, "flow")} without one.`);
    }
    if (astray > MANY_ASTRAY * scan.rows_scanned) {
      notes.push(
        `${astray} of ${
          countOf(scan.rows_scanned, "flow")
        } that arrived around the window lie outside it ` +
          "by their own time, more than 15 minutes from their arrival: is the exporter's clock right?",
      );
    }
    return notes;
  }

  /** Figures that are not exact, with how far they may be off. */
  approximate(): { figure: string; error: string }[] {
    return this.#distinctNames.flatMap((figure, i) =>
      this.state.distinct[i].exact ? [] : [{
        figure,
        error: "HyperLogLog, standard error 6.5 % of what is beyond the exact part, " +
          "where several groups are taken together of all",
      }]
    );
  }

  /** How pairs of a term are numbered by name; null for a term whose keys are its values. */
  #numberNames(term: GroupTerm, layout: KeyLayout): NumberNames | null {
    if (term.derive === undefined) return null;
    return (pairs) => {
      const numbers = new Map<CellValue, number>([[null, -1]]);
      const keys = new GroupKeys(pairs, { layout, uppers: this.state.uppers });
      const names = term.derive({
        count: pairs.count,
        lanesOf: (pair) => keys.lanes(pair, VALUE_TERM),
      }, this.context);
      return Int32Array.from(names, (name) => {
        const known = numbers.get(name);
        if (known === undefined) numbers.set(name, numbers.size - 1);
        return known ?? numbers.size - 2;
      });
    };
  }

  /** One number for a capability, however many rings have rows of it. */
  #capability({ capability }: RowOrigin): number {
    const known = this.#capabilities.indexOf(capability);
    return known >= 0 ? known : this.#capabilities.push(capability) - 1;
  }

  /** One number for a text, whichever collector it is of. */
  #intern(id: number): number {
    const text = this.#origin!.dictionary.text(id) ?? "";
    let number = this.#numbers.get(text);
    if (number === undefined) {
      number = this.#strings.push(text) - 1;
      this.#numbers.set(text, number);
    }
    return this.state.ids[id] = number;
  }
}
