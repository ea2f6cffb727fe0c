import type { FlowColumns } from "../../flow/columns.ts";
import type { StoredFieldName } from "../../flow/schema.ts";
import type { DistinctCounter } from "./distinct_counter.ts";
import type { GroupStore } from "./group_store.ts";
import { KeyLayout } from "./key_layout.ts";
import type { CellSpec } from "./metric.ts";
import { knownExpression } from "./row_expression.ts";
import type { SampleLog } from "./sample_log.ts";
import type { GroupTerm } from "./term.ts";

/** What the rows of a query are folded into, and what decides about them; one object a query. */
export interface FoldState {
  readonly groups: GroupStore;
  readonly distinct: readonly DistinctCounter[];
  readonly samples: readonly SampleLog[];
  /** Sums of flows that found no room for a group of their own. */
  readonly overflow: Float64Array;
  /** Whether a row is wanted; belongs to the columns being read. */
  matches: (slot: number) => boolean;
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
  /** Rows whose own time was not known, so that their arrival stood for it. */
  untimed: number;
  /** Rows that arrived in time, but whose own time lies outside the window. */
  outside: number;
}

/** Rows whose keys are made before any is looked up: they fit the first-level cache. */
const BATCH = 256;

/** Folds the rows `[start, end)` of a block into the state. */
export type Fold = (
  columns: Partial<FlowColumns> & Pick<FlowColumns, "presence">,
  start: number,
  end: number,
  state: FoldState,
) => void;

/** What of a query the generated code depends on: everything else is in the state. */
export interface FoldShape {
  readonly terms: readonly GroupTerm[];
  readonly cells: readonly CellSpec[];
  readonly distinct: readonly GroupTerm[];
  readonly sampled: readonly StoredFieldName[];
  /** Whether flows are cut to the window by their own time. */
  readonly ownTime: boolean;
  /** Length of a bucket in milliseconds; 0 for none. */
  readonly bucketMs: number;
}

/** A shape, compiled. */
export interface CompiledFold {
  readonly fold: Fold;
  /** Of the terms, and behind them the bucket where there is one. */
  readonly layout: KeyLayout;
  readonly distinctLayouts: readonly KeyLayout[];
}

/** Columns that a fold reads besides those of terms, cells and samples. */
const TIME_FIELDS: readonly StoredFieldName[] = ["start_at", "end_at", "received_at"];

/** The columns that a shape reads. */
export function foldFields({ terms, cells, distinct, sampled, ownTime, bucketMs }: FoldShape) {
  return [
    ...new Set<StoredFieldName>([
      ...terms.flatMap(({ fields }) => fields),
      ...distinct.flatMap(({ fields }) => fields),
      ...cells.flatMap(({ field }) => field ?? []),
      ...sampled,
      ...(ownTime || bucketMs > 0 ? TIME_FIELDS : []),
    ]),
  ];
}

/**
 * Compiles the inner loop of a query: for each wanted row the key, its place in the table and the
 * sums, in straight code without a call a row or an object a group. Only names of flow-agent's own
 * tables and numbers enter the source.
 *
 * Counters of flows are spread over the buckets that they cover by their own time, in proportion.
 * Each counts as one flow, and what was measured of it (latency, duration) counts whole, in the
 * first bucket that it is seen in; what is told apart (distinct) is so in every bucket.
 */
export function compileFold(shape: FoldShape): CompiledFold {
  const { terms, distinct, bucketMs } = shape;
  const bucket = { lanes: () => [{ bits: 32 as const, js: "bucket" }] };
  const layout = new KeyLayout(bucketMs > 0 ? [...terms, bucket] : terms);
  const group = { lanes: () => [{ bits: 32 as const, js: "id" }] };
  const distinctLayouts = distinct.map((term) => new KeyLayout([group, term]));
  const names = foldFields(shape);
  const finish = [
    ...addCells(shape, layout),
    ...distinct.flatMap((term, i) => addDistinct(term, i, distinctLayouts[i])),
    ...shape.sampled.map((name, i) =>
      `if (first && id >= 0 && ${knownExpression(name)}) samples[${i}].add(id, ${name}[slot]);`
    ),
  ];
  const stride = groupStride(layout, shape.cells.length);
  const loop = bucketMs > 0
    ? rowByRow(shape, [...layout.statements, ...findGroup(layout, stride), ...finish])
    : batchByBatch(shape, { layout, stride, finish });
  const body = [
    '"use strict";',
    ...batchMemory(layout),
    "return (columns, start, end, state) => {",
    `const { presence${names.map((name) => `, ${name}`).join("")} } = columns;`,
    "const { matches, groups, overflow, ids, named, fromMs, toMs, samples } = state;",
    "const float = new Float64Array(1), halves = new Uint32Array(float.buffer);",
    "let { slots, words, cells } = groups; let slotMask = slots.length - 1;",
    ...distinct.map((_, i) =>
      `const d${i} = state.distinct[${i}].pairs; let { slots: d${i}slots, words: d${i}words } = d${i}; ` +
      `let d${i}mask = d${i}slots.length - 1;`
    ),
    "let untimed = 0, outside = 0;",
    ...loop,
    "state.untimed += untimed; state.outside += outside;",
    "};",
  ];
  const fold = new Function(body.join("\n"))() as Fold;
  return { fold, layout, distinctLayouts };
}

