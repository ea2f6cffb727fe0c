/** A UDP port of loopback that keeps what arrives and hands it on, in order, from one port. */
export class UdpRelay implements Disposable {
  readonly #socket: Deno.DatagramConn;
  readonly #datagrams: Uint8Array[] = [];

  /** @param to port that it hands on to */
  constructor(to: number) {
    this.#socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
    const target: Deno.NetAddr = { transport: "udp", hostname: "127.0.0.1", port: to };
    this.#relay(target);
  }

  get port(): number {
    return (this.#socket.addr as Deno.NetAddr).port;
  }

  /** What arrived so far. */
  get datagrams(): readonly Uint8Array[] {
    return this.#datagrams;
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }

  async #relay(target: Deno.NetAddr): Promise<void> {
    for await (const [datagram] of this.#socket) {
      const kept = datagram.slice();
      this.#datagrams.push(kept);
      await this.#socket.send(kept, target);
    }
  }
}
