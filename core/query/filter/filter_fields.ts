import { STORED_FIELDS, type StoredFieldName } from "../../flow/schema.ts";
import type { AddressFieldName, AsNameNode, FilterNode, InterfaceNode } from "./filter_node.ts";
import { numberField } from "./number_field.ts";

const SIDES: readonly StoredFieldName[] = ["src_addr", "dst_addr"];

/**
 * The columns that a filter looks at: what a reader has to copy for `compileFilter`.
 *
 * @param node as `parseFilter` gives it
 * @returns each once, in the order of the schema; the presence map, which every filter but `any`
 *   needs, is no field
 */
export function filterFields(node: FilterNode): StoredFieldName[] {
  const needed = new Set<StoredFieldName>();
  collect(node, needed);
  return STORED_FIELDS.map(({ name }) => name).filter((name) => needed.has(name));
}

/** The columns of an address: one, or those of both sides. */
export function addressColumns(
  field: AddressFieldName,
): readonly Exclude<AddressFieldName, "addr">[] {
  return field === "addr" ? ["src_addr", "dst_addr"] : [field];
}

/** The interfaces that a condition on interfaces is of. */
export function interfaceSides(field: InterfaceNode["field"]): readonly ("in_if" | "out_if")[] {
  return field === "if" ? ["in_if", "out_if"] : [field];
}

/** The columns that tell the autonomous systems of a condition: numbers, and addresses behind them. */
export function asSides(field: AsNameNode["field"]) {
  const sides = [
    { as: "src_as", address: "src_addr" },
    { as: "dst_as", address: "dst_addr" },
  ] as const;
  return sides.filter(({ as }) => field === "as" || field === as);
}

function collect(node: FilterNode, needed: Set<StoredFieldName>): void {
  for (const name of ownFields(node)) needed.add(name);
  if (node.kind === "and" || node.kind === "or") {
    for (const part of node.nodes) collect(part, needed);
  } else if (node.kind === "not") {
    collect(node.node, needed);
  }
}

function ownFields(node: FilterNode): readonly StoredFieldName[] {
  switch (node.kind) {
    case "address":
      return addressColumns(node.field);
    case "family":
      return SIDES;
    case "compare":
    case "member":
      return numberField(node.field).columns;
    case "flags":
      return ["tcp_flags"];
    case "text":
      return [node.field];
    case "label":
    case "internal":
    case "country":
      return addressColumns(node.field);
    case "port_name":
      return numberField(node.field).columns;
    case "as_name":
      return asSides(node.field).flatMap(({ as, address }) => [as, address]);
    case "service":
      return ["protocol", "src_port", "dst_port"];
    case "interface":
      return interfaceSides(node.field).flatMap((side) =>
        ["exporter", side, `${side}_name`] as const
      );
    // The presence map answers `has`; its column is not looked at.
    default:
      return [];
  }
}
