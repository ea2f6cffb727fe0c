import { MAX_LIMIT } from "../../query/engine/flow_query.ts";
import { figure, type Inquiry } from "../inquiry.ts";

/** A port that flows of a host have, on its own side or on that of its peers. */
export interface HostPort {
  readonly kind: "port";
  /** `own`: what the host answers on or calls from; `peer`: what it calls, or is called from. */
  readonly side: "own" | "peer";
  /** By name where it has one, else its number. */
  readonly protocol: string | number;
  readonly port: number;
  readonly bytes: number;
  readonly flows: number;
}

/** What is asked of flows in each direction: the host's own port, and its peer's. */
const PORTS = {
  sent: { own: "src_port", peer: "dst_port" },
  received: { own: "dst_port", peer: "src_port" },
} as const;

/**
 * The ports on either side of a host's flows, those with most flows first: a port that serves has
 * many, one that was taken by chance has one or two.
 *
 * @param inquiry to ask
 * @param filters of what the host `sent` and `received`, "" for none of it; `limit` of ports a side
 */
export async function hostPorts(
  inquiry: Inquiry,
  { limit, ...filters }: { sent: string; received: string; limit: number },
): Promise<{ items: HostPort[]; omitted: number }> {
  const own = await portsOf(inquiry, "own", filters);
  const peer = await portsOf(inquiry, "peer", filters);
  const items = [...own.slice(0, limit), ...peer.slice(0, limit)];
  return { items, omitted: own.length + peer.length - items.length };
}

async function portsOf(
  inquiry: Inquiry,
  side: HostPort["side"],
  filters: { sent: string; received: string },
): Promise<HostPort[]> {
  const ports = new Map<string, HostPort>();
  for (const way of ["sent", "received"] as const) {
    if (filters[way] === "") continue;
    const field = PORTS[way][side];
    const { rows } = await inquiry.ask({
      filter: filters[way],
      group_by: ["protocol", field],
      metrics: ["flows", "bytes"],
      limit: MAX_LIMIT,
    }, { about: "ports of a host" });
    for (const row of rows) {
      const { protocol, [field]: port } = row;
      if (protocol === null || port === null) continue;
      const key = `${protocol} ${port}`;
      const { bytes = 0, flows = 0 } = ports.get(key) ?? {};
      ports.set(key, {
        kind: "port",
        side,
        protocol,
        port: port as number,
        bytes: bytes + figure(row, "bytes"),
        flows: flows + figure(row, "flows"),
      });
    }
  }
  return [...ports.values()].sort((a, b) => b.flows - a.flows || b.bytes - a.bytes);
}
