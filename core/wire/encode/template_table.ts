import { isIpv4, parseAddress } from "../../flow/address.ts";
import type { SampleFlow } from "./scenario.ts";

/** What the value of a field is worked out from. */
export interface RecordSource {
  readonly flow: SampleFlow;
  /** Words of the flow's two addresses. */
  readonly source: Uint32Array;
  readonly destination: Uint32Array;
  /** When the exporter started, Unix milliseconds. */
  readonly bootMs: number;
}

/** One field of the templates that an encoder announces. */
export interface EncodedField {
  /** Element or field type. */
  readonly id: number;
  /** Octets: up to 8 for a number, 4 a word for an address. */
  readonly length: number;
  readonly value: (from: RecordSource) => number | Uint32Array;
}

/** A template for flows of one address family. */
export interface EncodedTemplate {
  /** 256 to 65,535. */
  readonly id: number;
  readonly fields: readonly EncodedField[];
}

/** An options template that announces a sampling rate, and its data. */
export interface EncodedOptions {
  readonly id: number;
  /** What the options are about. */
  readonly scope: readonly EncodedOption[];
  readonly fields: readonly EncodedOption[];
}

/** One field of options data. */
export interface EncodedOption {
  readonly id: number;
  readonly length: number;
  readonly value: (announced: { samplingRate: number; domain: number }) => number;
}

/** sourceIPv4Address and destinationIPv4Address, the same in NetFlow v9. */
export const IPV4_ADDRESSES: readonly EncodedField[] = [
  { id: 8, length: 4, value: ({ source }) => source.subarray(3) },
  { id: 12, length: 4, value: ({ destination }) => destination.subarray(3) },
];
/** sourceIPv6Address and destinationIPv6Address, the same in NetFlow v9. */
export const IPV6_ADDRESSES: readonly EncodedField[] = [
  { id: 27, length: 16, value: ({ source }) => source },
  { id: 28, length: 16, value: ({ destination }) => destination },
];

/** Interfaces that made-up flows come in by and leave by. */
export const SAMPLE_INTERFACES = { in: 1, out: 2 } as const;

/**
 * What fields are worked out from.
 *
 * @param flow with two addresses that can be read
 * @param bootMs when the exporter started
 */
export function recordSource(flow: SampleFlow, bootMs: number): RecordSource {
  return { flow, source: words(flow.src_addr), destination: words(flow.dst_addr), bootMs };
}

/** Whether both addresses are IPv4. */
export function isIpv4Flow({ source, destination }: RecordSource): boolean {
  return isIpv4(source) && isIpv4(destination);
}

function words(text: string): Uint32Array {
  const out = new Uint32Array(4);
  if (!parseAddress(text, out)) throw new RangeError(`"${text}" is no IP address`);
  return out;
}
