import { hex } from "../support/hex.ts";
import type { Arrival } from "./datagram_maker.ts";

/** A sequence of datagrams that a codec did not survive as it should. */
export interface Crasher {
  /** Name of the capability. */
  readonly capability: string;
  /** What happened, for people. */
  readonly failure: string;
  readonly arrivals: readonly Arrival[];
}

const HEX_COLUMNS = 100;

/** Writes a crasher as text: a line of where and when for each datagram, then its octets in hex. */
export function writeCrasher({ capability, failure, arrivals }: Crasher): string {
  const lines = [`# ${failure.replaceAll("\n", " ").slice(0, 300)}`, `capability ${capability}`];
  for (const { datagram, source, at } of arrivals) {
    lines.push(`from ${source.address} ${source.port} at ${at}`);
    const digits = Uint8Array.from(datagram).toHex();
    lines.push(...digits.match(new RegExp(`.{1,${HEX_COLUMNS}}`, "g")) ?? []);
  }
  return lines.join("\n") + "\n";
}

/**
 * Reads what {@linkcode writeCrasher} wrote.
 *
 * @param text of the file; lines that begin with # are for people
 */
export function readCrasher(text: string): Crasher {
  let capability = "";
  const failure: string[] = [];
  const found: { from: Omit<Arrival, "datagram">; digits: string }[] = [];
  for (const line of text.split("\n")) {
    const from = /^from (\S+) (\d+) at (-?[\d.]+)$/.exec(line);
    const named = /^capability (\w+)$/.exec(line);
    if (line.startsWith("#")) failure.push(line.slice(1).trim());
    else if (named !== null) capability = named[1];
    else if (from !== null) {
      const source = { address: from[1], port: Number(from[2]) };
      found.push({ from: { source, at: Number(from[3]) }, digits: "" });
    } else if (found.length > 0) found.at(-1)!.digits += line;
    else if (line !== "") throw new TypeError(`no datagram begins before: ${line}`);
  }
  const arrivals = found.map(({ from, digits }) => ({ ...from, datagram: hex(digits) }));
  return { capability, failure: failure.join(" "), arrivals };
}
