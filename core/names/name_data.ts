/** An interface as the operator describes it. */
export interface KnownInterface {
  /** Address of the exporter. */
  readonly exporter: string;
  readonly ifIndex: number;
  readonly name: string | null;
  /** bit/s; null where it is not known. */
  readonly capacity: number | null;
  readonly description: string | null;
}

/** All that names are made of, as plain data that can be handed to another thread. */
export interface NameData {
  /** Names by `tcp/8443`: they stand above those of IANA. */
  readonly services: Readonly<Record<string, string>>;
  /** Labels by network. */
  readonly labels: Readonly<Record<string, string>>;
  readonly interfaces: readonly KnownInterface[];
  /** Networks whose hosts are the operator's own. */
  readonly internal: readonly string[];
  /** MMDB files; null where none is configured. Shared memory, so that it is there once. */
  readonly countries: SharedArrayBuffer | null;
  readonly systems: SharedArrayBuffer | null;
}

/**
 * Networks that nobody but oneself uses: private (RFC 1918, RFC 4193), shared with the provider
 * (RFC 6598), link-local (RFC 3927, RFC 4291), loopback, and this network (RFC 1122).
 */
export const INTERNAL_NETWORKS: readonly string[] = [
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "100.64.0.0/10",
  "169.254.0.0/16",
  "127.0.0.0/8",
  "0.0.0.0/8",
  "fc00::/7",
  "fe80::/10",
  "::1",
  "::",
];

/** Where nothing is configured. */
export const NO_NAME_DATA: NameData = {
  services: {},
  labels: {},
  interfaces: [],
  internal: INTERNAL_NETWORKS,
  countries: null,
  systems: null,
};
