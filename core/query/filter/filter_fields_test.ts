import { deepStrictEqual } from "node:assert/strict";
import { filterFields } from "./filter_fields.ts";
import { parseFilter } from "./parse_filter.ts";

for (
  const [text, fields] of [
    ["any", []],
    ["host 10.0.0.1 and src 10.0.0.2", ["src_addr", "dst_addr"]],
    ["ip6", ["src_addr", "dst_addr"]],
    ["not (dst port 80 or port 443)", ["src_port", "dst_port"]],
    ["bps > 1 or dscp 46", ["duration_ms", "ip_tos", "bytes"]],
    ["flags S and tcp and event = nat", ["protocol", "tcp_flags", "event"]],
    ["has latency and event", []],
  ] as const
) {
  Deno.test(`filterFields() of ${text}`, () => {
    deepStrictEqual(filterFields(parseFilter(text)), fields);
  });
}
