import { protocolNumber } from "../../flow/protocol.ts";
import { PRESENCE_WORDS } from "../../flow/schema.ts";
import type { NameDirectory } from "../../names/name_directory.ts";
import {
  type FilterColumns,
  needColumn,
  presencePlace,
  type RowTest,
  testColumn,
} from "./filter_columns.ts";
import type { PortNameNode, ServiceNode } from "./filter_node.ts";
import { numberField } from "./number_field.ts";
import { compileRanges } from "./number_ranges.ts";

/** Compiles names of ports: the ports of those names, in any protocol. */
export function compilePortName(
  { field, names }: PortNameNode,
  columns: FilterColumns,
  { services }: NameDirectory,
): RowTest {
  const ports = names.flatMap((name) => services.ports(name));
  if (ports.length === 0) return () => false;
  const isWanted = compileRanges(ports.map((port) => [port, port] as const));
  const [left, right] = numberField(field).columns.map((name) =>
    testColumn(name, columns, isWanted)
  );
  return right ? (slot) => left(slot) || right(slot) : left;
}

/**
 * Compiles services. Which port of a flow is that of its service is told as in `group_by service`:
 * the one that has a name; where both or neither have one, the lower.
 */
export function compileService(
  { names }: ServiceNode,
  columns: FilterColumns,
  { services }: NameDirectory,
): RowTest {
  const wanted = new Set<number>();
  for (const name of names) {
    for (const { protocol, port } of endpointsOf(name, services)) {
      wanted.add(protocol * 65_536 + port);
    }
  }
  const { presence } = columns;
  const places = (["protocol", "src_port", "dst_port"] as const).map(presencePlace);
  const [protocolPlace, sourcePlace, destinationPlace] = places;
  const protocols = needColumn(columns, "protocol");
  const sources = needColumn(columns, "src_port");
  const destinations = needColumn(columns, "dst_port");
  const named = services.namedPorts;
  const has = (slot: number, { word, mask }: { word: number; mask: number }): boolean =>
    (presence[slot * PRESENCE_WORDS + word] & mask) !== 0;
  return (slot) => {
    if (!has(slot, protocolPlace)) return false;
    const source = has(slot, sourcePlace) ? sources[slot] : 0;
    const destination = has(slot, destinationPlace) ? destinations[slot] : 0;
    const port = servicePort(source, destination, named);
    // Only protocols with ports are wanted.
    return port !== 0 && wanted.has(protocols[slot] * 65_536 + port);
  };
}

/** The port of the side that serves; 0 where neither is known. */
function servicePort(source: number, destination: number, named: Uint8Array): number {
  if (named[source] !== named[destination]) return named[destination] ? destination : source;
  return source === 0 || (destination !== 0 && destination <= source) ? destination : source;
}

function endpointsOf(name: string, services: NameDirectory["services"]) {
  const [protocol, port] = name.split("/");
  return port === undefined
    ? services.endpoints(name)
    : [{ protocol: protocolNumber(protocol), port: Number(port) }];
}
