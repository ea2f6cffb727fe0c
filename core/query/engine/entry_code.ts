import { findField, type StoredFieldName } from "../../flow/schema.ts";
import { askedFields, declareKnown, knownExpression } from "../row_expression.ts";
import { entriesAreRows, type FoldShape, hasOneGroup } from "./fold_shape.ts";
import type { KeyLayout } from "./key_layout.ts";
import { eachWord } from "./place_code.ts";
import { hashCode } from "../../flow/word_hash.ts";

/**
 * Flows are told of within seconds of their end: one that by its own time ended so long before or
 * after it arrived has another clock than this machine.
 */
const ASTRAY_MS = 15 * 60_000;

/**
 * The pass that makes keys: functions `enterWhole` and `enterAny` that turn the chosen rows into
 * entries, one a row, or one a row and bucket, and have them folded; `enterAll` for whole rows that
 * are all chosen and lie one behind the other from `start` on.
 *
 * Counters of flows are spread over the buckets that they cover by their own time, in proportion.
 * Each counts as one flow, and what was measured of it (latency, duration) counts whole, in the
 * first bucket that it is seen in; what is told apart (distinct) is so in every bucket.
 */
export function entryCode(
  shape: FoldShape,
  { layout, columns, batch, seeds, sums }: {
    layout: KeyLayout;
    columns: string;
    batch: number;
    seeds: readonly number[];
    /** Whether there is a third, `enterSums`, for whole rows that stand for the sums of codes. */
    sums: boolean;
  },
): string[] {
  const { ownTime, bucketMs } = shape;
  const one = hasOneGroup(shape);
  const spread = ownTime && bucketMs > 0;
  const key = (at: string) => [
    ...layout.statements,
    ...(layout.words === 0
      ? ["const hash = 0;"]
      : hashCode("hash", eachWord(layout.words, (w) => `k${w}`), { seeds })),
    `hashOf[${at}] = hash;`,
    ...eachWord(layout.words, (w) => `key${w}[${at}] = k${w};`),
  ];
  const entry = (form: Form) => [
    ...(one ? [] : key("n")),
    ...(form === "All" && entriesAreRows(shape) ? [] : ["rowOf[n] = slot;"]),
    ...(ownTime ? [`shareOf[n] = ${spread ? "part" : "share"};`] : []),
    ...(spread ? ["firstOf[n] = first ? 1 : 0;"] : []),
    spread ? `if (++n === ${batch}) { flush(columns, state, n); n = 0; }` : "n++;",
  ];
  const bodyOf = (form: Form) => [
    ...(ownTime ? time() : []),
    ...(spread ? buckets(bucketMs, entry(form)) : entry(form)),
  ];
  const pass = (form: Form): string[] => {
    const body = bodyOf(form);
    return [
      `const enter${form} = (columns, state, start, count, ${spread ? "_" : "bucket"}) => {`,
      `const flush = flush${form === "All" && !entriesAreRows(shape) ? "Whole" : form};`,
      columns,
      "const { ids, named, fromMs, toMs, uppers } = state, { asked } = uppers;",
      "let n = 0, untimed = 0, astray = 0, longest = 0;",
      // Nearly all rows are alike in where their sampling rate came from.
      ...(ownTime ? [`const usual = sampling_source[${slot(form, "0")}]; let usuals = 0;`] : []),
      ...(one ? key("0") : []),
      ...(form === "All" ? [] : fetchAddresses(shape, batch)),
      "for (let r = 0; r < count; r++) {",
      `const slot = ${slot(form, "r")};`,
      ...declareKnown(askedFields(body), form !== "Any"),
      ...body,
      "}",
      "state.untimed += untimed; state.astray += astray;",
      "if (longest > state.longestMs) state.longestMs = longest;",
      ...(ownTime ? ["state.sampling[usual] += usuals;"] : []),
      `if (n > 0) flush(columns, state, n${form === "All" ? ", start" : ""});`,
      "};",
    ];
  };
  const forms = ["All", "Whole", "Any", ...(sums ? ["Sums" as const] : [])] as const;
  return forms.flatMap(pass);
}

/** Which rows a function is for. */
type Form = "All" | "Whole" | "Any" | "Sums";

/** JavaScript for the slot of a chosen row, by its number among them. */
function slot(form: Form, number: string): string {
  return form === "All" ? `start + ${number}` : `rows[${number}]`;
}

/**
 * Of rows that lie apart every address is in a cache line of its own. What is read here lets nothing
 * wait, and lies in the cache when the keys are made.
 */
function fetchAddresses({ terms }: FoldShape, batch: number): string[] {
  const addresses = new Set(terms.flatMap(({ fields }) => fields).filter(isAddress));
  if (addresses.size === 0) return [];
  const each = Array.from(addresses, (name) => `touched |= ${name}[rows[r] << 2 | 3];`);
  return [
    `if (count <= ${batch / 2}) {`,
    "let touched = 0;",
    `for (let r = 0; r < count; r++) { ${each.join(" ")} }`,
    "state.groups.touched = touched;",
    "}",
  ];
}

function isAddress(name: StoredFieldName): boolean {
  return findField(name)!.storage === "address";
}

/** Own time of the flow, the share of it within the window, and rows that lie outside. */
function time(): string[] {
  return [
    `const hasEnd = ${knownExpression("end_at")}, hasStart = ${knownExpression("start_at")};`,
    "const last = hasEnd ? end_at[slot] : hasStart ? start_at[slot] : received_at[slot];",
    "let begun = hasStart ? start_at[slot] : last; if (begun > last) begun = last;",
    "const span = last - begun;",
    "if (begun >= toMs || last < fromMs || (last === fromMs && span > 0)) {",
    `if (Math.abs(received_at[slot] - last) > ${ASTRAY_MS}) astray++;`,
    "continue;",
    "}",
    "if (!hasEnd && !hasStart) untimed++;",
    "if (span > longest) longest = span;",
    "if (sampling_source[slot] === usual) usuals++; else state.sampling[sampling_source[slot]]++;",
    "const cutFrom = begun < fromMs ? fromMs : begun, cutTo = last > toMs ? toMs : last;",
    "const share = span > 0 ? (cutTo - cutFrom) / span : 1;",
  ];
}

/** The body for each bucket that the flow covers; `part` is the share of its counters there. */
function buckets(bucketMs: number, body: readonly string[]): string[] {
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
