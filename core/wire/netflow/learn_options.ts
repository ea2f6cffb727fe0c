import type { TextTeller } from "../../flow/dictionary.ts";
import { VARIABLE_LENGTH } from "../plan/wire_field.ts";
import type { ExporterFacts } from "./exporter_facts.ts";
import { announcedRate, samplerId, SAMPLING_ELEMENTS } from "./announced_rate.ts";
import { applicationKey } from "./lookups.ts";
import { V9_SCOPE_PEN } from "./parse_templates.ts";
import { minimumLength, type TemplateRecord } from "./template.ts";
import type { TextCache } from "./text_cache.ts";

/** What the scopes of v9 that are worth reading stand for (RFC 3954 §6.1), as IANA elements. */
const V9_SCOPES: ReadonlyMap<number, number> = new Map([[2, 10], [5, 145]]);

/** Numbers of one options record by element id; texts as dictionary ids. */
interface OptionsRecord {
  readonly numbers: Map<number, number>;
  readonly texts: Map<number, number>;
  /** Element 95 as engine and selector. */
  application: number;
}

/** Elements of an options record that are worth reading. */
const INGRESS_INTERFACE = 10;
const EGRESS_INTERFACE = 14;
const INTERFACE_NAME = 82;
const INTERFACE_DESCRIPTION = 83;
const APPLICATION_DESCRIPTION = 94;
const APPLICATION = 95;
const APPLICATION_NAME = 96;
const TEMPLATE = 145;
const SYSTEM_INIT_TIME = 160;
const INGRESS_VRF = 234;
const EGRESS_VRF = 235;
const VRF_NAME = 236;
const SAMPLING_PROBABILITY = 311;
const NUMBERS: ReadonlySet<number> = new Set([
  INGRESS_INTERFACE,
  EGRESS_INTERFACE,
  TEMPLATE,
  SYSTEM_INIT_TIME,
  INGRESS_VRF,
  EGRESS_VRF,
  ...SAMPLING_ELEMENTS,
]);
const TEXTS: ReadonlySet<number> = new Set([
  INTERFACE_NAME,
  INTERFACE_DESCRIPTION,
  APPLICATION_DESCRIPTION,
  APPLICATION_NAME,
  VRF_NAME,
]);

/** What the records of an options set came to. */
export interface OptionsResult {
  records: number;
  /** Rates that cannot be one. */
  implausible: number;
}

/**
 * Takes in the options data of a set: sampling, names of interfaces, applications and VRFs, start
 * time.
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
    const end = readRecord(template, { view, at, to }, { record, texts, teller: facts.teller });
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
  { record, texts, teller }: { record: OptionsRecord; texts: TextCache; teller: TextTeller },
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
    const element = pen === V9_SCOPE_PEN ? V9_SCOPES.get(id) ?? -1 : pen === 0 ? id : -1;
    if (element === SAMPLING_PROBABILITY) {
      if (length === 4) record.numbers.set(element, view.getFloat32(at));
      else if (length === 8) record.numbers.set(element, view.getFloat64(at));
    } else if (NUMBERS.has(element) && length >= 1 && length <= 8) {
      record.numbers.set(element, readUnsigned(view, at, length));
    } else if (TEXTS.has(element)) {
      const text = texts.id(view, at, length, teller);
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
function apply(record: OptionsRecord, facts: ExporterFacts): boolean {
  const { numbers } = record;
  learnNames(record, facts);
  const boot = numbers.get(SYSTEM_INIT_TIME);
  if (boot !== undefined && boot > 0) facts.bootMs = boot;
  const rate = announcedRate(numbers);
  if (rate === "none") return true;
  if (rate === "implausible") return false;
  const template = numbers.get(TEMPLATE);
  const inIf = numbers.get(INGRESS_INTERFACE);
  const outIf = numbers.get(EGRESS_INTERFACE);
  const sampler = samplerId(numbers);
  if (sampler >= 0) facts.learnSampler(sampler, rate);
  else if (template !== undefined && template > 0) facts.learnTemplateRate(template, rate);
  else if (inIf !== undefined && inIf > 0) facts.learnInterfaceRate("in", inIf, rate);
  else if (outIf !== undefined && outIf > 0) facts.learnInterfaceRate("out", outIf, rate);
  // Scopes of a line card, a cache or the system: records do not say which, so it is for all.
  else facts.learnSampler(-1, rate);
  return true;
}

function learnNames({ numbers, texts, application }: OptionsRecord, facts: ExporterFacts): void {
  const interfaceName = texts.get(INTERFACE_NAME) ?? texts.get(INTERFACE_DESCRIPTION);
  const ifIndex = numbers.get(INGRESS_INTERFACE) || numbers.get(EGRESS_INTERFACE);
  if (ifIndex !== undefined && interfaceName !== undefined) {
    facts.learnInterface(ifIndex, interfaceName);
  }
  const vrf = numbers.get(INGRESS_VRF) ?? numbers.get(EGRESS_VRF);
  const vrfName = texts.get(VRF_NAME);
  if (vrf !== undefined && vrfName !== undefined) facts.learnVrf(vrf, vrfName);
  if (application < 0) return;
  const name = texts.get(APPLICATION_NAME);
  const description = texts.get(APPLICATION_DESCRIPTION);
  if (name !== undefined) facts.learnApplication(application, name);
  // A sentence where there is no name, and never in place of one.
  else if (description !== undefined && facts.applicationName(application) < 0) {
    facts.learnApplication(application, description);
  }
}

function readUnsigned(view: DataView, at: number, length: number): number {
  let value = 0;
  for (let i = 0; i < length; i++) value = value * 256 + view.getUint8(at + i);
  return value;
}
