import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { MAX_FILTER_DEPTH, MAX_FILTER_LENGTH } from "./filter_limits.ts";
import { FilterError } from "./filter_error.ts";
import type { AddressNode, CompareNode, FilterNode } from "./filter_node.ts";
import { formatFilter } from "./format_filter.ts";
import { parseFilter } from "./parse_filter.ts";

type Net = Pick<AddressNode, "field" | "address" | "prefixLength">;
const net = (field: Net["field"], address: string, prefixLength: number): FilterNode => ({
  kind: "address",
  field,
  op: "=",
  address,
  prefixLength,
});
const compare = (
  field: CompareNode["field"],
  op: CompareNode["op"],
  value: number,
): FilterNode => ({ kind: "compare", field, op, value });

const TREES: readonly [text: string, node: FilterNode][] = [
  ["", { kind: "any" }],
  [" \n\t", { kind: "any" }],
  ["any", { kind: "any" }],
  ["src net 10.0.0.0/8", net("src_addr", "10.0.0.0", 8)],
  ["dst host 10.1.1.1", net("dst_addr", "10.1.1.1", 32)],
  ["2001:DB8::1", net("addr", "2001:db8::1", 128)],
  ["::ffff:10.0.0.0/104", net("addr", "10.0.0.0", 8)],
  ["exporter 10.0.0.1", net("exporter", "10.0.0.1", 32)],
  ["next hop 10.0.0.1", net("next_hop", "10.0.0.1", 32)],
  ["host in [10.0.0.1, 2001:db8::1]", {
    kind: "or",
    nodes: [net("addr", "10.0.0.1", 32), net("addr", "2001:db8::1", 128)],
  }],
  ["ip in [10.0.0.1]", net("addr", "10.0.0.1", 32)],
  ["src net in [10.0.0.0/8]", net("src_addr", "10.0.0.0", 8)],
  ["exporter in [10.0.0.1 10.0.1.0/24]", {
    kind: "or",
    nodes: [net("exporter", "10.0.0.1", 32), net("exporter", "10.0.1.0", 24)],
  }],
  ["portrange 8000-8100", { kind: "member", field: "port", ranges: [[8000, 8100]] }],
  ["dst portrange 1-2", { kind: "member", field: "dst_port", ranges: [[1, 2]] }],
  ["dscp EF", compare("dscp", "=", 46)],
  ["dscp in [af41 cs5 0]", { kind: "member", field: "dscp", ranges: [[34, 34], [40, 40], [0, 0]] }],
  ["dscp >= cs6", compare("dscp", ">=", 48)],
  ["ip", { kind: "family", version: 4 }],
  ["ip6", { kind: "family", version: 6 }],
  ["port 443", compare("port", "=", 443)],
  ["dst port > 1023", compare("dst_port", ">", 1023)],
  ["port in [80, 443 8000-8100]", {
    kind: "member",
    field: "port",
    ranges: [[80, 80], [443, 443], [8000, 8100]],
  }],
  ["tcp", compare("protocol", "=", 6)],
  ["proto 47", compare("protocol", "=", 47)],
  ["flags SA", { kind: "flags", mask: 18 }],
  ["in if 3", compare("in_if", "=", 3)],
  ["bytes > 1.5M", compare("bytes", ">", 1_500_000)],
  ["duration<=2m", compare("duration_ms", "<=", 120_000)],
  ["dscp 46", compare("dscp", "=", 46)],
  ["has vlan", { kind: "has", field: "vlan" }],
  ["event", { kind: "has", field: "event" }],
  ["direction ingress", { kind: "text", field: "direction", op: "=", value: "ingress" }],
  ["vrf contains 'Red'", { kind: "text", field: "vrf", op: "contains", value: "Red" }],
  ["tcp and udp or icmp", {
    kind: "or",
    nodes: [
      { kind: "and", nodes: [compare("protocol", "=", 6), compare("protocol", "=", 17)] },
      compare("protocol", "=", 1),
    ],
  }],
  ["not tcp and udp", {
    kind: "and",
    nodes: [{ kind: "not", node: compare("protocol", "=", 6) }, compare("protocol", "=", 17)],
  }],
];

for (const [text, node] of TREES) {
  Deno.test(`parseFilter() reads ${JSON.stringify(text)}`, () => {
    deepStrictEqual(parseFilter(text), node);
  });
}

