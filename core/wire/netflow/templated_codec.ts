import { EXPORT_FORMATS, type ExportFormat, SAMPLING_SOURCES } from "../../flow/schema.ts";
import type { Codec, CodecContext, DatagramSource, SequenceUnit } from "../codec.ts";
import { emptyPlanContext, type PlanContext } from "../plan/plan_context.ts";
import { LIMITS } from "../limits.ts";
import type { DropReason } from "../wire_error.ts";
import { ExporterFacts } from "./exporter_facts.ts";
import { FieldMap } from "./field_map.ts";
import { learnOptions } from "./learn_options.ts";
import { Lookups } from "./lookups.ts";
import { parseTemplates, type TemplateDialect } from "./parse_templates.ts";
import { type FieldNumbering, nameFields, readElements } from "./read_elements.ts";
import { Template } from "./template.ts";
import { TemplateCache, type TemplateScope } from "./template_cache.ts";

/** What the header of a datagram says. */
export interface MessageHeader {
  /** Unix milliseconds; 0 where the exporter has no clock. */
  readonly exportMs: number;
  /** Milliseconds, -1 where the format has none. */
  readonly uptimeMs: number;
  readonly sequence: number;
  readonly domain: number;
  /** Octets of the message, as far as it says so. */
  readonly length: number;
}

/** What NetFlow v9 and IPFIX do not share. */
export interface MessageDialect {
  readonly format: ExportFormat & FieldNumbering;
  readonly headerLength: number;
  readonly readHeader: (view: DataView) => MessageHeader;
  readonly templates: TemplateDialect;
  /** Set ids of templates and options templates. */
  readonly templateSet: number;
  readonly optionsTemplateSet: number;
  readonly sequenceUnit: SequenceUnit;
}

/** One set of a datagram, without its header. */
interface SetRange {
  readonly id: number;
  readonly from: number;
  readonly to: number;
}

const ANNOUNCED = SAMPLING_SOURCES.indexOf("announced");
const ASSUMED = SAMPLING_SOURCES.indexOf("assumed");
const SET_HEADER = 4;
const FIRST_DATA_SET = 256;

/**
 * Decoder of messages that describe themselves by templates: NetFlow v9 (RFC 3954) and IPFIX
 * (RFC 7011). Within a datagram templates are taken first, then options data, then flows, whatever
 * their order; a set whose template is not known yet waits for it within bounds.
 */
export class TemplatedCodec implements Codec {
  readonly #context: CodecContext;
  readonly #dialect: MessageDialect;
  readonly #map = new FieldMap();
  readonly #cache = new TemplateCache();
  /** By address and domain, of those that taught something; the longest unused first. */
  readonly #facts = new Map<string, ExporterFacts>();
  #blank = new ExporterFacts();
  #exporterKey = "";
  readonly #lookups: Lookups;
  readonly #plan: PlanContext;
  /** Records of the datagram, options included. */
  #records = 0;
  /** Whether a set of the datagram could not be decoded, so that records are not counted. */
  #uncounted = false;

  /**
   * @param context where rows, exporters and problems go
   * @param dialect v9 or IPFIX
   */
  constructor(context: CodecContext, dialect: MessageDialect) {
    this.#context = context;
    this.#dialect = dialect;
    this.#lookups = new Lookups(context.dictionary);
    this.#plan = emptyPlanContext(EXPORT_FORMATS.indexOf(dialect.format), ASSUMED);
    this.#plan.lookups = this.#lookups;
  }

