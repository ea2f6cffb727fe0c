import { MAX_LIMIT } from "../../query/engine/flow_query.ts";
import { figure, type Inquiry, type Table } from "../inquiry.ts";
import type { Ranking } from "./ranking.ts";
import { added, ITEM_METRICS, trafficItem } from "./traffic_item.ts";
import { doubtUnseen } from "./unseen.ts";

const KIND = "conversation";

/**
 * The largest conversations: two hosts and the service between them, both directions together.
 *
 * @param inquiry to ask
 * @param options `limit` of conversations to list, and the `whole` traffic
 */
export async function conversations(
  inquiry: Inquiry,
  { limit, whole }: { limit: number; whole: Table },
): Promise<Ranking> {
  const table = await inquiry.ask({
    group_by: ["src_addr", "dst_addr", "service"],
    metrics: ITEM_METRICS,
    limit: MAX_LIMIT,
  }, { about: "conversations" });
  const of = table.untold === null ? whole : table;
  const pairs = Map.groupBy(
    table.rows,
    ({ src_addr, dst_addr, service }) =>
      JSON.stringify([...[src_addr, dst_addr].map(String).sort(), service]),
  );
  const all = [...pairs.values()].map((rows) => {
    // Rows come largest first: the one who sends more stands first.
    const [{ src_addr: source, dst_addr: destination, service }] = rows;
    const sent = rows.filter(({ src_addr }) => src_addr === source);
    const name = `${source ?? "unknown"} <> ${destination ?? "unknown"} ${service ?? "unknown"}`;
    return {
      ...trafficItem(added(rows), { kind: KIND, name, whole: of }),
      source,
      destination,
      service,
      bytes_sent: figure(added(sent), "bytes"),
      bytes_received: figure(added(rows), "bytes") - figure(added(sent), "bytes"),
    };
  }).sort((a, b) => b.bytes - a.bytes);
  doubtUnseen(inquiry, KIND, [table]);
  const items = all.slice(0, limit);
  // Each has two directions at most.
  const count = Math.max(all.length, Math.ceil(table.totals.groups / 2));
  const { more: atLeast, untold } = table;
  return { kind: KIND, items, omitted: count - items.length, atLeast, of, untold };
}
