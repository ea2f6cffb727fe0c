/** Names that random filters ask for, laid over the addresses and numbers of `sample_values.ts`. */
import { INTERNAL_NETWORKS } from "../../../core/flow/internal_networks.ts";
import type { NameData } from "../../../core/names/name_data.ts";
import { writeMmdb } from "../mmdb.ts";

/** Countries by network. */
export const COUNTRIES: Readonly<Record<string, string>> = {
  "10.0.0.0/31": "DE",
  "10.0.0.2/32": "IN",
  "192.168.0.0/16": "US",
  "2001:db8::/64": "DE",
  "2001:db8:0:1::/64": "OR",
};

/** Autonomous systems by network: their numbers are among those that rows have. */
export const SYSTEMS: Readonly<Record<string, readonly [number: number, name: string]>> = {
  "10.0.0.0/31": [1, "Example Networks"],
  "192.168.0.0/16": [1000, "EXAMPLE-CLOUD, Inc"],
  "2001:db8::/64": [443, 'Bei"spiel'],
};

/** Names that the tests configure. */
export const NAME_DATA: NameData = {
  expected: [],
  services: { "tcp/1000": "intranet", "udp/8080": "http", "tcp/80": "and" },
  labels: {
    "10.0.0.0/8": "head office",
    "10.0.0.0/24": 'the "lab"',
    "10.0.0.2": "head office",
    "2001:db8::/32": "and",
  },
  interfaces: [
    {
      exporter: "10.0.0.1",
      ifIndex: 1,
      name: "wan-1",
      capacity: 1e9,
      description: null,
    },
    { exporter: "2001:db8::1", ifIndex: 46, name: "wan-1", capacity: null, description: null },
    { exporter: "10.1.1.1", ifIndex: 46, name: "Gi0/1", capacity: null, description: null },
  ],
  internal: INTERNAL_NETWORKS,
  countries: writeMmdb(
    Object.entries(COUNTRIES).map(([network, iso_code]) => [network, { country: { iso_code } }]),
  ),
  systems: writeMmdb(
    Object.entries(SYSTEMS).map(([network, [number, name]]) => [network, {
      autonomous_system_number: number,
      autonomous_system_organization: name,
    }]),
  ),
};

/** Services of IANA and of NAME_DATA. */
export const SERVICES = ["http", "https", "intranet", "and", "dns", "http-alt"] as const;
