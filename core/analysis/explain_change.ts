import {
  type FlowQuery,
  flowQuery,
  MAX_LIMIT,
  type TimeBasis,
} from "../query/engine/flow_query.ts";
import type { TimeWindow } from "../query/scan.ts";
import {
  type Analysis,
  type Cell,
  figure,
  type Ground,
  Inquiry,
  type Row,
  type Scope,
  type Table,
} from "./inquiry.ts";
import { type InterfaceLoad, interfaceName, interfacesOf } from "./interface_loads.ts";
import {
  bitRate,
  collectedText,
  comparison,
  nothingCollected,
  octets,
  percent,
  windowText,
} from "./wording.ts";

/** Ways to take the traffic apart: each counts every flow once, so that its parts make the whole. */
const DIMENSIONS = [
  { dimension: "source", group_by: ["src_addr"] },
  { dimension: "destination", group_by: ["dst_addr"] },
  { dimension: "service", group_by: ["service"] },
] as const;
/** What passed each interface: a flow that was watched at two counts at each of them once. */
const INTERFACES = [
  { dimension: "in_interface", direction: "in" },
  { dimension: "out_interface", direction: "out" },
] as const;

/** Parts of each dimension that are listed. */
const LISTED = 6;
/** Windows of which less was collected cannot be compared. */
const LEAST_COVERED = 0.9;
/** A change below this share of the larger window is none to speak of. */
const STEADY = 0.01;
/** By the flows' own time the difference is another by more than this share of the larger window. */
const MISLEADING = 0.25;

/** How much a part of the traffic changed. */
export interface ChangeItem {
  dimension: "total" | (typeof DIMENSIONS | typeof INTERFACES)[number]["dimension"];
  /** null for what exporters do not say, "all other" for the residual. */
  name: string | null;
  /** `new` and `gone` only where it is certain that there was nothing: of windows that are covered. */
  change_kind: "new" | "gone" | "grew" | "shrank" | "steady" | "residual";
  /** `octets` of windows of one length that are wholly covered, else `bit/s` over what is covered. */
  unit: "octets" | "bit/s";
  before: number;
  now: number;
  change: number;
  /** Of the whole difference; null where there is none. */
  share_of_change_percent: number | null;
}

/**
 * What accounts for the difference between two windows? In every dimension the listed parts and the
 * residual add up to the whole difference. Windows of which too little was collected are set beside
 * each other by rates over what was; where nothing was, there is nothing to set beside.
 *
 * @param ground what to ask
 * @param question which flows, `against`: the window to compare with, and by which `time` the windows
 *   choose flows: by their arrival each flow counts whole where it was told of
 * @throws {FilterError} when the filter is not one
 */
export async function explainChange(
  ground: Ground,
  { against, time, ...scope }: Scope & { against: TimeWindow; time: TimeBasis },
): Promise<Analysis<ChangeItem>> {
  const inquiry = new Inquiry(ground, scope);
  const { window } = scope;
  const metrics = ["bytes", "flows"];
  const now = await inquiry.ask({ metrics, time });
  const before = await inquiry.ask({ metrics, time, window: against });
  const windows = { now, before, window, against };
  const query = inquiry.next({ group_by: ["src_addr", "dst_addr", "service"], metrics, time });
  if (now.covered === null || before.covered === null) {
    const headline = withoutComparison(scope, windows);
    return inquiry.conclude({ headline, items: [], omitted: 0, query });
  }
  const measure = measureOf(windows);
  const total = totalOf({ now, before }, measure);
  const items = [shareOf(total, total.change)];
  let omitted = 0;
  const list = (dimension: Part["dimension"], parts: readonly Part[]): void => {
    const listed = parts.filter(({ change }) => change !== 0).slice(0, LISTED);
    items.push(
      ...listed.map((part) => shareOf(part, total.change)),
      shareOf(residual(dimension, total, listed), total.change),
    );
    omitted += parts.length - listed.length;
  };
  for (const { dimension, group_by } of DIMENSIONS) {
    const ask = { group_by, metrics, time, limit: MAX_LIMIT };
    const tables = {
      now: await inquiry.ask(ask),
      before: await inquiry.ask({ ...ask, window: against }),
    };
    doubtChange(inquiry, dimension, tables);
    list(
      dimension,
      partsOf(tables, { dimension, measure, nameOf: (row) => nameOf(row[group_by[0]]) }),
    );
  }
  // With each conversation at one point only, nobody can say what passed the others.
  for (const { dimension, direction } of scope.dedup === "on" ? [] : INTERFACES) {
    const tables = {
      now: await passed(inquiry, direction, { metrics, time }),
      before: await passed(inquiry, direction, { metrics, time, window: against }),
    };
    list(dimension, partsOf(tables, { dimension, measure, nameOf: ({ name }) => nameOf(name) }));
  }
  if (!measure.comparable) {
    inquiry.note(
      "Not all of both windows was collected: rates are over the parts that were, and what is new " +
        "or gone is not told from what was not seen.",
    );
  } else if (time === "arrival") {
    await doubtArrival(inquiry, { against, total, measure });
  }
  return inquiry.conclude({
    headline: headline(items, { scope, windows, comparable: measure.comparable }),
    items,
    omitted,
    query,
  });
}

