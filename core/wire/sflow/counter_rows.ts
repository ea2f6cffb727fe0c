import type { TextTeller } from "../../flow/dictionary.ts";
import {
  DEVICE_COUNTER_TABLE,
  type DeviceCounterRow,
  INTERFACE_TABLE,
  type InterfaceRow,
} from "../../flow/interface_schema.ts";
import { blankRow, type RowInput } from "../../flow/row_writer.ts";
import type { CodecContext } from "../codec.ts";
import { COUNTER_STRUCTURES } from "./counter_structures.ts";

/** One counter sample as it is read: numbers by the names of sFlow's documents. */
export interface CounterReading {
  /** Agent, four words as in an address column. */
  readonly exporter: Uint32Array | null;
  /** Sub-agent id. */
  readonly observationDomain: number;
  /** Unix milliseconds. */
  readonly receivedAt: number;
  readonly uptimeMs: number;
  readonly sequence: number;
  /** Data source: class (0 ifIndex, 1 VLAN, 2 physical entity, 3 logical entity) and index. */
  readonly sourceClass: number;
  readonly sourceIndex: number;
  /** Names of the structures that it holds. */
  readonly structures: Iterable<string>;
  has(structure: string): boolean;
  /** NaN where it does not say. */
  value(structure: string, field: string): number;
  /** Null where it does not say. */
  text(structure: string, field: string): string | null;
}

const GENERIC = "if_counters";
const ETHERNET = "ethernet_counters";
/** Comes with the two in the sample of a port (sFlow OpenFlow Structures). */
const PORT_NAME = "port_name";

/** Where what counter samples say goes. */
type CounterContext =
  & Pick<CodecContext, "interfaces" | "interfaceNames" | "deviceCounters">
  & Partial<Pick<CodecContext, "dictionary">>;

/** Columns of an interface sample that are numbers. */
type NumberColumn = Extract<InterfaceRow, { storage: "u32" | "f64" }>["name"];

// deno-fmt-ignore: one row a field reads as the table it is.
/** Where the numbers of the two structures go (sFlow Version 5, section 5). */
const COLUMNS: readonly (readonly [structure: string, field: string, column: NumberColumn])[] = [
  [GENERIC, "ifIndex", "if_index"],
  [GENERIC, "ifType", "if_type"],
  [GENERIC, "ifSpeed", "speed_bps"],
  [GENERIC, "ifInOctets", "in_octets"],
  [GENERIC, "ifInUcastPkts", "in_unicast_packets"],
  [GENERIC, "ifInMulticastPkts", "in_multicast_packets"],
  [GENERIC, "ifInBroadcastPkts", "in_broadcast_packets"],
  [GENERIC, "ifInDiscards", "in_discards"],
  [GENERIC, "ifInErrors", "in_errors"],
  [GENERIC, "ifInUnknownProtos", "in_unknown_protocols"],
  [GENERIC, "ifOutOctets", "out_octets"],
  [GENERIC, "ifOutUcastPkts", "out_unicast_packets"],
  [GENERIC, "ifOutMulticastPkts", "out_multicast_packets"],
  [GENERIC, "ifOutBroadcastPkts", "out_broadcast_packets"],
  [GENERIC, "ifOutDiscards", "out_discards"],
  [GENERIC, "ifOutErrors", "out_errors"],
  [ETHERNET, "dot3StatsAlignmentErrors", "alignment_errors"],
  [ETHERNET, "dot3StatsFCSErrors", "fcs_errors"],
  [ETHERNET, "dot3StatsSingleCollisionFrames", "single_collision_frames"],
  [ETHERNET, "dot3StatsMultipleCollisionFrames", "multiple_collision_frames"],
  [ETHERNET, "dot3StatsSQETestErrors", "sqe_test_errors"],
  [ETHERNET, "dot3StatsDeferredTransmissions", "deferred_transmissions"],
  [ETHERNET, "dot3StatsLateCollisions", "late_collisions"],
  [ETHERNET, "dot3StatsExcessiveCollisions", "excessive_collisions"],
  [ETHERNET, "dot3StatsInternalMacTransmitErrors", "internal_mac_transmit_errors"],
  [ETHERNET, "dot3StatsCarrierSenseErrors", "carrier_sense_errors"],
  [ETHERNET, "dot3StatsFrameTooLongs", "frame_too_longs"],
  [ETHERNET, "dot3StatsInternalMacReceiveErrors", "internal_mac_receive_errors"],
  [ETHERNET, "dot3StatsSymbolErrors", "symbol_errors"],
];

