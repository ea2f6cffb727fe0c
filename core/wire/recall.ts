import { LIMITS } from "./limits.ts";

/** What stands in front of a session's first datagram in a capture, so that it can be decoded. */
export interface Recalled {
  /** Datagrams as the exporter could have sent them from the same port, in order. */
  readonly payloads: readonly Uint8Array<ArrayBuffer>[];
  /** Templates in them. */
  readonly templates: number;
  /** Rates and names in them. */
  readonly facts: number;
  /** Templates, rates and names for which there was no room or no way to write them. */
  readonly leftOut: number;
}

/** What one capture has been told, bounded: source ports and domains can be forged without end. */
export class RecallLedger {
  readonly #told = new Set<string>();
  /** Octets that may still be told. */
  octetsLeft: number = LIMITS.recalledOctets;

  /**
   * Notes that something is told now.
   *
   * @param key of a session, or of an exporter's options
   * @returns whether it had not been told, and there is room
   */
  begins(key: string): boolean {
    if (this.#told.has(key) || this.#told.size >= LIMITS.recalledSessions) return false;
    this.#told.add(key);
    return true;
  }
}

/** When a datagram came that something may have to stand in front of, and in which capture. */
export interface RecallMoment {
  /** Unix milliseconds. */
  readonly receivedAtMs: number;
  readonly ledger: RecallLedger;
}
