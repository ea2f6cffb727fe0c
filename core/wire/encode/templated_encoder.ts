import { OctetWriter } from "./octet_writer.ts";
import type { SampleFlow } from "./scenario.ts";
import {
  type EncodedField,
  type EncodedOption,
  type EncodedOptions,
  type EncodedTemplate,
  isIpv4Flow,
  type RecordSource,
  recordSource,
} from "./template_table.ts";

/** What a message header is written from. */
export interface EncodedHeader {
  /** Unix milliseconds. */
  readonly exportMs: number;
  readonly uptimeMs: number;
  /** 0 to 2^32 - 1. */
  readonly sequence: number;
  readonly domain: number;
  /** Records of every kind in the message, templates included. */
  readonly records: number;
}

/** How NetFlow v9 and IPFIX differ when they are written. */
export interface ExportDialect {
  readonly version: number;
  /** Writes what follows the version and the 16-bit length or count. */
  readonly writeHeader: (out: OctetWriter, header: EncodedHeader) => void;
  /** What the 16 bits behind the version hold. */
  readonly second: "records" | "octets";
  /** Set ids of templates and options templates. */
  readonly templateSet: number;
  readonly optionsTemplateSet: number;
  /** Options templates count octets of scope and options (v9) or fields (IPFIX). */
  readonly optionsHeader: "octets" | "fields";
  /** Sets are filled up to a multiple of this many octets. */
  readonly align: number;
  /** What the sequence number counts: messages, or data records sent before (RFC 7011 §3.1). */
  readonly sequenceUnit: "datagrams" | "records";
  readonly ipv4: EncodedTemplate;
  readonly ipv6: EncodedTemplate;
  readonly sampling: EncodedOptions;
}

/** When templates and options are sent again (RFC 3954 §9, RFC 7011 §8.4): whichever comes first. */
export interface TemplateRefresh {
  readonly datagrams: number;
  readonly ms: number;
}

const DEFAULT_REFRESH: TemplateRefresh = { datagrams: 20, ms: 60_000 };
const MAX_DATAGRAM = 65_535;
const SET_HEADER = 4;

/**
 * Writes NetFlow v9 or IPFIX as one exporter and observation domain would: templates first and
 * again from time to time, sequence and uptime that run on. Flows keep their order; each run of one
 * address family is a set.
 */
export class TemplatedEncoder {
  readonly #dialect: ExportDialect;
  readonly #bootMs: number;
  readonly #domain: number;
  readonly #samplingRate: number;
  readonly #refresh: TemplateRefresh;
  #sequence = 0;
  #sinceTemplates = Infinity;
  #templatesAtMs = -Infinity;

  /**
   * @param dialect what to write
   * @param options `bootMs`: when the exporter started, Unix milliseconds; `domain` 0 to 2^32 - 1;
   *   `samplingRate`: announced in options where it is not 0; counters are written as they are
   */
  constructor(
    dialect: ExportDialect,
    { bootMs, domain = 0, samplingRate = 0, refresh = DEFAULT_REFRESH }: {
      bootMs: number;
      domain?: number;
      samplingRate?: number;
      refresh?: TemplateRefresh;
    },
  ) {
    this.#dialect = dialect;
    this.#bootMs = bootMs;
    this.#domain = domain;
    this.#samplingRate = samplingRate;
    this.#refresh = refresh;
  }

