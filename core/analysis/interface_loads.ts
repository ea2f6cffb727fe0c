import type { FlowQuery } from "../query/engine/flow_query.ts";
import { SPARE_METRICS } from "./rate_series.ts";
import type { Inquiry, Row, Table } from "./inquiry.ts";

/** One direction of one interface of one exporter, and the flows that passed there. */
export interface InterfaceLoad {
  readonly exporter: string | null;
  /** null where flows do not name it. */
  readonly if_index: number | null;
  readonly if_name: string | null;
  /** As the device sees it: `in` came in by the interface. */
  readonly direction: "in" | "out";
  readonly rows: readonly Row[];
  /** Filter of these flows. */
  readonly filter: string;
}

/** Interfaces whose series may be asked for at once. */
const MAX_GROUPS = 1000;
/** ifIndex 0: the flow came from the device itself, or was dropped or meant for it. */
const NO_INTERFACE = 0;

/**
 * What passed each interface, in and out, and the table of the first of them. A device that watches flows both as they come in and as
 * they leave reports one that passes through twice, each time with both interfaces: what was
 * watched at the interface itself counts, and only where nothing was, what was watched at the other
 * end.
 *
 * @param inquiry to ask
 * @param changes of the query: metrics, buckets
 */
export async function interfaceLoads(
  inquiry: Inquiry,
  changes: Partial<FlowQuery>,
): Promise<{ loads: InterfaceLoad[]; table: Table }> {
  const sides = [
    await interfacesOf(inquiry, "in", changes),
    await interfacesOf(inquiry, "out", changes),
  ];
  return { loads: sides.flatMap(({ loads }) => loads), table: sides[0].table };
}

/** As `interfaceLoads`, of one direction, with the table that it was made from. */
export async function interfacesOf(
  inquiry: Inquiry,
  direction: "in" | "out",
  changes: Partial<FlowQuery>,
): Promise<{ loads: InterfaceLoad[]; table: Table }> {
  const [index, name] = direction === "in"
    ? ["in_if", "in_interface"] as const
    : ["out_if", "out_interface"] as const;
  const ask = {
    limit: MAX_GROUPS,
    // What several points saw of one conversation is taken apart by the points themselves.
    dedup: "off",
    ...changes,
  } as const;
  const whole = ["exporter", index, name, "direction"];
  const table = await inquiry.ask({ ...ask, group_by: whole }, {
    about: "names of interfaces",
    orBy: ["exporter", index],
    spare: SPARE_METRICS,
  });
  if (table.untold !== null && table.covered !== null) {
    inquiry.doubt({
      figure: "bytes by interface",
      error:
        "where a device watches flows as they come in and as they leave, what passes through " +
        "it counts twice: sums do not tell at which interface it was watched",
    });
  }
  if (table.more) {
    inquiry.note(
      `There are more than ${MAX_GROUPS} interfaces: the smallest are left out (${direction}).`,
    );
  }
  const interfaces = Map.groupBy(table.rows, (row) => JSON.stringify([row.exporter, row[index]]));
  const loads = [...interfaces.values()].map((rows): InterfaceLoad => {
    const [{ exporter, [index]: ifIndex }] = rows;
    const { kept, watched } = watchedHere(rows, direction);
    return {
      exporter: exporter as string | null,
      if_index: ifIndex as number | null,
      if_name: nameWithin(rows[0], { index, name }),
      direction,
      rows: kept,
      filter: [
        exporter === null ? "not has exporter" : `exporter ${exporter}`,
        ifIndex === null ? `not has ${index}` : `${direction} if ${ifIndex}`,
        ...watched,
      ].join(" and "),
    };
  });
  return { loads, table };
}

function watchedHere(
  rows: readonly Row[],
  direction: "in" | "out",
): { kept: readonly Row[]; watched: string[] } {
  const egress = rows.filter((row) => row.direction === "egress");
  const others = rows.filter((row) => row.direction !== "egress");
  const [own, other] = direction === "in" ? [others, egress] : [egress, others];
  const kept = own.length > 0 ? own : other;
  if (egress.length === 0 || others.length === 0) return { kept, watched: [] };
  return { kept, watched: [kept === egress ? "direction egress" : "not direction egress"] };
}

/** The name of an interface, of what the group is called: `wan-1 (192.0.2.1 if 12)`. */
function nameWithin(row: Row, { index, name }: { index: string; name: string }): string | null {
  const text = row[name] as string | null;
  const known = [row.exporter, row[index] === null ? null : `if ${row[index]}`]
    .filter((part) => part !== null);
  const where = ` (${known.join(" ")})`;
  if (text === null || text === known.join(" ")) return null;
  return known.length > 0 && text.endsWith(where) ? text.slice(0, -where.length) : text;
}

/** Whether it stands for an interface that can carry traffic. */
export function isInterface({ if_index }: InterfaceLoad): boolean {
  return if_index !== null && if_index !== NO_INTERFACE;
}

/** "Gi0/1 (3) of 192.0.2.1, out". */
export function interfaceText(load: InterfaceLoad): string {
  return `${interfaceName(load)}, ${load.direction}`;
}

/** "Gi0/1 (3) of 192.0.2.1". */
export function interfaceName({ exporter, if_index, if_name }: InterfaceLoad): string {
  const name = if_name === null ? `interface ${if_index ?? "unknown"}` : `${if_name} (${if_index})`;
  return `${name} of ${exporter ?? "an unknown exporter"}`;
}
