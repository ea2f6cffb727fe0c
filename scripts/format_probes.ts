import { JSON_NAMES } from "../capabilities/json_udp/fields.ts";
import {
  type ExportFormat,
  type FieldName,
  FLOW_FIELDS,
  type FlowField,
} from "../core/flow/schema.ts";
import { OctetWriter } from "../core/wire/encode/octet_writer.ts";
import { elementName, netflow9FieldName } from "../core/wire/netflow/elements/element.ts";
import { FieldMap, PEN } from "../core/wire/netflow/field_map.ts";
import type { FixedFormat } from "../core/wire/netflow/fixed_codec.ts";
import type { TemplateField } from "../core/wire/netflow/template.ts";
import { NETFLOW1 } from "../core/wire/netflow/v1.ts";
import { NETFLOW5 } from "../core/wire/netflow/v5.ts";
import { NETFLOW7 } from "../core/wire/netflow/v7.ts";
import type { WireKind, WireUse } from "../core/wire/plan/wire_field.ts";
import { sflowProbeDatagrams } from "./sflow_probe.ts";

/** Datagrams that carry everything a format can, and where a field comes from. */
export interface Probe {
  readonly datagrams: readonly Uint8Array[];
  /** Throws where it is not known. */
  readonly origin: (field: FieldName) => string;
}

/** What columns come from that no field of a record is named for. */
type Derived = Partial<Record<FieldName, string>>;

const SHARED: Derived = {
  capability: "collector",
  export_format: "header `version`",
  exporter: "source address",
  received_at: "arrival",
};
const FIXED: Derived = {
  ...SHARED,
  observation_domain: "header `engine_type`, `engine_id`",
  duration_ms: "`Last` − `First`",
  protocol_name: "`prot`",
  sampling_rate: "header `sampling_interval`",
  sampling_source: "header `sampling_interval`",
  icmp_type: "`dstport` of ICMP",
  icmp_code: "`dstport` of ICMP",
};
const TEMPLATED: Derived = {
  ...SHARED,
  exporter: "`exporterIPv4Address`, else source address",
  protocol_name: "`protocolIdentifier`",
  sampling_rate: "options, or `samplingInterval`",
  sampling_source: "options, or `samplingInterval`",
  out_if_name: "options: `interfaceName`",
  latency_source: "which of `latency_ms`",
};
const SAMPLED = "`sampled_header`";
const SFLOW: Derived = {
  ...SHARED,
  exporter: "agent address",
  observation_domain: "`sub_agent_id`",
  src_addr: SAMPLED,
  dst_addr: SAMPLED,
  src_port: SAMPLED,
  dst_port: SAMPLED,
  protocol: SAMPLED,
  protocol_name: SAMPLED,
  tcp_flags: SAMPLED,
  ip_tos: SAMPLED,
  bytes: "length in the IP header",
  packets: "one a sample",
  l2_bytes: "`frame_length`",
  dropped_packets: "discarded `output`, `discarded_packet`",
  sampling_rate: "`sampling_rate`",
  sampling_source: "`sampling_rate`",
  in_if: "`input`",
  out_if: "`output`",
  direction: "`source_id` against `input`, `output`",
  next_hop: "`extended_router`, `extended_mpls`",
  bgp_next_hop: "`extended_gateway`",
  src_as: "`extended_gateway`",
  dst_as: "`extended_gateway`: last of the path",
  src_prefix_len: "`extended_router`",
  dst_prefix_len: "`extended_router`",
  vlan: "`extended_switch`, or 802.1Q tag",
  mpls_label: "`extended_mpls`, or label stack",
  src_mac: SAMPLED,
  dst_mac: SAMPLED,
  icmp_type: SAMPLED,
  icmp_code: SAMPLED,
  latency_ms: "`extended_tcp_info` or 5 more",
  latency_source: "collector",
  retransmits: "`extended_tcp_info`",
  forwarding_status: "reason of a discard",
  event: "`discarded_packet`",
  nat_src_addr: "`extended_nat`",
  nat_dst_addr: "`extended_nat`",
  nat_src_port: "`extended_nat_port`",
  nat_dst_port: "`extended_nat_port`",
};
/** What of a JSON flow its sender has no say in. */
const JSON_DERIVED: Derived = {
  ...SHARED,
  exporter: "yes",
  export_format: "collector",
  protocol_name: "`protocol`",
};

/** Datagrams of one record in which no octet of a field is 0: TCP, and ICMP. */
function fixedProbe({ header, layouts: [fields] }: FixedFormat, version: number): Probe {
  const offset = (name: string): number => {
    const index = fields.findIndex((field) => field.name === name);
    return fields.slice(0, index).reduce((sum, { width }) => sum + width, 0);
  };
  const length = offset("") + fields.at(-1)!.width;
  const datagram = (protocol: number): Uint8Array => {
    const octets = new Uint8Array(header.length + length).fill(1);
    const view = new DataView(octets.buffer);
    view.setUint16(0, version);
    view.setUint16(header.count, 1);
    view.setUint8(header.length + offset("prot"), protocol);
    return octets;
  };
  return {
    datagrams: [datagram(6), datagram(1)],
    origin(field) {
      if (header.samplingInterval === undefined && field === "sampling_source") return "assumed";
      const wire = fields.find(({ uses }) => uses?.some(({ target }) => target === field));
      return wire === undefined ? derivedOrigin(FIXED, field) : `\`${wire.name}\``;
    },
  };
}

