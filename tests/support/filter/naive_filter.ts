/**
 * What a filter means, written a second time from docs/filter.md over FlowRecords: slow, plain, and
 * sharing nothing with the compiled filter but the tree.
 */
import type { FlowRecord } from "../../../core/flow/schema.ts";
import type { CompareOp, FilterNode } from "../../../core/query/filter/filter_node.ts";

/** Whether a record matches a filter. */
export function naiveMatch(node: FilterNode, record: FlowRecord): boolean {
  switch (node.kind) {
    case "any":
      return true;
    case "and":
      return !node.nodes.some((part) => !naiveMatch(part, record));
    case "or":
      return node.nodes.some((part) => naiveMatch(part, record));
    case "not":
      return !naiveMatch(node.node, record);
    case "has":
      return record[node.field] !== null;
    case "flags": {
      const flags = record.tcp_flags;
      return flags !== null &&
        Array.from({ length: 8 }, (_, bit) => bit).every((bit) =>
          !bitOf(node.mask, bit) || bitOf(flags, bit)
        );
    }
    case "text": {
      const text = record[node.field];
      if (text === null) return false;
      if (node.op === "contains") return text.split(node.value).length > 1 || node.value === "";
      return (text === node.value) === (node.op === "=");
    }
    case "family":
      return [record.src_addr, record.dst_addr].some((address) =>
        address !== null && address.includes(":") === (node.version === 6)
      );
    case "address": {
      const { field } = node;
      const addresses = field === "addr" ? [record.src_addr, record.dst_addr] : [record[field]];
      return addresses.some((address) =>
        address !== null && inNet(address, node.address, node.prefixLength) === (node.op === "=")
      );
    }
    case "compare":
      return numbersOf(node.field, record).some((number) =>
        number !== null && compares(number, node.op, node.value)
      );
    case "member":
      return numbersOf(node.field, record).some((number) =>
        number !== null && node.ranges.some(([low, high]) => low <= number && number <= high)
      );
  }
}

function bitOf(value: number, bit: number): boolean {
  return Math.floor(value / 2 ** bit) % 2 === 1;
}

function numbersOf(field: string, record: FlowRecord): (number | null)[] {
  const { bytes, packets, duration_ms, ip_tos } = record;
  switch (field) {
    case "port":
      return [record.src_port, record.dst_port];
    case "as":
      return [record.src_as, record.dst_as];
    case "if":
      return [record.in_if, record.out_if];
    case "dscp":
      return [ip_tos === null ? null : Math.floor(ip_tos / 4)];
    case "bps":
      return [bytes === null || !duration_ms ? null : bytes * 8000 / duration_ms];
    case "pps":
      return [packets === null || !duration_ms ? null : packets * 1000 / duration_ms];
    default:
      return [record[field as "bytes"]];
  }
}

function compares(number: number, op: CompareOp, value: number): boolean {
  const order = Math.sign(number - value);
  return { "=": [0], "!=": [-1, 1], "<": [-1], "<=": [-1, 0], ">": [1], ">=": [0, 1] }[op]
    .includes(order);
}

function inNet(address: string, net: string, prefixLength: number): boolean {
  if (address.includes(":") !== net.includes(":")) return false;
  return bitsOf(address).slice(0, prefixLength) === bitsOf(net).slice(0, prefixLength);
}

/** The address as a string of 32 or 128 binary digits. */
function bitsOf(address: string): string {
  if (!address.includes(":")) return address.split(".").map((part) => binary(part, 10, 8)).join("");
  const [head, tail] = address.split("::").map((half) => half === "" ? [] : half.split(":"));
  const groups = tail === undefined
    ? head
    : [...head, ...Array(8 - head.length - tail.length).fill("0"), ...tail];
  return groups.map((group) => binary(group, 16, 16)).join("");
}

function binary(digits: string, base: number, width: number): string {
  return parseInt(digits, base).toString(2).padStart(width, "0");
}
