import { parseAddress } from "../flow/address.ts";
import { Dictionary } from "../flow/dictionary.ts";
import { INTERFACE_TABLE, type InterfaceSample } from "../flow/interface_schema.ts";
import { readRow } from "../flow/record_reader.ts";
import { RingReader } from "../flow/ring_reader.ts";
import { TableRing } from "../flow/table_ring.ts";
import { interfaceRates } from "../query/interface_rates.ts";
import type { TimeWindow } from "../query/scan.ts";

/** What an interface says it carried between the first and the last sample of a window. */
export interface InterfaceTraffic {
  readonly if_index: number;
  /** Arrival of the two samples, Unix milliseconds. */
  readonly from_ms: number;
  readonly to_ms: number;
  readonly in_octets: number | null;
  readonly out_octets: number | null;
}

/** Interfaces of one device that are looked at. */
const MAX_INTERFACES = 512;
const FIELDS = INTERFACE_TABLE.stored.map(({ name }) => name);

/**
 * What the interfaces of a device counted themselves.
 *
 * @param memory ring of INTERFACE_TABLE and dictionary of a collector
 * @param options `address` of the device, `window` of arrivals
 */
export function interfaceTraffic(
  memory: { readonly interfaces: SharedArrayBuffer; readonly dictionary: SharedArrayBuffer },
  { address, window }: { address: string; window: TimeWindow },
): InterfaceTraffic[] {
  const ring = new TableRing(INTERFACE_TABLE, memory.interfaces);
  if (ring.committed === 0) return [];
  const dictionary = new Dictionary(memory.dictionary);
  const words = new Uint32Array(4);
  if (!parseAddress(address, words)) return [];
  const ends = new Map<number, { first: number; last: number }>();
  const look = new RingReader(ring, { fields: ["exporter", "received_at", "if_index"] });
  for (let row = ring.oldest; row < ring.committed;) {
    const { start, end, firstRow } = look.read(row);
    if (end === start) break;
    const { exporter, received_at, if_index } = look.block;
    for (let slot = start; slot < end; slot++) {
      if (words.some((word, w) => exporter[slot * 4 + w] !== word)) continue;
      const at = received_at[slot];
      if (at < window.fromMs || (at >= window.toMs && !window.untilNow)) continue;
      const known = ends.get(if_index[slot]);
      const number = firstRow + slot - start;
      if (known !== undefined) known.last = number;
      else if (ends.size < MAX_INTERFACES) {
        ends.set(if_index[slot], { first: number, last: number });
      }
    }
    row = firstRow + end - start;
  }
  const whole = new RingReader(ring, { fields: FIELDS, blockRows: 1 });
  const sample = (row: number): InterfaceSample | null => {
    const { start, end } = whole.read(row, row + 1);
    return end === start
      ? null
      : readRow(INTERFACE_TABLE, whole.block, { slot: start, dictionary });
  };
  return [...ends].flatMap(([if_index, { first, last }]) => {
    const [before, after] = [sample(first), sample(last)];
    if (before === null || after === null || first === last) return [];
    const rates = interfaceRates(before, after);
    if (rates.kind !== "rates") return [];
    const octets = (rate: number | null) => rate === null ? null : rate * rates.seconds;
    return {
      if_index,
      from_ms: Date.parse(before.received_at!),
      to_ms: Date.parse(after.received_at!),
      in_octets: octets(rates.per_second.in_octets),
      out_octets: octets(rates.per_second.out_octets),
    };
  });
}
