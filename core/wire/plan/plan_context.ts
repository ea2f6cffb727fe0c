import type { FlowColumns } from "../../flow/columns.ts";
import type { FirstHeader } from "../packet/sampled_packet.ts";
import type { FlowTotals } from "./flow_totals.ts";

/** What rows look up while they are written; ids are those of the collector's dictionary. */
export interface RecordLookups {
  /** Rate of one of the exporter's samplers, one in this many; 0 for not known. */
  samplerRate(id: number): number;
  /** Rate announced for an interface that a record names, -1 for none; 0 for not known. */
  interfaceRate(inIf: number, outIf: number): number;
  /** Id of the name of an interface, or -1. */
  interfaceName(ifIndex: number): number;
  /** Id of the text in `length` octets at `offset`, or -1 when nothing of it is left. */
  text(view: DataView, offset: number, length: number): number;
  /** Id of the name of a VRF, or of its number as text. */
  vrf(value: number): number;
  /** Id of the name of an application id (RFC 6759 §4) of `length` octets at `offset`, or -1. */
  application(view: DataView, offset: number, length: number): number;
  /** Id of the name of an event, -1 where the record is ordinary traffic. */
  event(kind: EventKind, value: number): number;
  /**
   * Fills what a row does not know from the headers of its packet, whose octets lie in [from, to).
   *
   * @returns the packet's octets of layer 3, -1 for not known
   */
  packet(
    view: DataView,
    from: number,
    to: number,
    first: FirstHeader,
    columns: FlowColumns,
    slot: number,
  ): number;
  /** Id of one of flow-agent's own words, or -1 where the dictionary is full. */
  word(text: string): number;
}

/** Numbers that stand for an event, or for the reason of one. */
export type EventKind = "firewall_event" | "firewall_reason" | "nat_event";

/** What the datagram around the records says; one object is reused for all datagrams. */
export interface PlanContext {
  /** Arrival, Unix milliseconds, as `RingWriter.receivedAt` gave it. */
  receivedAt: number;
  /** Index of the export format. */
  exportFormat: number;
  /** Exporter's address words, or null. */
  exporter: Uint32Array | null;
  /** Observation domain, or -1. */
  domain: number;
  /** Uptime in the header, ms; -1 where the format has none. */
  uptimeMs: number;
  /** Export time in the header, Unix milliseconds; 0 where the exporter has no clock. */
  exportMs: number;
  /** When the exporter started, Unix milliseconds, as it said in options; 0 for not known. */
  bootMs: number;
  /** One in this many; 0 for not known. */
  samplingRate: number;
  /** Index of the sampling source. */
  samplingSource: number;
  /** Whether that rate was announced for the template of the records. */
  ofTemplate: boolean;
  /** Whether there are rates of interfaces to look up. */
  interfaceRates: boolean;
  /** Whether there are names of interfaces to look up. */
  interfaceNames: boolean;
  /** Absent where records need no looking up. */
  lookups: RecordLookups | null;
  /** Absent where totals are written as they are. */
  totals: FlowTotals | null;
  /** Out: octets from the start of the view to behind the last whole record. */
  next: number;
  /** Out: records read; one may give no row, or two. */
  records: number;
  /** Out: sampling rates in records that cannot be one, added up. */
  implausibleRates: number;
}

/** A context before its first datagram. */
export function emptyPlanContext(exportFormat: number, samplingSource: number): PlanContext {
  return {
    receivedAt: 0,
    exportFormat,
    exporter: null,
    domain: -1,
    uptimeMs: -1,
    exportMs: 0,
    bootMs: 0,
    samplingRate: 0,
    samplingSource,
    ofTemplate: false,
    interfaceRates: false,
    interfaceNames: false,
    lookups: null,
    totals: null,
    next: 0,
    records: 0,
    implausibleRates: 0,
  };
}
