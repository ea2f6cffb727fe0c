const FIRST_ENTRIES = 4096;
/** Most connections of which the beginning is kept. */
const MAX_ENTRIES = 1 << 21;

/** When connections began, in the order that their flows arrived: conversation, time, size. */
export class StartLog {
  conversation = new Int32Array(FIRST_ENTRIES);
  /** Unix milliseconds. */
  time = new Float64Array(FIRST_ENTRIES);
  /** Octets from who asks. */
  bytes = new Float32Array(FIRST_ENTRIES);
  /** Packets where the flow is SYNs alone, else 0. */
  synPackets = new Float32Array(FIRST_ENTRIES);
  /** 1 where a sampled row told of it. */
  sampled = new Uint8Array(FIRST_ENTRIES);
  count = 0;
  /** Connections that found no room. */
  refused = 0;

  /** Notes a connection. */
  add(
    conversation: number,
    time: number,
    bytes: number,
    synPackets: number,
    sampled: boolean,
  ): void {
    if (this.count === this.time.length && !this.#grow()) {
      this.refused++;
      return;
    }
    const i = this.count++;
    this.conversation[i] = conversation;
    this.time[i] = time;
    this.bytes[i] = bytes;
    this.synPackets[i] = synPackets;
    this.sampled[i] = sampled ? 1 : 0;
  }

  #grow(): boolean {
    if (this.count >= MAX_ENTRIES) return false;
    const grown = <T extends Float32Array | Float64Array | Int32Array | Uint8Array>(old: T): T => {
      const next = new (old.constructor as new (length: number) => T)(old.length * 2);
      next.set(old);
      return next;
    };
    this.conversation = grown(this.conversation);
    this.time = grown(this.time);
    this.bytes = grown(this.bytes);
    this.synPackets = grown(this.synPackets);
    this.sampled = grown(this.sampled);
    return true;
  }
}
