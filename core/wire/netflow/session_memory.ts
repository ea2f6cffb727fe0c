import type { Dictionary } from "../../flow/dictionary.ts";
import { MAX_SAMPLING_RATE } from "../../flow/sampling_rate.ts";
import type { ExportFormat } from "../../flow/schema.ts";
import {
  type CodecMemory,
  type FactKind,
  LEARNT_FACTS,
  type LearntEntry,
  type LearntFact,
  type LearntScope,
  type LearntTemplate,
} from "../learnt.ts";
import { LIMITS } from "../limits.ts";
import type { ExporterFacts, FactListener } from "./exporter_facts.ts";
import type { Template, TemplateRecord } from "./template.ts";
import type { TemplateScope } from "./template_cache.ts";

/** A session that sends is reported at most so often; nothing expires within hours. */
const TELL_EVERY_MS = 3_600_000;

/** How an exporter's facts are taught each kind again. */
const TEACH: Readonly<
  Record<FactKind, (facts: ExporterFacts, id: number, value: number) => void>
> = {
  sampler: (facts, id, rate) => facts.learnSampler(id, rate),
  template_rate: (facts, id, rate) => facts.learnTemplateRate(id, rate),
  ingress_rate: (facts, id, rate) => facts.learnInterfaceRate("in", id, rate),
  egress_rate: (facts, id, rate) => facts.learnInterfaceRate("out", id, rate),
  interface: (facts, id, name) => facts.learnInterface(id, name),
  application: (facts, id, name) => facts.learnApplication(id, name),
  vrf: (facts, id, name) => facts.learnVrf(id, name),
};

/** An exporter and observation domain. */
type Family = Pick<LearntScope, "address" | "domain">;

/** What is known of an exporter from before. */
export interface Remembered {
  readonly templates: readonly { readonly port: number; readonly record: TemplateRecord }[];
  /** Gives the exporter's facts what options taught; null where that is nothing. */
  readonly teach: ((facts: ExporterFacts) => void) | null;
}

/**
 * What a templated codec knows from before, and what of today is worth keeping: templates that have
 * decoded data of a session that is real, and facts about an exporter whose data was decoded.
 * Nothing from before takes room in the codec until its exporter sends.
 */
export class SessionMemory {
  readonly #memory: CodecMemory;
  readonly #format: ExportFormat;
  readonly #dictionary: Dictionary;
  /** By address and domain, what has not been asked for yet. */
  readonly #known = new Map<string, LearntEntry[]>();

  /**
   * @param memory of the collector
   * @param options the codec's `format`, and the `dictionary` that names come from
   */
  constructor(
    memory: CodecMemory,
    { format, dictionary }: { format: ExportFormat; dictionary: Dictionary },
  ) {
    this.#memory = memory;
    this.#format = format;
    this.#dictionary = dictionary;
    for (const entry of memory.known) {
      if (entry.format !== format) continue;
      const key = familyKey(entry);
      const entries = this.#known.get(key);
      if (entries === undefined) this.#known.set(key, [entry]);
      else entries.push(entry);
    }
  }

  /**
   * Takes out what is known of an exporter; undefined where that is nothing, and ever after.
   *
   * @param family address and domain
   */
  take(family: Family): Remembered | undefined {
    if (this.#known.size === 0) return undefined;
    const key = familyKey(family);
    const entries = this.#known.get(key);
    if (entries === undefined) return undefined;
    this.#known.delete(key);
    const templates = entries.filter((entry) => entry.kind === "template");
    // An exporter may take another port at each of its starts: the last ones count.
    const ports = [...new Set(templates.map(({ port }) => port).reverse())]
      .slice(0, LIMITS.restoredPorts);
    return {
      templates: templates.filter(({ port }) => ports.includes(port))
        .map((template) => ({ port: template.port, record: toRecord(template) })),
      teach: this.#teacher(entries.filter((entry) => entry.kind !== "template"), family),
    };
  }

  /**
   * Notes that a template has decoded records.
   *
   * @param template of a session
   * @param scope the session
   * @param nowMs Unix milliseconds
   */
  proved(template: Template, scope: TemplateScope, nowMs: number): void {
    template.proved = true;
    if (!scope.confirmed) return;
    const told = nowMs - scope.rememberedMs < TELL_EVERY_MS;
    if (told && template.remembered) return;
    for (const next of scope.templates.values()) {
      if (!next.proved || next.remembered) continue;
      next.remembered = true;
      this.#memory.learnt(this.#entryOf(next, scope));
    }
    if (!told) {
      scope.rememberedMs = nowMs;
      this.#memory.used({ ...this.#session(scope.family), port: scope.port });
    }
  }

  /** Drops a template that its exporter contradicts. */
  contradicted(template: Template, scope: TemplateScope): void {
    this.#memory.forget(this.#entryOf(template, scope));
  }

  /** Keeps what is known of an exporter whose data was decoded, and hears of what it says next. */
  confirm(facts: ExporterFacts, family: Family): void {
    const listener = this.#listenerFor(family);
    facts.tellAll(listener);
    facts.listen(listener);
  }

  #teacher(entries: readonly LearntFact[], family: Family): Remembered["teach"] {
    if (entries.length === 0) return null;
    return (facts) => {
      for (const { kind, id, value } of entries) {
        const number = typeof value === "number" ? value : this.#dictionary.intern(value);
        if (number < 0) continue;
        TEACH[kind](facts, id, number);
      }
      facts.listen(this.#listenerFor(family));
    };
  }

  #listenerFor(family: Family): FactListener {
    const scope = { ...this.#session(family), port: -1 };
    return (kind, id, number) => {
      const value = LEARNT_FACTS[kind] === "rate" ? number : this.#dictionary.text(number);
      // Ids beyond what a number holds exactly, and rates that cannot be one, are not kept.
      if (value === null || !Number.isSafeInteger(id)) return;
      if (value === 0) this.#memory.forget({ kind, ...scope, id, value });
      if (typeof value === "number" && !(value >= 1 && value <= MAX_SAMPLING_RATE)) return;
      this.#memory.learnt({ kind, ...scope, id, value });
    };
  }

  #entryOf(
    { record: { id, scopeFields, fields } }: Template,
    { port, family }: TemplateScope,
  ): LearntTemplate {
    return {
      kind: "template",
      ...this.#session(family),
      port,
      id,
      scopeFields,
      fields: fields.map(({ pen, id, length }) => [pen, id, length]),
    };
  }

  #session({ address, domain }: Family): Omit<LearntScope, "port"> {
    return { format: this.#format, address, domain };
  }
}

function toRecord({ id, scopeFields, fields }: LearntTemplate): TemplateRecord {
  return { id, scopeFields, fields: fields.map(([pen, id, length]) => ({ pen, id, length })) };
}

function familyKey({ address, domain }: Family): string {
  return `${address}|${domain}`;
}
