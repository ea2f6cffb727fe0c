import { MAX_LIMIT } from "../../query/engine/flow_query.ts";
import { allOf, figure, type Inquiry, type Row } from "../inquiry.ts";

/** A service that a host takes part in. */
export interface HostService {
  readonly kind: "service";
  readonly name: string;
  /** Octets of it that the host serves, of it that the host uses, and where ports do not tell. */
  readonly bytes_offered: number;
  readonly bytes_used: number;
  readonly bytes_either: number;
  readonly bytes: number;
  readonly flows: number;
}

/** What sums by host do not tell. */
const SERVICES = "services of a host";
/** "https (tcp/443)", "tcp/8080". */
const PORT = /\b(\w+)\/(\d+)\)?$/;

/**
 * Which services a host offers and which it uses. It offers a service where the service's port is
 * its own; where both ends have that port (NTP, IKE) nobody can tell from flows.
 *
 * @param inquiry to ask
 * @param options filters of what the host `sent` and `received`, "" for none of it; `limit`
 */
export async function hostServices(
  inquiry: Inquiry,
  { sent, received, limit }: { sent: string; received: string; limit: number },
): Promise<{ items: HostService[]; omitted: number }> {
  const metrics = ["bytes", "flows"];
  const either = [sent, received].filter((part) => part !== "").join(" or ");
  const { rows, totals } = await inquiry.ask({
    filter: either,
    group_by: ["service"],
    metrics,
    limit,
  }, { about: SERVICES });
  const named = rows.filter(({ service }) => service !== null);
  const ports = [...new Set(named.flatMap(({ service }) => portOf(service as string) ?? []))];
  const offered = new Map<string, number>();
  const both = new Map<string, number>();
  for (const [filter, own, peer] of [[sent, "src", "dst"], [received, "dst", "src"]] as const) {
    if (filter === "" || ports.length === 0) continue;
    const list = `port in [${ports.join(" ")}]`;
    // Two steps keep the groups few: peers have any ports.
    const owned = await inquiry.ask({
      filter: allOf(filter, `${own} ${list}`),
      group_by: ["service", `${own}_port`],
      metrics,
      limit: MAX_LIMIT,
    }, { about: SERVICES });
    const equal = await inquiry.ask({
      filter: allOf(filter, `${own} ${list} and ${peer} ${list}`),
      group_by: ["service", "src_port", "dst_port"],
      metrics,
      limit: MAX_LIMIT,
    }, { about: SERVICES });
    addBytes(offered, owned.rows.filter((row) => isPort(row, `${own}_port`)));
    addBytes(both, equal.rows.filter((row) => isPort(row, "src_port") && isPort(row, "dst_port")));
  }
  const items = named.map((row): HostService => {
    const name = row.service as string;
    const bytes = figure(row, "bytes");
    const bytes_either = both.get(name) ?? 0;
    const bytes_offered = (offered.get(name) ?? 0) - bytes_either;
    const bytes_used = bytes - bytes_offered - bytes_either;
    const flows = figure(row, "flows");
    return { kind: "service", name, bytes_offered, bytes_used, bytes_either, bytes, flows };
  });
  return { items, omitted: totals.groups - rows.length };
}

function portOf(service: string): number | null {
  const [, , port] = PORT.exec(service) ?? [];
  return port === undefined ? null : Number(port);
}

function isPort(row: Row, field: string): boolean {
  return typeof row.service === "string" && portOf(row.service) === row[field];
}

function addBytes(sums: Map<string, number>, rows: readonly Row[]): void {
  for (const row of rows) {
    const service = row.service as string;
    sums.set(service, (sums.get(service) ?? 0) + figure(row, "bytes"));
  }
}
