import type { FlowRecord } from "../../core/flow/schema.ts";
import { CONTRACT_NAMES } from "./contract_engine.ts";

/** Protocols that have ports. */
const WITH_PORTS = [6, 17, 33, 132, 136];

/** What a group term says of a record. */
export function naiveTerm(name: string, record: FlowRecord): string | number | null {
  if (name === "service") return service(record);
  if (name === "protocol") return record.protocol_name ?? record.protocol;
  const [, field, bits4, bits6 = "64"] = /^(\w+)\/(\d+)(?:\/(\d+))?$/.exec(name) ?? [];
  if (field === undefined) return record[name as keyof FlowRecord];
  const address = record[field as "src_addr"];
  return address === null ? null : prefix(address, { bits4: Number(bits4), bits6: Number(bits6) });
}

function service({ protocol, protocol_name, src_port, dst_port }: FlowRecord): string | null {
  if (protocol === null) return null;
  const name = protocol_name?.toLowerCase() ?? `protocol ${protocol}`;
  const ports = [src_port, dst_port].filter((port) => port !== null && port > 0) as number[];
  if (!WITH_PORTS.includes(protocol) || ports.length === 0) return name;
  // The side that has a name; where both or neither have, the lower port.
  const named = ports.filter((port) => CONTRACT_NAMES.namedPorts[port] === 1);
  const port = Math.min(...(named.length === 1 ? named : ports));
  const known = CONTRACT_NAMES.serviceName(protocol, port);
  return known === null ? `${name}/${port}` : `${known} (${name}/${port})`;
}

function prefix(
  address: string,
  { bits4, bits6 }: { bits4: number; bits6: number },
): string {
  const bits = address.includes(":") ? bits6 : bits4;
  const groups = address.includes(":") ? groupsOf(address) : address.split(".").map(Number);
  const width = address.includes(":") ? 16 : 8;
  const cut = groups.map((group, i) => {
    const kept = Math.min(width, Math.max(0, bits - i * width));
    return Math.floor(group / 2 ** (width - kept)) * 2 ** (width - kept);
  });
  const whole = bits === groups.length * width;
  const text = width === 8
    ? cut.join(".")
    // RFC 5952 text, as the WHATWG URL standard writes hosts.
    : new URL(`http://[${cut.map((group) => group.toString(16)).join(":")}]`).hostname.slice(1, -1);
  return whole ? text : `${text}/${bits}`;
}

function groupsOf(address: string): number[] {
  const [head, tail] = address.split("::")
    .map((half) => half === "" ? [] : half.split(":").map((digits) => parseInt(digits, 16)));
  return tail === undefined
    ? head
    : [...head, ...Array(8 - head.length - tail.length).fill(0), ...tail];
}
