import type { ExportFormat } from "../flow/schema.ts";
import type { AddressCipher } from "../wire/anonymise/address_cipher.ts";
import type { PayloadAnonymiser } from "../wire/anonymise/payload_anonymiser.ts";
import type { Codec, CodecContext } from "../wire/codec.ts";

/**
 * A protocol that flow-agent can collect. A folder under `capabilities/` exports one of these, and
 * so does a user's own module (as the result of its `buildCapability()`).
 */
export interface Capability {
  /** Name in tools and configuration, such as `netflow_udp`. */
  readonly name: string;
  /** One sentence for people and models. */
  readonly description: string;
  /** Export formats it understands. */
  readonly formats: readonly ExportFormat[];
  /** UDP port when none is asked for. */
  readonly defaultPort: number;
  /**
   * Whether a datagram looks like this protocol: for captures, where no port says so.
   *
   * @param datagram any payload
   */
  recognises(datagram: Uint8Array): boolean;
  /** Makes the decoder of one collector; runs inside the collector's worker. */
  buildCodec(context: CodecContext): Codec;
  /** Makes what takes addresses out of its datagrams; left out where nobody has written that. */
  buildAnonymiser?(cipher: AddressCipher): PayloadAnonymiser;
}
