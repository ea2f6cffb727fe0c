import { MAX_SAMPLING_RATE } from "../plan/compile_plan.ts";
import { VARIABLE_LENGTH } from "../plan/wire_field.ts";
import type { ExporterFacts } from "./exporter_facts.ts";
import { applicationKey } from "./lookups.ts";
import { V9_SCOPE_PEN } from "./parse_templates.ts";
import { minimumLength, type TemplateRecord } from "./template.ts";
import type { TextCache } from "./text_cache.ts";

/** v9 scope type 2: an interface (RFC 3954 §6.1). */
const SCOPE_INTERFACE = 2;

/** Numbers of one options record by element id; texts as dictionary ids. */
interface OptionsRecord {
  readonly numbers: Map<number, number>;
  readonly texts: Map<number, number>;
  /** Element 95 as engine and selector. */
  application: number;
}

/** Elements of an options record that are worth reading. */
const NUMBERS: ReadonlySet<number> = new Set([
  10,
  14,
  34,
  35,
  48,
  49,
  50,
  160,
  302,
  304,
  305,
  306,
  309,
  310,
]);
const TEXTS: ReadonlySet<number> = new Set([82, 83, 96]);
const APPLICATION = 95;
/** The last of IANA's "PSAMP Parameters"; NetFlow has 1 (deterministic) and 2 (random) alone. */
const MAX_ALGORITHM = 9;

/** What the records of an options set came to. */
export interface OptionsResult {
  records: number;
  /** Rates that cannot be one. */
  implausible: number;
}

/**
 * Takes in the options data of a set: sampling, interface names, application names, start time.
 *
 * @param template its options template
 * @param where the `view` and the octets `from` and `to` of the records
 * @param into the exporter's `facts`, and the `texts` of the collector
 */
export function learnOptions(
  template: TemplateRecord,
  { view, from, to }: { view: DataView; from: number; to: number },
  { facts, texts }: { facts: ExporterFacts; texts: TextCache },
): OptionsResult {
  const result = { records: 0, implausible: 0 };
  const least = minimumLength(template.fields);
  let at = from;
  while (at + least <= to) {
    const record: OptionsRecord = { numbers: new Map(), texts: new Map(), application: -1 };
    const end = readRecord(template, { view, at, to }, { record, texts });
    if (end < 0) break;
    at = end;
    result.records++;
    if (!apply(record, facts)) result.implausible++;
  }
  return result;
}

function readRecord(
  { fields }: TemplateRecord,
  { view, at, to }: { view: DataView; at: number; to: number },
  { record, texts }: { record: OptionsRecord; texts: TextCache },
): number {
  for (const { pen, id, length: announced } of fields) {
    let length = announced;
    if (announced === VARIABLE_LENGTH) {
      if (at >= to) return -1;
      length = view.getUint8(at++);
      if (length === 255) {
        if (at + 2 > to) return -1;
        length = view.getUint16(at);
        at += 2;
      }
    }
    if (at + length > to) return -1;
    // A v9 scope of an interface carries what element 10 would.
    const element = pen === V9_SCOPE_PEN ? (id === SCOPE_INTERFACE ? 10 : -1) : pen === 0 ? id : -1;
    if (NUMBERS.has(element) && length >= 1 && length <= 8) {
      record.numbers.set(element, readUnsigned(view, at, length));
    } else if (TEXTS.has(element)) {
      const text = texts.id(view, at, length);
      if (text >= 0) record.texts.set(element, text);
    } else if (element === APPLICATION && length >= 2 && length <= 8) {
      record.application = applicationKey(
        view.getUint8(at),
        readUnsigned(view, at + 1, length - 1),
      );
    }
    at += length;
  }
  return at;
}

/** @returns false when the record announces a rate that cannot be one */
function apply({ numbers, texts, application }: OptionsRecord, facts: ExporterFacts): boolean {
  const ifIndex = numbers.get(10) ?? numbers.get(14);
  const name = texts.get(82) ?? texts.get(83);
  if (ifIndex !== undefined && name !== undefined) facts.learnInterface(ifIndex, name);
  const applicationName = texts.get(96);
  if (application >= 0 && applicationName !== undefined) {
    facts.learnApplication(application, applicationName);
  }
  const boot = numbers.get(160);
  if (boot !== undefined && boot > 0) facts.bootMs = boot;
  const rate = samplingRate(numbers);
  if (rate === null) return true;
  // What has no algorithm that exists is no sampler: FortiGate, by a misread template.
  const algorithm = numbers.get(304) ?? numbers.get(49) ?? numbers.get(35) ?? 0;
  if (algorithm > MAX_ALGORITHM || rate > MAX_SAMPLING_RATE || (rate > 0 && rate < 1)) return false;
  facts.learnSampler(numbers.get(302) ?? numbers.get(48) ?? -1, rate);
  return true;
}

/** One in this many, 0 where it is said not to be known, null where it is not spoken of. */
function samplingRate(numbers: ReadonlyMap<number, number>): number | null {
  const interval = numbers.get(305);
  if (interval !== undefined) {
    const space = numbers.get(306) ?? 0;
    // Interval 0 would divide by nothing; packets seen without a space are all packets.
    return interval === 0 ? 0 : (interval + space) / interval;
  }
  const size = numbers.get(309);
  const population = numbers.get(310);
  if (size !== undefined && population !== undefined) return size === 0 ? 0 : population / size;
  return numbers.get(50) ?? numbers.get(34) ?? null;
}

function readUnsigned(view: DataView, at: number, length: number): number {
  let value = 0;
  for (let i = 0; i < length; i++) value = value * 256 + view.getUint8(at + i);
  return value;
}