const CANONICAL: readonly [text: string, canonical: string][] = [
  ["", "any"],
  [
    "src net 10.0.0.0/8 and dst port 443 and proto tcp and not host 10.1.1.1 and bytes > 1M",
    "src net 10.0.0.0/8 and dst port 443 and proto tcp and not host 10.1.1.1 and bytes > 1M",
  ],
  ["SRC NET 10.9.9.9/8 && !(TCP||udp)", "src net 10.0.0.0/8 and not (proto tcp or proto udp)"],
  ["tcp and (udp and icmp)", "proto tcp and (proto udp and proto icmp)"],
  ["(tcp and udp) or icmp", "proto tcp and proto udp or proto icmp"],
  ["tcp dst port 80", "proto tcp and dst port 80"],
  ["not udp port 53", "not (proto udp and port 53)"],
  ["not not tcp", "not not proto tcp"],
  ["src or dst net 10.0.0.0/8", "net 10.0.0.0/8"],
  ["dst or src port 80", "port 80"],
  ["src 10.0.0.1", "src host 10.0.0.1"],
  ["ip 10.0.0.1", "host 10.0.0.1"],
  ["ip and ipv6", "ipv4 and ipv6"],
  ["10.0.0.1/32", "host 10.0.0.1"],
  ["::/0", "net ::/0"],
  ["::ffff:1.2.3.4", "host 1.2.3.4"],
  ["src_addr = 10.0.0.0/8", "src net 10.0.0.0/8"],
  ["dst_addr != ::1", "dst_addr != ::1"],
  ["nat_src_addr 10.0.0.1", "nat_src_addr = 10.0.0.1"],
  ["exporter = 10.0.0.0/8", "exporter 10.0.0.0/8"],
  ["nexthop 10.0.0.1", "next hop 10.0.0.1"],
  ["next_hop != 10.0.0.1", "next_hop != 10.0.0.1"],
  ["src_port = 80", "src port 80"],
  ["src_port == 0x50", "src port 80"],
  ["port in [80]", "port 80"],
  ["port 80-90", "port 80-90"],
  ["port 80-80", "port 80"],
  ["dst port in [80,443,  8000-8100]", "dst port in [80 443 8000-8100]"],
  ["proto in [tcp 17 200]", "proto in [tcp udp 200]"],
  ["protocol != 6", "proto != tcp"],
  ["proto ipv6-icmp", "proto icmp6"],
  ["flags syn and not flags ack", "flags S and not flags A"],
  ["flags CEUAPRSF", "flags FSRPAUEC"],
  ["flags ece", "flags E"],
  ["if 3 or in if 4 or out if in [5 6]", "if 3 or in if 4 or out if in [5 6]"],
  ["as 64500 or src as 4200000000", "as 64500 or src as 4200000000"],
  ["vlan = 10 and tos 184 and dscp in [46 8-16]", "vlan 10 and tos 184 and dscp in [46 8-16]"],
  ["icmp_type 8 and mpls_label = 16", "icmp_type 8 and mpls_label 16"],
  ["bytes>=1500 or bytes<1Ki", "bytes >= 1500 or bytes < 1024"],
  ["bytes = 1.1m", "bytes = 1100k"],
  ["packets != 2g", "packets != 2G"],
  ["duration_ms > 90s and latency < 1500", "duration > 90s and latency < 1500ms"],
  ["latency > 0.5", "latency > 0.5ms"],
  ["bps > 10M and pps < 1e3", "bps > 10M and pps < 1k"],
  ["retransmits > 0 and sampling_rate = 1000", "retransmits > 0 and sampling_rate = 1k"],
  ["direction = EGRESS", "direction egress"],
  ["export_format != netflow9", "export_format != netflow9"],
  ["application = Http", 'application = "Http"'],
  [`application = "a \\"b\\" \\\\"`, `application = "a \\"b\\" \\\\"`],
  ["in_if_name contains Gi0/1", 'in_if_name contains "Gi0/1"'],
  ["event = 'nat' or event", 'event = "nat" or has event'],
  ["has duration and has nexthop", "has duration_ms and has next_hop"],
];

for (const [text, canonical] of CANONICAL) {
  Deno.test(`formatFilter() writes ${JSON.stringify(text)} in canonical form`, () => {
    const node = parseFilter(text);
    strictEqual(formatFilter(node), canonical);
    deepStrictEqual(parseFilter(canonical), node);
  });
}

