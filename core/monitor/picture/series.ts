import { PRESENCE_WORDS, presenceBit } from "../../flow/schema.ts";
import { GroupTable } from "../../query/group_table.ts";
import { MainPartner } from "./main_partner.ts";
import { MAX_HOSTS } from "./host_ids.ts";
import type { PictureBlock } from "./picture_block.ts";
import { hasPorts, servicePort } from "./serving_side.ts";
import type { Stretch, TimeBins } from "./time_bins.ts";

/** Most series that are kept: 100 bins of 16,384 take 13 MiB. */
const MAX_SERIES = 16_384;
/** Services: TCP and UDP by port, other protocols by number. */
const UDP_AT = 65_536;
const OTHERS_AT = 131_072;
const SERVICES = OTHERS_AT + 256;
const NONE = -1;
const FIRST_SERIES = 64;
/** Classes of the delay between a flow's beginning and its export: powers of two of a second. */
const DELAYS = 16;

const wordOf = (name: Parameters<typeof presenceBit>[0]) => presenceBit(name) >> 5;
const maskOf = (name: Parameters<typeof presenceBit>[0]) => 1 << (presenceBit(name) & 31);
const IN_WORD = wordOf("in_if");
const IN_MASK = maskOf("in_if");
const OUT_WORD = wordOf("out_if");
const OUT_MASK = maskOf("out_if");

/** What a series is of. */
export type SeriesOf =
  | { kind: "network" }
  | { kind: "host"; host: number }
  | { kind: "service"; protocol: number; port: number }
  | { kind: "interface"; exporter: number; ifIndex: number; direction: "in" | "out" };

/**
 * Octets over time: of everything, by host, by service and by interface. A flow is spread over the
 * time that it took, so that a long one is no spike when it is exported.
 */
export class TrafficSeries {
  readonly bins: TimeBins;
  readonly of: SeriesOf[] = [{ kind: "network" }];
  values: Float64Array;
  /** With whom hosts exchanged most before the window, by number of their series. */
  readonly partners = new MainPartner();
  /** Hosts, services and interfaces that found no room. */
  refused = 0;
  readonly #named: Uint8Array;
  readonly #hosts = new Int32Array(MAX_HOSTS).fill(NONE);
  readonly #services = new Int32Array(SERVICES).fill(NONE);
  readonly #interfaces = new GroupTable(2, 4096);
  readonly #interfaceSeries: number[] = [];
  /** Octets by class of delay, of each series. */
  #delays = new Float64Array(DELAYS * FIRST_SERIES);

  /** @param bins that time is divided into, and which ports are `named` */
  constructor(bins: TimeBins, { named }: { named: Uint8Array }) {
    this.bins = bins;
    this.#named = named;
    this.values = new Float64Array(bins.count * FIRST_SERIES);
  }

  /** The bins of one series. */
  series(id: number): Float64Array {
    return this.values.subarray(id * this.bins.count, (id + 1) * this.bins.count);
  }

  /** Number of the series of a host; negative where it has none. */
  hostSeries(host: number): number {
    return this.#hosts[host];
  }

  /**
   * How long after it began nearly all traffic (95 % of the octets) of a series has been exported,
   * ms: what is younger than that is not wholly known yet. One long backup keeps the series of its
   * hosts, service and interfaces open, and that of all traffic, and no others.
   *
   * @param id of the series
   */
  settleMs(id: number): number {
    const delays = this.#delays.subarray(id * DELAYS, (id + 1) * DELAYS);
    const all = delays.reduce((sum, octets) => sum + octets, 0);
    let below = 0;
    for (let i = 0; i < DELAYS; i++) {
      below += delays[i];
      if (below >= all * 0.95) return i === 0 ? 0 : 1000 * 2 ** i;
    }
    return 0;
  }

