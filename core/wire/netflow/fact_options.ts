import type { Dictionary } from "../../flow/dictionary.ts";
import type { OctetWriter } from "../encode/octet_writer.ts";
import type { ExporterFacts, FactTables } from "./exporter_facts.ts";
import { V9_SCOPE_PEN } from "./parse_templates.ts";
import { minimumLength, type TemplateField, type TemplateRecord } from "./template.ts";

/** Facts of one kind as an options template and the records of it. */
export interface FactOptions {
  readonly template: TemplateRecord;
  /** Writes each record, in as many octets as the template's fields have. */
  readonly records: readonly ((out: OctetWriter) => void)[];
  /** Facts that these fields cannot hold. */
  readonly leftOut: number;
}

/** What a table of facts is about, and the name it gives that; a rate where there is none. */
interface Layout {
  readonly table: keyof FactTables;
  /** IANA elements. */
  readonly key: number;
  readonly name?: number;
}

const APPLICATION = 95;
const LAYOUTS: readonly Layout[] = [
  { table: "sampler", key: 48 },
  { table: "template", key: 145 },
  { table: "ingress", key: 10 },
  { table: "egress", key: 14 },
  { table: "interface", key: 10, name: 82 },
  { table: "application", key: APPLICATION, name: 96 },
  { table: "vrf", key: 234, name: 236 },
];

const SYSTEM_INIT_TIME = 160;
/** The whole device: RFC 3954 §6.1, and in IPFIX the observation domain. */
const V9_SYSTEM: TemplateField = { pen: V9_SCOPE_PEN, id: 1, length: 4 };
const OBSERVATION_DOMAIN: TemplateField = { pen: 0, id: 149, length: 4 };
const SAMPLING_INTERVAL: TemplateField = { pen: 0, id: 34, length: 4 };
/** A rate that is no whole number: samplingSize out of samplingPopulation. */
const SIZE: TemplateField = { pen: 0, id: 309, length: 8 };
const POPULATION: TemplateField = { pen: 0, id: 310, length: 8 };
const PARTS = 2 ** 20;
const MAX_KEY = 2 ** 32 - 1;
/** An application is an engine, and a selector of up to 45 bits here (lookups.ts). */
const ENGINE = 2 ** 45;
/** Widths of an application id; most exporters send the short one. */
const APPLICATION_WIDTHS = { short: 4, long: 8 } as const;

/**
 * What options data has taught of an exporter, as options that teach it again: whole tables, and
 * last the rate that holds for all records, since the last one said is the one that counts.
 *
 * @param facts of the exporter
 * @param how the `format` whose scopes to write; the `dictionary` of names; `freeId` gives ids that
 *   no template has
 */
export function factOptions(
  facts: ExporterFacts,
  { format, dictionary, freeId }: {
    format: "netflow9" | "ipfix";
    dictionary: Dictionary;
    freeId: () => number;
  },
): FactOptions[] {
  const scopeOf = (fields: readonly TemplateField[]): readonly TemplateField[] =>
    format === "netflow9" ? [V9_SYSTEM] : fields.length > 1 ? [] : [OBSERVATION_DOMAIN];
  const options: FactOptions[] = [];
  const add = (fields: readonly TemplateField[], found: Omit<FactOptions, "template">): void => {
    if (found.records.length === 0) return;
    const scope = scopeOf(fields);
    options.push({
      template: { id: freeId(), scopeFields: 1, fields: [...scope, ...fields] },
      records: found.records.map((write) => (out) => {
        for (const { length } of scope) out.unsigned(0, length);
        write(out);
      }),
      leftOut: found.leftOut,
    });
  };
  for (const { table, key, name } of LAYOUTS) {
    const entries = [...facts.tables[table]];
    const keys = keyOf(key, entries.map(([id]) => id));
    const values = name === undefined
      ? rateOf(entries.map(([, rate]) => rate))
      : nameOf(name, entries.map(([, id]) => dictionary.text(id) ?? ""));
    const kept = entries.map((_, i) => i).filter((i) => keys.holds(i) && values.holds(i));
    add([keys.field, ...values.fields], {
      records: kept.map((i) => (out) => {
        keys.write(out, i);
        values.write(out, i);
      }),
      leftOut: entries.length - kept.length,
    });
  }
  if (facts.bootMs > 0) {
    const write = (out: OctetWriter) => void out.unsigned(facts.bootMs, 8);
    add([{ pen: 0, id: SYSTEM_INIT_TIME, length: 8 }], { records: [write], leftOut: 0 });
  }
  if (facts.defaultRate > 0) {
    const rate = rateOf([facts.defaultRate]);
    add(rate.fields, { records: [(out) => rate.write(out, 0)], leftOut: 0 });
  }
  return options;
}

/** Octets of one of the records. */
export function recordLength({ template: { fields } }: FactOptions): number {
  return minimumLength(fields);
}

/** How the values of a column are written. */
interface Column {
  readonly holds: (i: number) => boolean;
  readonly write: (out: OctetWriter, i: number) => void;
}

function keyOf(element: number, keys: readonly number[]): Column & { field: TemplateField } {
  if (element !== APPLICATION) {
    return {
      field: { pen: 0, id: element, length: 4 },
      holds: (i) => keys[i] >= 0 && keys[i] <= MAX_KEY,
      write: (out, i) => void out.unsigned(keys[i], 4),
    };
  }
  const { short, long } = APPLICATION_WIDTHS;
  const length = keys.every((key) => key % ENGINE < 256 ** (short - 1)) ? short : long;
  return {
    field: { pen: 0, id: element, length },
    holds: () => true,
    write: (out, i) => {
      out.unsigned(Math.floor(keys[i] / ENGINE), 1).unsigned(keys[i] % ENGINE, length - 1);
    },
  };
}

function rateOf(rates: readonly number[]): Column & { fields: TemplateField[] } {
  if (rates.every(Number.isInteger)) {
    return {
      fields: [SAMPLING_INTERVAL],
      holds: () => true,
      write: (out, i) => void out.unsigned(rates[i], 4),
    };
  }
  return {
    fields: [SIZE, POPULATION],
    holds: () => true,
    write: (out, i) => void out.unsigned(PARTS, 8).unsigned(Math.round(rates[i] * PARTS), 8),
  };
}

/** Names in a field as wide as the longest, filled up with zeros. */
function nameOf(element: number, names: readonly string[]): Column & { fields: TemplateField[] } {
  const encoder = new TextEncoder();
  const octets = names.map((name) => encoder.encode(name));
  const length = octets.reduce((most, name) => Math.max(most, name.length), 1);
  return {
    fields: [{ pen: 0, id: element, length }],
    holds: (i) => octets[i].length > 0,
    write: (out, i) => {
      for (let at = 0; at < length; at++) out.unsigned(octets[i][at] ?? 0, 1);
    },
  };
}
