import { Dictionary } from "../flow/dictionary.ts";
import { InterfaceNames } from "../flow/interface_names.ts";
import { FlowRing } from "../flow/ring.ts";
import type { RingIdentity } from "../flow/ring_identity.ts";
import type { Texts } from "../flow/texts.ts";

/** The memory of one collector as the query worker is handed it. */
export interface SourceMemory extends RingIdentity {
  readonly ring: SharedArrayBuffer;
  readonly dictionary: SharedArrayBuffer;
  /** Names that exporters gave their interfaces; left out where nobody learns any. */
  readonly interfaceNames?: SharedArrayBuffer;
}

/** What rows of a block stand for that their columns do not say. */
export interface RowOrigin {
  readonly capability: string;
  /** Of the ids in their columns of strings. */
  readonly dictionary: Texts;
}

/** Where flows are read from: the ring of one collector, running or stopped. */
export interface FlowSource extends RingIdentity, RowOrigin {
  readonly ring: FlowRing;
  readonly dictionary: Dictionary;
  readonly interfaceNames?: InterfaceNames;
}

/** Opens the memory of a collector for reading. */
export function openSource(memory: SourceMemory): FlowSource {
  const { capability, port, epoch, ring, dictionary, interfaceNames } = memory;
  return {
    capability,
    port,
    epoch,
    ring: new FlowRing(ring),
    dictionary: new Dictionary(dictionary),
    interfaceNames: interfaceNames && new InterfaceNames(interfaceNames),
  };
}