// Events (NAT, firewall, drops) are no traffic.
const SKIP = `if (${knownExpression("event")} || !matches(slot)) continue;`;

function rowByRow(shape: FoldShape, body: readonly string[]): string[] {
  return [
    "for (let slot = start; slot < end; slot++) {",
    SKIP,
    ...time(shape),
    ...buckets(shape, body),
    "}",
  ];
}

/** What of the rows of a batch is kept between its passes; nothing of it outlives a call. */
function batchMemory({ words }: KeyLayout): string[] {
  return [
    `const rowOf = new Int32Array(${BATCH}), hashOf = new Uint32Array(${BATCH});`,
    `const idOf = new Int32Array(${BATCH}), shareOf = new Float64Array(${BATCH});`,
    ...lanes(words, (k) => `const key${k} = new Uint32Array(${BATCH});`),
  ];
}

/**
 * Where there are many groups most of the time goes into waiting for memory. So one pass over a
 * batch of rows makes keys, the next looks slots up, the next groups, the last adds: within a pass
 * rows do not wait for one another, and the processor fetches for many at a time. Measured at half
 * the time of going row by row.
 */
function batchByBatch(
  shape: FoldShape,
  { layout, stride: { stride }, finish }: {
    layout: KeyLayout;
    stride: { stride: number };
    finish: readonly string[];
  },
): string[] {
  const count = layout.words;
  return [
    `for (let base = start; base < end; base += ${BATCH}) {`,
    `const stop = base + ${BATCH} < end ? base + ${BATCH} : end;`,
    "let n = 0;",
    "for (let slot = base; slot < stop; slot++) {",
    SKIP,
    ...time(shape),
    ...layout.statements,
    ...hashOf(count, "hash"),
    "rowOf[n] = slot; hashOf[n] = hash;",
    ...(shape.ownTime ? ["shareOf[n] = share;"] : []),
    ...lanes(count, (k) => `key${k}[n] = k${k};`),
    "n++;",
    "}",
    "for (let i = 0; i < n; i++) idOf[i] = slots[hashOf[i] & slotMask];",
    "for (let i = 0; i < n; i++) {",
    "const hash = hashOf[i], w = idOf[i] * " + stride * 2 + ";",
    ...lanes(count, (k) => `const k${k} = key${k}[i];`),
    `if (w >= 0 && words[w] === hash${equals(count, "words", "k")}) continue;`,
    ...placeGroup(layout, { stride }),
    "idOf[i] = id;",
    "}",
    "for (let i = 0; i < n; i++) {",
    `const slot = rowOf[i], id = idOf[i], part = ${shape.ownTime ? "shareOf[i]" : "1"};`,
    "const first = true;",
    ...finish,
    "}",
    "}",
  ];
}

function lanes(count: number, line: (k: number) => string): string[] {
  return Array.from({ length: count }, (_, k) => line(k));
}

/** Own time of the flow, the share of it within the window, and rows that lie outside. */
function time({ ownTime, bucketMs }: FoldShape): string[] {
  if (!ownTime) {
    return [
      "const share = 1;",
      ...(bucketMs > 0 ? ["const cutFrom = received_at[slot], cutTo = cutFrom, span = 0;"] : []),
    ];
  }
  return [
    `const hasEnd = ${knownExpression("end_at")}, hasStart = ${knownExpression("start_at")};`,
    "const last = hasEnd ? end_at[slot] : hasStart ? start_at[slot] : received_at[slot];",
    "let begun = hasStart ? start_at[slot] : last; if (begun > last) begun = last;",
    "const span = last - begun;",
    "if (!hasEnd && !hasStart) untimed++;",
    "if (begun >= toMs || last < fromMs || (last === fromMs && span > 0)) { outside++; continue; }",
    "const cutFrom = begun < fromMs ? fromMs : begun, cutTo = last > toMs ? toMs : last;",
    "const share = span > 0 ? (cutTo - cutFrom) / span : 1;",
  ];
}

/** The body for each bucket that the flow covers; `part` is the share of its counters there. */
function buckets({ bucketMs }: FoldShape, body: readonly string[]): string[] {
  return [
    `const firstBucket = Math.floor(cutFrom / ${bucketMs});`,
    // A flow that ends where a bucket begins has nothing in it.
    `const lastBucket = cutTo > cutFrom ? Math.ceil(cutTo / ${bucketMs}) - 1 : firstBucket;`,
    "for (let bucket = firstBucket; bucket <= lastBucket; bucket++) {",
    "const first = bucket === firstBucket;",
    "const part = firstBucket === lastBucket ? share : " +
    `(Math.min(cutTo, (bucket + 1) * ${bucketMs}) - Math.max(cutFrom, bucket * ${bucketMs})) / span;`,
    ...body,
    "}",
  ];
}

