import { parseAddress } from "../../core/flow/address.ts";
import { Dictionary } from "../../core/flow/dictionary.ts";
import { FlowRing } from "../../core/flow/ring.ts";
import type { RingIdentity } from "../../core/flow/ring_identity.ts";
import { RingWriter } from "../../core/flow/ring_writer.ts";
import {
  findField,
  PRESENCE_WORDS,
  presenceBit,
  type StoredFieldName,
} from "../../core/flow/schema.ts";
import { type FlowSource, openSource, type SourceMemory } from "../../core/query/flow_source.ts";

/** A row as a test writes it: addresses, strings and enums as text, times in Unix milliseconds. */
export type FixtureRow = Partial<Record<StoredFieldName, string | number>>;

/** The ring of a collector that a test fills by hand. */
export class FlowFixture {
  readonly memory: SourceMemory;
  readonly source: FlowSource;
  readonly #dictionary: Dictionary;
  readonly #writer: RingWriter;

  /** @param options `capacity` in rows (default and least 1024), and the ring's identity */
  constructor(
    { capacity = 1024, capability = "netflow_udp", port = 2055, epoch = 1 }:
      & { capacity?: number }
      & Partial<RingIdentity> = {},
  ) {
    this.memory = {
      capability,
      port,
      epoch,
      ring: FlowRing.allocate(capacity),
      dictionary: Dictionary.allocate(),
    };
    this.source = openSource(this.memory);
    // A writer of its own, as the collector's thread has.
    this.#dictionary = new Dictionary(this.memory.dictionary);
    this.#writer = new RingWriter(this.source.ring);
  }

  /**
   * Writes rows.
   *
   * @param rows what is left out is unknown, but for `sampling_source`, which is "assumed", and
   *   `received_at`, which is 0
   */
  add(...rows: readonly FixtureRow[]): void {
    const { columns, mask } = this.#writer;
    for (const row of rows) {
      const slot = this.#writer.reserve(1) & mask;
      const presence = new Uint32Array(PRESENCE_WORDS);
      const whole: FixtureRow = { sampling_source: "assumed", received_at: 0, ...row };
      for (const [field, value] of Object.entries(whole)) {
        const name = field as StoredFieldName;
        this.#write(name, value, slot);
        const bit = presenceBit(name);
        presence[bit >> 5] |= 1 << (bit & 31);
      }
      columns.presence.set(presence, slot * PRESENCE_WORDS);
      this.#writer.commit(1);
    }
  }

  #write(name: StoredFieldName, value: string | number, slot: number): void {
    const column = this.#writer.columns[name];
    const { storage, values } = findField(name)!;
    if (storage === "address") {
      if (!parseAddress(String(value), column as Uint32Array, slot * 4)) {
        throw new TypeError(`${name}: ${value} is not an address`);
      }
    } else if (storage === "string") {
      column[slot] = this.#dictionary.intern(String(value));
    } else if (storage === "enum") {
      column[slot] = values!.indexOf(String(value));
    } else if (name === "received_at") {
      column[slot] = this.#writer.receivedAt(Number(value));
    } else {
      column[slot] = Number(value);
    }
  }
}
