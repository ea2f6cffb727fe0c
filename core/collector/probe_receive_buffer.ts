import type { Clock } from "../flow/clock.ts";

/** Octets of a datagram of the probe: about what exporters fill on Ethernet. */
export const PROBE_OCTETS = 1464;
/** Datagrams that are sent first, and most at once: who holds so many holds enough for anybody. */
const FIRST_PROBED = 64;
export const MAX_PROBED = 4096;
/** What has not come by then was not kept: datagrams to oneself are there once they are sent. */
const REST_MS = 100;
const LOOPBACK = "127.0.0.1";

/** How much a new UDP socket's receive buffer holds. */
export interface ReceiveBuffer {
  /** Datagrams of `PROBE_OCTETS` that it held. */
  readonly datagrams: number;
  /** Whether it held all that were sent, and so may hold more. */
  readonly atLeast: boolean;
}

/**
 * Finds out how much the system's receive buffer holds, by filling that of a socket of its own on
 * loopback: `/proc/sys`, which says it, needs all of Deno's permissions. It sends twice as much each
 * time until some is not kept, so that fewer than the buffer holds show among the datagrams that the
 * system counts as dropped.
 *
 * @param clock bounds the wait for what was not kept
 * @returns null where no socket can be had, as without permission for 127.0.0.1
 */
export async function probeReceiveBuffer(
  clock: Pick<Clock, "after">,
): Promise<ReceiveBuffer | null> {
  let socket: Deno.DatagramConn;
  try {
    socket = Deno.listenDatagram({ transport: "udp", hostname: LOOPBACK, port: 0 });
  } catch {
    return null;
  }
  try {
    for (let sent = FIRST_PROBED;; sent *= 2) {
      await fill(socket, sent);
      const datagrams = await drain(socket, { sent, clock });
      const atLeast = datagrams === sent;
      if (!atLeast || sent === MAX_PROBED) return { datagrams, atLeast };
    }
  } catch {
    return null;
  } finally {
    socket.close();
  }
}

async function fill(socket: Deno.DatagramConn, datagrams: number): Promise<void> {
  const to = socket.addr as Deno.NetAddr;
  const datagram = new Uint8Array(PROBE_OCTETS);
  for (let sent = 0; sent < datagrams; sent++) await socket.send(datagram, to);
}

async function drain(
  socket: Deno.DatagramConn,
  { sent, clock }: { sent: number; clock: Pick<Clock, "after"> },
): Promise<number> {
  const { promise: over, resolve } = Promise.withResolvers<null>();
  const cancel = clock.after(REST_MS, () => resolve(null));
  const buffer = new Uint8Array(PROBE_OCTETS);
  let held = 0;
  while (held < sent) {
    const receiving = socket.receive(buffer);
    // The socket is closed under the last one.
    receiving.catch(() => {});
    if (await Promise.race([receiving, over]) === null) break;
    held++;
  }
  cancel();
  return held;
}
