import type { TimeWindow } from "../../query/scan.ts";
import type { Absence } from "../../query/absence.ts";
import { figure, type Table } from "../inquiry.ts";
import { nothingTold } from "../nothing_told.ts";
import {
  becameOf,
  bitRate,
  collectedText,
  comparison,
  octets,
  percent,
  windowText,
} from "../wording.ts";
import type { ChangeItem } from "./change_parts.ts";

/** Two windows, and what passed in them. */
export interface Windows {
  readonly now: Table;
  readonly before: Table;
  readonly window: TimeWindow;
  readonly against: TimeWindow;
}

/**
 * One sentence about two windows of which something was collected.
 *
 * @param items the total first
 * @param options which flows, the `windows`, and whether enough of both was collected to compare them
 */
export function changeHeadline(
  items: readonly ChangeItem[],
  { filter, windows, comparable }: {
    filter: string;
    windows: Windows;
    comparable: boolean;
  },
): string {
  const [total] = items;
  const { now, before, window, against } = windows;
  const matching = filter.trim() === "" ? "" : " that matches the filter";
  const when = collectedText(window, now);
  const amount = total.unit === "octets" ? octets : bitRate;
  if (!comparable) {
    return `Traffic${matching} in ${when} was ${amount(total.now)}, in ${
      collectedText(against, before)
    } ${amount(total.before)}: too little was ${
      becameOf([now.scan, before.scan])
    } to say what changed.`;
  }
  const other = againstText(windows);
  if (isEmpty(now) && isEmpty(before)) {
    return `There was no traffic${matching} in ${when}, and none in ${other}.`;
  }
  const words = comparison(total.now, total.before);
  const change = words === null
    ? `against none in ${other}`
    : `${words} in ${other} (${amount(total.before)})`;
  const causes = total.change_kind === "steady" ? "" : mainCauses(items, amount);
  return `Traffic${matching} in ${when} was ${amount(total.now)}, ${change}${causes}.`;
}

/** What can be said where nothing was collected of one of the windows, or of both. */
export function withoutComparison(
  { now, before, window, against }: Windows,
  filter: string,
): string {
  const matching = filter.trim() === "" ? "" : " that matches the filter";
  if (now.absence !== null && before.absence !== null) {
    return isUncollected(now.absence) && isUncollected(before.absence)
      ? `${nothingTold(window, now.absence)}, nor in ${windowText(against)}.`
      : `${nothingTold(window, now.absence)}; ${nothingTold(against, before.absence)}.`;
  }
  const dark = before.absence !== null || now.seconds > 0;
  const sides = [[now, window], [before, against]] as const;
  const [[some, at], [other, when]] = dark ? sides : [sides[1], sides[0]];
  // Of a window that is covered for less than a second next to nothing is held.
  const none = nothingTold(when, other.absence ?? { why: "between" });
  return `${none}: there is nothing to compare with; traffic${matching} in ` +
    `${collectedText(at, some)} was ${octets(figure(some.totals.metrics, "bytes"))}.`;
}

/** Whether it is certain that nothing was collected. */
function isUncollected({ why }: Absence): boolean {
  return why === "never" || why === "before" || why === "after";
}

function againstText({ window, against }: Windows): string {
  const equal = window.toMs - window.fromMs === against.toMs - against.fromMs;
  return equal && against.toMs === window.fromMs ? "the window before" : windowText(against);
}

/** The part of each kind that moved most in the direction of the whole. */
function mainCauses(items: readonly ChangeItem[], amount: (value: number) => string): string {
  const [total] = items;
  const causes = (["source", "service"] as const).flatMap((dimension) =>
    items.find((item) =>
      item.dimension === dimension && item.change_kind !== "residual" &&
      Math.sign(item.change) === Math.sign(total.change)
    ) ?? []
  ).map(({ dimension, name, change, change_kind, share_of_change_percent }) =>
    `${dimension} ${name ?? "unknown"} ${
      change_kind === "new"
        ? "is new with"
        : change_kind === "gone"
        ? "is gone with"
        : change_kind +
          " by"
    } ${amount(Math.abs(change))} (${percent(share_of_change_percent!)} of the difference)`
  );
  return causes.length === 0 ? "" : `: ${causes.join(", ")}`;
}

function isEmpty({ totals }: Table): boolean {
  return figure(totals.metrics, "flows") === 0;
}
