import type { DatagramViews } from "../datagram_views.ts";
import type { MessageDialect, MessageHeader } from "./message_dialect.ts";

/** A datagram whose header can be read. */
export interface Message {
  readonly view: DataView;
  readonly header: MessageHeader;
}

/** Hears where a header is too short, and what was found and expected. */
export type HeaderFault = (offset: number, found: string, expected: string) => void;

/**
 * Opens a datagram of NetFlow v9 or IPFIX.
 *
 * @param datagram payload that starts with the dialect's version
 * @param dialect v9 or IPFIX
 * @param using `views` of datagrams, and a `fault` that hears why there is none
 * @returns null where the header is not whole
 */
export function openMessage(
  datagram: Uint8Array,
  { headerLength, readHeader }: MessageDialect,
  { views, fault }: { views: DatagramViews; fault?: HeaderFault },
): Message | null {
  if (datagram.length < headerLength) {
    fault?.(0, `${datagram.length} octets`, `${headerLength}`);
    return null;
  }
  const view = views.of(datagram);
  const header = readHeader(view);
  if (header.length >= headerLength) return { view, header };
  fault?.(2, `a message of ${header.length} octets`, `${headerLength}`);
  return null;
}
