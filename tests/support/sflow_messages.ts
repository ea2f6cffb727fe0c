import { hex } from "./hex.ts";

// sFlow datagrams as hex, after "sFlow Version 5" (sflow.org, July 2004).

/** One 32-bit word as hex. */
export const word = (value: number): string => (value >>> 0).toString(16).padStart(8, "0");
/** Several. */
export const words = (...values: number[]): string => values.map(word).join("");
/** A string or opaque data with its length and padding. */
export function opaque(octets: string): string {
  const length = octets.length / 2;
  return word(length) + octets + "00".repeat(-length & 3);
}
/** Text as XDR. */
export const text = (value: string): string => opaque(new TextEncoder().encode(value).toHex());

/** A sample or structure: number, length, contents; enterprise 0 unless said. */
export function envelope(format: number, contents: string, enterprise = 0): string {
  return word(enterprise * 4096 + format) + opaque(contents);
}

/** A datagram of IPv4 agent 192.0.2.9, sub-agent 7. */
export function sflow(
  samples: readonly string[],
  {
    sequence = 1,
    uptime = 60_000,
    agent = "00000001c0000209",
    subAgent = 7,
    count = samples.length,
  } = {},
): Uint8Array<ArrayBuffer> {
  return hex(word(5) + agent + words(subAgent, sequence, uptime, count) + samples.join(""));
}

/** Numbers of a flow sample. */
export interface SampleOptions {
  readonly sequence?: number;
  readonly source?: number;
  readonly rate?: number;
  readonly pool?: number;
  readonly drops?: number;
  readonly input?: number;
  readonly output?: number;
  readonly count?: number;
}

/** A flow sample, compact. */
export function flowSample(structures: readonly string[], options: SampleOptions = {}): string {
  const { sequence = 1, source = 3, rate = 100, pool = 100, drops = 0, input = 3, output = 4 } =
    options;
  return envelope(
    1,
    words(sequence, source, rate, pool, drops, input, output, options.count ?? structures.length) +
      structures.join(""),
  );
}

/** A counter sample, of ifIndex 3 unless said, compact. */
export const countersSample = (
  structures: readonly string[],
  { sequence = 1, source = 3 } = {},
): string => envelope(2, words(sequence, source, structures.length) + structures.join(""));

/** Ethernet, IPv4 10.0.0.1 to 10.0.0.2, TCP 40000 to 443, SYN; 1,486 octets of layer 3. */
export const TCP_PACKET = "020000000002" + "020000000001" + "0800" +
  "450005ce00004000400600000a0000010a000002" + "9c4001bb000000000000000050020000" + "00000000";

/** A sampled header. */
export function sampledHeader(
  packet: string = TCP_PACKET,
  { protocol = 1, frame = 1504, stripped = 4 } = {},
): string {
  return envelope(1, words(protocol, frame, stripped) + opaque(packet));
}