  /** @param datagram payload that starts with the dialect's version */
  decode(datagram: Uint8Array, source: DatagramSource, receivedAtMs: number): void {
    const { headerLength, readHeader, sequenceUnit } = this.#dialect;
    if (datagram.length < headerLength) {
      this.#report("truncated_header", 0, `${datagram.length} octets`, `${headerLength}`);
      return;
    }
    const { rows, exporters } = this.#context;
    const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.length);
    const header = readHeader(view);
    if (header.length < headerLength) {
      this.#report(
        "truncated_header",
        2,
        `a message of ${header.length} octets`,
        `${headerLength}`,
      );
      return;
    }
    const nowMs = rows.receivedAt(receivedAtMs);
    const first = rows.next;
    this.#open(header, { source, nowMs });
    const scope = this.#cache.scope(source, header.domain, nowMs);
    this.#message(view, Math.min(header.length, datagram.length), { scope, source, header, nowMs });

    const exporter = exporters.find(source, header.domain, nowMs);
    if (exporter === null) return;
    exporter.seen(rows.next - first, nowMs);
    exporter.templates(scope.templates.size);
    const rate = this.#lookups.facts.defaultRate;
    exporter.sampled(rate, rate > 0 ? "announced" : "assumed");
    const units = sequenceUnit === "datagrams" ? 1 : this.#records;
    const clock = header.uptimeMs < 0
      ? undefined
      : { uptimeMs: header.uptimeMs, unixMs: header.exportMs };
    exporter.sequence(header.sequence, { units, unit: sequenceUnit, nowMs }, clock);
    // How far an undecoded set moved the number on is not known: count on from the next datagram.
    if (this.#uncounted && sequenceUnit === "records") exporter.resync();
  }

  #open(header: MessageHeader, { source, nowMs }: { source: DatagramSource; nowMs: number }): void {
    const plan = this.#plan;
    plan.receivedAt = nowMs;
    plan.exporter = this.#context.exporters.addressWords(source.address);
    plan.domain = header.domain;
    plan.uptimeMs = header.uptimeMs;
    plan.exportMs = header.exportMs;
    plan.implausibleRates = 0;
    this.#records = 0;
    this.#uncounted = false;
    this.#exporterKey = `${source.address}|${header.domain}`;
    this.#lookups.facts = this.#factsOf(this.#exporterKey);
  }

  #message(
    view: DataView,
    end: number,
    at: { scope: TemplateScope; source: DatagramSource; header: MessageHeader; nowMs: number },
  ): void {
    const { templateSet, optionsTemplateSet } = this.#dialect;
    const sets = this.#sets(view, end);
    const learnt: number[] = [];
    for (const set of sets) {
      if (set.id === templateSet || set.id === optionsTemplateSet) {
        this.#learnTemplates(view, set, { scope: at.scope, learnt });
      }
    }
    const data = sets.filter(({ id }) => id >= FIRST_DATA_SET)
      .map((set) => ({ set, template: this.#templateOf(set, at) }));
    this.#decodeWaiting(learnt, { ...at, options: true });
    for (const { set, template } of data) {
      if (template?.isOptions) this.#learn(view, set, template);
    }
    this.#decodeWaiting(learnt, { ...at, options: false });
    for (const { set, template } of data) {
      if (template === undefined) this.#wait(view, set, at);
      else if (!template.isOptions) {
        const before = this.#records;
        this.#write(view, set, template);
        // Whoever sends records of nothing has proved nothing.
        const own = at.scope.templates.get(set.id) === template;
        if (own && this.#records > before) {
          this.#cache.confirm(at.source, at.header.domain, at.scope);
        }
      }
    }
    if (this.#plan.implausibleRates > 0) {
      this.#report(
        "implausible_sampling_rate",
        this.#dialect.headerLength,
        "a rate in a record that cannot be one",
        "one packet in at most ten million",
        this.#plan.implausibleRates,
      );
    }
  }

  #templateOf(
    { id, from, to }: SetRange,
    { scope, source, header: { domain } }: {
      scope: TemplateScope;
      source: DatagramSource;
      header: MessageHeader;
    },
  ): Template | undefined {
    return scope.templates.get(id) ??
      this.#cache.borrow(source, domain, { id, octets: to - from });
  }

  /** The sets of a message; one whose length cannot be ends it. */
  #sets(view: DataView, end: number): SetRange[] {
    const sets: SetRange[] = [];
    let at = this.#dialect.headerLength;
    while (at + SET_HEADER <= end) {
      const id = view.getUint16(at);
      const length = view.getUint16(at + 2);
      // Some exporters fill large datagrams up with zeros.
      if (id === 0 && length === 0) break;
      if (length < SET_HEADER) {
        this.#report("bad_set", at, `set ${id} of ${length} octets`, "4 or more");
        break;
      }
      // A set that goes on behind the message and not behind the datagram: the message is longer
      // than its header says, and the set is whole.
      const to = Math.min(at + length, view.byteLength);
      if (at + length > end) {
        this.#report("bad_set", at, `set ${id} of ${length} octets`, `at most ${end - at}`);
      }
      sets.push({ id, from: at + SET_HEADER, to });
      at += length;
    }
    return sets;
  }

  #learnTemplates(
    view: DataView,
    set: SetRange,
    { scope, learnt }: { scope: TemplateScope; learnt: number[] },
  ): void {
    const options = set.id === this.#dialect.optionsTemplateSet;
    const dialect = this.#dialect.templates;
    for (const found of parseTemplates(view, set, { dialect, options })) {
      if ("code" in found) {
        this.#report(found.code, found.offset, found.found, found.expected);
        continue;
      }
      const template = new Template(found, this.#map);
      const known = scope.templates.get(found.id);
      // An exporter repeats its templates: the compiled one stays.
      if (known?.signature === template.signature) continue;
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
    { scope, header: { exportMs, uptimeMs }, nowMs }: {
      scope: TemplateScope;
      header: MessageHeader;
      nowMs: number;
    },
  ): void {
    this.#uncounted = true;
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
    for (const id of learnt) {
      const template = scope.templates.get(id)!;
      if (template.isOptions !== options) continue;
      const { ready, expired } = this.#cache.release(scope, id, nowMs);
      if (expired > 0) {
        const found = "sets that waited too long";
        this.#report("template_never_came", 0, found, "their template", expired);
      }
      for (const { octets, exportMs, uptimeMs } of ready) {
        const view = new DataView(octets.buffer, octets.byteOffset, octets.length);
        const set = { id, from: 0, to: octets.length };
        plan.exportMs = exportMs;
        plan.uptimeMs = uptimeMs;
        if (options) this.#learn(view, set, template);
        else this.#write(view, set, template);
        this.#context.setsWithoutTemplate(-1);
      }
    }
    plan.exportMs = header.exportMs;
    plan.uptimeMs = header.uptimeMs;
    this.#records = counted;
  }

  #learn(view: DataView, { from, to }: SetRange, template: Template): void {
    const { facts, texts } = this.#lookups;
    const { records, implausible } = learnOptions(template.record, { view, from, to }, {
      facts,
      texts,
    });
    if (records > 0) this.#keepFacts();
    this.#records += records;
    if (implausible > 0) {
      this.#report(
        "implausible_sampling_rate",
        from,
        "options with a rate that cannot be one",
        "one packet in at most ten million",
        implausible,
      );
    }
  }

  #write(view: DataView, { from, to }: SetRange, { plan, record }: Template): void {
    const { rows, elements } = this.#context;
    const context = this.#plan;
    const { facts } = this.#lookups;
    context.bootMs = facts.bootMs;
    context.samplingRate = facts.defaultRate;
    context.samplingSource = facts.defaultRate > 0 ? ANNOUNCED : ASSUMED;
    const named = elements === undefined ? null : nameFields(record.fields, this.#dialect.format);
    for (let at = from; at + plan.minLength <= to;) {
      // Which rows belong to a record shows when records are written one by one.
      const read = named === null ? null : readElements(view, { from: at, to }, named);
      const end = read?.end ?? to;
      const wanted = Math.ceil((end - at) / plan.minLength) * plan.rowsPerRecord;
      const batch = Math.min(wanted, rows.maxBatch);
      const first = rows.reserve(batch);
      const written = plan.write(view, rows.columns, context, at, end, first, rows.mask, batch);
      rows.commit(written);
      if (read !== null) elements?.(read.elements, { first, rows: written });
      this.#records += context.records;
      if (context.next === at) break;
      at = context.next;
    }
  }

  /** What is known of an exporter; nothing where it has taught nothing. */
  #factsOf(key: string): ExporterFacts {
    const facts = this.#facts.get(key);
    if (facts === undefined) return this.#blank;
    this.#facts.delete(key);
    this.#facts.set(key, facts);
    return facts;
  }

  /** Keeps what an exporter teaches for the first time; sources can be forged without end. */
  #keepFacts(): void {
    const { facts } = this.#lookups;
    if (facts !== this.#blank) return;
    if (this.#facts.size >= LIMITS.learntExporters) {
      this.#facts.delete(this.#facts.keys().next().value!);
    }
    this.#facts.set(this.#exporterKey, facts);
    this.#blank = new ExporterFacts();
  }

  #report(code: DropReason, offset: number, found: string, expected: string, count = 1): void {
    this.#context.report({ protocol: this.#dialect.format, code, offset, found, expected, count });
  }
}
