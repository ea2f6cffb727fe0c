import type { ScanReport, TimeWindow } from "../query/scan.ts";
import { collectedText } from "./wording.ts";

/**
 * What an answer that found nothing is of: where what a collector of an earlier process took in may be
 * held of a part of a window only, while others' is of all, that is what is held of it.
 *
 * @param window that was asked for
 * @param answered what of it the answer is of, as `collectedText` takes it
 */
export function heldText(
  window: TimeWindow,
  answered: Parameters<typeof collectedText>[1] & { readonly scan: ScanReport },
): string {
  const { downtime, asked_from, asked_to } = answered.scan;
  const text = collectedText(window, answered);
  return downtime.some(({ from, to }) => from < asked_to && (to ?? Infinity) > asked_from)
    ? `what is held of ${text}`
    : text;
}
