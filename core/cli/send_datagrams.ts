import type { Clock } from "../flow/clock.ts";

/** Shortest pause: what is due within it goes out in one go. */
const TICK_MS = 5;

/**
 * Sends datagrams at a steady rate from a port of its own.
 *
 * @param options `to`: where; `perSecond`: datagrams; `next`: the next one, null at the end
 * @returns how many were sent
 */
export async function sendDatagrams(
  { to, clock, perSecond, next }: {
    to: { readonly host: string; readonly port: number };
    clock: Clock;
    perSecond: number;
    next: () => Uint8Array | null;
  },
): Promise<number> {
  const socket = Deno.listenDatagram({
    transport: "udp",
    hostname: to.host.includes(":") ? "::" : "0.0.0.0",
    port: 0,
  });
  try {
    const startMs = clock.now();
    for (let sent = 0;; sent++) {
      const datagram = next();
      if (datagram === null) return sent;
      const waitMs = startMs + (sent * 1000) / perSecond - clock.now();
      if (waitMs > TICK_MS) await new Promise<void>((resolve) => clock.after(waitMs, resolve));
      await socket.send(datagram, { transport: "udp", hostname: to.host, port: to.port });
    }
  } finally {
    socket.close();
  }
}
