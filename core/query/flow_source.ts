import { Dictionary } from "../flow/dictionary.ts";
import { InterfaceNames } from "../flow/interface_names.ts";
import { FlowRing } from "../flow/ring.ts";

/** The memory of one collector as the query worker is handed it. */
export interface SourceMemory {
  readonly capability: string;
  readonly ring: SharedArrayBuffer;
  readonly dictionary: SharedArrayBuffer;
  /** Names that exporters gave their interfaces; left out where nobody learns any. */
  readonly interfaceNames?: SharedArrayBuffer;
}

/** Where flows are read from: the ring of one collector, running or stopped. */
export interface FlowSource {
  readonly capability: string;
  readonly ring: FlowRing;
  readonly dictionary: Dictionary;
  readonly interfaceNames?: InterfaceNames;
}

/** Opens the memory of a collector for reading. */
export function openSource(memory: SourceMemory): FlowSource {
  return {
    capability: memory.capability,
    ring: new FlowRing(memory.ring),
    dictionary: new Dictionary(memory.dictionary),
    interfaceNames: memory.interfaceNames && new InterfaceNames(memory.interfaceNames),
  };
}
