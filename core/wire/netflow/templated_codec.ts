import { EXPORT_FORMATS, SAMPLING_SOURCES } from "../../flow/schema.ts";
import type { Codec, CodecContext, DatagramSource } from "../codec.ts";
import type { PlanOptions } from "../plan/compile_plan.ts";
import { FlowTotals } from "../plan/flow_totals.ts";
import { DatagramViews } from "../datagram_views.ts";
import { LIMITS } from "../limits.ts";
import { emptyPlanContext, type PlanContext } from "../plan/plan_context.ts";
import type { Recalled, RecallMoment } from "../recall.ts";
import type { DropReason } from "../wire_error.ts";
import type { Arrival } from "./arrival.ts";
import { FieldMap } from "./field_map.ts";
import { learnOptions } from "./learn_options.ts";
import { LearntFacts } from "./learnt_facts.ts";
import { Lookups } from "./lookups.ts";
import type { MessageDialect, MessageHeader } from "./message_dialect.ts";
import { parseTemplates } from "./parse_templates.ts";
import { type HeaderFault, openMessage } from "./open_message.ts";
import { PlanCache } from "./plan_cache.ts";
import { putFacts } from "./put_facts.ts";
import { ASSUMED, rateInForce } from "./rate_in_force.ts";
import { FIRST_DATA_SET, readSets, type SetFault, type SetRange } from "./read_sets.ts";
import { recallSession } from "./recall_session.ts";
import { SessionMemory } from "./session_memory.ts";
import { Template } from "./template.ts";
import { TemplateCache, type TemplateScope } from "./template_cache.ts";
import { TemplateNews } from "./template_news.ts";
import { holdsWholeRecords } from "./whole_records.ts";
import { writeRecords } from "./write_records.ts";

/**
 * Decoder of messages that describe themselves by templates: NetFlow v9 (RFC 3954) and IPFIX
 * (RFC 7011). Within a datagram templates are taken first, then options data, then flows, whatever
 * their order; a set whose template is not known yet waits for it within bounds.
 */
export class TemplatedCodec implements Codec {
  readonly #context: CodecContext;
  readonly #dialect: MessageDialect;
  readonly #map = new FieldMap();
  readonly #plans: PlanCache;
  readonly #cache = new TemplateCache();
  readonly #facts: LearntFacts;
  /** Null where nothing outlives the codec. */
  readonly #memory: SessionMemory | null;
  /** Sampling rate that the operator gave the exporter; 0 for none. */
  #configuredRate = 0;
  readonly #lookups: Lookups;
  readonly #plan: PlanContext;
  readonly #totals = new FlowTotals();
  readonly #news = new TemplateNews();
  /** Records of the datagram, options included. */
  #records = 0;
  /** What the datagram held; one object for all. */
  readonly #counts = { data: 0, options: 0, templates: 0, sets: 0, complete: true };
  readonly #views = new DatagramViews();
  /** Sets of the datagram, and the templates of those that hold data. */
  readonly #sets: SetRange[] = [];
  readonly #setTemplates: (Template | undefined)[] = [];
  /** Ids of the templates that are new in the datagram. */
  readonly #learntIds: number[] = [];

  /**
   * @param context where rows, exporters and problems go
   * @param dialect v9 or IPFIX
   * @param options what the exporters mean that their records do not say
   */
  constructor(context: CodecContext, dialect: MessageDialect, options: PlanOptions = {}) {
    this.#context = context;
    this.#facts = new LearntFacts(context.interfaceNames);
    this.#plans = new PlanCache(this.#map, options);
    this.#dialect = dialect;
    const { memory, dictionary } = context;
    this.#memory = memory === undefined
      ? null
      : new SessionMemory(memory, { format: dialect.format, dictionary });
    this.#lookups = new Lookups(dictionary);
    this.#plan = emptyPlanContext(EXPORT_FORMATS.indexOf(dialect.format), ASSUMED);
    this.#plan.lookups = this.#lookups;
    this.#plan.totals = this.#totals;
  }