/** Two windows, and what passed in them. */
interface Windows {
  readonly now: Table;
  readonly before: Table;
  readonly window: TimeWindow;
  readonly against: TimeWindow;
}

function measureOf({ now, before, window, against }: Windows): Measure {
  const lengths = [window, against].map(({ fromMs, toMs }) => (toMs - fromMs) / 1000);
  const seconds = [now.seconds, before.seconds];
  const comparable = seconds.every((covered, i) => covered >= LEAST_COVERED * lengths[i]);
  const whole = seconds.every((covered, i) => covered >= lengths[i]);
  return whole && lengths[0] === lengths[1]
    ? { unit: "octets", of: [1, 1], comparable }
    : { unit: "bit/s", of: seconds.map((covered) => 8 / covered), comparable };
}

/** What passed each interface in one direction, as rows with names. */
async function passed(
  inquiry: Inquiry,
  direction: InterfaceLoad["direction"],
  changes: Partial<FlowQuery>,
): Promise<Pick<Table, "rows" | "more">> {
  const { loads, table } = await interfacesOf(inquiry, direction, changes);
  return {
    more: table.more,
    rows: loads.map((load) => ({
      name: load.if_index === null ? null : interfaceName(load),
      bytes: load.rows.reduce((sum, row) => sum + figure(row, "bytes"), 0),
    })),
  };
}

/** What values are in, and what octets of each window are multiplied by for it. */
interface Measure {
  readonly unit: ChangeItem["unit"];
  readonly of: readonly number[];
  /** Whether enough of both windows was collected to say what became of the traffic. */
  readonly comparable: boolean;
}

type Part = Omit<ChangeItem, "share_of_change_percent">;

type Totals = Pick<Table, "totals">;

function totalOf({ now, before }: { now: Totals; before: Totals }, measure: Measure): Part {
  return compare(
    { dimension: "total", name: "all traffic", measure, certain: true },
    { now: figure(now.totals.metrics, "bytes"), before: figure(before.totals.metrics, "bytes") },
  );
}

function compare(
  { dimension, name, measure, certain }: Pick<Part, "dimension" | "name"> & {
    measure: Measure;
    /** Whether nothing in the answers is really nothing. */
    certain: boolean;
  },
  bytes: { now: number; before: number },
): Part {
  const now = bytes.now * measure.of[0];
  const before = bytes.before * measure.of[1];
  const change = now - before;
  const known = certain && measure.comparable;
  const small = Math.abs(change) <= STEADY * Math.max(now, before);
  return {
    dimension,
    name,
    change_kind: small
      ? "steady"
      : known && before === 0
      ? "new"
      : known && now === 0
      ? "gone"
      : change > 0
      ? "grew"
      : "shrank",
    unit: measure.unit,
    before,
    now,
    change,
  };
}

function shareOf(part: Part, whole: number): ChangeItem {
  return { ...part, share_of_change_percent: whole === 0 ? null : 100 * part.change / whole };
}

