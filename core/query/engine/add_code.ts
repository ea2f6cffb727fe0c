import { askedFields, declareKnown, knownExpression } from "../row_expression.ts";
import { entriesAreRows, type FoldShape, hasOneGroup } from "./fold_shape.ts";
import type { CellSpec } from "./metric.ts";
import { cellsAt, type Places } from "./place_code.ts";

/**
 * The pass that adds: functions `addWhole` and `addAny` that add each entry to the cells of its group
 * and note the values that quantiles are taken of; `addAll` where entries are rows one behind the
 * other from `start` on.
 *
 * @param shape of the query
 * @param options `columns` that declares them, the `places` of groups, and `weighted`: whether a row
 *   stands for as many flows as `flows` says
 */
export function addCode(
  shape: FoldShape,
  { columns, places, weighted }: {
    columns: string;
    places: Places;
    weighted: boolean;
  },
): string[] {
  const { cells, sampled, ownTime, bucketMs } = shape;
  const add = (place: (i: number) => string) =>
    cells.map((cell, i) => addCell(cell, { cell: place(i), weighted })).join(" ");
  const one = hasOneGroup(shape);
  const spread = ownTime && bucketMs > 0;
  const body = [
    one
      // One group: its sums stay in registers.
      ? add((i) => `sum${i}`)
      : `if (id >= 0) { const c = ${cellsAt(places)}; ${add((i) => `cells[c + ${i}]`)} } ` +
        `else { unplaced++; ${add((i) => `overflow[${i}]`)} }`,
    ...sampled.map((name, i) =>
      `if (first && id >= 0 && ${knownExpression(name)}) ` +
      `{ if (room${i} > 0) { room${i}--; at${i}[end${i}] = id; of${i}[end${i}++] = ${name}[slot]; } ` +
      `else dropped${i}++; }`
    ),
  ];
  const pass = (form: "All" | "Whole" | "Any"): string[] => [
    `const add${form} = (columns, state, n, start) => {`,
    columns,
    "const { groups: { cells }, overflow, samples } = state;",
    "let unplaced = 0;",
    ...sampled.map((_, i) =>
      `let room${i} = samples[${i}].reserve(n), end${i} = samples[${i}].count, dropped${i} = 0; ` +
      `const { groups: at${i}, values: of${i} } = samples[${i}];`
    ),
    ...(one
      ? [
        "const id = idOf[0];",
        "if (id < 0) unplaced = n;",
        "const sums = id < 0 ? overflow : cells;",
        `const c = id < 0 ? 0 : ${cellsAt(places)};`,
        ...cells.map((_, i) => `let sum${i} = sums[c + ${i}];`),
      ]
      : []),
    "for (let i = 0; i < n; i++) {",
    ...(one ? [] : ["const id = idOf[i];"]),
    `const slot = ${form === "All" ? "start + i" : "rowOf[i]"};`,
    `const part = ${ownTime ? "shareOf[i]" : "1"};`,
    `const first = ${spread ? "firstOf[i] !== 0" : "true"};`,
    ...declareKnown(askedFields(body), form !== "Any"),
    ...body,
    "}",
    ...(one ? cells.map((_, i) => `sums[c + ${i}] = sum${i};`) : []),
    "state.unplaced += unplaced;",
    ...sampled.map((_, i) =>
      `samples[${i}].count = end${i}; samples[${i}].dropped += dropped${i};`
    ),
    "};",
  ];
  return [
    ...(entriesAreRows(shape) ? pass("All") : []),
    ...pass("Whole"),
    ...pass("Any"),
  ];
}

/** JavaScript that adds the row at `slot` to a cell. */
export function addCell(
  { kind, field }: CellSpec,
  { cell, weighted }: { cell: string; weighted: boolean },
): string {
  if (kind === "rows") return `if (first) ${cell}${weighted ? " += flows[slot]" : "++"};`;
  if (kind === "first" || kind === "last") return addTime(kind, cell);
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

/** Where a flow says but one of its times, that stands for the other; where it says none, its arrival. */
function addTime(kind: "first" | "last", cell: string): string {
  const [own, other] = kind === "first"
    ? ["start_at", "end_at"] as const
    : ["end_at", "start_at"] as const;
  const time = `(${knownExpression(own)} ? ${own}[slot] : ${knownExpression(other)} ? ` +
    `${other}[slot] : received_at[slot])`;
  return `if (first) ${cell} = Math.${kind === "first" ? "min" : "max"}(${cell}, ${time});`;
}
