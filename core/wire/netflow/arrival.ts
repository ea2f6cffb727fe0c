import type { DatagramSource } from "../codec.ts";
import type { MessageHeader } from "./message_dialect.ts";
import type { TemplateScope } from "./template_cache.ts";

/** A datagram's session, source and header, and when it came. */
export interface Arrival {
  readonly scope: TemplateScope;
  readonly source: DatagramSource;
  readonly header: MessageHeader;
  /** Unix milliseconds. */
  readonly nowMs: number;
}
