import { z } from "zod";
import { ALERT_STATES, SEVERITIES } from "../monitor/alert.ts";
import { SEQUENCE_UNITS } from "../exporter/exporter_cells.ts";
import type { Trust } from "../query/trust.ts";

/** Shapes that several tools return. */

/** Never less than 0; saying so costs every client tokens and tells it nothing. */
const count = z.number();
const nullableText = z.string().nullable();

const sequenceUnit = z.enum(SEQUENCE_UNITS);

/** Capability by name. */
export const capabilityName = z.string().min(1).max(128).describe(
  "name of a capability, as list_capabilities gives it",
);

/** UDP port. */
export const portNumber = z.number().int().min(0).max(65_535);

/** Rows a list may have. */
export const listLimit = z.number().int().min(1).max(500).default(20);

export const countersSchema = z.object({
  datagrams: count,
  datagram_bytes: count,
  flow_records: count,
  decode_errors: count,
  drops: z.record(z.string(), count),
  sets_without_template: count,
  templates: count,
  interface_samples: count,
  loss_percent_estimate: z.number().nullable(),
  kernel_drops: count.nullable(),
});

/** A whole trust block. */
export const fullTrustSchema = z.strictObject({
  complete: z.boolean().describe("nothing below takes from the answer"),
  asked_from: nullableText,
  asked_to: nullableText,
  covered_from: nullableText,
  covered_to: nullableText,
  rows_scanned: count,
  rows_missed: count,
  rows_from_disk: count,
  tiers: z.array(z.object({
    tier: z.enum(["flows", "minutes", "hours"]),
    from: nullableText,
    to: nullableText,
    rows: count,
  })),
  loss: z.array(z.object({
    exporter: z.string(),
    observation_domain: count.nullable(),
    unit: sequenceUnit,
    lost: z.number(),
  })),
  sets_without_template: count,
  sampling: z.array(z.object({ source: z.string(), rows: count })),
  silent_exporters: z.array(z.string()),
  dedup_factor: z.number().nullable(),
  approximate: z.array(z.object({ figure: z.string(), error: z.string() })),
  notes: z.array(z.string()),
});

/**
 * A trust block as tools announce it: what a client must read. The rest is checked all the same, but
 * spelt out in every tool it would cost each client some 400 tokens a tool.
 */
export const trustSchema = z.looseObject({
  complete: z.boolean(),
  notes: z.array(z.string()).describe("what takes from the answer"),
}).refine((trust) => fullTrustSchema.safeParse(trust).success) as unknown as z.ZodType<Trust>;

/** A call that leads on from an answer. */
const nextCallSchema = z.object({
  tool: z.string(),
  arguments: z.record(z.string(), z.unknown()),
});

/** What every analysis returns; fields of items are in the documentation. */
export const analysisSchema = z.object({
  headline: z.string(),
  items: z.array(z.looseObject({})),
  omitted: count,
  query: nextCallSchema,
  trust: trustSchema,
});

export const fiveTupleShape = {
  src_addr: nullableText,
  src_port: count.nullable(),
  dst_addr: nullableText,
  dst_port: count.nullable(),
  protocol: count.nullable(),
  protocol_name: nullableText,
};

/**
 * A FlowRecord. Its fifty fields are in the documentation: spelt out here they would cost every
 * client a quarter of what all tools together may say.
 */
const flowRecordSchema = z.record(z.string(), z.union([z.string(), z.number(), z.null()]))
  .describe("FlowRecord: field name to value, null for unknown");

export const alertSchema = z.object({
  id: z.string(),
  key: z.string(),
  monitor: z.string(),
  severity: z.enum(SEVERITIES),
  state: z.enum(ALERT_STATES),
  title: z.string(),
  summary: z.string(),
  value: z.number(),
  threshold: z.number(),
  unit: z.string(),
  subject: z.object(fiveTupleShape),
  window_seconds: z.number(),
  samples: count,
  first_seen: z.string(),
  last_seen: z.string(),
  resolved_at: nullableText,
  acknowledged_by: nullableText,
  silenced_until: nullableText,
  evidence: z.object({
    query: z.object({
      tool: z.string(),
      arguments: z.record(z.string(), z.union([z.string(), z.number()])),
    }),
    sample_flows: z.array(flowRecordSchema),
    baseline: nullableText,
    method: z.string(),
    benign_explanations: z.array(z.string()),
  }),
  trust: trustSchema,
});

export const thresholdsSchema = z.object({
  threshold_ms: z.number(),
  window_seconds: z.number(),
  min_samples: count,
  cooldown_seconds: z.number(),
});