  /**
   * Takes in the rows of a block that was read for a stretch of time.
   *
   * @param block rows
   * @param stretch that they were read for, by arrival
   * @param exporters id of the exporter by row of the block
   */
  fold(block: PictureBlock, stretch: Stretch, exporters: Int32Array): void {
    const { columns, count, source, destination, start, end, slot: slots } = block;
    const { presence, src_port, dst_port, protocol, bytes, in_if, out_if, received_at } = columns;
    const named = this.#named;
    const before = stretch === this.bins.reference;
    const parts = this.#parts;
    const lately = stretch !== this.bins.dayBefore;
    const reach = lately ? this.bins.recent : stretch;
    for (let i = 0; i < count; i++) {
      const slot = slots[i];
      const octets = bytes[slot];
      if (octets === 0) continue;
      const proto = protocol[slot];
      let service = OTHERS_AT + proto;
      if (hasPorts(proto)) {
        const port = servicePort(src_port[slot], dst_port[slot], named);
        if (proto === 6) service = port;
        else if (proto === 17) service = UDP_AT + port;
      }
      parts.delay = lately ? delayClass(received_at[slot] - start[i]) : NONE;
      const host = this.#hosts[source[i]];
      const peer = this.#hosts[destination[i]];
      const one = this.#services[service];
      const known = presence[slot * PRESENCE_WORDS + IN_WORD];
      const out = presence[slot * PRESENCE_WORDS + OUT_WORD];
      this.#spread(reach, start[i], end[i]);
      this.#add(0, octets);
      const sender = host === NONE ? this.#openHost(source[i]) : host;
      this.#add(sender, octets);
      if (source[i] !== destination[i]) {
        const receiver = peer === NONE ? this.#openHost(destination[i]) : peer;
        this.#add(receiver, octets);
        if (before) {
          this.partners.note(sender, destination[i], octets);
          this.partners.note(receiver, source[i], octets);
        }
      }
      this.#add(one === NONE ? this.#openService(service) : one, octets);
      if ((known & IN_MASK) !== 0) {
        this.#add(this.#interface(exporters[i], in_if[slot], 0), octets);
      }
      if ((out & OUT_MASK) !== 0) {
        this.#add(this.#interface(exporters[i], out_if[slot], 1), octets);
      }
    }
  }

  /** Those of the flow that is being taken in. */
  readonly #parts: Parts = { first: 0, last: 0, firstPart: 1, eachPart: 0, lastPart: 0, delay: 0 };

  #spread({ fromMs, first, end: endBin }: Stretch, start: number, end: number): void {
    const { binMs } = this.bins;
    const parts = this.#parts;
    const from = (start - fromMs) / binMs;
    const to = (Math.max(end, start) - fromMs) / binMs;
    const a = Math.floor(from);
    const b = Math.floor(to);
    if (a === b) {
      parts.first = parts.last = a < 0 || first + a >= endBin ? NONE : first + a;
      parts.firstPart = 1;
      return;
    }
    const length = to - from;
    // What lies before or behind the stretch is of no bin of it.
    const low = Math.max(a, 0);
    const high = Math.min(b, endBin - first - 1);
    if (high < low) {
      parts.first = NONE;
      return;
    }
    parts.first = first + low;
    parts.last = first + high;
    parts.firstPart = (Math.min(low + 1, to) - Math.max(low, from)) / length;
    parts.eachPart = 1 / length;
    parts.lastPart = (Math.min(high + 1, to) - Math.max(high, from)) / length;
  }

  #add(series: number, octets: number): void {
    const parts = this.#parts;
    if (series < 0) return;
    if (parts.delay !== NONE) this.#delays[series * DELAYS + parts.delay] += octets;
    if (parts.first === NONE) return;
    const at = series * this.bins.count;
    const { values } = this;
    values[at + parts.first] += octets * parts.firstPart;
    if (parts.first === parts.last) return;
    for (let bin = parts.first + 1; bin < parts.last; bin++) {
      values[at + bin] += octets * parts.eachPart;
    }
    values[at + parts.last] += octets * parts.lastPart;
  }

  #openHost(host: number): number {
    return this.#hosts[host] = this.#open({ kind: "host", host });
  }

  #openService(service: number): number {
    const port = service < OTHERS_AT ? service & 0xffff : 0;
    const protocol = service < UDP_AT ? 6 : service < OTHERS_AT ? 17 : service - OTHERS_AT;
    return this.#services[service] = this.#open({ kind: "service", protocol, port });
  }

  #interface(exporter: number, ifIndex: number, direction: 0 | 1): number {
    const { key } = this.#interfaces;
    key[0] = exporter * 2 + direction;
    key[1] = ifIndex;
    const id = this.#interfaces.find();
    if (id < 0) return -2;
    return this.#interfaceSeries[id] ??= this.#open({
      kind: "interface",
      exporter,
      ifIndex,
      direction: direction === 0 ? "in" : "out",
    });
  }

  /** A series of its own; -2 when there is no room, so that nobody asks again. */
  #open(of: SeriesOf): number {
    if (this.of.length >= MAX_SERIES) {
      this.refused++;
      return -2;
    }
    const id = this.of.push(of) - 1;
    if ((id + 1) * this.bins.count > this.values.length) {
      const values = new Float64Array(this.values.length * 2);
      values.set(this.values);
      this.values = values;
    }
    if ((id + 1) * DELAYS > this.#delays.length) {
      const delays = new Float64Array(this.#delays.length * 2);
      delays.set(this.#delays);
      this.#delays = delays;
    }
    return id;
  }
}

/**
 * First bin, last bin, the parts of a flow in the first, in each between, in the last, and the class
 * of its delay.
 */
interface Parts {
  first: number;
  last: number;
  firstPart: number;
  eachPart: number;
  lastPart: number;
  delay: number;
}

function delayClass(ms: number): number {
  return ms <= 2000 ? 0 : Math.min(DELAYS - 1, Math.ceil(Math.log2(ms / 1000)));
}
