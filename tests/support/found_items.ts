/** Figures that some kinds of items have. */
type Figure =
  | "bytes"
  | "flows"
  | "bytes_sent"
  | "bytes_received"
  | "bytes_offered"
  | "bytes_used"
  | "bytes_either"
  | "change_percent"
  | "average_bits_per_second"
  | "p95_bits_per_second"
  | "peak_bits_per_second"
  | "slope_bits_per_second_per_minute";

/**
 * An item of an analysis: each kind has fields of its own, and a test that reads one that is not there
 * finds that it is no number.
 */
export type FoundItem =
  & { readonly kind: string; readonly name: string }
  & Readonly<Record<Figure, number>>
  & Readonly<Record<string, unknown>>;

/**
 * The items of an analysis.
 *
 * @param answer with the items
 * @param kind only these
 */
export function foundItems(
  { items }: { readonly items: readonly object[] },
  kind?: string,
): FoundItem[] {
  return (items as readonly FoundItem[]).filter((item) => kind === undefined || item.kind === kind);
}
