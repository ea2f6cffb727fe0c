import type { FieldNameOf, StoredFieldName } from "../../flow/schema.ts";

/**
 * Numbers worked out from a row: bits and packets per second, and the upper six bits of `ip_tos`.
 */
export type ComputedNumberName = "bps" | "pps" | "dscp";

/** Names for "the number of either side": ports, autonomous systems, interfaces. */
export type PairName = "port" | "as" | "if";

/** Anything that a filter compares as a number. */
export type NumberFieldName =
  | FieldNameOf<"u8" | "u16" | "u32" | "f64">
  | ComputedNumberName
  | PairName;

/** A field with an address; `addr` is either of `src_addr` and `dst_addr`. */
export type AddressFieldName = FieldNameOf<"address"> | "addr";

/** A field whose value is text: from the wire, or one of the schema's names. */
export type TextFieldName = FieldNameOf<"string" | "enum">;

/** How two numbers are compared. */
export type CompareOp = "=" | "!=" | "<" | "<=" | ">" | ">=";

/** How a field is compared with text: exactly, letter case included. */
export type TextOp = "=" | "!=" | "contains";

/** Whole numbers from the first to the second, both included. */
export type NumberRange = readonly [low: number, high: number];

/**
 * A filter as a tree of plain data: what every engine compiles. Meaning of absence: a node below
 * `and`, `or` and `not` that looks at a field is false for a row without that field, so `not` of it
 * is true for such a row.
 */
export type FilterNode =
  | AnyNode
  | AndNode
  | OrNode
  | NotNode
  | AddressNode
  | FamilyNode
  | CompareNode
  | MemberNode
  | FlagsNode
  | TextNode
  | HasNode
  | PortNameNode
  | ServiceNode
  | LabelNode
  | InternalNode
  | CountryNode
  | AsNameNode
  | InterfaceNode;

/** Every row. */
export interface AnyNode {
  readonly kind: "any";
}

/** Rows that all of two or more nodes match. */
export interface AndNode {
  readonly kind: "and";
  readonly nodes: readonly FilterNode[];
}

/** Rows that at least one of two or more nodes matches. */
export interface OrNode {
  readonly kind: "or";
  readonly nodes: readonly FilterNode[];
}

/** Rows that the node does not match. */
export interface NotNode {
  readonly kind: "not";
  readonly node: FilterNode;
}

/**
 * Rows whose address lies in a net; a host is a net of full length. The net's family is that of
 * `address`, and addresses of the other family are never in it. `!=` is not used with `addr`.
 */
export interface AddressNode {
  readonly kind: "address";
  readonly field: AddressFieldName;
  readonly op: "=" | "!=";
  /** First address of the net, in the form that `formatAddress` writes. */
  readonly address: string;
  /** 0 to 32, or to 128 for IPv6. */
  readonly prefixLength: number;
}

/** Rows with a source or destination address of an IP version. */
export interface FamilyNode {
  readonly kind: "family";
  readonly version: 4 | 6;
}

/**
 * Rows whose number compares so; for a pair, that of either side. Durations are in milliseconds.
 * `!=` is not used with a pair.
 */
export interface CompareNode {
  readonly kind: "compare";
  readonly field: NumberFieldName;
  readonly op: CompareOp;
  readonly value: number;
}

/** Rows whose whole number lies in one of the ranges; for a pair, that of either side. */
export interface MemberNode {
  readonly kind: "member";
  readonly field: NumberFieldName;
  readonly ranges: readonly NumberRange[];
}

/** Rows whose `tcp_flags` has all bits of a mask. */
export interface FlagsNode {
  readonly kind: "flags";
  /** 1 to 255: FIN is 1, CWR is 128. */
  readonly mask: number;
}

/** Rows whose text compares so. */
export interface TextNode {
  readonly kind: "text";
  readonly field: TextFieldName;
  readonly op: TextOp;
  readonly value: string;
}

/** Rows that have a value for a field. */
export interface HasNode {
  readonly kind: "has";
  readonly field: StoredFieldName;
}

/** A side of a flow, or either. */
export type SideName = "src_addr" | "dst_addr" | "addr";

/** Rows with a port that one of some services has in any protocol. Names are in lower case. */
export interface PortNameNode {
  readonly kind: "port_name";
  readonly field: "port" | "src_port" | "dst_port";
  readonly names: readonly string[];
}

/**
 * Rows whose service, as `group_by service` tells it, is one of some: names in lower case, or
 * `tcp/8443`.
 */
export interface ServiceNode {
  readonly kind: "service";
  readonly names: readonly string[];
}

/** Rows with an address whose label it is: that of the longest prefix that holds the address. */
export interface LabelNode {
  readonly kind: "label";
  readonly field: SideName;
  readonly label: string;
}

/** Rows with an address that is one of the operator's own, or is none. */
export interface InternalNode {
  readonly kind: "internal";
  readonly field: SideName;
  readonly internal: boolean;
}

/** Rows with an address in one of some countries: ISO 3166-1 codes in capitals. */
export interface CountryNode {
  readonly kind: "country";
  readonly field: SideName;
  readonly codes: readonly string[];
}

/**
 * Rows of an autonomous system whose name has one of some texts in it, letter case aside: that which
 * the row names, or of an address where it names none. Texts in lower case.
 */
export interface AsNameNode {
  readonly kind: "as_name";
  readonly field: "as" | "src_as" | "dst_as";
  readonly names: readonly string[];
}

/** Rows that came in or went out by an interface of that name; `if` is either. */
export interface InterfaceNode {
  readonly kind: "interface";
  readonly field: "in_if" | "out_if" | "if";
  readonly name: string;
}
