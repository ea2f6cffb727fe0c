import type { FlowColumns } from "../../flow/columns.ts";
import { type Dimension, KEY_FIELDS, ROLLUP_TABLE } from "../../flow/rollup_schema.ts";
import { PRESENCE_WORDS, presenceBit, type StoredFieldName } from "../../flow/schema.ts";
import type { SumField, SumRows } from "./traffic_sums.ts";

/** Rows that a block has room for. */
const BLOCK_ROWS = 4096;

/** Where the flow schema has what sums say. The port of a service is that of the side that serves. */
const FLOW_FIELDS: Readonly<Record<string, StoredFieldName>> = { service_port: "dst_port" };

interface Copied {
  readonly from: SumField;
  readonly to: StoredFieldName;
  readonly words: number;
  /** Presence bits. */
  readonly fromBit: number;
  readonly toBit: number;
}

/** Rows of sums as a block of flows has them, so that filters and terms compiled for flows read them. */
export class SumBlock {
  /** The columns of a dimension's key, `bytes`, `packets` and `received_at`; `flows` beside them. */
  readonly columns: FlowColumns & { readonly flows: Float64Array };
  /** Rows so far. */
  rows = 0;
  readonly #copied: readonly Copied[];
  #lastPresence = 0;
  readonly #lastBits = new Uint32Array(PRESENCE_WORDS);

  /** @param dimension whose rows it takes */
  constructor(dimension: Dimension) {
    const numbers = () => new Float64Array(BLOCK_ROWS);
    const words = () => new Uint32Array(BLOCK_ROWS);
    const addresses = () => new Uint32Array(4 * BLOCK_ROWS);
    const columns = {
      presence: new Uint32Array(PRESENCE_WORDS * BLOCK_ROWS),
      received_at: numbers(),
      exporter: addresses(),
      src_addr: addresses(),
      dst_addr: addresses(),
      in_if: words(),
      out_if: words(),
      protocol: words(),
      src_port: words(),
      dst_port: words(),
      bytes: numbers(),
      packets: numbers(),
      flows: numbers(),
    };
    // Nothing reads a column that is not named here: sums answer no such question.
    this.columns = columns as unknown as FlowColumns & { readonly flows: Float64Array };
    this.#copied = [...KEY_FIELDS[dimension], "bytes" as const, "packets" as const].map((from) => {
      const to = FLOW_FIELDS[from] ?? from as StoredFieldName;
      const column = columns[to as "bytes"];
      const [fromBit, toBit] = [ROLLUP_TABLE.presenceBit(from), presenceBit(to)];
      return { from, to, words: column.length / BLOCK_ROWS, fromBit, toBit };
    });
  }

  /**
   * Adds rows of sums, as many as there is room for.
   *
   * @param sums of its dimension from row `start` to `end`
   * @returns the first that found no room; `end` when all did
   */
  add({ columns: from }: SumRows, start: number, end: number): number {
    const slot = this.rows;
    const stop = Math.min(end, start + BLOCK_ROWS - slot);
    const { columns: to } = this;
    const sources = from as unknown as Readonly<Record<string, Float64Array | Uint32Array>>;
    const targets = to as unknown as Readonly<Record<string, Float64Array | Uint32Array>>;
    to.received_at.set(from.received_at.subarray(start, stop), slot);
    to.flows.set(from.flows.subarray(start, stop), slot);
    for (const { from: source, to: target, words } of this.#copied) {
      targets[target].set(sources[source].subarray(start * words, stop * words), slot * words);
    }
    for (let row = start, at = slot * PRESENCE_WORDS; row < stop; row++, at += PRESENCE_WORDS) {
      const bits = this.#flowBits(from.presence[row]);
      for (let word = 0; word < PRESENCE_WORDS; word++) to.presence[at + word] = bits[word];
    }
    this.rows += stop - start;
    return stop;
  }

  /** Presence bits as flows have them; nearly all rows have the same. */
  #flowBits(presence: number): Uint32Array {
    if (presence !== this.#lastPresence) {
      this.#lastPresence = presence;
      this.#lastBits.fill(0);
      for (const { fromBit, toBit } of this.#copied) {
        if ((presence >>> fromBit & 1) === 1) this.#lastBits[toBit >> 5] |= 1 << (toBit & 31);
      }
    }
    return this.#lastBits;
  }
}
