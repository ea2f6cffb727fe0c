import { SEGMENT_ROWS } from "../../flow/segment/segment_directory.ts";
import { isLeast, isMost } from "./fold_result.ts";
import type { FoldShape } from "./fold_shape.ts";
import type { GroupNumbers } from "./group_memory.ts";
import type { RowCodes } from "../../flow/segment/segment_rows.ts";
import { addCell } from "./add_code.ts";
import { cellsAt, type Places } from "./place_code.ts";

/** What the rows of one segment after the other are summed in. */
export interface SumsByCode {
  /** By code: a cell each, then how many rows. */
  readonly sums: Float64Array;
  /** By code a row that has it. */
  readonly rowOf: Uint16Array;
  /** Codes that rows have, and of each a row. */
  readonly codes: Uint16Array;
  readonly rows: Uint16Array;
  /** Codes whose groups are known, and the groups. */
  readonly knownCodes: Uint16Array;
  readonly knownGroups: Int32Array;
  /** Numbers of groups from one question to the next. */
  readonly numberOf: GroupNumbers;
  /** Groups by number, -1 where that is not known; 0 is no number. */
  groupOf: Int32Array;
  /** By group a number that it has, 0 for none. */
  firstNumber: Int32Array;
  /** The numbers of the codes of the segment that is read; null where there is no room for them. */
  numbers: Int32Array | null;
}

/**
 * Room for the codes of any segment.
 *
 * @param shape of the question
 * @param numberOf numbers of groups by code
 */
export function sumsRoom({ cells }: FoldShape, numberOf: GroupNumbers): SumsByCode {
  return {
    sums: new Float64Array(SEGMENT_ROWS * (cells.length + 1)),
    rowOf: new Uint16Array(SEGMENT_ROWS),
    // One more: it is written before it is known whether it counts.
    codes: new Uint16Array(SEGMENT_ROWS + 1),
    rows: new Uint16Array(SEGMENT_ROWS + 1),
    knownCodes: new Uint16Array(SEGMENT_ROWS + 1),
    knownGroups: new Int32Array(SEGMENT_ROWS + 1),
    numberOf,
    groupOf: new Int32Array(numberOf.count + 1).fill(-1),
    firstNumber: new Int32Array(1),
    numbers: null,
  };
}

/**
 * Turns to a segment.
 *
 * @param sums made by `sumsRoom`
 * @param codes of the segment
 * @param groups that there are
 */
export function turnSumsTo(sums: SumsByCode, { key, count }: RowCodes, groups: number): void {
  const { numberOf } = sums;
  sums.numbers = numberOf.numbersOf(key, count);
  // Each code may be of a new group, and get a new number.
  sums.groupOf = grown(sums.groupOf, { length: numberOf.count + count + 1, empty: -1 });
  sums.firstNumber = grown(sums.firstNumber, { length: groups + count, empty: 0 });
}

