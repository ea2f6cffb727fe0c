import { protocolName, protocolNumber } from "../../flow/protocol.ts";

/** Protocols whose name alone is a filter. */
export const BARE_PROTOCOLS: readonly string[] = [
  "tcp",
  "udp",
  "icmp",
  "icmp6",
  "gre",
  "esp",
  "sctp",
];

/** Protocols with ports: a port may follow their name without `and`, as in tcpdump. */
export const PORT_PROTOCOLS: readonly string[] = ["tcp", "udp", "sctp"];

const ICMP6 = 58;

/** Names that may stand after `proto`, in lower case. */
export const PROTOCOL_WORDS: readonly string[] = [
  ...new Set([...BARE_PROTOCOLS, ...Array.from({ length: 256 }, (_, n) => formatProtocol(n))]),
].filter((word) => !/^\d/.test(word));

/**
 * Writes a protocol as `proto` takes it.
 *
 * @param protocol IANA number
 * @returns its name in lower case, or the number where it has none that is one word
 */
export function formatProtocol(protocol: number): string {
  if (protocol === ICMP6) return "icmp6";
  const name = protocolName(protocol)?.toLowerCase() ?? "";
  return /^[\w-]+$/.test(name) && protocolNumber(name) === protocol ? name : String(protocol);
}