  /**
   * Encodes one datagram.
   *
   * @param flows what fits one datagram; none for templates alone
   * @param nowMs export time, Unix milliseconds
   * @throws {RangeError} for a value that its field cannot hold
   */
  encode(flows: readonly SampleFlow[], nowMs: number): Uint8Array<ArrayBuffer> {
    const body = new OctetWriter(MAX_DATAGRAM);
    const templates = this.#announce(body, nowMs);
    this.#flows(body, flows);
    const data = flows.length + templates.options;
    const header: EncodedHeader = {
      exportMs: nowMs,
      uptimeMs: (nowMs - this.#bootMs) >>> 0,
      sequence: this.#sequence,
      domain: this.#domain,
      records: templates.templates + data,
    };
    const units = this.#dialect.sequenceUnit === "datagrams" ? 1 : data;
    this.#sequence = (this.#sequence + units) >>> 0;
    return this.#message(header, body.octets);
  }

  #message(header: EncodedHeader, body: Uint8Array): Uint8Array<ArrayBuffer> {
    const { version, second, writeHeader } = this.#dialect;
    const out = new OctetWriter(MAX_DATAGRAM);
    out.unsigned(version, 2).unsigned(header.records, 2);
    writeHeader(out, header);
    const message = new Uint8Array(out.length + body.length);
    if (second === "octets") out.patch(2, message.length);
    message.set(out.octets);
    message.set(body, out.length);
    return message;
  }

  /** Writes templates and options where they are due. */
  #announce(out: OctetWriter, nowMs: number): { templates: number; options: number } {
    const due = this.#sinceTemplates >= this.#refresh.datagrams ||
      nowMs - this.#templatesAtMs >= this.#refresh.ms;
    this.#sinceTemplates = due ? 1 : this.#sinceTemplates + 1;
    if (!due) return { templates: 0, options: 0 };
    this.#templatesAtMs = nowMs;
    const { ipv4, ipv6, sampling, templateSet } = this.#dialect;
    this.#set(out, templateSet, () => {
      for (const { id, fields } of [ipv4, ipv6]) {
        out.unsigned(id, 2).unsigned(fields.length, 2);
        describe(out, fields);
      }
    });
    if (this.#samplingRate === 0) return { templates: 2, options: 0 };
    this.#options(out, sampling);
    return { templates: 3, options: 1 };
  }

  #options(out: OctetWriter, { id, scope, fields }: EncodedOptions): void {
    const { optionsHeader, optionsTemplateSet } = this.#dialect;
    const octets = optionsHeader === "octets";
    this.#set(out, optionsTemplateSet, () => {
      out.unsigned(id, 2);
      out.unsigned(octets ? scope.length * 4 : scope.length + fields.length, 2);
      out.unsigned(octets ? fields.length * 4 : scope.length, 2);
      describe(out, [...scope, ...fields]);
    });
    const announced = { samplingRate: this.#samplingRate, domain: this.#domain };
    this.#set(out, id, () => {
      for (const { length, value } of [...scope, ...fields]) out.unsigned(value(announced), length);
    });
  }

  #flows(out: OctetWriter, flows: readonly SampleFlow[]): void {
    const { ipv4, ipv6 } = this.#dialect;
    const sources = flows.map((flow) => recordSource(flow, this.#bootMs));
    for (let from = 0; from < sources.length;) {
      const family = isIpv4Flow(sources[from]);
      let to = from + 1;
      while (to < sources.length && isIpv4Flow(sources[to]) === family) to++;
      const run = sources.slice(from, to);
      const { id, fields } = family ? ipv4 : ipv6;
      this.#set(out, id, () => run.forEach((source) => record(out, fields, source)));
      from = to;
    }
  }

  #set(out: OctetWriter, id: number, write: () => void): void {
    const from = out.length;
    out.unsigned(id, 2).unsigned(SET_HEADER, 2);
    write();
    out.pad(this.#dialect.align);
    out.patch(from + 2, out.length - from);
  }
}

function describe(out: OctetWriter, fields: readonly (EncodedField | EncodedOption)[]): void {
  for (const { id, length } of fields) out.unsigned(id, 2).unsigned(length, 2);
}

function record(out: OctetWriter, fields: readonly EncodedField[], source: RecordSource): void {
  for (const { length, value } of fields) {
    const written = value(source);
    if (typeof written === "number") out.unsigned(written, length);
    else out.words(written);
  }
}
