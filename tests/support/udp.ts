/**
 * Sends datagrams from one port, in order.
 *
 * @param to port on loopback
 * @param datagrams octets, or text to be sent as UTF-8
 * @returns the port they were sent from
 */
export async function sendUdp(
  to: number,
  ...datagrams: readonly (Uint8Array | string)[]
): Promise<number> {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  try {
    for (const datagram of datagrams) {
      const octets = typeof datagram === "string" ? new TextEncoder().encode(datagram) : datagram;
      await socket.send(octets, { transport: "udp", hostname: "127.0.0.1", port: to });
    }
    return (socket.addr as Deno.NetAddr).port;
  } finally {
    socket.close();
  }
}

/** A UDP port on loopback that nothing listens on. */
export function freeUdpPort(): number {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const { port } = socket.addr as Deno.NetAddr;
  socket.close();
  return port;
}

/** Keeps a UDP port of loopback taken. */
export function holdPort(port: number): Disposable {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port });
  return { [Symbol.dispose]: () => socket.close() };
}
