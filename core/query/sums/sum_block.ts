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

  /** Whether there is no room for more. */
  get full(): boolean {
    return this.rows === BLOCK_ROWS;
  }

  /** Adds a row of sums. */
  add({ columns: from }: SumRows, row: number): void {
    const slot = this.rows++;
    const { columns: to } = this;
    const sources = from as unknown as Readonly<Record<string, Float64Array | Uint32Array>>;
    const targets = to as unknown as Readonly<Record<string, Float64Array | Uint32Array>>;
    to.presence.fill(0, slot * PRESENCE_WORDS, (slot + 1) * PRESENCE_WORDS);
    to.received_at[slot] = from.received_at[row];
    to.flows[slot] = from.flows[row];
    for (const copied of this.#copied) {
      if ((from.presence[row] >>> copied.fromBit & 1) === 0) continue;
      const { words } = copied;
      const [source, target] = [sources[copied.from], targets[copied.to]];
      for (let w = 0; w < words; w++) target[slot * words + w] = source[row * words + w];
      to.presence[slot * PRESENCE_WORDS + (copied.toBit >> 5)] |= 1 << (copied.toBit & 31);
    }
  }
}
