/**
 * Asks the system for a UDP port that is free now: the permissions of a worker have to name its
 * port before it opens it.
 *
 * @param host address to listen on
 * @throws {Error} of Deno when the address cannot be listened on
 */
export function freePort(host: string): number {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: host, port: 0 });
  const { port } = socket.addr as Deno.NetAddr;
  socket.close();
  return port;
}
