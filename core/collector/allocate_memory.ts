import { ExporterTable } from "../exporter/exporter_table.ts";
import { Dictionary } from "../flow/dictionary.ts";
import { DEVICE_COUNTER_TABLE, INTERFACE_TABLE } from "../flow/interface_schema.ts";
import { InterfaceNames } from "../flow/interface_names.ts";
import { FlowRing } from "../flow/ring.ts";
import { allocateRing } from "../flow/table_ring.ts";
import { ControlBlock } from "./control_block.ts";
import type { CollectorMemory } from "./messages.ts";
import { StrangerTable } from "./stranger_table.ts";

/** Interface samples and device counters kept: of 100 interfaces every 20 s some three hours. */
const COUNTER_ROWS = 65_536;

/**
 * Makes the shared memory of a collector. The system gives its pages only as they are written.
 *
 * @param capacity flows to keep
 */
export function allocateMemory(capacity: number): CollectorMemory {
  return {
    control: ControlBlock.allocate(),
    ring: FlowRing.allocate(capacity),
    dictionary: Dictionary.allocate(),
    interfaceNames: InterfaceNames.allocate(),
    exporters: ExporterTable.allocate(),
    strangers: StrangerTable.allocate(),
    interfaces: allocateRing(INTERFACE_TABLE, COUNTER_ROWS),
    deviceCounters: allocateRing(DEVICE_COUNTER_TABLE, COUNTER_ROWS),
  };
}
