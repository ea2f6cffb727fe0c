import { findField } from "../../flow/schema.ts";
import type { AddressNode, CompareNode, FilterNode, MemberNode, TextNode } from "./filter_node.ts";
import { formatNetwork, isHost } from "../../flow/network.ts";
import { numberField } from "./number_field.ts";
import { formatServiceName } from "./parse_service_name.ts";
import { formatProtocol } from "./protocol_word.ts";
import { formatQuantity } from "./quantity.ts";
import { formatTcpFlags } from "./tcp_flags.ts";

/**
 * Writes a filter in its canonical form: `parseFilter` of it gives an equal tree.
 *
 * @param node as `parseFilter` gives it
 */
export function formatFilter(node: FilterNode): string {
  switch (node.kind) {
    case "any":
      return "any";
    case "and":
      return node.nodes.map((part) => grouped(part, ["and", "or"])).join(" and ");
    case "or":
      return node.nodes.map((part) => grouped(part, ["or"])).join(" or ");
    case "not":
      return `not ${grouped(node.node, ["and", "or"])}`;
    case "address":
      return formatAddressNode(node);
    case "family":
      return `ipv${node.version}`;
    case "compare":
      return formatCompare(node);
    case "member":
      return formatMember(node);
    case "flags":
      return `flags ${formatTcpFlags(node.mask)}`;
    case "text":
      return formatText(node);
    case "has":
      return `has ${node.field}`;
    case "port_name":
      return `${numberField(node.field).words} ${oneOrList(node.names.map(formatServiceName))}`;
    case "service":
      return `service ${oneOrList(node.names.map(formatServiceName))}`;
    case "label":
      return `${SIDES[node.field]}label ${quoted(node.label)}`;
    case "internal":
      return `${SIDES[node.field]}${node.internal ? "internal" : "external"}`;
    case "country":
      return `${SIDES[node.field]}country ${oneOrList(node.codes)}`;
    case "as_name":
      return `${numberField(node.field).words} ${oneOrList(node.names.map(quoted))}`;
    case "interface":
      return `${numberField(node.field).words} ${quoted(node.name)}`;
  }
}

/** In parentheses if it is of one of these kinds. */
function grouped(node: FilterNode, kinds: readonly FilterNode["kind"][]): string {
  return kinds.includes(node.kind) ? `(${formatFilter(node)})` : formatFilter(node);
}

/** What stands before `host` or `net` for the two sides of a flow. */
const SIDES: Readonly<Record<string, string>> = { addr: "", src_addr: "src ", dst_addr: "dst " };

function formatAddressNode(node: AddressNode): string {
  const { field, op } = node;
  const network = formatNetwork(node);
  if (op === "!=") return `${field} != ${network}`;
  if (field in SIDES) return `${SIDES[field]}${isHost(node) ? "host" : "net"} ${network}`;
  if (field === "next_hop") return `next hop ${network}`;
  return field === "exporter" ? `exporter ${network}` : `${field} = ${network}`;
}

function formatCompare({ field, op, value }: CompareNode): string {
  const { words, kind } = numberField(field);
  const text = field === "protocol" ? formatProtocol(value) : formatQuantity(value, kind);
  return kind === "id" && op === "=" ? `${words} ${text}` : `${words} ${op} ${text}`;
}

function formatMember({ field, ranges }: MemberNode): string {
  const { words } = numberField(field);
  const items = ranges.map(([low, high]) => {
    if (low !== high) return `${low}-${high}`;
    return field === "protocol" ? formatProtocol(low) : String(low);
  });
  return ranges.length === 1 ? `${words} ${items[0]}` : `${words} in [${items.join(" ")}]`;
}

function formatText({ field, op, value }: TextNode): string {
  if (findField(field)?.storage === "enum") {
    return op === "=" ? `${field} ${value}` : `${field} ${op} ${value}`;
  }
  return `${field} ${op} ${quoted(value)}`;
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}

function oneOrList(items: readonly string[]): string {
  return items.length === 1 ? items[0] : `in [${items.join(" ")}]`;
}
