import { formatAddress } from "../flow/address.ts";
import { type FlowColumns, isPresent } from "../flow/columns.ts";
import { protocolName } from "../flow/protocol.ts";
import { formatMac, formatTime } from "../flow/record_reader.ts";
import { findField, presenceBit, type StoredFieldName } from "../flow/schema.ts";
import type { FlowSource } from "./flow_source.ts";

/** Words that a value takes in a key, besides the one that says which parts are known. */
const WORDS: Readonly<Record<string, number>> = { address: 4, f64: 2, time: 2, mac: 2 };

/** A value as answers show it. */
export type CellValue = string | number | null;

/**
 * Writes and reads the keys of a grouping by any stored fields. The first word says which fields
 * are known, so that an unknown port is no port 0. Strings get numbers of their own here, because
 * each collector numbers its strings by itself.
 */
export class GroupKey {
  /** 32-bit words of a key. */
  readonly words: number;
  readonly #parts: { name: StoredFieldName; storage: string; bit: number; at: number }[] = [];
  readonly #strings: string[] = [];
  readonly #numberOf = new Map<string, number>();
  readonly #float = new Float64Array(1);
  readonly #floatWords = new Uint32Array(this.#float.buffer);

  /** @param fields what to group by, at most 31 */
  constructor(fields: readonly StoredFieldName[]) {
    let at = 1;
    for (const name of fields) {
      const { storage } = findField(name)!;
      this.#parts.push({ name, storage, bit: presenceBit(name), at });
      at += WORDS[storage] ?? 1;
    }
    this.words = at;
  }

  /**
   * Writes the key of a row.
   *
   * @param columns a block that has the fields and `presence`
   * @param row its `slot`, and the `source` it came from
   * @param key at least `words` long
   */
  write(
    columns: Partial<FlowColumns> & Pick<FlowColumns, "presence">,
    { slot, source }: { slot: number; source: FlowSource },
    key: Uint32Array,
  ): void {
    key.fill(0);
    this.#parts.forEach(({ name, storage, bit, at }, i) => {
      if (!isPresent(columns, { slot, bit })) return;
      key[0] |= 1 << i;
      const column = columns[name]!;
      if (storage === "address") {
        for (let w = 0; w < 4; w++) key[at + w] = column[slot * 4 + w];
      } else if (WORDS[storage] === 2) {
        this.#float[0] = column[slot];
        key.set(this.#floatWords, at);
      } else if (storage === "string") {
        key[at] = this.#number(source.dictionary.text(column[slot]) ?? "");
      } else {
        key[at] = column[slot];
      }
    });
  }

  /** The values of a key, in the order of the fields. */
  read(key: Uint32Array): CellValue[] {
    return this.#parts.map(({ name, storage, at }, i) =>
      key[0] & (1 << i) ? this.#value({ name, storage, at }, key) : null
    );
  }

  #value(
    { name, storage, at }: { name: string; storage: string; at: number },
    key: Uint32Array,
  ): CellValue {
    if (storage === "address") return formatAddress(key, at);
    if (storage === "string") return this.#strings[key[at]];
    if (storage === "enum") return findField(name)!.values![key[at]];
    if (WORDS[storage] === 2) {
      this.#floatWords.set(key.subarray(at, at + 2));
      const value = this.#float[0];
      if (storage === "time") return formatTime(value);
      return storage === "mac" ? formatMac(value) : value;
    }
    return name === "protocol" ? protocolName(key[at]) ?? key[at] : key[at];
  }

  #number(text: string): number {
    let number = this.#numberOf.get(text);
    if (number === undefined) {
      number = this.#strings.push(text) - 1;
      this.#numberOf.set(text, number);
    }
    return number;
  }
}
