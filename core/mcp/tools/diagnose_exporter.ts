import { z } from "zod";
import { diagnoseExporter } from "../../analysis/diagnose_exporter.ts";
import type { ExporterEvidence, LinkEvidence } from "../../analysis/exporter_evidence.ts";
import { interfaceTraffic } from "../../analysis/interface_traffic.ts";
import type { Collector } from "../../collector/collector.ts";
import { collectionHealth } from "../../collector/health.ts";
import { socketAddress } from "../../collector/start_failure.ts";
import { formatAddress, parseAddress } from "../../flow/address.ts";
import { flowQuery } from "../../query/engine/flow_query.ts";
import type { TimeWindow } from "../../query/scan.ts";
import { parseTimeRange } from "../../query/time_range.ts";
import { trustBlock } from "../../query/trust.ts";
import { defineTool, type ToolContext, ToolError } from "../tool.ts";
import { trustSchema } from "../schemas.ts";
import { timeRange } from "./query_arguments.ts";

/** Exporters that are looked at where none is named. */
const MAX_EXPORTERS = 5;
const MAX_OTHERS = 20;
const MAX_LINKS = 200;
/** A factor that is worth a finding. */
const SEEN_TWICE = 1.02;

const findingSchema = z.object({
  exporter: z.string(),
  finding: z.string(),
  severity: z.enum(["critical", "warning", "info"]),
  evidence: z.string(),
  why: z.string(),
  remedy: z.string(),
});

export const diagnoseExporterTool = defineTool({
  name: "diagnose_exporter",
  title: "Diagnose an exporter",
  description: "Why do I see nothing of a router, or wrong numbers? Looks at what arrives from " +
    "`address` (default: the exporters heard last): datagrams, templates, sequence, clock, " +
    "sampling, timeouts, duplicate observation, flows against interface counters. Findings come " +
    "gravest first, each with evidence, why and remedy; `configuration` has the lines that mend " +
    'it on common platforms. Example: {"address":"192.0.2.1"}.',
  hints: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true },
  input: z.strictObject({
    address: z.string().max(64).optional().describe("IP address of the exporter"),
    time_range: timeRange("15m"),
  }),
  output: z.object({
    headline: z.string(),
    items: z.array(findingSchema),
    omitted: z.number().describe("exporters heard that were not looked at"),
    configuration: z.array(z.object({
      platform: z.string(),
      topic: z.string(),
      lines: z.array(z.string()),
    })),
    query: z.object({ tool: z.string(), arguments: z.record(z.string(), z.string()) }),
    trust: trustSchema,
  }),
  async run(args, context) {
    const { collectors, queries, clock, signal } = context;
    const window = parseTimeRange(args.time_range, clock.now());
    const heard = heardLately(collectors.all);
    const asked = args.address === undefined ? null : canonical(args.address);
    const addresses = asked === null
      ? heard.slice(0, MAX_EXPORTERS).map(({ address }) => address)
      : [asked];
    const all = await queries.ask("query", flowQuery({ window }), { signal });
    const diagnoses = [];
    for (const address of addresses.length === 0 ? ["any exporter"] : addresses) {
      const rows = await queries.ask("exporter_rows", { address: asNetwork(address), window }, {
        signal,
      });
      const evidence: ExporterEvidence = {
        address,
        nowMs: clock.now(),
        collectors: collectors.all.map(describeCollector),
        streams: collectors.all.flatMap((collector) =>
          collector.exporters.summaries().filter((one) => one.address === address)
            .map((one) => ({ ...one, collector: nameOf(collector) }))
        ),
        others: heard.filter((one) => one.address !== address).slice(0, MAX_OTHERS),
        rows,
        links: await linksOf(address, window, context),
        duplicates: duplicatesOf(all, address),
      };
      diagnoses.push({ address, ...diagnoseExporter(evidence) });
    }
    const health = collectionHealth(collectors.all, window.fromMs, window.toMs);
    const configuration = new Map(
      diagnoses.flatMap((one) => one.configuration)
        .map((advice) => [`${advice.platform} ${advice.topic}`, advice]),
    );
    const headline = diagnoses.map((one) => one.headline).join(" ");
    return {
      result: {
        headline,
        items: diagnoses.flatMap(({ address, findings }) =>
          findings.map(({ topic: _, ...finding }) => ({ exporter: address, ...finding }))
        ),
        omitted: asked === null ? Math.max(0, heard.length - MAX_EXPORTERS) : 0,
        configuration: [...configuration.values()],
        query: {
          tool: "search_flows",
          arguments: {
            time_range: args.time_range,
            filter: addresses.map((address) => `exporter ${address}`).join(" or "),
          },
        },
        trust: trustBlock(all.scan, health, all),
      },
      text: headline,
    };
  },
});

function canonical(text: string): string {
  const words = new Uint32Array(4);
  if (!parseAddress(text.trim(), words)) {
    throw new ToolError(
      `address: "${text}" is no IP address; write one such as 192.0.2.1, or leave it out`,
    );
  }
  return formatAddress(words);
}

/** No exporter has the unspecified address: nothing of nobody. */
function asNetwork(address: string): string {
  return parseAddress(address, new Uint32Array(4)) ? address : "::";
}

/** Everyone who is heard, the latest first. */
function heardLately(collectors: readonly Collector[]) {
  const latest = new Map<string, number>();
  for (const { exporters } of collectors) {
    for (const { address, last_seen_ms } of exporters.summaries()) {
      latest.set(address, Math.max(latest.get(address) ?? 0, last_seen_ms));
    }
  }
  return [...latest].map(([address, lastSeenMs]) => ({ address, lastSeenMs }))
    .sort((a, b) => b.lastSeenMs - a.lastSeenMs);
}

function nameOf({ capability, host, port }: Collector): string {
  return `${capability}@${socketAddress(host, port)}`;
}

function describeCollector(collector: Collector): ExporterEvidence["collectors"][number] {
  const { running, last_error, counters } = collector.status();
  return {
    name: nameOf(collector),
    running,
    lastError: last_error,
    datagrams: counters.datagrams,
    datagramBytes: counters.datagram_bytes,
    flowRecords: counters.flow_records,
    setsWithoutTemplate: counters.sets_without_template,
    drops: counters.drops,
  };
}

function duplicatesOf(
  { dedup_factor, notes }: { dedup_factor: number | null; notes: readonly string[] },
  address: string,
): ExporterEvidence["duplicates"] {
  const note = notes.find((text) =>
    text.startsWith("Traffic is counted") && text.includes(address)
  );
  if (dedup_factor === null || dedup_factor < SEEN_TWICE || note === undefined) return null;
  return { factor: dedup_factor, note };
}

/** What interfaces counted against what flows of the same time say. */
async function linksOf(
  address: string,
  window: TimeWindow,
  { collectors, queries, signal }: ToolContext & { signal: AbortSignal },
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
