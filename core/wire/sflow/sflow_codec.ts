import type { Codec, CodecContext, DatagramSource, ExporterAccount } from "../codec.ts";
import { DatagramViews } from "../datagram_views.ts";
import { LIMITS } from "../limits.ts";
import { type Agent, AgentLedger } from "./agent_ledger.ts";
import { CounterRows } from "./counter_rows.ts";
import { CounterSample } from "./counter_sample.ts";
import { COUNTER_STRUCTURES } from "./counter_structures.ts";
import { DatagramProblems } from "./datagram_problems.ts";
import { describeSample } from "./describe_sample.ts";
import { FLOW_STRUCTURES } from "./flow_structures.ts";
import { type SampleHead, SampleRow } from "./sample_row.ts";
import { readSampleHead, type SampleNumbers } from "./sample_head.ts";
import { SFLOW_VERSION } from "./is_sflow.ts";
import { settleNames } from "./settle_names.ts";
import { formatStructureNumber } from "./structure.ts";
import { ENVELOPE, XdrCursor } from "./xdr_cursor.ts";

const FLOW_SAMPLE = 1;
const COUNTERS_SAMPLE = 2;
const FLOW_SAMPLE_EXPANDED = 3;
const COUNTERS_SAMPLE_EXPANDED = 4;
const DISCARDED_PACKET = 5;

/**
 * Decoder of sFlow version 5 (sflow.org, "sFlow Version 5", July 2004, and the structures defined
 * since). A flow sample becomes a row that stands for as many packets as its sampling rate says; a
 * discarded packet becomes a row with an `event`; counter samples become rows of the tables of
 * interfaces and device counters.
 *
 * Every length is checked against what holds it. A sample that does not fit, or of which a
 * structure does not, gives no row and costs no other; a structure that is not known is stepped
 * over and counted.
 */
