import { isPresent } from "../flow/columns.ts";
import { presenceBit, type StoredFieldName } from "../flow/schema.ts";
import type { FlowSource } from "./flow_source.ts";
import { type CellValue, GroupKey } from "./group_key.ts";
import { GroupTable } from "./group_table.ts";
import { type ScanReport, scanWindow, type TimeWindow } from "./scan.ts";

/** What traffic can be measured in. */
export type TrafficMetric = "bytes" | "packets" | "flows";

/** Which traffic, grouped how. */
export interface TrafficQuery {
  readonly window: TimeWindow;
  readonly groupBy: readonly StoredFieldName[];
  readonly orderBy: TrafficMetric;
  /** Groups to return. */
  readonly limit: number;
}

/** Sums by group, the largest first. */
export interface TrafficAnswer {
  rows: { group: CellValue[]; bytes: number; packets: number; flows: number }[];
  totals: { bytes: number; packets: number; flows: number };
  /** Groups beyond the limit. */
  omitted: number;
  scan: ScanReport;
}

const MAX_GROUPS = 1 << 20;
const BYTES_BIT = presenceBit("bytes");
const PACKETS_BIT = presenceBit("packets");
const EVENT_BIT = presenceBit("event");

/**
 * Sums traffic by group over a window. Events (NAT, firewall, drops) are no traffic.
 *
 * @param sources rings to read
 * @param query what is asked
 */
export async function sumTraffic(
  sources: readonly FlowSource[],
  { window, groupBy, orderBy, limit }: TrafficQuery,
): Promise<TrafficAnswer> {
  const key = new GroupKey(groupBy);
  const groups = new GroupTable(key.words, MAX_GROUPS);
  const sums = new GroupSums();
  const totals = { bytes: 0, packets: 0, flows: 0 };
  const fields = [...new Set<StoredFieldName>([...groupBy, "bytes", "packets"])];
  const scan = await scanWindow(sources, { window, fields }, (block, { start, end }, source) => {
    for (let slot = start; slot < end; slot++) {
      if (isPresent(block, { slot, bit: EVENT_BIT })) continue;
      const bytes = isPresent(block, { slot, bit: BYTES_BIT }) ? block.bytes[slot] : 0;
      const packets = isPresent(block, { slot, bit: PACKETS_BIT }) ? block.packets[slot] : 0;
      totals.bytes += bytes;
      totals.packets += packets;
      totals.flows++;
      key.write(block, { slot, source }, groups.key);
      const group = groups.find();
      if (group >= 0) sums.add(group, bytes, packets);
    }
  });
  const ids = sums.largest(orderBy, { groups: groups.idLimit, limit });
  const rows = ids.map((id) => {
    groups.readKey(id, groups.key);
    return { group: key.read(groups.key), ...sums.of(id) };
  });
  return { rows, totals, omitted: groups.size - rows.length, scan };
}

/** Three sums a group, in arrays that grow with the ids. */
class GroupSums {
  #bytes = new Float64Array(1024);
  #packets = new Float64Array(1024);
  #flows = new Float64Array(1024);

  add(group: number, bytes: number, packets: number): void {
    if (group >= this.#bytes.length) this.#grow();
    this.#bytes[group] += bytes;
    this.#packets[group] += packets;
    this.#flows[group]++;
  }

  of(group: number): { bytes: number; packets: number; flows: number } {
    return {
      bytes: this.#bytes[group],
      packets: this.#packets[group],
      flows: this.#flows[group],
    };
  }

  largest(metric: TrafficMetric, { groups, limit }: { groups: number; limit: number }): number[] {
    const values = { bytes: this.#bytes, packets: this.#packets, flows: this.#flows }[metric];
    return Array.from({ length: groups }, (_, id) => id)
      .sort((a, b) => values[b] - values[a] || a - b)
      .slice(0, limit);
  }

  #grow(): void {
    const grown = (from: Float64Array<ArrayBuffer>) => {
      const to = new Float64Array(from.length * 2);
      to.set(from);
      return to;
    };
    this.#bytes = grown(this.#bytes);
    this.#packets = grown(this.#packets);
    this.#flows = grown(this.#flows);
  }
}
