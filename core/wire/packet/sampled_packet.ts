import type { FlowColumns } from "../../flow/columns.ts";
import { fillRow } from "./fill_row.ts";
import { LinkHeaders } from "./link_headers.ts";
import { type FirstHeader, PacketHeaders } from "./packet_headers.ts";

export type { FirstHeader, Tunnel } from "./packet_headers.ts";

/**
 * Decoder of the headers of one sampled packet: what sFlow calls a raw header and IPFIX a packet
 * section. The fields hold what the last `read` found. Headers may be cut off anywhere: what was
 * whole counts. One object serves all packets; nothing is allocated per packet.
 *
 * @example
 * ```ts
 * if (packet.read(view, from, to, "ethernet")) packet.fill(columns, slot);
 * ```
 */
export class SampledPacket extends PacketHeaders {
  readonly #link = new LinkHeaders(this);

  /**
   * Reads the headers of a packet, down to the transport layer of the outermost IP packet. Octets
   * outside the range are never looked at.
   *
   * @param view the datagram
   * @param from its first octet in the view
   * @param to the octet behind its last, at most the view's length
   * @param first what it begins with
   * @returns false when not even the first header is whole, or it is none that is known
   */
  read(view: DataView, from: number, to: number, first: FirstHeader): boolean {
    this.forget();
    return this.#link.read(view, from, to, first);
  }

  /**
   * Writes what was read into a row, but only where the row does not know better, and sets the
   * presence bits of what it wrote. Counters are left alone: what one sampled packet stands for is
   * the caller's to say.
   *
   * @param columns of the ring
   * @param slot of the row, whose presence words are written already
   */
  fill(columns: FlowColumns, slot: number): void {
    fillRow(this, columns, slot);
  }
}
