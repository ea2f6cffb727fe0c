import { formatTime } from "../flow/record_reader.ts";
import type { Absence } from "../query/absence.ts";
import { WHY_NOTHING_IS_HELD } from "../query/gap_notes.ts";
import type { TimeWindow } from "../query/scan.ts";
import { lackingText, unitOfSums } from "../query/sums/untold.ts";
import { windowText } from "./wording.ts";

/** How much of a window is meant: of what one collector took in some may be held, of others not. */
type HowMuch = "Nothing" | "Not all";

/**
 * What is said of a window that nothing is told of: whether there was traffic, nobody knows. A clause
 * without an end, which says what is certain of it.
 *
 * @param window that was asked for
 * @param absence why nothing is told
 * @param none whether there is nothing at all
 */
export function nothingTold(
  window: TimeWindow,
  absence: Absence,
  none: HowMuch = "Nothing",
): string {
  const text = windowText(window);
  switch (absence.why) {
    case "summed":
      return `Of ${text} only sums are kept, and ${
        absence.untold.lacking.length === 0
          ? `of no whole ${unitOfSums(absence.untold)} in it`
          : `they do not tell ${lackingText(absence.untold.lacking)}`
      }`;
    case "never":
    case "before":
    case "after":
    case "unheard":
      return `${none} was collected in ${text}`;
    case "between":
    case "ended":
    case "unsealed":
    case "gone":
    case "unwritten":
      return `${none} is held of ${text}`;
    case "unread":
      return `${none} of ${text} was read`;
  }
}

/**
 * The same with why that is.
 *
 * @param window that was asked for
 * @param absence why nothing is told
 * @param none whether there is nothing at all
 */
export function nothingBecause(
  window: TimeWindow,
  absence: Absence,
  none: HowMuch = "Nothing",
): string {
  const reason = reasonOf(absence);
  return nothingTold(window, absence, none) + (reason === "" ? "" : `: ${reason}`);
}

function reasonOf(absence: Absence): string {
  switch (absence.why) {
    case "summed":
      return "";
    case "never":
      return "no collector has been started";
    case "before":
      return `collection, as far as is known, began only at ${formatTime(absence.atMs)}`;
    case "after":
      return `collection ended at ${formatTime(absence.atMs)}`;
    case "ended":
      return `what is held ends at ${formatTime(absence.atMs)}, and no collector runs`;
    case "unsealed":
      return "another flow-agent collects, and what it received after " +
        `${formatTime(absence.atMs)} is not sealed yet`;
    case "unheard":
      return "no collector listened then";
    case "between":
      return WHY_NOTHING_IS_HELD;
    case "gone":
      return `flows are held whole from ${formatTime(absence.atMs)} on`;
    case "unwritten":
      return `history could not keep up, or write, before ${formatTime(absence.atMs)}`;
    case "unread":
      return "the budget of a query was used up before";
  }
}
