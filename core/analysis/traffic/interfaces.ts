import { type Inquiry, type Table } from "../inquiry.ts";
import { interfaceLoads, interfaceText } from "../interface_loads.ts";
import type { Ranking } from "./ranking.ts";
import { added, ITEM_METRICS, trafficItem } from "./traffic_item.ts";

/**
 * The interfaces that carry most, per exporter, ifIndex and direction.
 *
 * @param inquiry to ask
 * @param options `limit` of interfaces to list, and the `whole` traffic
 */
export async function interfaces(
  inquiry: Inquiry,
  { limit, whole }: { limit: number; whole: Table },
): Promise<Ranking> {
  const { loads, table: { untold } } = await interfaceLoads(inquiry, { metrics: ITEM_METRICS });
  const all = loads.map((load) => {
    const { exporter, if_index, if_name, direction, rows } = load;
    const name = if_index === null ? null : interfaceText(load);
    return {
      ...trafficItem(added(rows), { kind: "interface", name, whole }),
      exporter,
      if_index,
      if_name,
      direction,
    };
  }).sort((a, b) => b.bytes - a.bytes);
  const items = all.slice(0, limit);
  return { kind: "interface", items, omitted: all.length - items.length, untold };
}
