import { type CompiledPlan, compilePlan } from "../plan/compile_plan.ts";
import { VARIABLE_LENGTH, type WireField } from "../plan/wire_field.ts";
import type { FieldMap } from "./field_map.ts";

/** One field of a template. */
export interface TemplateField {
  /** Enterprise number, 0 for IANA's own elements. */
  readonly pen: number;
  readonly id: number;
  /** Octets, or VARIABLE_LENGTH. */
  readonly length: number;
}

/** What an exporter said that its records look like. */
export interface TemplateRecord {
  /** 256 to 65,535. */
  readonly id: number;
  /** Leading fields that say what an options record is about; 0 for data. */
  readonly scopeFields: number;
  /** At least one, and of at least one octet together. */
  readonly fields: readonly TemplateField[];
}

/** A template, compiled when its first data comes. */
export class Template {
  readonly record: TemplateRecord;
  /** Tells apart templates of one id. */
  readonly signature: string;
  /** Whether it comes from an earlier run and the exporter has not announced it again yet. */
  stored = false;
  /** Whether it has decoded records. */
  proved = false;
  /** Whether the memory has it. */
  remembered = false;
  readonly #map: FieldMap;
  #plan: CompiledPlan | null = null;

  /**
   * @param record as the exporter announced it
   * @param map what elements are for
   */
  constructor(record: TemplateRecord, map: FieldMap) {
    this.record = record;
    this.#map = map;
    this.signature = signatureOf(record);
  }

  /** Whether its records are about the exporter and not flows. */
  get isOptions(): boolean {
    return this.record.scopeFields > 0;
  }

  /** The plan that writes its records. */
  get plan(): CompiledPlan {
    return this.#plan ??= compilePlan(
      this.record.fields.map(({ pen, id, length }): WireField => ({
        name: `${pen}.${id}`,
        width: length,
        uses: this.#map.uses(pen, id),
      })),
    );
  }
}

/** Text that is the same for templates that lay records out alike. */
export function signatureOf({ id, scopeFields, fields }: TemplateRecord): string {
  return `${id}/${scopeFields}:` +
    fields.map(({ pen, id, length }) => `${pen}.${id}.${length}`).join(",");
}

/**
 * Octets of the smallest record of a template.
 *
 * @param fields of the template
 */
export function minimumLength(fields: readonly TemplateField[]): number {
  return fields.reduce((sum, { length }) => sum + (length === VARIABLE_LENGTH ? 1 : length), 0);
}
