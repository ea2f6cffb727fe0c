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
  readonly #facts = new Map<string, ExporterFacts>();
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
    const nowMs = rows.receivedAt(receivedAtMs);
    const first = rows.next;
    this.#open(header, { source, nowMs });
    const scope = this.#cache.scope(source, header.domain);
    this.#message(view, Math.min(header.length, datagram.length), { scope, source, header, nowMs });

    const exporter = exporters.find(source, header.domain, nowMs);
    if (exporter === null) return;
    exporter.seen(rows.next - first, nowMs);
    exporter.templates(scope.templates.size);
    const rate = this.#plan.samplingRate;
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
    this.#lookups.facts = this.#factsOf(source.address, header.domain);
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
    for (const id of learnt) this.#decodeWaiting(id, at);
    const data = sets.filter(({ id }) => id >= FIRST_DATA_SET);
    for (const set of data) {
      const template = at.scope.templates.get(set.id);
      if (template?.isOptions) this.#learn(view, set, template);
    }
    for (const set of data) {
      const template = at.scope.templates.get(set.id);
      if (template === undefined) this.#wait(view, set, at);
      else if (!template.isOptions) {
        this.#write(view, set, template);
        this.#cache.confirm(at.source, at.header.domain, at.scope);
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
      const to = Math.min(at + length, end);
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
      if (known === undefined && scope.templates.size >= LIMITS.templatesPerScope) {
        this.#report("too_many_templates", set.from, `template ${found.id}`, "fewer templates");
        continue;
      }
      if (known === undefined) this.#context.templates(1);
      // An exporter repeats its templates: the compiled one stays.
      if (known?.signature !== template.signature) {
        scope.templates.set(found.id, template);
        learnt.push(found.id);
      }
    }
  }

  #wait(
    view: DataView,
    { id, from, to }: SetRange,
    { scope, nowMs }: { scope: TemplateScope; nowMs: number },
  ): void {
    this.#uncounted = true;
    const octets = new Uint8Array(view.buffer, view.byteOffset + from, to - from);
    this.#context.setsWithoutTemplate(1);
    if (!this.#cache.hold(scope, { templateId: id, octets, nowMs })) {
      this.#report("template_never_came", from, `data of template ${id}`, "room to wait for it");
    }
  }

  #decodeWaiting(
    id: number,
    { scope, nowMs }: { scope: TemplateScope; nowMs: number },
  ): void {
    const { ready, expired } = this.#cache.release(scope, id, nowMs);
    if (expired > 0) {
      this.#report(
        "template_never_came",
        0,
        "sets that waited too long",
        "their template",
        expired,
      );
    }
    const template = scope.templates.get(id)!;
    const counted = this.#records;
    for (const octets of ready) {
      const view = new DataView(octets.buffer, octets.byteOffset, octets.length);
      const set = { id, from: 0, to: octets.length };
      if (template.isOptions) this.#learn(view, set, template);
      else this.#write(view, set, template);
      this.#context.setsWithoutTemplate(-1);
    }
    // These records belong to datagrams whose sequence has been accounted for.
    this.#records = counted;
  }

  #learn(view: DataView, { from, to }: SetRange, template: Template): void {
    const { facts, texts } = this.#lookups;
    const { records, implausible } = learnOptions(template.record, { view, from, to }, {
      facts,
      texts,
    });
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

  #write(view: DataView, { from, to }: SetRange, { plan }: Template): void {
    const { rows } = this.#context;
    const context = this.#plan;
    const { facts } = this.#lookups;
    context.bootMs = facts.bootMs;
    context.samplingRate = facts.defaultRate;
    context.samplingSource = facts.defaultRate > 0 ? ANNOUNCED : ASSUMED;
    for (let at = from; at + plan.minLength <= to;) {
      const wanted = Math.ceil((to - at) / plan.minLength) * plan.rowsPerRecord;
      const batch = Math.min(wanted, rows.maxBatch);
      const first = rows.reserve(batch);
      const written = plan.write(view, rows.columns, context, at, to, first, rows.mask, batch);
      rows.commit(written);
      this.#records += context.records;
      if (context.next === at) break;
      at = context.next;
    }
  }

  #factsOf(address: string, domain: number): ExporterFacts {
    const key = `${address}|${domain}`;
    let facts = this.#facts.get(key);
    if (facts === undefined) {
      facts = new ExporterFacts();
      // Sources can be forged without end: the one learnt longest ago goes.
      if (this.#facts.size >= LIMITS.learntExporters) {
        this.#facts.delete(this.#facts.keys().next().value!);
      }
      this.#facts.set(key, facts);
    }
    return facts;
  }

  #report(code: DropReason, offset: number, found: string, expected: string, count = 1): void {
    this.#context.report({ protocol: this.#dialect.format, code, offset, found, expected, count });
  }
}