  /** @param datagram payload that starts with the dialect's version */
  decode(datagram: Uint8Array, source: DatagramSource, receivedAtMs: number): void {
    const opened = openMessage(datagram, this.#dialect, this.#opening);
    if (opened === null) return;
    const { view, header } = opened;
    const { rows, exporters } = this.#context;
    const nowMs = rows.receivedAt(receivedAtMs);
    const first = rows.next;
    const scope = this.#cache.scope(source, header.domain, nowMs);
    this.#open(header, { scope, nowMs });
    scope.heard(header, nowMs);
    this.#message(view, Math.min(header.length, datagram.length), { scope, source, header, nowMs });
    this.#reportLosses();

    const exporter = exporters.find(source, header.domain, nowMs);
    if (exporter === null) return;
    exporter.seen(rows.next - first, nowMs);
    exporter.templates(scope.templates.size, scope.waiting.length);
    this.#news.tell(exporter, nowMs);
    if (header.exportMs > 0) exporter.clock(header.exportMs);
    const { defaultRate } = this.#lookups.facts;
    const { rate, source: from } = rateInForce(this.#configuredRate, defaultRate);
    exporter.sampled(rate, SAMPLING_SOURCES[from]);
    const message = this.#counts;
    message.data = this.#records - message.options;
    const { sequenceUnit } = this.#dialect;
    const units = sequenceUnit === "datagrams" ? 1 : this.#records;
    const clock = header.uptimeMs < 0
      ? undefined
      : { uptimeMs: header.uptimeMs, unixMs: header.exportMs };
    exporter.sequence(header.sequence, { units, unit: sequenceUnit, nowMs, message }, clock);
  }

  recall(datagram: Uint8Array, source: DatagramSource, at: RecallMoment): Recalled | null {
    const message = openMessage(datagram, this.#dialect, { views: this.#views });
    if (message === null) return null;
    const nowMs = this.#context.rows.receivedAt(at.receivedAtMs);
    this.#enter(this.#cache.scope(source, message.header.domain, nowMs), nowMs);
    const [dialect, cache, { facts }] = [this.#dialect, this.#cache, this.#lookups];
    const { dictionary } = this.#context;
    const { ledger } = at;
    return recallSession(message, { source, nowMs, dialect, cache, facts, dictionary, ledger });
  }

  #open(header: MessageHeader, { scope, nowMs }: { scope: TemplateScope; nowMs: number }): void {
    const plan = this.#plan;
    this.#configuredRate = this.#context.configuredRate?.(scope.family.address) ?? 0;
    this.#enter(scope, nowMs);
    plan.receivedAt = nowMs;
    plan.exporter = this.#lookups.facts.exporter;
    plan.domain = header.domain;
    plan.uptimeMs = header.uptimeMs;
    plan.exportMs = header.exportMs;
    plan.implausibleRates = 0;
    this.#totals.forgotten = 0;
    this.#news.clear();
    this.#records = 0;
    const counts = this.#counts;
    counts.options = counts.templates = counts.sets = 0;
    counts.complete = true;
  }

  /** Turns to what is known of a session's exporter. */
  #enter(scope: TemplateScope, nowMs: number): void {
    const facts = this.#facts.find(scope.familyKey, nowMs);
    this.#lookups.facts = facts;
    facts.exporter = this.#context.exporters.addressWords(scope.family.address);
    this.#restore(scope, nowMs);
  }

  #message(view: DataView, end: number, at: Arrival): void {
    const { templateSet, optionsTemplateSet } = this.#dialect;
    const range = { from: this.#dialect.headerLength, to: end };
    const sets = readSets(view, range, this.#badSet, this.#sets);
    this.#counts.sets = sets.length;
    const learnt = this.#learntIds;
    if (learnt.length > 0) learnt.length = 0;
    for (const set of sets) {
      if (set.id === templateSet || set.id === optionsTemplateSet) {
        this.#learnTemplates(view, set, { ...at, learnt });
      }
    }
    const templates = this.#setTemplates;
    for (let i = 0; i < sets.length; i++) {
      const set = sets[i];
      templates[i] = set.id < FIRST_DATA_SET ? undefined : this.#templateOf(view, set, at);
    }
    if (learnt.length > 0) this.#decodeWaiting(learnt, { ...at, options: true });
    for (let i = 0; i < sets.length; i++) {
      const template = templates[i];
      if (!template?.isOptions) continue;
      if (this.#learn(view, sets[i], { template, scope: at.scope }) === 0) continue;
      this.#memory?.proved(template, at.scope, at.nowMs);
      this.#news.used(template, { nowMs: at.nowMs, rate: 0 });
    }
    if (learnt.length > 0) this.#decodeWaiting(learnt, { ...at, options: false });
    for (let i = 0; i < sets.length; i++) {
      const set = sets[i];
      if (set.id < FIRST_DATA_SET) continue;
      const template = templates[i];
      if (template === undefined) this.#wait(view, set, at);
      else if (!template.isOptions) {
        const before = this.#records;
        this.#write(view, set, { template, scope: at.scope });
        // Whoever sends records of nothing has proved nothing.
        if (this.#records === before) continue;
        this.#confirm(template, at);
        this.#news.used(template, { nowMs: at.nowMs, rate: this.#plan.samplingRate });
      }
    }
    const { headerLength } = this.#dialect;
    this.#reportRates(headerLength, "a rate in a record", this.#plan.implausibleRates);
    const { forgotten } = this.#totals;
    const found = "flows with totals beyond the room for them";
    const expected = `at most ${LIMITS.totalledFlows} that go on`;
    this.#report("totals_forgotten", headerLength, found, expected, forgotten);
  }

  #templateOf(view: DataView, set: SetRange, at: Arrival): Template | undefined {
    const { id, from, to } = set;
    const { scope, source, header: { domain } } = at;
    const own = scope.templates.get(id);
    const found = own ?? this.#cache.borrow(source, domain, { id, octets: to - from });
    if (!found?.isDoubtful(at.nowMs) || holdsWholeRecords(found.record, view, set)) return found;
    if (own !== undefined) {
      this.#cache.drop(scope, own);
      if (own.remembered) this.#memory?.contradicted(own, scope);
    }
    return undefined;
  }

  /** Notes that flows were decoded by a template: its session and what is known of it are real. */
  #confirm(template: Template, at: Arrival): void {
    if (at.scope.templates.get(template.record.id) === template) {
      this.#cache.confirm(at.scope);
      this.#memory?.proved(template, at.scope, at.nowMs);
    }
    const { facts } = this.#lookups;
    this.#facts.confirm(at.scope.familyKey);
    if (at.nowMs - at.scope.confirmedMs >= LIMITS.confirmEveryMs && facts.exporter !== null) {
      at.scope.confirmedMs = at.nowMs;
      this.#context.interfaceNames?.confirm(facts.exporter, at.nowMs);
    }
    if (this.#facts.isKept(facts) && !facts.heard) {
      this.#memory?.confirm(facts, at.scope.family);
    }
  }

  /** Brings back what an earlier run learnt of an exporter, when it is first heard. */
  #restore({ family, familyKey }: TemplateScope, nowMs: number): void {
    const known = this.#memory?.take(family);
    if (known === undefined) return;
    const { address, domain } = family;
    for (const { port, record } of known.templates) {
      const source = { address, port };
      const scope = this.#cache.scope(source, domain, nowMs);
      const template = new Template(record, this.#plans);
      template.proved = template.remembered = true;
      if (!this.#cache.learn(scope, template)) continue;
      this.#context.templates(1);
      this.#cache.confirm(scope);
    }
    if (known.teach === null) return;
    known.teach(this.#lookups.facts);
    this.#facts.keep(this.#lookups.facts);
    this.#facts.confirm(familyKey);
  }

  #learnTemplates(
    view: DataView,
    set: SetRange,
    { scope, nowMs, learnt }: Arrival & { learnt: number[] },
  ): void {
    const options = set.id === this.#dialect.optionsTemplateSet;
    const dialect = this.#dialect.templates;
    for (const found of parseTemplates(view, set, { dialect, options })) {
      if ("code" in found) {
        this.#report(found.code, found.offset, found.found, found.expected);
        continue;
      }
      this.#counts.templates++;
      this.#news.announced(found.id);
      const template = new Template(found, this.#plans);
      template.announcedMs = nowMs;
      const known = scope.templates.get(found.id);
      // An exporter repeats its templates: the compiled one stays.
      if (known?.signature === template.signature) {
        known.announcedMs = nowMs;
        continue;
      }
      if (!this.#cache.learn(scope, template)) {
        this.#report("too_many_templates", set.from, `template ${found.id}`, "fewer templates");
        continue;
      }
      if (known === undefined) this.#context.templates(1);
      learnt.push(found.id);
    }
  }

  #wait(
    view: DataView,
    { id, from, to }: SetRange,
    { scope, header: { exportMs, uptimeMs }, nowMs }: Arrival,
  ): void {
    this.#counts.complete = false;
    const octets = new Uint8Array(view.buffer, view.byteOffset + from, to - from);
    this.#context.setsWithoutTemplate(1);
    const set = { templateId: id, octets, heldSinceMs: nowMs, exportMs, uptimeMs };
    if (!this.#cache.hold(scope, set)) {
      this.#report("template_never_came", from, `data of template ${id}`, "room to wait for it");
    }
  }

  /** Decodes what waited for templates that have come: `options` data, or flows. */
  #decodeWaiting(
    learnt: readonly number[],
    { scope, header, nowMs, options }: {
      scope: TemplateScope;
      header: MessageHeader;
      nowMs: number;
      options: boolean;
    },
  ): void {
    const plan = this.#plan;
    // These records belong to datagrams whose sequence has been accounted for.
    const counted = this.#records;
    const { options: countedOptions } = this.#counts;
    for (const id of learnt) {
      const template = scope.templates.get(id)!;
      if (template.isOptions !== options) continue;
      const { ready, expired } = this.#cache.release(scope, id, nowMs);
      const found = "sets that waited too long";
      this.#report("template_never_came", 0, found, "their template", expired);
      for (const { octets, exportMs, uptimeMs } of ready) {
        const view = new DataView(octets.buffer, octets.byteOffset, octets.length);
        const set = { id, from: 0, to: octets.length };
        plan.exportMs = exportMs;
        plan.uptimeMs = uptimeMs;
        if (options) this.#learn(view, set, { template, scope });
        else this.#write(view, set, { template, scope });
        this.#context.setsWithoutTemplate(-1);
      }
    }
    plan.exportMs = header.exportMs;
    plan.uptimeMs = header.uptimeMs;
    this.#records = counted;
    this.#counts.options = countedOptions;
  }

  /** @returns records of the set */
  #learn(
    view: DataView,
    { from, to }: SetRange,
    { template, scope }: { template: Template; scope: TemplateScope },
  ): number {
    const { facts, texts } = this.#lookups;
    this.#facts.prepare(scope.familyKey);
    const refused = facts.refused;
    const { records, implausible } = learnOptions(template.record, { view, from, to }, {
      facts,
      texts,
    });
    if (records > 0) this.#facts.keep(facts);
    this.#records += records;
    this.#counts.options += records;
    const found = "options data of more names and rates";
    this.#report("learnt_facts_full", from, found, "room to keep them", facts.refused - refused);
    this.#reportRates(from, "options with a rate", implausible);
    return records;
  }

  #write(
    view: DataView,
    range: SetRange,
    { template, scope }: { template: Template; scope: TemplateScope },
  ): void {
    const context = this.#plan;
    const configuredRate = this.#configuredRate;
    putFacts(context, this.#lookups.facts, { templateId: template.record.id, configuredRate });
    const known = this.#context.elements === undefined ? null : {
      numbering: this.#dialect.format,
      map: this.#map,
      fieldsOf: (id: number) => scope.templates.get(id)?.record.fields,
    };
    this.#records += writeRecords({ view, range }, { template, context, known }, this.#context);
  }

  #reportRates(offset: number, what: string, count: number): void {
    const expected = "one packet in at most ten million";
    this.#report(
      "implausible_sampling_rate",
      offset,
      `${what} that cannot be one`,
      expected,
      count,
    );
  }

  /** What sessions and exporters lost to make room for others. */
  #reportLosses(): void {
    const { templates, sets } = this.#cache.takeLosses();
    this.#report("template_evicted", 0, "templates of too many sessions", "room", templates);
    this.#report("template_never_came", 0, "sets that waited in vain", "their template", sets);
    const lost = this.#facts.takeEvicted() + (this.#context.interfaceNames?.takeLosses() ?? 0);
    this.#report("learnt_facts_full", 0, "options data of too many exporters", "room", lost);
  }

  readonly #opening: { views: DatagramViews; fault: HeaderFault } = {
    views: this.#views,
    fault: (...fault) => this.#report("truncated_header", ...fault),
  };

  readonly #badSet = ({ offset, found, expected }: SetFault): void =>
    this.#report("bad_set", offset, found, expected);

  #report(code: DropReason, offset: number, found: string, expected: string, count = 1): void {
    if (count === 0) return;
    this.#context.report({ protocol: this.#dialect.format, code, offset, found, expected, count });
  }
}
