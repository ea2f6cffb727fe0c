import { IPV4_PREFIX_WORD } from "../../flow/address.ts";
import { networkWords } from "../../flow/network.ts";
import type { StoredFieldName } from "../../flow/schema.ts";
import { knownExpression } from "../row_expression.ts";
import { addressColumns } from "./filter_fields.ts";
import type {
  AddressNode,
  AndNode,
  CompareNode,
  FamilyNode,
  FilterNode,
  MemberNode,
  NumberRange,
  OrNode,
} from "./filter_node.ts";
import { numberField } from "./number_field.ts";
import { mergeRanges } from "./number_ranges.ts";

/** Up to this many ranges are written out. */
const FEW_RANGES = 8;
/** Engines do not optimise functions of any size: what is longer is called in halves. */
const MAX_LENGTH = 16_384;

/** A filter as JavaScript. */
export interface FilterExpression {
  /** What must all be true of the row at `slot`; what is better called is `calls[0](…)`, … */
  readonly conditions: readonly string[];
  /** Those parts: filters take a row's slot, ranges a number. */
  readonly called: readonly CalledPart[];
  /** Columns that the text reads. */
  readonly columns: readonly StoredFieldName[];
}

/** A part of a filter that its expression calls. */
export type CalledPart =
  | { readonly node: FilterNode }
  | { readonly ranges: readonly NumberRange[] };

/** JavaScript for a test of a number that JavaScript gives. */
type NumberTestText = (value: string) => string;

/**
 * Writes a filter as an expression for generated code, where a call a row and condition would cost
 * more than the condition. Only names of flow-agent's own tables and numbers enter the text.
 */
export function filterExpression(node: FilterNode): FilterExpression {
  const writer = new Writer();
  const conditions = (node.kind === "and" ? node.nodes : [node]).map((part) => writer.write(part));
  if (conditions.join("").length > MAX_LENGTH) return inHalves(node);
  return { conditions, called: writer.called, columns: [...writer.columns] };
}

/** A long filter, by calls of shorter ones: what is long has parts. */
function inHalves(node: FilterNode): FilterExpression {
  if (node.kind === "not") {
    return { conditions: ["!calls[0](slot)"], called: [{ node: node.node }], columns: [] };
  }
  const { kind, nodes } = node as AndNode | OrNode;
  const half = nodes.length >> 1;
  const called = [nodes.slice(0, half), nodes.slice(half)]
    .map((some) => ({ node: some.length === 1 ? some[0] : { kind, nodes: some } }));
  const js = `(calls[0](slot) ${kind === "and" ? "&&" : "||"} calls[1](slot))`;
  return { conditions: [js], called, columns: [] };
}

const JS_OPS = { "=": "===", "!=": "!==", "<": "<", "<=": "<=", ">": ">", ">=": ">=" } as const;

class Writer {
  readonly called: CalledPart[] = [];
  readonly columns = new Set<StoredFieldName>();

  write(node: FilterNode): string {
    switch (node.kind) {
      case "any":
        return "true";
      case "and":
        return `(${node.nodes.map((part) => this.write(part)).join(" && ")})`;
      case "or":
        return `(${node.nodes.map((part) => this.write(part)).join(" || ")})`;
      case "not":
        return `!${this.write(node.node)}`;
      case "compare":
        return this.#number(node, (value) => `${value} ${JS_OPS[node.op]} ${node.value}`);
      case "member":
        return this.#number(node, this.#rangeTest(node));
      case "address":
        return this.#address(node);
      case "family":
        return this.#family(node);
      case "flags":
        return `(${knownExpression("tcp_flags")} && ` +
          `(${this.#column("tcp_flags")}[slot] & ${node.mask}) === ${node.mask})`;
      case "has":
        return knownExpression(node.field);
      default:
        return `${this.#call({ node })}(slot)`;
    }
  }

  #call(part: CalledPart): string {
    return `calls[${this.called.push(part) - 1}]`;
  }

  #column(name: StoredFieldName): string {
    this.columns.add(name);
    return name;
  }

  #rangeTest(node: MemberNode): NumberTestText {
    const ranges = mergeRanges(node.ranges);
    if (ranges.length > FEW_RANGES) {
      const call = this.#call({ ranges });
      return (value) => `${call}(${value})`;
    }
    return (value) =>
      `(${
        ranges.map(([low, high]) =>
          low === high ? `${value} === ${low}` : `(${value} >= ${low} && ${value} <= ${high})`
        ).join(" || ")
      })`;
  }

  /** A test of a number; of a pair, that either side passes it. */
  #number({ field }: CompareNode | MemberNode, test: NumberTestText): string {
    switch (field) {
      case "bps":
        // Octets a millisecond to bits a second.
        return this.#rate({ amount: "bytes", factor: 8000 }, test);
      case "pps":
        return this.#rate({ amount: "packets", factor: 1000 }, test);
      case "dscp":
        return this.#known("ip_tos", (value) => test(`(${value} >> 2)`));
    }
    const sides = numberField(field).columns.map((name) => this.#known(name, test));
    return `(${sides.join(" || ")})`;
  }

  #known(name: StoredFieldName, test: NumberTestText): string {
    return `(${knownExpression(name)} && ${test(`${this.#column(name)}[slot]`)})`;
  }

  /** A rate over the flow's duration; false where either is absent, or the duration is 0. */
  #rate(
    { amount, factor }: { amount: StoredFieldName; factor: number },
    test: NumberTestText,
  ): string {
    const duration = `${this.#column("duration_ms")}[slot]`;
    const rate = this.#known(amount, (value) => test(`(${value} * ${factor} / ${duration})`));
    return `(${knownExpression("duration_ms")} && ${duration} > 0 && ${rate})`;
  }

  /** A host or a net. IPv4 addresses are in no IPv6 net, not even in ::/0. */
  #address(node: AddressNode): string {
    const { ipv4, mask, value } = networkWords(node);
    const sides = addressColumns(node.field).map((name) => {
      // Signed, because that is what & gives.
      const masked = (w: number) => `(${this.#word(name, w)} & ${mask[w] | 0}) === ${value[w] | 0}`;
      const inside = ipv4
        // The fourth word tells nearly all rows apart; the others only say that it is IPv4.
        ? `${masked(3)} && ${this.#isIpv4(name)}`
        : `${[0, 1, 2, 3].map(masked).join(" && ")} && !${this.#isIpv4(name)}`;
      return `(${knownExpression(name)} && ${node.op === "=" ? "" : "!"}(${inside}))`;
    });
    return `(${sides.join(" || ")})`;
  }

  #family({ version }: FamilyNode): string {
    const sides = addressColumns("addr").map((name) =>
      `(${knownExpression(name)} && ${version === 4 ? "" : "!"}${this.#isIpv4(name)})`
    );
    return `(${sides.join(" || ")})`;
  }

  #isIpv4(name: StoredFieldName): string {
    return `(${this.#word(name, 2)} === ${IPV4_PREFIX_WORD} && ` +
      `${this.#word(name, 1)} === 0 && ${this.#word(name, 0)} === 0)`;
  }

  #word(name: StoredFieldName, word: number): string {
    return `${this.#column(name)}[slot * 4 + ${word}]`;
  }
}
