import { LIMITS } from "../limits.ts";
import type { CompiledPlan } from "../plan/compile_plan.ts";
import { VARIABLE_LENGTH } from "../plan/wire_field.ts";
import type { PlanCache } from "./plan_cache.ts";
import type { TemplateField } from "./template_field.ts";

export type { TemplateField } from "./template_field.ts";

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
  /** When its exporter last announced it, Unix milliseconds; -Infinity for before either started. */
  announcedMs = -Infinity;
  /** When it was last told that data comes by it, Unix milliseconds. */
  usedToldMs = -Infinity;
  /** Whether it has decoded records. */
  proved = false;
  /** Whether the memory has it. */
  remembered = false;
  readonly #plans: PlanCache;
  #plan: CompiledPlan | null = null;

  /**
   * @param record as the exporter announced it
   * @param plans compiled before
   */
  constructor(record: TemplateRecord, plans: PlanCache) {
    this.record = record;
    this.#plans = plans;
    this.signature = signatureOf(record);
  }

  /** Whether its records are about the exporter and not flows. */
  get isOptions(): boolean {
    return this.record.scopeFields > 0;
  }

  /**
   * Whether it holds only as long as data fits it: it comes from an earlier run, its exporter has
   * started anew, or has not announced it for long (RFC 3954 §9, RFC 7011 §8.4).
   *
   * @param nowMs Unix milliseconds
   */
  isDoubtful(nowMs: number): boolean {
    return nowMs - this.announcedMs > LIMITS.templateDoubtMs;
  }

  /** The plan that writes its records. */
  get plan(): CompiledPlan {
    return this.#plan ??= this.#plans.plan(layoutOf(this.record.fields), this.record.fields);
  }
}

/** Text that is the same for templates that lay records out alike. */
export function signatureOf({ id, scopeFields, fields }: TemplateRecord): string {
  return `${id}/${scopeFields}:${layoutOf(fields)}`;
}

function layoutOf(fields: readonly TemplateField[]): string {
  return fields.map(({ pen, id, length }) => `${pen}.${id}.${length}`).join(",");
}

/**
 * Octets of the smallest record of a template.
 *
 * @param fields of the template
 */
export function minimumLength(fields: readonly TemplateField[]): number {
  return fields.reduce((sum, { length }) => sum + (length === VARIABLE_LENGTH ? 1 : length), 0);
}