/** Octets of a field that the kind can be read from; of the others one is enough. */
const PROBE_OCTETS: Partial<Record<WireKind, readonly number[]>> = {
  ipv4: [192, 0, 2, 1],
  ipv6: [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
  mac: [2, 0, 0, 0, 0, 1],
  uptime: [0, 0, 0, 1],
  seconds: [0x3b, 0x9a, 0xca, 0],
  milliseconds: [0xe8, 0xd4, 0xa5, 0x10, 0],
  ntp: [0xbf, 0x44, 0x48, 0x80, 0, 0, 0, 0],
  mpls: [0, 1, 1],
  high_octet: [1, 1],
  low_octet: [1, 1],
  text: [0x74, 0x65, 0x78, 0x74],
  application: [3, 0, 0, 80],
  juniper_exception: [8, 0],
};

/** One template of every element that is made use of, and a record of it. */
function templatedProbe(version: 9 | 10, derived: Derived): Probe {
  const map = new FieldMap();
  const elements = usedElements(map, version);
  const values = elements.map(({ uses }) => PROBE_OCTETS[uses[0].kind] ?? [1]);
  const fields = elements.map(({ pen, id }, i) => ({ pen, id, length: values[i].length }));
  return {
    datagrams: [templatedMessage(version, fields, values.flat())],
    origin(field) {
      if (derived[field] !== undefined) return derived[field];
      const sources = elements
        .flatMap(({ pen, id, uses }) =>
          uses.filter(({ target, row, part }) =>
            target === field && row !== "reverse" && part !== "samples"
          ).map(({ rank = 0 }) => ({
            rank,
            name: version === 9 ? netflow9FieldName(id) : elementName(pen, id),
          }))
        ).sort((a, b) => a.rank - b.rank);
      const [first, ...others] = new Set(sources.map(({ name }) => name));
      if (first === undefined) return derivedOrigin(derived, field);
      return `\`${first}\`` + (others.length > 0 ? ` or ${others.length} more` : "");
    },
  };
}

function usedElements(
  map: FieldMap,
  version: 9 | 10,
): { pen: number; id: number; uses: readonly WireUse[] }[] {
  const pens = version === 9 ? [PEN.iana] : Object.values(PEN);
  const ids = Array.from({ length: version === 9 ? 65_536 : 32_768 }, (_, id) => id);
  return pens.flatMap((pen) =>
    ids.flatMap((id) => {
      const uses = map.uses(pen, id);
      return uses === undefined ? [] : [{ pen, id, uses }];
    })
  );
}

function templatedMessage(
  version: 9 | 10,
  fields: readonly TemplateField[],
  values: readonly number[],
): Uint8Array {
  const out = new OctetWriter(65_535);
  const templateId = 256;
  out.unsigned(version, 2).unsigned(0, 2);
  out.words(version === 9 ? [60_000, 1e9, 0, 1] : [1e9, 0, 1]);
  const template = out.length;
  out.unsigned(version === 9 ? 0 : 2, 2).unsigned(0, 2);
  out.unsigned(templateId, 2).unsigned(fields.length, 2);
  for (const { pen, id, length } of fields) {
    out.unsigned(pen === 0 ? id : id + 0x8000, 2).unsigned(length, 2);
    if (pen !== 0) out.unsigned(pen, 4);
  }
  out.patch(template + 2, out.length - template);
  out.unsigned(templateId, 2).unsigned(4 + values.length, 2);
  for (const value of values) out.unsigned(value, 1);
  out.patch(2, version === 9 ? 2 : out.length);
  return out.octets;
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

function derivedOrigin(derived: Derived, field: FieldName): string {
  const origin = derived[field];
  if (origin === undefined) throw new Error(`say in format_probes.ts what ${field} comes from`);
  return origin;
}

/** The formats that flow-agent decodes, each with its probe. */
export const PROBES: Partial<Record<ExportFormat, Probe>> = {
  json: { datagrams: [jsonProbe()], origin: (field) => JSON_DERIVED[field] ?? "yes" },
  netflow1: fixedProbe(NETFLOW1, 1),
  netflow5: fixedProbe(NETFLOW5, 5),
  netflow7: fixedProbe(NETFLOW7, 7),
  netflow9: templatedProbe(9, { ...TEMPLATED, observation_domain: "header `source_id`" }),
  ipfix: templatedProbe(10, { ...TEMPLATED, observation_domain: "header" }),
  sflow5: {
    datagrams: sflowProbeDatagrams(),
    origin: (field) => derivedOrigin(SFLOW, field),
  },
};
