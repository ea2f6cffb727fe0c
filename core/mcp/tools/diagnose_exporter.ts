import { z } from "zod";
import { diagnoseExporter } from "../../analysis/diagnose_exporter.ts";
import { countOf } from "../../count_of.ts";
import { collectionHealth } from "../../collector/health.ts";
import { formatAddress, parseAddress } from "../../flow/address.ts";
import { flowQuery } from "../../query/engine/flow_query.ts";
import { parseTimeRange } from "../../query/time_range.ts";
import { trustBlock } from "../../query/trust.ts";
import { defineTool, ToolError } from "../tool.ts";
import { trustSchema } from "../schemas.ts";
import { everyoneHeard, gatherEvidence } from "./gather_evidence.ts";
import { timeRange } from "./query_arguments.ts";

/** Exporters that are looked at where none is named. */
const MAX_EXPORTERS = 5;

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
    const heard = everyoneHeard(collectors);
    const asked = args.address === undefined ? null : canonical(args.address);
    const addresses = asked === null ? heard.slice(0, MAX_EXPORTERS) : [asked];
    const all = await queries.ask("query", flowQuery({ window }), { signal });
    const diagnoses = [];
    for (const address of addresses.length === 0 ? ["any exporter"] : addresses) {
      const evidence = await gatherEvidence(address, { window, all }, context);
      diagnoses.push({ address, ...diagnoseExporter(evidence), summed: evidence.summed });
    }
    const unseen = diagnoses.filter(({ summed }) => summed > 0).map(({ address, summed }) =>
      `Of ${
        countOf(summed, "flow record")
      } of ${address} only sums are kept: they do not tell of ` +
      "its clock, sampling, timeouts, or what its records leave out."
    );
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
        trust: trustBlock(all.scan, health, { ...all, notes: [...all.notes, ...unseen] }),
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