function groupStride({ words }: KeyLayout, cells: number): { stride: number; firstCell: number } {
  const firstCell = Math.ceil((1 + words) / 2);
  return { stride: firstCell + cells, firstCell };
}

/** Statements that leave the group's id in `id`: -1 where there is no room. */
function findGroup(layout: KeyLayout, { stride }: { stride: number }): string[] {
  return [...hashOf(layout.words, "hash"), ...placeGroup(layout, { stride })];
}

/** The same for a hash that is known. */
function placeGroup({ words: count }: KeyLayout, { stride }: { stride: number }): string[] {
  return [
    "let at = hash & slotMask, id = slots[at];",
    "while (id >= 0) {",
    `const w = id * ${stride * 2};`,
    `if (words[w] === hash${equals(count, "words", "k")}) break;`,
    "at = (at + 1) & slotMask; id = slots[at];",
    "}",
    "if (id < 0) {",
    "id = groups.insert(at, hash);",
    "if (id >= 0) {",
    "({ slots, words, cells } = groups); slotMask = slots.length - 1;",
    `const w = id * ${stride * 2};`,
    ...Array.from({ length: count }, (_, i) => `words[w + ${i + 1}] = k${i};`),
    "}",
    "}",
  ];
}

/** Multilinear hashing with secret odd multipliers: keys come from the wire. */
function hashOf(count: number, name: string, without: readonly number[] = []): string[] {
  const seeds = crypto.getRandomValues(new Uint32Array(count + 1));
  const terms = Array.from({ length: count }, (_, i) => `Math.imul(k${i}, ${(seeds[i] | 1) | 0})`)
    .filter((_, i) => !without.includes(i));
  return [
    `let ${name} = (${[`${seeds[count] | 0}`, ...terms].join(" + ")}) | 0;`,
    `${name} = Math.imul(${name} ^ (${name} >>> 15), ${0x2c1b3c6d});`,
    `${name} = (${name} ^ (${name} >>> 13)) >>> 0;`,
  ];
}

function equals(count: number, words: string, key: string): string {
  return Array.from({ length: count }, (_, i) => ` && ${words}[w + ${i + 1}] === ${key}${i}`)
    .join("");
}

function addCells({ cells }: FoldShape, layout: KeyLayout): string[] {
  const { stride, firstCell } = groupStride(layout, cells.length);
  const add = (into: string, base: string) =>
    cells.map((cell, i) => addCell(cell, `${into}[${base}${i}]`)).join(" ");
  return [
    `if (id >= 0) { const c = id * ${stride} + ${firstCell}; ${add("cells", "c + ")} }`,
    `else { ${add("overflow", "")} }`,
  ];
}

function addCell({ kind, field }: CellSpec, cell: string): string {
  if (kind === "rows") return `if (first) ${cell}++;`;
  const known = knownExpression(field!);
  const value = `${field}[slot]`;
  switch (kind) {
    case "count":
      return `if (first && ${known}) ${cell}++;`;
    case "spread":
      return `if (${known}) ${cell} += ${value} * part;`;
    case "sum":
      return `if (first && ${known}) ${cell} += ${value};`;
    case "min":
      return `if (first && ${known} && ${value} < ${cell}) ${cell} = ${value};`;
    default:
      return `if (first && ${known} && ${value} > ${cell}) ${cell} = ${value};`;
  }
}

function addDistinct(term: GroupTerm, i: number, layout: KeyLayout): string[] {
  const { stride } = groupStride(layout, 0);
  const d = `d${i}`;
  return [
    `if (id >= 0 && ${term.known ?? "true"}) {`,
    ...layout.statements,
    ...hashOf(layout.words, "hash"),
    `let at = hash & ${d}mask, pair = ${d}slots[at];`,
    "while (pair >= 0) {",
    `const w = pair * ${stride * 2};`,
    `if (${d}words[w] === hash${equals(layout.words, `${d}words`, "k")}) break;`,
    `at = (at + 1) & ${d}mask; pair = ${d}slots[at];`,
    "}",
    "if (pair < 0) {",
    `pair = ${d}.insert(at, hash);`,
    // The value without its group: what is told apart must be so when groups are merged.
    "if (pair < 0) {",
    ...hashOf(layout.words, "value", [1]),
    `state.distinct[${i}].overflowed(id, value);`,
    "}",
    "else {",
    `({ slots: ${d}slots, words: ${d}words } = ${d}); ${d}mask = ${d}slots.length - 1;`,
    `const w = pair * ${stride * 2};`,
    ...Array.from({ length: layout.words }, (_, k) => `${d}words[w + ${k + 1}] = k${k};`),
    "}",
    "}",
    "}",
  ];
}
