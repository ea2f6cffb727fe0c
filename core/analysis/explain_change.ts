import {
  type FlowQuery,
  flowQuery,
  MAX_LIMIT,
  type TimeBasis,
} from "../query/engine/flow_query.ts";
import type { TimeWindow } from "../query/scan.ts";
import { changeHeadline, type Windows, withoutComparison } from "./change/change_headline.ts";
import {
  type ChangeItem,
  type Measure,
  type Part,
  type PartRows,
  partsOf,
  residual,
  shareOf,
  totalOf,
} from "./change/change_parts.ts";
import { type Analysis, figure, type Ground, Inquiry, type Scope, type Table } from "./inquiry.ts";
import { type InterfaceLoad, interfaceName, interfacesOf } from "./interface_loads.ts";
import { becameOf, bitRate, octets, span } from "./wording.ts";

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
/** By the flows' own time the difference is another by more than this share of the larger window. */
const MISLEADING = 0.25;

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
  const sharedMs = Math.min(window.toMs, against.toMs) - Math.max(window.fromMs, against.fromMs);
  if (sharedMs > 0) {
    inquiry.note(
      `The windows overlap by ${span(sharedMs)}: what passed in that time counts in both.`,
    );
  }
  const metrics = ["bytes", "flows"];
  const now = await inquiry.ask({ metrics, time });
  const before = await inquiry.ask({ metrics, time, window: against });
  const windows = { now, before, window, against };
  const group_by = ["src_addr", "dst_addr", "service"];
  if (now.seconds === 0 || before.seconds === 0) {
    const headline = withoutComparison(windows, scope.filter);
    const query = inquiry.next({ group_by, metrics, time });
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
    const [term] = group_by;
    const sides = { now: namedBy(tables.now, term), before: namedBy(tables.before, term) };
    list(dimension, partsOf(sides, { dimension, measure }));
  }
  // With each conversation at one point only, nobody can say what passed the others.
  for (const { dimension, direction } of scope.dedup === "on" ? [] : INTERFACES) {
    const tables = {
      now: await passed(inquiry, direction, { metrics, time }),
      before: await passed(inquiry, direction, { metrics, time, window: against }),
    };
    list(dimension, partsOf(tables, { dimension, measure }));
  }
  if (!measure.comparable) {
    inquiry.note(
      `Not all of both windows was ${becameOf([now.scan, before.scan])}: rates are over the ` +
        "parts that were, and what is new " +
        "or gone is not told from what was not seen.",
    );
  } else if (time === "arrival") {
    await doubtArrival(inquiry, { against, total, measure });
  }
  return inquiry.conclude({
    headline: changeHeadline(items, {
      filter: scope.filter,
      windows,
      comparable: measure.comparable,
    }),
    items,
    omitted,
    query: inquiry.next({ group_by, metrics, time }),
  });
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

/** Rows by the values of one term. */
function namedBy({ rows, more }: Table, term: string): PartRows {
  return {
    more,
    rows: rows.map((row) => {
      const name = row[term] === null ? null : String(row[term]);
      return { key: JSON.stringify(name), name, bytes: figure(row, "bytes") };
    }),
  };
}

/** What passed each interface in one direction, as rows with names. */
async function passed(
  inquiry: Inquiry,
  direction: InterfaceLoad["direction"],
  changes: Partial<FlowQuery>,
): Promise<PartRows> {
  const { loads, table } = await interfacesOf(inquiry, direction, changes);
  return {
    more: table.more,
    rows: loads.map((load) => ({
      key: JSON.stringify([load.exporter, load.if_index]),
      name: load.if_index === null ? null : interfaceName(load),
      bytes: load.rows.reduce((sum, row) => sum + figure(row, "bytes"), 0),
    })),
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
  const { ground, scope: { filter, window, dedup } } = inquiry;
  const once = dedup === "on" ? "on" : "off";
  // Beside the answer, which does not stand on it.
  const ask = (window: TimeWindow) =>
    ground.run(flowQuery({ window, filter, metrics: ["bytes"], time: "flow", dedup: once }));
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
