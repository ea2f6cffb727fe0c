import type { FlowColumns } from "../../flow/columns.ts";
import type { FlowRow } from "../../flow/schema.ts";
import type { RowCodes, SegmentRows } from "../../flow/segment/segment_rows.ts";
import { hashSeeds } from "../../flow/word_hash.ts";
import { askedFields, presenceMasks, wholeExpression } from "../row_expression.ts";
import { addCode } from "./add_code.ts";
import { BATCH_ROWS, type BatchPresence } from "./batch_presence.ts";
import type { Select } from "./compile_select.ts";
import type { DistinctCounter } from "./distinct_counter.ts";
import { distinctCode } from "./distinct_code.ts";
import { entryCode } from "./entry_code.ts";
import {
  entriesAreRows,
  foldFields,
  type FoldShape,
  hasOneGroup,
  recallName,
} from "./fold_shape.ts";
import type { GroupStore } from "./group_store.ts";
import { KeyLayout } from "./key_layout.ts";
import { keyArrays, placeCode } from "./place_code.ts";
import type { SampleLog } from "./sample_log.ts";
import { sumCode, sumLoop, type SumsByCode, sumsByCode } from "./sum_code.ts";
import type { UpperWords } from "./upper_words.ts";

/** What the rows of a query are folded into, and what decides about them; one object a query. */
export interface FoldState {
  readonly groups: GroupStore;
  readonly distinct: readonly DistinctCounter[];
  readonly samples: readonly SampleLog[];
  /** Sums of flows that found no room for a group of their own. */
  readonly overflow: Float64Array;
  /** Entries of such flows: one a flow, of a series one a flow and bucket. */
  unplaced: number;
  readonly uppers: UpperWords;
  /** Of the batch that is being read. */
  readonly presence: BatchPresence;
  /**
   * Codes of the rows being read, and by code the group that rows of it are in, -1 where that is not
   * known yet; null for rows that have none.
   */
  recall: { codes: Uint16Array; groups: Int32Array } | null;
  /** Room for the sums of a segment's codes; null while nothing is summed so. */
  byCode: SumsByCode | null;
  /** Chooses rows; belongs to the columns being read. */
  select: Select;
  /** Number of the capability whose rows are being read. */
  capability: number;
  /** Numbers of the query's own for the strings of the collector being read, -1 for none yet. */
  ids: Int32Array;
  /** Gives a string of that collector a number. */
  intern(id: number): number;
  /** Whether a port has a service name, in any protocol. */
  readonly named: Uint8Array;
  /** Window, Unix milliseconds: flows are cut to it where their own time counts. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Rows of the window whose own time was not known, so that their arrival stood for it. */
  untimed: number;
  /** Rows whose own time lies outside the window, and far from their arrival. */
  astray: number;
  /** Length of the longest flow of the window, by its own time. */
  longestMs: number;
  /** Rows of the window by their own time, by where their sampling rate came from. */
  readonly sampling: Float64Array;
}

/** Folds the rows `[start, end)` of a segment into the state: all of them have what is asked for. */
export type SumFold = (
  columns: Partial<FlowColumns> & Pick<FlowColumns, "presence">,
  start: number,
  end: number,
  state: FoldState,
  segment: SegmentRows<FlowRow>,
  codes: RowCodes,
) => void;

/** Folds the rows `[start, end)` of a block into the state. */
export type Fold = (
  columns: Partial<FlowColumns> & Pick<FlowColumns, "presence">,
  start: number,
  end: number,
  state: FoldState,
) => void;

/** A shape, compiled. */
export interface CompiledFold {
  readonly fold: Fold;
  /** Of the terms, and behind them the bucket where there is one. */
  readonly layout: KeyLayout;
  readonly distinctLayouts: readonly KeyLayout[];
  /** Name of the codes that tell its groups apart, null where none do. */
  readonly recallName: string | null;
  /** Folds rows of segments by those codes; null where that cannot be. */
  readonly sumByCode: SumFold | null;
  /** The fields that it wants all rows to have, as bits of the presence map. */
  readonly wanted: Int32Array;
  /** That keys are hashed with. */
  readonly seeds: readonly number[];
}

/**
 * Compiles the inner loops of a query, straight code without a call a row or an object a group. Only
 * names of flow-agent's own tables and numbers enter the source.
 *
 * Where there are many groups most of the time goes into waiting for memory. So a batch of rows goes
 * through passes: which rows are wanted, their keys, the slots of the keys, the groups, the sums.
 * Within a pass rows do not wait for one another, and the processor fetches for many at a time;
 * measured at half the time of going row by row. Nearly always all rows of a batch have all fields
 * that are asked for, and then the passes that need not ask run.
 *
 * @param shape what is asked
 * @param like a fold of the same terms and cells that tells nothing apart (distinct): rows of sums
 *   are folded into the same state, a column `flows` saying how many flows each stands for
 */
