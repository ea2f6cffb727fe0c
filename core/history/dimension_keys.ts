import type { FlowColumns } from "../flow/columns.ts";
import { PRESENCE_WORDS, presenceBit, type StoredFieldName } from "../flow/schema.ts";
import { servicePort } from "../flow/service_port.ts";
import { type Dimension, KEY_FIELDS } from "../flow/rollup_schema.ts";

const ADDRESSES: ReadonlySet<string> = new Set(["exporter", "src_addr", "dst_addr"]);

/** Words of a field in a value. */
export function keyWords(field: string): number {
  return ADDRESSES.has(field) ? 4 : 1;
}

/** Words of a value: which of its fields are known, a bit each, then those of each field. */
export function keyStride(dimension: Dimension): number {
  return KEY_FIELDS[dimension].reduce((sum: number, field) => sum + keyWords(field), 1);
}

/** Writes the value that the row at a slot has of a dimension. */
export type WriteKey = (slot: number, key: Uint32Array) => void;

/**
 * What writes the values of a dimension.
 *
 * @param dimension which
 * @param columns of the rows
 * @param namedPorts 1 where a port has a name, by port
 */
export function keyWriter(
  dimension: Dimension,
  columns: FlowColumns,
  namedPorts: Uint8Array,
): WriteKey {
  switch (dimension) {
    case "in_if":
    case "out_if":
      return interfaceWriter(columns, dimension);
    case "protocol":
      return protocolWriter(columns);
    case "service":
      return serviceWriter(columns, namedPorts);
    default:
      return addressWriter(columns, dimension);
  }
}

function addressWriter(
  columns: FlowColumns,
  field: "exporter" | "src_addr" | "dst_addr",
): WriteKey {
  const column = columns[field];
  const has = knows(columns, field);
  return (slot, key) => {
    if (has(slot)) {
      key[0] = 1;
      for (let word = 0; word < 4; word++) key[1 + word] = column[4 * slot + word];
    } else key.fill(0);
  };
}

function interfaceWriter(columns: FlowColumns, field: "in_if" | "out_if"): WriteKey {
  const writeExporter = addressWriter(columns, "exporter");
  const column = columns[field];
  const has = knows(columns, field);
  return (slot, key) => {
    writeExporter(slot, key);
    const known = has(slot);
    key[0] |= known ? 2 : 0;
    key[5] = known ? column[slot] : 0;
  };
}

function protocolWriter(columns: FlowColumns): WriteKey {
  const { protocol } = columns;
  const has = knows(columns, "protocol");
  return (slot, key) => {
    const known = has(slot);
    key[0] = known ? 1 : 0;
    key[1] = known ? protocol[slot] : 0;
  };
}

function serviceWriter(columns: FlowColumns, namedPorts: Uint8Array): WriteKey {
  const { protocol, src_port, dst_port } = columns;
  const hasProtocol = knows(columns, "protocol");
  const hasSource = knows(columns, "src_port");
  const hasTarget = knows(columns, "dst_port");
  return (slot, key) => {
    if (!hasProtocol(slot)) return void key.fill(0);
    key[0] = 3;
    key[1] = protocol[slot];
    key[2] = servicePort({
      protocol: protocol[slot],
      source: hasSource(slot) ? src_port[slot] : 0,
      target: hasTarget(slot) ? dst_port[slot] : 0,
    }, namedPorts);
  };
}

/** Whether the row at a slot has a field. */
export function knows(
  { presence }: Pick<FlowColumns, "presence">,
  field: StoredFieldName,
): (slot: number) => boolean {
  const bit = presenceBit(field);
  const [word, mask] = [bit >> 5, 1 << (bit & 31)];
  return (slot) => (presence[slot * PRESENCE_WORDS + word] & mask) !== 0;
}