function grown(
  list: Int32Array,
  { length, empty }: { length: number; empty: number },
): Int32Array {
  if (list.length >= length) return list;
  const larger = new Int32Array(Math.max(length, 2 * list.length)).fill(empty);
  larger.set(list);
  return larger;
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
  const width = cells.length + 1;
  const count = cells.length;
  const empty = cells.map(({ kind }) =>
    isLeast(kind) ? "Infinity" : isMost(kind) ? "-Infinity" : "0"
  );
  const known = new Set<string>(cells.flatMap(({ field }) => field ?? []));
  if (cells.some(({ kind }) => kind === "first" || kind === "last")) {
    for (const name of ["start_at", "end_at"]) known.add(name);
  }
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
    ...["", "Via"].flatMap((via) => [
      `const sumRows${via} = (columns, { sums, rowOf: rowOfCode }, { of, tuples }, count) => {`,
      columns,
      "const part = 1, first = true;",
      ...Array.from(known, (field) => `const has_${field} = true;`),
      "for (let r = 0; r < count; r++) {",
      `const slot = rows[r], code = of[${
        via === "" ? "slot" : "tuples[slot]"
      }], s = code * ${width};`,
      "rowOfCode[code] = slot;",
      `sums[s + ${count}]++;`,
      ...cells.map((cell, i) => addCell(cell, { cell: `sums[s + ${i}]`, weighted: false })),
      "}",
      "};",
    ]),
    "const addKnownSums = ({ groups: { cells }, byCode }, n) => {",
    "const { sums, knownCodes, knownGroups } = byCode;",
    "for (let i = 0; i < n; i++) {",
    `const code = knownCodes[i], s = code * ${width}, id = knownGroups[i];`,
    `const c = ${cellsAt(places)}; ${merge("cells[c + ")}`,
    "}",
    "};",
    "const addSums = (_, state, n) => {",
    "const { groups: { cells }, overflow, byCode } = state;",
    "const { sums, codes, numberOf, groupOf, firstNumber, numbers } = byCode;",
    "for (let i = 0; i < n; i++) {",
    `const id = idOf[i], code = codes[rowOf[i]], s = code * ${width};`,
    `if (id >= 0) { const c = ${cellsAt(places)}; ${merge("cells[c + ")} }`,
    `else { state.unplaced += sums[s + ${count}]; ${merge("overflow[")} }`,
    "if (numbers === null || id < 0) continue;",
    // What has a number keeps it; what has none gets that of its group, or a new one.
    "const number = numbers[code] || firstNumber[id] || ++numberOf.count;",
    "numbers[code] = number; firstNumber[id] = number; groupOf[number] = id;",
    "}",
    "};",
    "const flushSums = (columns, state, n) => {",
    `${name}Find(state.groups, n);`,
    "addSums(columns, state, n);",
    "};",
  ];
}

/**
 * The function that sums rows `[start, end)` of a segment by code and adds the sums to their groups.
 *
 * @param options `fields` of the terms, name of the codes that they go `by`, `cells` there are, and rows of a
 *   `batch`
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
    "const sumByCode = (columns, start, end, state, segment, of) => {",
    "const { select, presence, byCode } = state, { sums, rowOf: rowOfCode, codes } = byCode;",
    "const { rows: ofCodes, numbers, groupOf, knownCodes, knownGroups } = byCode;",
    "const sum = of.tuples === null ? sumRows : sumRowsVia;",
    "clearSums(sums, of.count);",
    "for (let base = start, stop = start; base < end; base = stop) {",
    `stop = Math.min((base | ${batch - 1}) + 1, end);`,
    "presence.take(base, stop);",
    "const count = select(base, stop, rows, presence);",
    "if (count === stop - base) for (let r = 0; r < count; r++) rows[r] = base + r;",
    "sum(columns, byCode, of, count);",
    "}",
    // No branch: nobody could foresee which codes have rows, and which groups are known.
    "let n = 0;",
    "for (let code = 0; code < of.count; code++) {",
    "codes[n] = code;",
    `n += (sums[code * ${cells + 1} + ${cells}] > 0) | 0;`,
    "}",
    "if (numbers !== null) {",
    "let left = 0, k = 0;",
    "for (let i = 0; i < n; i++) {",
    "const code = codes[i], id = groupOf[numbers[code]];",
    "knownCodes[k] = code; knownGroups[k] = id; codes[left] = code;",
    "const unknown = id >>> 31; left += unknown; k += 1 - unknown;",
    "}",
    "n = left;",
    "addKnownSums(state, k);",
    "}",
    "if (n === 0) return;",
    "for (let i = 0; i < n; i++) ofCodes[i] = rowOfCode[codes[i]];",
    `const chosen = segment.choose(${JSON.stringify(fields)}, ${JSON.stringify(by)}, ` +
    "{ codes, rows: ofCodes, count: n });",
    `for (let base = 0; base < n; base += ${batch}) {`,
    `const count = Math.min(${batch}, n - base);`,
    "for (let i = 0; i < count; i++) rows[i] = base + i;",
    "enterSums(chosen, state, 0, count, 0);",
    "}",
    "};",
  ];
}
