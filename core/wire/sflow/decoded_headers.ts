import type { RowCells } from "./row_cells.ts";

/** Protocols whose header begins with two ports: TCP, UDP, DCCP, SCTP, UDP-Lite. */
const HAS_PORTS: ReadonlySet<number> = new Set([6, 17, 33, 132, 136]);
const TCP = 6;

/**
 * Writes what `sampled_ipv4` or `sampled_ipv6` says, where the row does not know it yet.
 *
 * @param cells of the row
 * @param view the datagram
 * @param place where the structure lies, whole, and `octets` of an address, 4 or 16
 */
export function putSampledIp(
  cells: RowCells,
  view: DataView,
  { at, octets }: { at: number; octets: number },
): void {
  const protocol = view.getUint32(at + 4);
  const source = at + 8;
  const ports = source + 2 * octets;
  cells.putAddress(cells.of.src_addr, view, source, octets);
  cells.putAddress(cells.of.dst_addr, view, source + octets, octets);
  if (protocol <= 255) cells.put(cells.of.protocol, protocol);
  if (HAS_PORTS.has(protocol)) {
    cells.putPort(cells.of.src_port, view.getUint32(ports));
    cells.putPort(cells.of.dst_port, view.getUint32(ports + 4));
  }
  if (protocol === TCP) cells.put(cells.of.tcp_flags, view.getUint32(ports + 8) & 0xfff);
  const tos = view.getUint32(ports + 12);
  if (tos <= 255) cells.put(cells.of.ip_tos, tos);
}

/**
 * Writes what `sampled_ethernet` says, where the row does not know it yet.
 *
 * @param cells of the row
 * @param view the datagram
 * @param place where the structure lies, and its `length`: with addresses of six octets padded to
 *   eight, as XDR wants them, or without padding
 */
export function putSampledEthernet(
  cells: RowCells,
  view: DataView,
  { at, length }: { at: number; length: number },
): void {
  const source = at + 4;
  const destination = source + (length >= 24 ? 8 : 6);
  cells.put(cells.of.src_mac, macAt(view, source));
  cells.put(cells.of.dst_mac, macAt(view, destination));
}

/**
 * Writes the socket of an application's operation, where the row does not know it yet: the flow
 * runs from the client to the server.
 *
 * @param cells of the row
 * @param view the datagram
 * @param place where the structure lies, whole; `octets` of an address, 4 or 16; whether the
 *   `client` tells of the operation, whose own end is the local one then
 */
export function putSocket(
  cells: RowCells,
  view: DataView,
  { at, octets, client }: { at: number; octets: number; client: boolean },
): void {
  const local = at + 4;
  const remote = local + octets;
  const localPort = remote + octets;
  const remotePort = localPort + 4;
  cells.putAddress(cells.of.src_addr, view, client ? local : remote, octets);
  cells.putAddress(cells.of.dst_addr, view, client ? remote : local, octets);
  cells.putPort(cells.of.src_port, view.getUint32(client ? localPort : remotePort));
  cells.putPort(cells.of.dst_port, view.getUint32(client ? remotePort : localPort));
  const protocol = view.getUint32(at);
  if (protocol <= 255) cells.put(cells.of.protocol, protocol);
}

function macAt(view: DataView, at: number): number {
  return view.getUint16(at) * 2 ** 32 + view.getUint32(at + 2);
}