/** Names of the fields of each structure. */
const FIELDS: ReadonlyMap<string, readonly string[]> = new Map(
  [...COUNTER_STRUCTURES.values()].map(({ name, fields }) => [name, fields.map(([name]) => name)]),
);

/** By ifDirection: 0 is unknown. */
const DUPLEX = [null, "full", "half", "in", "out"] as const;
const UP = ["down", "up"] as const;

/**
 * Keeps counter samples: those of interfaces as interface samples, every other number and text as a
 * device counter under the names of sFlow's documents.
 */
export class CounterRows {
  readonly #context: CounterContext;
  readonly #sample: RowInput<InterfaceRow> = blankRow(INTERFACE_TABLE);
  readonly #counter: RowInput<DeviceCounterRow> = blankRow(DEVICE_COUNTER_TABLE);
  /** Structures of which the dictionary has the names. */
  readonly #named = new Set<string>();

  /** @param context where rows go; nothing is done for a table that nobody wants */
  constructor(context: CounterContext) {
    this.#context = context;
  }

  /**
   * @param reading may be used again afterwards
   * @param teller `stranger` where nobody knows whether the agent is real
   */
  keep(reading: CounterReading, teller: TextTeller = "counter"): void {
    const { interfaces, interfaceNames, deviceCounters } = this.#context;
    const ofInterface = reading.has(GENERIC) || reading.has(ETHERNET);
    if ((interfaces !== undefined || interfaceNames !== undefined) && ofInterface) {
      this.#fill(reading);
      interfaces?.write(this.#sample, teller);
      this.#learnName(reading.receivedAt, teller);
    }
    if (deviceCounters === undefined) return;
    const counter = this.#counter;
    counter.exporter = reading.exporter;
    counter.observation_domain = reading.observationDomain;
    counter.received_at = reading.receivedAt;
    counter.source_class = reading.sourceClass;
    counter.source_index = reading.sourceIndex;
    for (const structure of reading.structures) {
      if (structure === GENERIC || structure === ETHERNET) continue;
      if (structure === PORT_NAME && ofInterface) continue;
      counter.group = structure;
      this.#nameWords(structure);
      for (const field of FIELDS.get(structure) ?? []) {
        counter.counter = field;
        counter.value = reading.value(structure, field);
        counter.text = reading.text(structure, field);
        if (Number.isNaN(counter.value) && counter.text === null) continue;
        deviceCounters.write(counter, teller);
      }
    }
  }

  /** The documents' own names are nobody's, and only so many: they always find room. */
  #nameWords(structure: string): void {
    if (this.#named.has(structure)) return;
    this.#named.add(structure);
    const { dictionary } = this.#context;
    for (const word of [structure, ...FIELDS.get(structure) ?? []]) dictionary?.intern(word);
  }

  #learnName(nowMs: number, teller: TextTeller): void {
    const { interfaceNames, dictionary } = this.#context;
    const { exporter, if_index: ifIndex, if_name: name } = this.#sample;
    if (interfaceNames === undefined || exporter === null || name === null) return;
    if (ifIndex === null || Number.isNaN(ifIndex)) return;
    const nameId = dictionary?.intern(name, teller) ?? -1;
    if (nameId < 0) return;
    interfaceNames.learn(exporter, ifIndex, { nameId, teller: "port_name", nowMs });
  }

  #fill(reading: CounterReading): void {
    const sample = this.#sample;
    sample.exporter = reading.exporter;
    sample.observation_domain = reading.observationDomain;
    sample.received_at = reading.receivedAt;
    sample.uptime_ms = reading.uptimeMs;
    sample.sequence = reading.sequence;
    for (const [structure, field, column] of COLUMNS) {
      sample[column] = reading.value(structure, field);
    }
    // An Ethernet structure may come without the general one: its source is the interface.
    if (!reading.has(GENERIC) && reading.sourceClass === 0) sample.if_index = reading.sourceIndex;
    sample.if_name = reading.text(PORT_NAME, "name");
    sample.duplex = DUPLEX[reading.value(GENERIC, "ifDirection")] ?? null;
    const status = reading.value(GENERIC, "ifStatus");
    sample.admin_status = Number.isNaN(status) ? null : UP[status & 1];
    sample.oper_status = Number.isNaN(status) ? null : UP[(status >> 1) & 1];
    const promiscuous = reading.value(GENERIC, "ifPromiscuousMode");
    // TruthValue of SNMPv2-TC (RFC 2579) is 1 or 2; agents write 0 as well.
    sample.promiscuous = Number.isNaN(promiscuous) ? null : promiscuous === 1 ? "yes" : "no";
  }
}
