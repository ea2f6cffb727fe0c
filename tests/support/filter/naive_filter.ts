/**
 * What a filter means, written a second time from docs/filter.md over FlowRecords: slow, plain, and
 * sharing nothing with the compiled filter but the tree.
 */
import type { FlowRecord } from "../../../core/flow/schema.ts";
import { COUNTRIES, NAME_DATA, SYSTEMS } from "./sample_names.ts";
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
    case "label":
      return sidesOf(node.field, record).some((address) =>
        longest(address, Object.entries(NAME_DATA.labels)) === node.label
      );
    case "internal":
      return sidesOf(node.field, record).some((address) =>
        NAME_DATA.internal.some((network) => isIn(address, network)) === node.internal
      );
    case "country":
      return sidesOf(node.field, record).some((address) =>
        node.codes.includes(longest(address, Object.entries(COUNTRIES)) ?? "")
      );
    case "as_name": {
      const sides = node.field === "as"
        ? ["src", "dst"] as const
        : [node.field.slice(0, 3) as "src"];
      return sides.some((side) => {
        const address = record[`${side}_addr`];
        const number = record[`${side}_as`] ||
          (address === null ? 0 : Number(longest(address, SYSTEM_OF) ?? 0));
        const name = Object.values(SYSTEMS).find(([known]) => known === number)?.[1];
        return node.names.some((part) => name !== undefined && name.toLowerCase().includes(part));
      });
    }
    case "port_name":
      return numbersOf(node.field, record).some((port) =>
        port !== null && node.names.some((name) => PORTS[name].some(([, known]) => known === port))
      );
    case "service":
      return node.names.some((name) => isService(name, record));
    case "interface": {
      const sides = node.field === "if" ? ["in_if", "out_if"] as const : [node.field];
      return sides.some((side) =>
        record[`${side}_name`] === node.name ||
        NAME_DATA.interfaces.some(({ name, exporter, ifIndex }) =>
          name === node.name && exporter === record.exporter && ifIndex === record[side]
        )
      );
    }
  }
}

const SYSTEM_OF = Object.entries(SYSTEMS).map(([network, [number]]): [string, string] => [
  network,
  String(number),
]);

/** Endpoints of the services that the filters name, from IANA's list and NAME_DATA. */
const PORTS: Readonly<Record<string, readonly (readonly [protocol: number, port: number])[]>> = {
  // tcp/80 is named otherwise, udp/8080 is http.
  http: [[17, 80], [136, 80], [132, 80], [17, 8080], [136, 8080]],
  https: [[6, 443], [17, 443], [132, 443], [136, 443]],
  intranet: [[6, 1000]],
  and: [[6, 80]],
  dns: [[6, 53], [17, 53], [136, 53]],
  // Of udp/8080 IANA's name is gone.
  "http-alt": [[6, 8080], [6, 591], [17, 591], [136, 591], [6, 8008], [17, 8008], [136, 8008]],
};

/** Of the ports that random rows have, those without a name. */
const NAMELESS: readonly (number | null)[] = [0, 255, 65_535, null];

function isService(name: string, { protocol, src_port, dst_port }: FlowRecord): boolean {
  const ports = [src_port, dst_port].filter((port) => port !== null && port > 0) as number[];
  const named = ports.filter((port) => !NAMELESS.includes(port));
  const serving = named.length === 1 ? named[0] : Math.min(...ports);
  const [, word, port] = /^(tcp|udp)\/(\d+)$/.exec(name) ?? [];
  const endpoints = word === undefined
    ? PORTS[name]
    : [[word === "tcp" ? 6 : 17, Number(port)] as const];
  return endpoints.some(([wanted, known]) => wanted === protocol && known === serving);
}

function sidesOf(field: "addr" | "src_addr" | "dst_addr", record: FlowRecord): string[] {
  const sides = field === "addr" ? [record.src_addr, record.dst_addr] : [record[field]];
  return sides.filter((address) => address !== null);
}

function isIn(address: string, network: string): boolean {
  const [net, length] = network.split("/");
  return inNet(address, net, Number(length ?? 128));
}

/** What the longest prefix that holds the address says. */
function longest(address: string, networks: readonly [string, string][]): string | undefined {
  const length = (network: string) => Number(network.split("/")[1] ?? 128);
  return networks.filter(([network]) => isIn(address, network))
    .sort(([a], [b]) => length(b) - length(a))[0]?.[1];
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
