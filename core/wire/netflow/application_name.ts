import { protocolName } from "../../flow/protocol.ts";

/** Classification engines whose selectors need no options data to be named (RFC 6759 §4.1). */
const IP_PROTOCOL = 1;
const LAYER_4_PORT = 3;

/** Names of IANA's "Service Name and Transport Protocol Port Number Registry", of common ports. */
const SERVICES: ReadonlyMap<number, string> = new Map([
  [20, "ftp-data"],
  [21, "ftp"],
  [22, "ssh"],
  [23, "telnet"],
  [25, "smtp"],
  [43, "whois"],
  [49, "tacacs"],
  [53, "domain"],
  [67, "bootps"],
  [68, "bootpc"],
  [69, "tftp"],
  [80, "http"],
  [88, "kerberos"],
  [110, "pop3"],
  [111, "sunrpc"],
  [119, "nntp"],
  [123, "ntp"],
  [137, "netbios-ns"],
  [138, "netbios-dgm"],
  [139, "netbios-ssn"],
  [143, "imap"],
  [161, "snmp"],
  [162, "snmptrap"],
  [179, "bgp"],
  [389, "ldap"],
  [443, "https"],
  [445, "microsoft-ds"],
  [500, "isakmp"],
  [514, "syslog"],
  [546, "dhcpv6-client"],
  [547, "dhcpv6-server"],
  [636, "ldaps"],
  [646, "ldp"],
  [853, "domain-s"],
  [873, "rsync"],
  [989, "ftps-data"],
  [990, "ftps"],
  [993, "imaps"],
  [995, "pop3s"],
  [1194, "openvpn"],
  [1433, "ms-sql-s"],
  [1701, "l2tp"],
  [1723, "pptp"],
  [1812, "radius"],
  [1813, "radius-acct"],
  [2049, "nfs"],
  [3306, "mysql"],
  [3389, "ms-wbt-server"],
  [3478, "stun"],
  [4500, "ipsec-nat-t"],
  [4789, "vxlan"],
  [5060, "sip"],
  [5061, "sips"],
  [5222, "xmpp-client"],
  [5432, "postgresql"],
  [6343, "sflow"],
]);

/**
 * Name of an application that its id tells by itself.
 *
 * @param engine that classified it (RFC 6759 §4.1)
 * @param selector what the engine calls it
 * @returns undefined where only the exporter's options data can tell
 */
export function applicationName(engine: number, selector: number): string | undefined {
  if (engine === IP_PROTOCOL) return protocolName(selector)?.toLowerCase();
  return engine === LAYER_4_PORT ? SERVICES.get(selector) : undefined;
}