/** The error of a text, or a failed test. */
function errorOf(text: string): FilterError {
  let caught: unknown;
  throws(() => parseFilter(text), (error) => {
    caught = error;
    return error instanceof FilterError;
  }, text);
  return caught as FilterError;
}

/** A caret in the text marks the position; it is not part of the filter. */
const ERRORS: readonly [marked: string, found: string, nearest: string | null][] = [
  ["^prot tcp", '"prot"', "proto"],
  ["proto ^tpc", '"tpc"', "tcp"],
  ["tcp ^adn udp", '"adn"', "and"],
  ["tcp and ^", "the end", null],
  ["src ^hst 10.0.0.1", '"hst"', "host"],
  ["src host ^router1", '"router1"', null],
  ["host ^10.0.0.256", '"10.0.0.256"', null],
  ["net ^10.0.0.1", '"10.0.0.1"', null],
  ["net ^10.0.0.0/33", '"10.0.0.0/33"', null],
  ["dst port ^!https", '"!"', null],
  ["port ^65536", '"65536"', null],
  ["port ^90-80", '"90-80"', null],
  ["port in ^80", '"80"', null],
  ["port in [^]", '"]"', null],
  ["port in [80^", "the end", null],
  ["port ^!= 80", '"!="', null],
  ["vlan ^70000", '"70000"', null],
  ["dscp ^64", '"64"', null],
  ["bytes ^1000", '"1000"', null],
  ["bytes > ^1X", '"1X"', null],
  ["bytes > ^1e300", '"1e300"', null],
  ["duration > ^5d", '"5d"', null],
  ["^bytse > 5", '"bytse"', "bytes"],
  ["flags ^SX", '"SX"', null],
  ["flags ^sny", '"sny"', "syn"],
  ["in ^fi 3", '"fi"', "if"],
  ["next ^hopp 10.0.0.1", '"hopp"', "hop"],
  ["has ^protocol_name", '"protocol_name"', null],
  ["has ^latncy", '"latncy"', "latency"],
  ["direction ^ingres", '"ingres"', "ingress"],
  ["application ^contians x", '"contians"', "contains"],
  ["application = ^and", '"and"', null],
  ["^start_at > 5", '"start_at"', null],
  ["(tcp ^", "the end", null],
  ["tcp ^)", '")"', null],
  ['vrf = ^"red', "a text that does not end", null],
  ["tcp ^; udp", 'the character ";"', null],
  ["tcp ^😀", 'the character "😀"', null],
];

for (const [marked, found, nearest] of ERRORS) {
  Deno.test(`parseFilter() refuses ${JSON.stringify(marked)} at the caret`, () => {
    const error = errorOf(marked.replace("^", ""));
    deepStrictEqual(
      { position: error.position, found: error.found, nearest: error.nearest },
      { position: marked.indexOf("^"), found, nearest },
    );
  });
}

Deno.test("parseFilter() takes nesting up to its limit and no further", () => {
  const parentheses = (n: number) => "(".repeat(n) + "tcp" + ")".repeat(n);
  parseFilter(parentheses(MAX_FILTER_DEPTH));
  parseFilter("not ".repeat(MAX_FILTER_DEPTH) + "tcp");
  strictEqual(errorOf(parentheses(MAX_FILTER_DEPTH + 1)).position, MAX_FILTER_DEPTH);
  strictEqual(errorOf("!".repeat(MAX_FILTER_DEPTH + 1) + "tcp").position, MAX_FILTER_DEPTH);
  errorOf("(".repeat(MAX_FILTER_LENGTH));
});

Deno.test("parseFilter() takes texts up to its limit, as written and in canonical form", () => {
  parseFilter("tcp".padEnd(MAX_FILTER_LENGTH));
  errorOf("tcp".padEnd(MAX_FILTER_LENGTH + 1));
  // 3,000 characters that become 7,000.
  errorOf("!::".padEnd(3000, "||!::"));
});

Deno.test("parseFilter() keeps the deepest filter it takes within the limit in canonical form", () => {
  const deepest = "not ".repeat(MAX_FILTER_DEPTH - 1) + "tcp port 80";
  deepStrictEqual(parseFilter(formatFilter(parseFilter(deepest))), parseFilter(deepest));
  errorOf(`not ${deepest}`);
});
