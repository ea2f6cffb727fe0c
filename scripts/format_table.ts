import { JSON_NAMES } from "../capabilities/json_udp/fields.ts";
import { builtInCapabilities } from "../capabilities/registry.ts";
import { DatagramDecoder } from "../core/cli/datagram_decoder.ts";
import {
  type ExportFormat,
  type FieldName,
  FLOW_FIELDS,
  type FlowField,
} from "../core/flow/schema.ts";
import { V5_FIELDS, V5_HEADER, V5_RECORD_LENGTH, v5Place } from "../core/wire/netflow/v5_fields.ts";
import { table } from "./markdown_table.ts";

/** What the columns of NetFlow v5 come from that no field of its record is named for. */
const V5_DERIVED: Partial<Record<FieldName, string>> = {
  capability: "collector",
  export_format: "header `version`",
  exporter: "source address",
  observation_domain: "header `engine_type`, `engine_id`",
  received_at: "arrival",
  duration_ms: "`Last` − `First`",
  protocol_name: "`prot`",
  sampling_rate: "header `sampling_interval`",
  sampling_source: "header `sampling_interval`",
  icmp_type: "`dstport` of ICMP",
  icmp_code: "`dstport` of ICMP",
};

/** What of a JSON flow its sender has no say in. */
const JSON_DERIVED: Partial<Record<FieldName, string>> = {
  capability: "collector",
  export_format: "collector",
  received_at: "arrival",
  protocol_name: "`protocol`",
};

/** For each format datagrams that carry everything it can, and where a field comes from. */
const PROBES: Partial<
  Record<ExportFormat, { datagrams: Uint8Array[]; origin: (field: FieldName) => string }>
> = {
  netflow5: { datagrams: [v5Probe(6), v5Probe(1)], origin: v5Origin },
  json: { datagrams: [jsonProbe()], origin: (field) => JSON_DERIVED[field] ?? "yes" },
};

/** Field by format, worked out by having the codecs decode a datagram that holds everything. */
export function formatTable(): string {
  const formats = builtInCapabilities.flatMap((capability) =>
    capability.formats.map((format) => ({ capability: capability.name, format }))
  );
  const filled = formats.map(({ format }) => filledFields(format));
  return table(
    ["field", "unit", ...formats.map(({ format }) => `\`${format}\``)],
    FLOW_FIELDS.map((field) => [
      `\`${field.name}\``,
      unitOf(field),
      ...filled.map((fields) => fields.get(field.name) ?? ""),
    ]),
  );
}

/** Times are milliseconds in memory and ISO 8601 to people. */
export function unitOf({ storage, unit }: FlowField): string {
  return storage === "time" ? "" : unit;
}

function filledFields(format: ExportFormat): Map<FieldName, string> {
  const probe = PROBES[format];
  if (probe === undefined) throw new Error(`${format} has no probe in scripts/format_table.ts`);
  const capability = builtInCapabilities.find(({ formats }) => formats.includes(format))!;
  const decoder = new DatagramDecoder([capability], ({ code, found }) => {
    throw new Error(`the probe of ${format} is no good: ${code}, ${found}`);
  });
  const filled = new Map<FieldName, string>();
  for (const datagram of probe.datagrams) {
    const source = { address: "192.0.2.1", port: 50_000 };
    for (const record of decoder.decode(capability, datagram, { source, receivedAtMs: 1e12 })) {
      for (const { name } of FLOW_FIELDS) {
        if (record[name] !== null) filled.set(name, probe.origin(name));
      }
    }
  }
  return filled;
}

/** A datagram of one record in which no octet of a field is 0. */
function v5Probe(protocol: number): Uint8Array {
  const datagram = new Uint8Array(V5_HEADER.length + V5_RECORD_LENGTH).fill(1);
  const view = new DataView(datagram.buffer);
  view.setUint16(0, 5);
  view.setUint16(V5_HEADER.count, 1);
  view.setUint8(V5_HEADER.length + v5Place("prot").offset, protocol);
  return datagram;
}

function v5Origin(field: FieldName): string {
  const wire = V5_FIELDS.find((candidate) =>
    "uses" in candidate && candidate.uses.some(({ target }) => target === field)
  );
  const origin = wire?.name ?? V5_DERIVED[field];
  if (origin === undefined) throw new Error(`say in V5_DERIVED what ${field} comes from`);
  return wire === undefined ? origin : `\`${origin}\``;
}

/** One object with a value under every name of flow-agent's own. */
function jsonProbe(): Uint8Array {
  const values: Partial<Record<FlowField["storage"], unknown>> = {
    address: "192.0.2.1",
    string: "text",
    mac: "02:00:00:00:00:01",
    time: "2001-09-09T01:46:40Z",
  };
  const object = Object.fromEntries(
    FLOW_FIELDS.filter(({ name }) => JSON_NAMES.some((known) => known.name === name))
      .map((field: FlowField) => [field.name, field.values?.[0] ?? values[field.storage] ?? 1]),
  );
  // The name is derived; given as well it would have to agree with the number.
  delete object.protocol_name;
  return new TextEncoder().encode(JSON.stringify(object));
}
