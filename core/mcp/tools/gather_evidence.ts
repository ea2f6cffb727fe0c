import type { ExporterEvidence, LinkEvidence } from "../../analysis/exporter_evidence.ts";
import { foreignFormat } from "../../analysis/foreign_format.ts";
import { interfaceTraffic } from "../../analysis/interface_traffic.ts";
import type { Collector } from "../../collector/collector.ts";
import type { Collectors } from "../../collector/collectors.ts";
import { heardParts } from "../../collector/heard_by.ts";
import type { Stranger } from "../../collector/stranger_table.ts";
import { recognises } from "../../collector/recognises.ts";
import { socketAddress } from "../../collector/start_failure.ts";
import { parseAddress } from "../../flow/address.ts";
import { flowQuery } from "../../query/engine/flow_query.ts";
import type { QueryAnswer } from "../../query/engine/query_answer.ts";
import { isOfFlows, type TimeWindow } from "../../query/scan_report.ts";
import type { CallContext } from "../tool.ts";

const MAX_OTHERS = 20;
const MAX_LINKS = 200;
/** A factor that is worth a finding. */
const SEEN_TWICE = 1.02;

/**
 * Gathers what is known of one exporter from the collectors and the flows.
 *
 * @param address as it is written canonically, or words that are none
 * @param asked the `window`, and what a query over `all` flows of it said of duplicates
 * @param context what tools act on
 */
export async function gatherEvidence(
  address: string,
  { window, all }: {
    window: TimeWindow;
    all: Pick<QueryAnswer, "dedup_factor" | "notes" | "scan">;
  },
  context: CallContext,
): Promise<ExporterEvidence> {
  const { collectors, queries, clock, signal } = context;
  const named = parseAddress(address, new Uint32Array(4)) ? address : null;
  const rows = await queries.ask("exporter_rows", { address: named, window }, { signal });
  return {
    address,
    nowMs: clock.now(),
    collectors: collectors.all.map((collector) => describeCollector(collector, collectors)),
    streams: collectors.all.flatMap((collector) =>
      heardParts(collector).filter((one) => one.address === address)
        .map((one) => ({ ...one, collector: nameOf(collector) }))
    ),
    templates: collectors.all.flatMap((collector) =>
      collector.exporters.templatesOf(address)
        .map((told) => ({ ...told, collector: nameOf(collector) }))
    ),
    strangers: collectors.all.flatMap((collector) =>
      collector.strangers.map((one) => describeStranger(one, { collector, collectors }))
    ),
    others: exportersHeard(collectors).filter((one) => one.address !== address).slice(
      0,
      MAX_OTHERS,
    ),
    rows,
    summed: isOfFlows(all.scan) ? 0 : await summedOf(named, { window, rows: rows.rows }, context),
    links: await linksOf(address, window, context),
    duplicates: duplicatesOf(all, address),
  };
}

/** How many flow records of an exporter, or of all, are not kept, and summed. */
async function summedOf(
  address: string | null,
  { window, rows }: { window: TimeWindow; rows: number },
  { queries, signal }: CallContext,
): Promise<number> {
  const filter = address === null ? "" : `exporter ${address}`;
  const query = flowQuery({ window, filter, metrics: ["flows"], dedup: "off" });
  const { totals } = await queries.ask("query", query, { signal });
  return Math.max(0, Number(totals.metrics.flows) - rows);
}

/** Everyone who is heard, the latest first; then those whose datagrams are not taken. */
export function everyoneHeard(collectors: Collectors): string[] {
  const strangers = latestFirst(collectors.all.flatMap((collector) => collector.strangers));
  return [...new Set([...exportersHeard(collectors), ...strangers].map(({ address }) => address))];
}

function exportersHeard({ all }: Collectors) {
  return latestFirst(all.flatMap(({ exporters }) => exporters.summaries()));
}

