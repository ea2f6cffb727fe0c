import type { Config } from "../config/schema.ts";
import { formatNetwork, parseNetwork } from "../flow/network.ts";
import { MmdbError, MmdbReader } from "../names/mmdb_reader.ts";
import type { NameData } from "../names/name_data.ts";
import { CommandFailure } from "./command.ts";

/**
 * What names are made of, from the configuration and the files that it names. Files are read here:
 * the query worker, which looks names up, has no disk.
 *
 * @param config the effective configuration
 * @throws {CommandFailure} when a file cannot be read, or is no MMDB, with the remedy
 */
export function loadNames({ names, networks, expected, geo }: Config): NameData {
  return {
    services: names.services,
    labels: names.labels,
    interfaces: names.interfaces.map(({ exporter, if_index, name, capacity, description }) => ({
      exporter,
      ifIndex: if_index,
      name: name ?? null,
      capacity: capacity ?? null,
      description: description ?? null,
    })),
    expected: [
      ...Object.entries(expected.scanners).map(([network, name]) =>
        ({ network, name, role: "scanner" }) as const
      ),
      ...Object.entries(expected.monitoring).map(([network, name]) =>
        ({ network, name, role: "monitoring" }) as const
      ),
    ],
    internal: networks.internal.map((text) => formatNetwork(parseNetwork(text)!)),
    countries: loadDatabase(geo.country_mmdb, "geo.country_mmdb"),
    systems: loadDatabase(geo.asn_mmdb, "geo.asn_mmdb"),
  };
}

function loadDatabase(path: string, key: string): SharedArrayBuffer | null {
  if (path === "") return null;
  let bytes: Uint8Array;
  try {
    bytes = Deno.readFileSync(path);
  } catch (error) {
    const { name, message } = error as Error;
    const remedy = name === "NotCapable" ? `start flow-agent with --allow-read=${path}` : message;
    throw new CommandFailure(`${key}: cannot read ${path}: ${remedy}`);
  }
  try {
    new MmdbReader(bytes);
  } catch (error) {
    if (!(error instanceof MmdbError)) throw error;
    throw new CommandFailure(`${key}: ${path} cannot be used: ${error.message}`);
  }
  const shared = new SharedArrayBuffer(bytes.length);
  new Uint8Array(shared).set(bytes);
  return shared;
}
