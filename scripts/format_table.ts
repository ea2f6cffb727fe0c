import { builtInCapabilities } from "../capabilities/registry.ts";
import { DatagramDecoder } from "../core/cli/datagram_decoder.ts";
import {
  type ExportFormat,
  type FieldName,
  FLOW_FIELDS,
  type FlowField,
} from "../core/flow/schema.ts";
import { PROBES } from "./format_probes.ts";
import { table } from "./markdown_table.ts";

/** Field by format, worked out by having the codecs decode a datagram that holds everything. */
export function formatTable(): string {
  const formats = [...new Set(builtInCapabilities.flatMap(({ formats }) => formats))];
  const filled = formats.map(filledFields);
  return table(
    ["field", "unit", ...formats.map((format) => `\`${format}\``)],
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
  if (probe === undefined) throw new Error(`${format} has no probe in scripts/format_probes.ts`);
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
