import { type RecordOf, Table, type TableField } from "./table.ts";

const DOMAIN = "observation domain; of sFlow the sub-agent";
const NOT_SENT = "not sent, or the device said that it does not know";

/** A counter as devices keep it: from their start on, with wrap. */
function counter<const N extends string>(
  name: N,
  { bits, unit, description }: { bits: 32 | 64; unit: string; description: string },
) {
  return { name, storage: "f64", counterBits: bits, unit, description, absence: NOT_SENT } as const;
}

// deno-fmt-ignore: one row a field reads as the table it is.
/**
 * What a device says of one interface at one moment: state, and counters since its start. Names are
 * those of IF-MIB (RFC 2863) and, for Ethernet, EtherLike-MIB (RFC 3635) in plain words. Counters
 * are as the device keeps them: `interfaceRates` makes rates of two samples.
 */
export const INTERFACE_FIELDS = [
  { name: "exporter", storage: "address", unit: "", description: "address of the device", absence: "the source is not known" },
  { name: "observation_domain", storage: "u32", unit: "", description: DOMAIN, absence: "the format has none" },
  { name: "received_at", storage: "time", unit: "ms", description: "when the collector received the datagram; never decreases within a collector", absence: "only in decode, of a file that does not say" },
  { name: "uptime_ms", storage: "u32", unit: "ms", description: "how long the device had been running; wraps after 49.7 days", absence: "not sent" },
  { name: "sequence", storage: "u32", unit: "", description: "number of the sample among those of its source", absence: "not sent" },
  { name: "if_index", storage: "u32", unit: "", description: "ifIndex of the interface", absence: "not sent" },
  { name: "if_name", storage: "string", unit: "", description: "name of the interface", absence: "not learnt" },
  { name: "if_type", storage: "u32", unit: "", description: "kind of interface (IANAifType; 6 is Ethernet)", absence: "not sent" },
  { name: "speed_bps", storage: "f64", zeroIsUnknown: true, unit: "bits/s", description: "what the interface can carry in one direction", absence: "not sent, or 0" },
  { name: "duplex", storage: "enum", values: ["full", "half", "in", "out"], unit: "", description: "whether both directions have the whole speed, share it, or only one exists", absence: "not known to the device" },
  { name: "admin_status", storage: "enum", values: ["down", "up"], unit: "", description: "what the interface is meant to be", absence: "not sent" },
  { name: "oper_status", storage: "enum", values: ["down", "up"], unit: "", description: "what the interface is", absence: "not sent" },
  { name: "promiscuous", storage: "enum", values: ["no", "yes"], unit: "", description: "whether it takes in what is not for it", absence: NOT_SENT },
  counter("in_octets", { bits: 64, unit: "octets", description: "octets received, framing included" }),
  counter("in_unicast_packets", { bits: 32, unit: "packets", description: "unicast packets received" }),
  counter("in_multicast_packets", { bits: 32, unit: "packets", description: "multicast packets received" }),
  counter("in_broadcast_packets", { bits: 32, unit: "packets", description: "broadcast packets received" }),
  counter("in_discards", { bits: 32, unit: "packets", description: "good packets received and discarded" }),
  counter("in_errors", { bits: 32, unit: "packets", description: "packets received with errors" }),
  counter("in_unknown_protocols", { bits: 32, unit: "packets", description: "packets received of a protocol that the device does not know" }),
  counter("out_octets", { bits: 64, unit: "octets", description: "octets sent, framing included" }),
  counter("out_unicast_packets", { bits: 32, unit: "packets", description: "unicast packets sent" }),
  counter("out_multicast_packets", { bits: 32, unit: "packets", description: "multicast packets sent" }),
  counter("out_broadcast_packets", { bits: 32, unit: "packets", description: "broadcast packets sent" }),
  counter("out_discards", { bits: 32, unit: "packets", description: "good packets that were to be sent and were discarded" }),
  counter("out_errors", { bits: 32, unit: "packets", description: "packets that could not be sent because of errors" }),
  counter("alignment_errors", { bits: 32, unit: "frames", description: "frames received that were no whole number of octets" }),
  counter("fcs_errors", { bits: 32, unit: "frames", description: "frames received with a wrong check sequence" }),
  counter("single_collision_frames", { bits: 32, unit: "frames", description: "frames sent after one collision" }),
  counter("multiple_collision_frames", { bits: 32, unit: "frames", description: "frames sent after more than one collision" }),
  counter("sqe_test_errors", { bits: 32, unit: "", description: "SQE test errors" }),
  counter("deferred_transmissions", { bits: 32, unit: "frames", description: "frames whose sending was put off because the medium was busy" }),
  counter("late_collisions", { bits: 32, unit: "", description: "collisions late in a frame: a duplex mismatch, mostly" }),
  counter("excessive_collisions", { bits: 32, unit: "frames", description: "frames given up after too many collisions" }),
  counter("internal_mac_transmit_errors", { bits: 32, unit: "frames", description: "frames that the MAC layer failed to send" }),
  counter("carrier_sense_errors", { bits: 32, unit: "", description: "times that the carrier was lost or never there" }),
  counter("frame_too_longs", { bits: 32, unit: "frames", description: "frames received that were too long" }),
  counter("internal_mac_receive_errors", { bits: 32, unit: "frames", description: "frames that the MAC layer failed to receive" }),
  counter("symbol_errors", { bits: 32, unit: "", description: "invalid symbols on the medium" }),
] as const satisfies readonly TableField[];

/** A row of INTERFACE_FIELDS. */
export type InterfaceRow = (typeof INTERFACE_FIELDS)[number];

/** The table of interface samples. */
export const INTERFACE_TABLE: Table<InterfaceRow> = new Table(INTERFACE_FIELDS);

/** One sample as people and programs see it. */
export type InterfaceSample = RecordOf<InterfaceRow>;

// deno-fmt-ignore: one row a field reads as the table it is.
/**
 * Everything else that devices count, one value a row: VLANs, processors, hosts and whatever else a
 * vendor describes. Nothing is worked out from these yet, so they need names and no columns.
 */
export const DEVICE_COUNTER_FIELDS = [
  { name: "exporter", storage: "address", unit: "", description: "address of the device", absence: "the source is not known" },
  { name: "observation_domain", storage: "u32", unit: "", description: DOMAIN, absence: "the format has none" },
  { name: "received_at", storage: "time", unit: "ms", description: "when the collector received the datagram; never decreases within a collector", absence: "only in decode, of a file that does not say" },
  { name: "source_class", storage: "u8", unit: "", description: "what the counter belongs to: 0 an interface, 1 a VLAN, 2 a physical entity", absence: "not sent" },
  { name: "source_index", storage: "u32", unit: "", description: "which one of its class", absence: "not sent" },
  { name: "group", storage: "string", unit: "", description: "what is counted together, such as processor, vlan or host_cpu", absence: "the collector's dictionary is full" },
  { name: "counter", storage: "string", unit: "", description: "what is counted", absence: "the collector's dictionary is full" },
  { name: "value", storage: "f64", unit: "", description: "its value, as the device gave it", absence: NOT_SENT },
  { name: "text", storage: "string", unit: "", description: "its value where it is a name", absence: "a number" },
] as const satisfies readonly TableField[];

/** A row of DEVICE_COUNTER_FIELDS. */
export type DeviceCounterRow = (typeof DEVICE_COUNTER_FIELDS)[number];

/** The table of device counters. */
export const DEVICE_COUNTER_TABLE: Table<DeviceCounterRow> = new Table(DEVICE_COUNTER_FIELDS);
