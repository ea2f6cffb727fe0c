import { SEGMENT_ROWS } from "../../flow/segment/segment_directory.ts";
import { isLeast, isMost } from "./fold_result.ts";
import type { FoldShape } from "./fold_shape.ts";
import { addCell } from "./add_code.ts";
import { recordPlace } from "./group_store.ts";
import { type Places, settleCode } from "./place_code.ts";

/** What the rows of one segment after the other are summed in. */
export interface SumsByCode {
  /** By code: a cell each, then how many rows. */
  readonly sums: Float64Array;
  /** By code a row that has it. */
  readonly rowOf: Uint16Array;
  /** The codes that rows have, and of each a row. */
  readonly codes: Uint16Array;
  readonly rows: Uint16Array;
}

/** Room for the codes of any segment. */
export function sumsRoom({ cells }: FoldShape): SumsByCode {
  return {
    sums: new Float64Array(SEGMENT_ROWS * (cells.length + 1)),
    rowOf: new Uint16Array(SEGMENT_ROWS),
    // One more: it is written before it is known whether it counts.
    codes: new Uint16Array(SEGMENT_ROWS + 1),
    rows: new Uint16Array(SEGMENT_ROWS + 1),
  };
}

/** Whether rows of a code can be summed before their group is looked for. */
export function sumsByCode({ distinct, sampled }: FoldShape): boolean {
  return distinct.length === 0 && sampled.length === 0;
}

/**
 * The passes that sum rows of a segment by their codes, and then add the sums to the groups: a
 * segment has far fewer codes than rows, and their sums lie in the cache. `sumRows` adds the chosen
 * rows to the sums of their codes; `addSums` adds sums to the groups of their entries.
 *
 * @param shape of a query whose groups codes tell apart
 * @param options `columns` that declares them, and the `places` of groups with the `name` that their
 *   functions begin with
 */
export function sumCode(
  { cells }: FoldShape,
  { name, columns, places }: { name: string; columns: string; places: Places },
): string[] {
  const { stride, firstCell } = recordPlace(places.layout.words, cells.length);
  const width = cells.length + 1;
  const count = cells.length;
  const empty = cells.map(({ kind }) =>
    isLeast(kind) ? "Infinity" : isMost(kind) ? "-Infinity" : "0"
  );
  const merge = (to: string) =>
    cells.map(({ kind }, i) => {
      const [into, from] = [`${to}${i}]`, `sums[s + ${i}]`];
      if (isLeast(kind)) return `if (${from} < ${into}) ${into} = ${from};`;
      return isMost(kind) ? `if (${from} > ${into}) ${into} = ${from};` : `${into} += ${from};`;
    }).join(" ");
  return [
    "const clearSums = (sums, codes) => {",
    ...(empty.every((value) => value === "0") ? [`sums.fill(0, 0, codes * ${width});`] : [
      `for (let s = 0; s < codes * ${width}; s += ${width}) {`,
      ...[...empty, "0"].map((value, i) => `sums[s + ${i}] = ${value};`),
      "}",
    ]),
    "};",
    "const sumRows = (columns, { sums, rowOf: rowOfCode }, codes, count) => {",
    columns,
    "const part = 1, first = true;",
    ...cells.flatMap(({ field }) => field === undefined ? [] : [`const has_${field} = true;`])
      .filter((line, i, all) => all.indexOf(line) === i),
    ...(cells.some(({ kind }) => kind === "first" || kind === "last")
      ? ["const has_start_at = true, has_end_at = true;"]
      : []),
    "for (let r = 0; r < count; r++) {",
    `const slot = rows[r], code = codes[slot], s = code * ${width};`,
    "rowOfCode[code] = slot;",
    `sums[s + ${count}]++;`,
    ...cells.map((cell, i) => addCell(cell, { cell: `sums[s + ${i}]`, weighted: false })),
    "}",
    "};",
    "const addSums = (_, state, n) => {",
    "const { groups: store, overflow, byCode: { sums, codes } } = state;",
    "let { words, cells } = store;",
    "for (let i = 0; i < n; i++) {",
    ...settleCode(name, { ...places, renew: "({ words, cells } = store);" }),
    `const s = codes[rowOf[i]] * ${width};`,
    `if (id >= 0) { const c = id * ${stride} + ${firstCell}; ${merge("cells[c + ")} }`,
    `else { state.unplaced += sums[s + ${count}]; ${merge("overflow[")} }`,
    "}",
    "};",
    "const flushSums = (columns, state, n) => {",
    `${name}Guess(state.groups, n);`,
    "addSums(columns, state, n);",
    "};",
  ];
}

/**
 * The function that sums rows `[start, end)` of a segment by code and adds the sums to their groups.
 *
 * @param options `fields` of the terms, name of the codes that they go `by`, `cells` there are, and rows of a `batch`
 */
export function sumLoop(
  { fields, by, cells, batch }: {
    fields: readonly string[];
    by: string;
    cells: number;
    batch: number;
  },
): string[] {
  return [
    "const sumByCode = (columns, start, end, state, segment, { of, count: known }) => {",
    "const { select, presence, byCode } = state, { sums, rowOf: rowOfCode, codes, rows: ofCodes } = byCode;",
    "clearSums(sums, known);",
    "for (let base = start, stop = start; base < end; base = stop) {",
    `stop = Math.min((base | ${batch - 1}) + 1, end);`,
    "presence.take(base, stop);",
    "sumRows(columns, byCode, of, select(base, stop, rows, presence));",
    "}",
    "let n = 0;",
    "for (let code = 0; code < known; code++) {",
    "codes[n] = code; ofCodes[n] = rowOfCode[code];",
    `n += (sums[code * ${cells + 1} + ${cells}] > 0) | 0;`,
    "}",
    `const chosen = segment.choose(${JSON.stringify(fields)}, ${
      JSON.stringify(by)
    }, { codes, rows: ofCodes, count: n });`,
    `for (let base = 0; base < n; base += ${batch}) {`,
    `const count = Math.min(${batch}, n - base);`,
    "for (let i = 0; i < count; i++) rows[i] = base + i;",
    "enterSums(chosen, state, count, 0);",
    "}",
    "};",
  ];
}