function latestFirst(heard: readonly { address: string; last_seen_ms: number }[]) {
  const latest = new Map<string, number>();
  for (const { address, last_seen_ms } of heard) {
    latest.set(address, Math.max(latest.get(address) ?? 0, last_seen_ms));
  }
  return [...latest].map(([address, lastSeenMs]) => ({ address, lastSeenMs }))
    .sort((a, b) => b.lastSeenMs - a.lastSeenMs);
}

function nameOf({ capability, host, port }: Collector): string {
  return `${capability}@${socketAddress(host, port)}`;
}

function describeCollector(
  collector: Collector,
  { capabilities }: Collectors,
): ExporterEvidence["collectors"][number] {
  const { running, started_at_ms, last_error, counters } = collector.status();
  return {
    name: nameOf(collector),
    host: collector.host,
    port: collector.port,
    formats: capabilities.find(({ name }) => name === collector.capability)?.formats ?? [],
    running,
    collectingSinceMs: collector.collectingSinceMs,
    listeningSinceMs: started_at_ms,
    lastError: last_error,
    datagrams: counters.datagrams,
    datagramBytes: counters.datagram_bytes,
    flowRecords: counters.flow_records,
    drops: counters.drops,
  };
}

function describeStranger(
  { address, kind, datagrams, last_seen_ms, head }: Stranger,
  { collector, collectors }: { collector: Collector; collectors: Collectors },
): ExporterEvidence["strangers"][number] {
  const takers = collectors.capabilities.filter((capability) => recognises(capability, head));
  const listening = takers.flatMap(({ name }) => collectors.of(name)).find(({ running }) =>
    running
  );
  const capability = listening?.capability ?? takers.at(0)?.name;
  return {
    collector: nameOf(collector),
    address,
    kind,
    datagrams,
    last_seen_ms,
    format: foreignFormat(head),
    taker: capability === undefined ? null : { capability, port: listening?.port ?? null },
  };
}

function duplicatesOf(
  { dedup_factor, notes }: { dedup_factor: number | null; notes: readonly string[] },
  address: string,
): ExporterEvidence["duplicates"] {
  const note = notes.find((text) =>
    text.startsWith("Traffic is counted") && wordsOf(text).includes(address)
  );
  if (dedup_factor === null || dedup_factor < SEEN_TWICE || note === undefined) return null;
  return { factor: dedup_factor, note };
}

/** Without what ends them: one address may be the beginning of another. */
function wordsOf(text: string): string[] {
  return text.split(/[\s,;]+/).map((word) => word.replace(/\.$/, ""));
}

/** What interfaces counted against what flows of the same time say. */
async function linksOf(
  address: string,
  window: TimeWindow,
  { collectors, queries, signal }: CallContext,
): Promise<LinkEvidence[]> {
  const counted = collectors.all.flatMap(({ memory }) =>
    interfaceTraffic(memory, { address, window })
  );
  if (counted.length === 0) return [];
  const fromMs = Math.min(...counted.map(({ from_ms }) => from_ms));
  const toMs = Math.max(...counted.map(({ to_ms }) => to_ms));
  const sums = async (group: "in_if" | "out_if") => {
    const query = flowQuery({
      window: { fromMs, toMs, untilNow: false },
      time: "flow",
      filter: `exporter ${address}`,
      dedup: "off",
      group_by: [group],
      metrics: ["bytes"],
      limit: MAX_LINKS,
    });
    const { rows } = await queries.ask("query", query, { signal });
    return new Map(rows.map(([index, bytes]) => [Number(index), Number(bytes)]));
  };
  const [ins, outs] = [await sums("in_if"), await sums("out_if")];
  return counted.slice(0, MAX_LINKS).flatMap(({ if_index, in_octets, out_octets, ...times }) => {
    const seconds = (times.to_ms - times.from_ms) / 1000;
    const link = (direction: "in" | "out", octets: number | null, flows: Map<number, number>) =>
      octets === null || !flows.has(if_index) ? [] : [{
        if_index,
        direction,
        seconds,
        counted_octets: Math.round(octets),
        flow_octets: flows.get(if_index)!,
      }];
    return [...link("in", in_octets, ins), ...link("out", out_octets, outs)];
  });
}