export class SflowCodec implements Codec {
  readonly #context: CodecContext;
  readonly #counters: CounterRows;
  readonly #problems: DatagramProblems;
  readonly #views = new DatagramViews();
  readonly #xdr = new XdrCursor();
  readonly #row: SampleRow;
  readonly #ledger = new AgentLedger();
  readonly #counterSample = new CounterSample();
  readonly #agentWords = new Uint32Array(4);
  /** One object for all samples. */
  readonly #head: SampleHead = {
    receivedAt: 0,
    exporter: null,
    domain: 0,
    rate: 0,
    rateConfigured: false,
    sourceClass: 0,
    sourceIndex: 0,
    input: -1,
    output: -1,
    dropReason: -1,
  };
  readonly #numbers: SampleNumbers = { sequence: 0, rate: 0, pool: 0, drops: 0 };
  #agent!: Agent;
  #uptimeMs = 0;
  /** The rate that the operator gave the agent, or 0. */
  #configuredRate = 0;
  /** Rows that were written and not committed. */
  #pending = 0;
  #records = 0;
  /** Rate of the last flow sample of the datagram, -1 for none; samples lost and dropped. */
  #rate = -1;
  #lost = 0;
  #dropped = 0;

  /** @param context where rows, exporters and problems go */
  constructor(context: CodecContext) {
    this.#context = context;
    this.#counters = new CounterRows(context);
    this.#problems = new DatagramProblems(context.report);
    this.#row = new SampleRow({ ...context, columns: context.rows.columns });
  }

  /** @param datagram any payload */
  decode(datagram: Uint8Array, source: DatagramSource, receivedAtMs: number): void {
    const { rows, exporters } = this.#context;
    const view = this.#views.of(datagram);
    this.#xdr.reset(view, 0, datagram.length);
    const receivedAt = rows.receivedAt(receivedAtMs);
    const header = this.#datagramHeader(source, receivedAt);
    if (header !== null) {
      this.#samples(header.samples);
      this.#flush();
      const { domain, exporter } = this.#head;
      settleNames({ agent: this.#agent, problems: this.#problems }, {
        names: this.#context.interfaceNames,
        exporter,
        records: this.#records,
        nowMs: receivedAt,
      });
      this.#account(exporters.find(this.#agent.source, domain, receivedAt), header.sequence);
    }
    this.#problems.flush();
  }

  /** Version, agent, sub-agent, sequence, uptime, count of samples; null where it is none. */
  #datagramHeader(
    source: DatagramSource,
    receivedAt: number,
  ): { sequence: number; samples: number } | null {
    const xdr = this.#xdr;
    const octets = xdr.end;
    const version = xdr.u32();
    if (xdr.overrun) {
      const found = () => `${octets} octets`;
      const expected = "a version of 4 octets";
      this.#problems.add(octets === 0 ? "empty_datagram" : "truncated_header", 0, {
        found,
        expected,
      });
      return null;
    }
    if (version !== SFLOW_VERSION) {
      this.#problems.add("unknown_version", 0, {
        found: () => `version ${version}`,
        expected: "sFlow version 5",
      });
      return null;
    }
    const type = octets >= 8 ? xdr.view.getUint32(4) : 0;
    if (type > 2) {
      this.#problems.add("unknown_version", 4, {
        found: () => `an agent address of type ${type}`,
        expected: "1 (IPv4) or 2 (IPv6)",
      });
      return null;
    }
    const words = this.#agentWords;
    const hasAddress = xdr.address(words) && (words[0] | words[1] | words[3]) !== 0;
    const subAgent = xdr.u32();
    const sequence = xdr.u32();
    this.#uptimeMs = xdr.u32();
    const samples = xdr.u32();
    if (xdr.overrun) {
      this.#problems.add("truncated_header", octets, {
        found: () => `${octets} octets`,
        expected: "a whole datagram header",
      });
      return null;
    }
    this.#agent = this.#ledger.find(hasAddress ? words : null, source, subAgent);
    this.#ledger.datagram(this.#agent, sequence, this.#uptimeMs);
    this.#configuredRate = this.#rateConfiguredFor(this.#agent.source);
    const head = this.#head;
    head.exporter = this.#agent.words ?? this.#context.exporters.addressWords(source.address);
    head.domain = subAgent;
    head.receivedAt = receivedAt;
    this.#records = this.#pending = 0;
    this.#lost = this.#dropped = 0;
    this.#rate = -1;
    return { sequence, samples };
  }

  /** What the operator says of an agent, or else of who sends for it. */
  #rateConfiguredFor({ address, sender }: DatagramSource): number {
    const { configuredRate } = this.#context;
    if (configuredRate === undefined) return 0;
    return configuredRate(address) || (sender === undefined ? 0 : configuredRate(sender));
  }

  #account(account: ExporterAccount | null, sequence: number): void {
    if (account === null) return;
    const { receivedAt } = this.#head;
    account.seen(this.#records, receivedAt);
    if (this.#rate >= 0) {
      const stated = this.#configuredRate > 0 ? "configured" : "in_record";
      account.sampled(this.#rate, this.#rate > 0 ? stated : "assumed");
    }
    // Samples have numbers of their own, but a datagram that is lost is missing in both: only
    // datagrams count as loss.
    account.sequence(sequence, { units: 1, unit: "datagrams", nowMs: receivedAt }, {
      uptimeMs: this.#uptimeMs,
      // sFlow says no time of day: arrival is the best there is to tell a restart by.
      unixMs: receivedAt,
    });
    if (this.#lost !== 0 || this.#dropped > 0) account.samples(this.#lost, this.#dropped);
  }

  #samples(announced: number): void {
    const xdr = this.#xdr;
    const end = xdr.end;
    for (let i = 0; i < announced; i++) {
      // Some agents pad what they send; no sample has the number 0.
      while (end - xdr.at >= 4 && xdr.view.getUint32(xdr.at) === 0) xdr.at += 4;
      const offset = xdr.at;
      if (end - offset < ENVELOPE) {
        this.#problems.add("records_beyond_payload", offset, {
          found: () => `${i} samples`,
          expected: `the ${announced} that the header announces`,
          count: Math.min(announced - i, LIMITS.sflowSamples),
        });
        return;
      }
      const number = xdr.u32();
      const length = xdr.u32();
      if (length > end - xdr.at) {
        this.#problems.add("bad_sample", offset, {
          found: () => `${length} octets of sample ${formatStructureNumber(number)}`,
          expected: `at most the ${end - xdr.at} that are left`,
          count: Math.min(announced - i, LIMITS.sflowSamples),
        });
        return;
      }
      const to = xdr.at + length;
      xdr.end = to;
      this.#sample(number, offset);
      xdr.overrun = false;
      xdr.end = end;
      xdr.at = Math.min(to + (-length & 3), end);
    }
    this.#trailing();
  }

  #trailing(): void {
    const { view, at, end } = this.#xdr;
    for (let i = at; i < end; i++) {
      if (view.getUint8(i) === 0) continue;
      this.#problems.add("trailing_octets", at, {
        found: () => `${end - at} octets more`,
        expected: "the end, or zeros",
      });
      return;
    }
  }

  #sample(number: number, offset: number): void {
    switch (number) {
      case FLOW_SAMPLE:
      case FLOW_SAMPLE_EXPANDED:
        return this.#flowSample(number === FLOW_SAMPLE_EXPANDED, offset);
      case COUNTERS_SAMPLE:
      case COUNTERS_SAMPLE_EXPANDED:
        return this.#countersSample(number === COUNTERS_SAMPLE_EXPANDED, offset);
      case DISCARDED_PACKET:
        return this.#discardedPacket(offset);
      default:
        this.#problems.unknown("sample", number, offset);
    }
  }

  #flowSample(expanded: boolean, offset: number): void {
    const xdr = this.#xdr;
    const head = this.#head;
    const numbers = this.#numbers;
    readSampleHead(xdr, expanded ? "expanded" : "compact", { head, numbers });
    if (this.#configuredRate > 0) head.rate = numbers.rate = this.#configuredRate;
    head.rateConfigured = this.#configuredRate > 0;
    if (!this.#structures(offset)) return;
    this.#row.finish(xdr.view);
    const { rate } = numbers;
    this.#rate = rate;
    this.#keep(offset);
    const { sourceClass, sourceIndex } = head;
    const { lost, dropped, effectiveRate } = this.#ledger
      .flowSample(this.#agent, sourceClass, sourceIndex, numbers);
    this.#lost += lost;
    this.#dropped += dropped;
    if (effectiveRate === 0) return;
    this.#problems.add("sampling_rate_mismatch", offset, {
      found: () =>
        `source ${sourceClass}:${sourceIndex} with one sample in ${
          effectiveRate.toFixed(1)
        } packets`,
      expected: `the one in ${rate} that ${head.rateConfigured ? "is configured" : "it announces"}`,
    });
  }

  #discardedPacket(offset: number): void {
    readSampleHead(this.#xdr, "discarded", { head: this.#head, numbers: this.#numbers });
    if (!this.#structures(offset)) return;
    if (this.#row.finishDrop(this.#xdr.view)) return this.#keep(offset);
    this.#problems.add("dictionary_full", offset, {
      found: () => "a discarded packet",
      expected: "room for the name of its event",
    });
  }

  /**
   * Reads the structures of a sample into a row that is not kept yet.
   *
   * @returns whether they are whole
   */
  #structures(offset: number): boolean {
    const { rows } = this.#context;
    const xdr = this.#xdr;
    const end = xdr.end;
    if (this.#pending === rows.maxBatch) this.#flush();
    const slot = (rows.reserve(this.#pending + 1) + this.#pending) & rows.mask;
    const announced = xdr.u32();
    if (xdr.overrun) return this.#badSample(offset, "a head that is cut short");
    this.#row.begin(slot, this.#head);
    for (let i = 0; i < announced; i++) {
      const at = xdr.at;
      if (at === end) return this.#badSample(offset, `${i} of ${announced} structures`);
      const number = xdr.u32();
      const length = xdr.u32();
      if (xdr.overrun || length > end - xdr.at) {
        return this.#badSample(
          at,
          `${length} octets of structure ${formatStructureNumber(number)}`,
        );
      }
      const to = xdr.at + length;
      xdr.end = to;
      if (!this.#row.structure(number, xdr) && !FLOW_STRUCTURES.has(number)) {
        this.#problems.unknown("flow record", number, at);
      }
      if (xdr.overrun) this.#badStructure(number, at);
      xdr.overrun = false;
      xdr.end = end;
      xdr.at = Math.min(to + (-length & 3), end);
    }
    const protocol = this.#row.unknownProtocol;
    if (protocol !== 0) {
      this.#problems.add("unknown_header_protocol", offset, {
        found: () => `header protocol ${protocol}`,
        expected: "Ethernet, IPv4, IPv6, PPP, MPLS or 802.11",
      });
    }
    return true;
  }

  #countersSample(expanded: boolean, offset: number): void {
    const xdr = this.#xdr;
    const sample = this.#counterSample;
    const end = xdr.end;
    sample.sequence = xdr.u32();
    const source = xdr.u32();
    sample.sourceClass = expanded ? source : source >>> 24;
    sample.sourceIndex = expanded ? xdr.u32() : source & 0xff_ffff;
    const announced = xdr.u32();
    if (xdr.overrun) {
      this.#badSample(offset, "a head that is cut short");
      return;
    }
    sample.begin(xdr.view);
    for (let i = 0; i < announced; i++) {
      const at = xdr.at;
      const number = xdr.u32();
      const length = xdr.u32();
      if (xdr.overrun || length > end - xdr.at) {
        this.#badSample(at, `${i} of ${announced} structures`);
        break;
      }
      const structure = COUNTER_STRUCTURES.get(number);
      if (structure === undefined) this.#problems.unknown("counter record", number, at);
      else sample.add(structure.name, xdr.at, length);
      xdr.at = Math.min(xdr.at + length + (-length & 3), end);
    }
    const { exporter, domain, receivedAt } = this.#head;
    sample.exporter = exporter;
    sample.observationDomain = domain;
    sample.receivedAt = receivedAt;
    sample.uptimeMs = this.#uptimeMs;
    // Whoever sends flows is believed from then on.
    this.#counters.keep(sample, this.#agent.confirmedMs > 0 ? "counter" : "stranger");
    sample.end();
  }

  /** Keeps the row that was written. */
  #keep(offset: number): void {
    const { elements, rows } = this.#context;
    if (elements !== undefined) {
      elements(describeSample(this.#xdr.view, offset), {
        first: rows.next + this.#pending,
        rows: 1,
      });
    }
    this.#pending++;
    this.#records++;
  }

  #flush(): void {
    if (this.#pending > 0) this.#context.rows.commit(this.#pending);
    this.#pending = 0;
  }

  #badSample(offset: number, found: string): false {
    this.#problems.add("bad_sample", offset, {
      found: () => found,
      expected: "a sample as long as it says",
    });
    return false;
  }

  #badStructure(number: number, offset: number): void {
    this.#problems.add("bad_structure", offset, {
      found: () => {
        const name = FLOW_STRUCTURES.get(number)?.name ?? formatStructureNumber(number);
        return `${name} that is shorter than what it holds`;
      },
      expected: "a whole structure",
    });
  }
}
