import { INTERNAL_NETWORKS } from "../flow/internal_networks.ts";

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

/** A host, or hosts, that do on purpose what would otherwise be a finding. */
export interface ExpectedHost {
  /** Address or prefix. */
  readonly network: string;
  /** What the operator calls it. */
  readonly name: string;
  readonly role: "scanner" | "monitoring";
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
  readonly expected: readonly ExpectedHost[];
  /** MMDB files; null where none is configured. Shared memory, so that it is there once. */
  readonly countries: SharedArrayBuffer | null;
  readonly systems: SharedArrayBuffer | null;
}

/** Where nothing is configured. */
export const NO_NAME_DATA: NameData = {
  services: {},
  labels: {},
  interfaces: [],
  internal: INTERNAL_NETWORKS,
  expected: [],
  countries: null,
  systems: null,
};