/** The parts of a dimension, those that changed most first. */
function partsOf(
  { now, before }: Record<"now" | "before", Pick<Table, "rows" | "more">>,
  { dimension, measure, nameOf }: Pick<Part, "dimension"> & {
    measure: Measure;
    nameOf: (row: Row) => string | null;
  },
): Part[] {
  const parts = new Map<string | null, { now: number; before: number }>();
  for (const [key, { rows }] of [["now", now], ["before", before]] as const) {
    for (const row of rows) {
      const name = nameOf(row);
      const part = parts.get(name) ?? { now: 0, before: 0 };
      part[key] += figure(row, "bytes");
      parts.set(name, part);
    }
  }
  const certain = !now.more && !before.more;
  return [...parts].map(([name, bytes]) => compare({ dimension, name, measure, certain }, bytes))
    .sort((a, b) => Math.abs(b.change) - Math.abs(a.change));
}

function nameOf(cell: Cell): string | null {
  return cell === null ? null : String(cell);
}

/** What the listed parts leave of the whole. */
function residual(dimension: Part["dimension"], total: Part, listed: readonly Part[]): Part {
  const left = (key: "before" | "now" | "change") =>
    listed.reduce((rest, part) => rest - part[key], total[key]);
  return {
    dimension,
    name: "all other",
    change_kind: "residual",
    unit: total.unit,
    before: left("before"),
    now: left("now"),
    change: left("change"),
  };
}

function doubtChange(
  inquiry: Inquiry,
  dimension: string,
  { now, before }: { now: Table; before: Table },
): void {
  const [a, b] = [now, before].map(({ more, rows }) => more ? figure(rows.at(-1), "bytes") : 0);
  if (a === 0 && b === 0) return;
  inquiry.doubt({
    figure: `change by ${dimension}`,
    error: `there are more than ${MAX_LIMIT}: one may be off by up to ${Math.max(a, b)} octets`,
  });
}

/** Long flows count whole where they ended: says so where that makes another difference. */
async function doubtArrival(
  inquiry: Inquiry,
  { against, total, measure }: { against: TimeWindow; total: Part; measure: Measure },
): Promise<void> {
  const { ground, scope: { filter, window } } = inquiry;
  // Beside the answer, which does not stand on it.
  const ask = (window: TimeWindow) =>
    ground.run(flowQuery({ window, filter, metrics: ["bytes"], time: "flow", dedup: "off" }));
  const own = totalOf({ now: await ask(window), before: await ask(against) }, measure);
  const moved = Math.abs(own.change - total.change);
  if (moved <= MISLEADING * Math.max(total.now, total.before)) return;
  const amount = measure.unit === "octets" ? octets : bitRate;
  inquiry.note(
    `By the flows' own time it was ${amount(own.before)} before and ${
      amount(own.now)
    } in the window ` +
      'so far: flows longer than it count whole where they were told of; ask with time "flow".',
  );
}

function isEmpty({ totals }: Table): boolean {
  return figure(totals.metrics, "flows") === 0;
}

function headline(
  items: readonly ChangeItem[],
  { scope: { filter }, windows, comparable }: {
    scope: Scope;
    windows: Windows;
    comparable: boolean;
  },
): string {
  const [total] = items;
  const { now, before, window, against } = windows;
  const matching = filter.trim() === "" ? "" : " that matches the filter";
  const when = collectedText(window, now.seconds);
  const amount = total.unit === "octets" ? octets : bitRate;
  if (!comparable) {
    return `Traffic${matching} in ${when} was ${amount(total.now)}, in ${
      collectedText(against, before.seconds)
    } ${amount(total.before)}: too little was collected to say what changed.`;
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
function withoutComparison(
  { filter }: Scope,
  { now, before, window, against }: Windows,
): string {
  const matching = filter.trim() === "" ? "" : " that matches the filter";
  if (now.covered === null && before.covered === null) {
    return `Nothing was collected in ${windowText(window)}, nor in ${windowText(against)}.`;
  }
  const [some, at, none] = now.covered === null
    ? [before, against, window]
    : [now, window, against];
  return `${
    nothingCollected(none).slice(0, -1)
  }: there is nothing to compare with; traffic${matching} ` +
    `in ${collectedText(at, some.seconds)} was ${octets(figure(some.totals.metrics, "bytes"))}.`;
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
