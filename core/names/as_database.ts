import { sanitizeWireText } from "../flow/sanitize.ts";
import { MmdbReader, type MmdbValue } from "./mmdb_reader.ts";
import { memberOf, RecordCache } from "./record_cache.ts";

/** An autonomous system. */
interface AutonomousSystem {
  readonly number: number;
  /** "" where the database has none. */
  readonly name: string;
}

/** More systems than there are. */
const MAX_SYSTEMS = 1 << 20;

/** Autonomous systems of addresses, and their names. */
export class AsDatabase {
  readonly #records: RecordCache<AutonomousSystem>;
  /** Names by number, made of all records when first asked for. */
  #names: Map<number, string> | null = null;
  /** What systems are shown as: one text a system, since many addresses have it. */
  readonly #texts = new Map<number, string>();

  /**
   * @param bytes of an MMDB file with AS numbers
   * @throws {MmdbError} when it is none
   */
  constructor(bytes: Uint8Array) {
    this.#records = new RecordCache(new MmdbReader(bytes), systemOf);
  }

  /** Number of the system that an address belongs to; 0 for none. */
  asOf(words: Uint32Array, at = 0): number {
    return this.#records.find(words, at)?.number ?? 0;
  }

  /** Name of a system, or null. The first question reads the whole database. */
  asName(number: number): string | null {
    return (this.#names ??= this.#readNames()).get(number) ?? null;
  }

  /** `AS64500 Example`, or `AS64500` where it has no name. */
  asText(number: number): string {
    let text = this.#texts.get(number);
    if (text === undefined) {
      const name = this.asName(number);
      text = name === null ? `AS${number}` : `AS${number} ${name}`;
      // Numbers that exporters send can be any.
      if (this.#texts.size >= MAX_SYSTEMS) this.#texts.clear();
      this.#texts.set(number, text);
    }
    return text;
  }

  /**
   * Numbers of the systems whose name has a text in it, letter case aside.
   *
   * @param text in lower case
   */
  numbersOf(text: string): number[] {
    const numbers: number[] = [];
    for (const [number, name] of this.#names ??= this.#readNames()) {
      if (name.toLowerCase().includes(text)) numbers.push(number);
    }
    return numbers;
  }

  /** Words that names are made of, in lower case: to find one that was meant. */
  words(): Set<string> {
    const words = new Set<string>();
    for (const name of (this.#names ??= this.#readNames()).values()) {
      for (const word of name.toLowerCase().split(/[^\p{L}\p{N}]+/u)) {
        if (word !== "") words.add(word);
      }
    }
    return words;
  }

  #readNames(): Map<number, string> {
    const names = new Map<number, string>();
    for (const offset of this.#records.reader.records()) {
      const system = this.#records.read(offset);
      if (system !== null && system.name !== "") names.set(system.number, system.name);
      if (names.size >= MAX_SYSTEMS) break;
    }
    return names;
  }
}

function systemOf(record: MmdbValue): AutonomousSystem | null {
  // MaxMind, DB-IP and the open databases; IPinfo writes "AS15169".
  const number = memberOf(record, "autonomous_system_number") ?? memberOf(record, "asn");
  const name = memberOf(record, "autonomous_system_organization") ??
    memberOf(record, "as_name") ?? memberOf(record, "name");
  const value = typeof number === "string" ? Number(number.replace(/^AS/i, "")) : number;
  if (typeof value !== "number" || !Number.isInteger(value)) return null;
  if (value < 1 || value > 0xffff_ffff) return null;
  return { number: value, name: typeof name === "string" ? sanitizeWireText(name) : "" };
}