export function compileFold(shape: FoldShape, like?: CompiledFold): CompiledFold {
  const { terms, distinct, ownTime, bucketMs } = shape;
  const bucket = { lanes: () => [{ bits: 32 as const, js: "bucket" }] };
  const layout = new KeyLayout(bucketMs > 0 ? [...terms, bucket] : terms);
  const group = { lanes: () => [{ bits: 32 as const, js: "id" }] };
  const distinctLayouts = distinct.map((term) => new KeyLayout([group, term]));
  const names = foldFields(shape);
  const weighted = like !== undefined;
  const seeds = like?.seeds ?? hashSeeds(layout.words);
  const columns = `const { presence${names.map((name) => `, ${name}`).join("")}${
    weighted ? ", flows" : ""
  } } = columns;`;
  const one = hasOneGroup(shape);
  const id = one ? "idOf[0]" : "idOf[i]";
  const recalled = weighted ? null : recallName(shape);
  const summed = recalled !== null && sumsByCode(shape);
  const places = { layout, cells: shape.cells.length, keys: "key", ids: "idOf" };
  const forms = ["Whole", "Any", ...(entriesAreRows(shape) ? ["All" as const] : [])] as const;
  const passes = [
    ...entryCode(shape, { layout, columns, batch: BATCH_ROWS, seeds, sums: summed }),
    ...addCode(shape, { columns, places, weighted }),
    ...distinct.flatMap((term, number) =>
      distinctCode(term, {
        number,
        forms,
        layout: distinctLayouts[number],
        columns,
        id,
        batch: BATCH_ROWS,
      })
    ),
  ];
  const source = [
    '"use strict";',
    `const rows = new Int32Array(${BATCH_ROWS}), rowOf = new Int32Array(${BATCH_ROWS});`,
    `const hashOf = new Uint32Array(${BATCH_ROWS}), idOf = new Int32Array(${BATCH_ROWS});`,
    `const shareOf = new Float64Array(${BATCH_ROWS}), firstOf = new Uint8Array(${BATCH_ROWS});`,
    `const pairOf = new Int32Array(${BATCH_ROWS}), wrongOf = new Int32Array(${BATCH_ROWS});`,
    `const addressOf = new Uint32Array(${BATCH_ROWS});`,
    "const float = new Float64Array(1), halves = new Uint32Array(float.buffer);",
    ...keyArrays("key", layout.words, BATCH_ROWS),
    ...placeCode("groups", places),
    ...passes,
    ...forms.flatMap((form) => [
      `const flush${form} = (columns, state, n, start) => {`,
      `groupsFind(state.groups, ${one ? 1 : "n"});`,
      `add${form}(columns, state, n, start);`,
      ...distinct.map((_, i) => `distinct${i}${form}(columns, state, n, start);`),
      "};",
    ]),
    ...(recalled === null ? [] : recallCode(distinct.length)),
    ...(summed
      ? [
        ...sumCode(shape, { name: "groups", columns, places }),
        ...sumLoop({
          fields: [...new Set(terms.flatMap(({ fields }) => fields))],
          by: recalled,
          cells: shape.cells.length,
          batch: BATCH_ROWS,
        }),
      ]
      : ["const sumByCode = null;"]),
    "const fold = (columns, start, end, state) => {",
    "const { received_at } = columns, { select, presence } = state, { every } = presence;",
    "for (let base = start, stop = start; base < end; base = stop) {",
    // Batches begin where those of other queries do.
    `stop = Math.min((base | ${BATCH_ROWS - 1}) + 1, end);`,
    ...(bucketMs > 0 && !ownTime ? cutAtBucket(bucketMs) : ["const bucket = 0;"]),
    "presence.take(base, stop);",
    "let count = select(base, stop, rows, presence);",
    "if (count === 0) continue;",
    `const whole = ${wholeExpression(askedFields(passes), "every")}, all = count === stop - base;`,
    `if (whole && all${recalled === null ? "" : " && state.recall === null"}) {`,
    "enterAll(columns, state, base, count, bucket);",
    "continue;",
    "}",
    "if (all) for (let r = 0; r < count; r++) rows[r] = base + r;",
    ...(recalled === null ? [] : [
      "if (whole && state.recall !== null) {",
      "count = recall(columns, state, count);",
      "if (count > 0) {",
      "enterWhole(columns, state, base, count, bucket);",
      "remember(state.recall, count);",
      "}",
      "continue;",
      "}",
    ]),
    "(whole ? enterWhole : enterAny)(columns, state, base, count, bucket);",
    "}",
    "};",
    "return { fold, sumByCode };",
  ];
  const made = new Function(source.join("\n"))() as Pick<CompiledFold, "fold" | "sumByCode">;
  const wanted = presenceMasks(askedFields(passes));
  return { ...made, layout, distinctLayouts, recallName: recalled, wanted, seeds };
}

/**
 * A function `recall` that adds the chosen rows whose groups are known by their codes, leaves the
 * others in `rows` and says how many they are; and `remember`, for when those have been entered.
 */
function recallCode(distinct: number): string[] {
  return [
    "const recall = (columns, state, count) => {",
    "const { codes, groups } = state.recall;",
    "let n = 0, left = 0;",
    "for (let r = 0; r < count; r++) {",
    "const slot = rows[r], id = groups[codes[slot]];",
    "rowOf[n] = slot; idOf[n] = id; rows[left] = slot;",
    // No branch: nobody could foresee which rows are known.
    "const unknown = id >>> 31; left += unknown; n += 1 - unknown;",
    "}",
    "addWhole(columns, state, n);",
    ...Array.from({ length: distinct }, (_, i) => `distinct${i}Whole(columns, state, n);`),
    "return left;",
    "};",
    "const remember = ({ codes, groups }, n) => {",
    "for (let i = 0; i < n; i++) groups[codes[rowOf[i]]] = idOf[i];",
    "};",
  ];
}

/** Ends a batch where the next bucket of arrival begins: rows lie in the order of their arrival. */
function cutAtBucket(bucketMs: number): string[] {
  const bucketAt = (slot: string) => `Math.floor(received_at[${slot}] / ${bucketMs})`;
  return [
    `const bucket = ${bucketAt("base")};`,
    `if (${bucketAt("stop - 1")} !== bucket) {`,
    "let low = base + 1;",
    "while (low < stop) {",
    "const middle = (low + stop) >> 1;",
    `if (${bucketAt("middle")} === bucket) low = middle + 1; else stop = middle;`,
    "}",
    "}",
  ];
}
