import type { Json } from "./raw_mcp.ts";
import type { TsharkRecord } from "./tshark.ts";

/** What two decoders must agree on of a flow; counters as exported, times in Unix milliseconds. */
export interface FlowSummary {
  src_addr: string | null;
  dst_addr: string | null;
  src_port: number | null;
  dst_port: number | null;
  protocol: number | null;
  bytes: number | null;
  packets: number | null;
  start_ms: number | null;
  end_ms: number | null;
  in_if: number | null;
  out_if: number | null;
  tcp_flags: number | null;
  ip_tos: number | null;
  /** Null for 0 too: of autonomous systems and next hops that means unknown. */
  src_as: number | null;
  dst_as: number | null;
  next_hop: string | null;
  src_prefix_len: number | null;
  dst_prefix_len: number | null;
}

/** @param record that `decode` printed */
export function summaryOfRecord(record: Json): FlowSummary {
  const { src_addr, dst_addr, src_port, dst_port, protocol, bytes, packets } = record;
  const rate = record.sampling_rate ?? 1;
  const exported = (value: number | null) => value === null ? null : value / rate;
  const time = (text: string | null) => text === null ? null : Date.parse(text);
  return {
    ...{ src_addr, dst_addr, src_port, dst_port, protocol },
    ...{ bytes: exported(bytes), packets: exported(packets) },
    ...{ start_ms: time(record.start_at), end_ms: time(record.end_at) },
    ...{ in_if: record.in_if, out_if: record.out_if },
    ...{ tcp_flags: record.tcp_flags, ip_tos: record.ip_tos },
    ...{ src_as: record.src_as, dst_as: record.dst_as, next_hop: record.next_hop },
    ...{ src_prefix_len: record.src_prefix_len, dst_prefix_len: record.dst_prefix_len },
  };
}

/** The wrap of an uptime of 32 bits in milliseconds. */
const WRAP = 2 ** 32;

/** tshark shows an uptime of 0 as this date. */
const NO_DATE = "Jan  1, 1970 00:00:00.000000000 UTC";

/**
 * What tshark shows of the flows of a capture, read by the RFCs anew: nothing of the project's
 * decoder is used. A record that counts both directions (elements 231, 232, 298, 299; RFC 5103)
 * gives two summaries. What tshark does not tell (of the reverse, or in an element of an enterprise
 * that it does not know) is left out of them.
 *
 * @param records all that tshark shows, options included
 */
export function summariesOfTshark(records: readonly TsharkRecord[]): Partial<FlowSummary>[] {
  const boots = new Map<string, number>();
  return [...Map.groupBy(records, ({ header }) => header).values()].flatMap((message) => {
    // Options count for records before them in the same message.
    const readings = message.toReversed().map((record) => new Reading(record, boots)).reverse();
    return readings.flatMap((reading) => reading.summaries());
  });
}

class Reading {
  readonly #record: TsharkRecord;
  /** When exporters started, where they say so in a record or in options (element 160). */
  readonly #boots: ReadonlyMap<string, number>;
  readonly #exporter: string;

  constructor(record: TsharkRecord, boots: Map<string, number>) {
    this.#record = record;
    this.#boots = boots;
    this.#exporter = `${record.header.get("ip.src")}|${record.header.get("cflow.od_id")}`;
    const boot = this.#text("sys_init_time");
    if (boot !== null) boots.set(this.#exporter, calendarMs(boot)!);
  }

  summaries(): Partial<FlowSummary>[] {
    if (this.#record.options) return [];
    const forward: FlowSummary = {
      src_addr: this.#address("srcaddr", "srcaddrv6") ??
        this.#text("pie.cisco.connection_client_ipv4_address"),
      dst_addr: this.#address("dstaddr", "dstaddrv6") ??
        this.#text("pie.cisco.connection_server_ipv4_address"),
      src_port: this.#number("srcport"),
      dst_port: this.#number("dstport", "pie.cisco.connection_server_transport_port"),
      protocol: this.#number("protocol"),
      bytes: this.#number("octets", "initiator_octets", "post_octets", "permanent_octets"),
      packets: this.#number("packets", "initiator_packets", "post_packets", "permanent_packets"),
      start_ms: this.#time("start"),
      // An event has one time, of its observation.
      end_ms: this.#time("end") ?? this.#calendar("observation_time_milliseconds"),
      in_if: this.#number("inputint"),
      out_if: this.#number("outputint"),
      tcp_flags: this.#number("tcpflags", "tcpflags16"),
      ip_tos: this.#number("tos"),
      src_as: this.#number("srcas") || null,
      dst_as: this.#number("dstas") || null,
      next_hop: this.#address("nexthop", "nexthopv6", { zero: false }),
      src_prefix_len: this.#number("srcmask", "srcmaskv6"),
      dst_prefix_len: this.#number("dstmask", "dstmaskv6"),
    };
    const { fields } = this.#record;
    const { tcp_flags, ...rest } = forward;
    const told = tcp_flags === null && fields.has("cflow.enterprise_private_entry")
      ? rest
      : forward;
    const bytes = this.#reverse("octets");
    const packets = this.#reverse("packets");
    if ((bytes ?? 0) === 0 && (packets ?? 0) === 0) return [told];
    const tos = fields.get("reverse.cflow.tos")?.[0];
    return [told, {
      ...{ src_addr: forward.dst_addr, dst_addr: forward.src_addr },
      ...{ src_port: forward.dst_port, dst_port: forward.src_port, protocol: forward.protocol },
      ...{ in_if: forward.out_if, out_if: forward.in_if },
      ...{ bytes, packets, start_ms: forward.start_ms, end_ms: forward.end_ms },
      ...(tos === undefined ? {} : { ip_tos: Number(tos) }),
    }];
  }

  #text(...names: string[]): string | null {
    for (const name of names) {
      const value = this.#record.fields.get(`cflow.${name}`)?.[0];
      if (value !== undefined) return value;
    }
    return null;
  }

  #number(...names: string[]): number | null {
    const value = this.#text(...names);
    return value === null ? null : Number(value);
  }

  #reverse(what: "octets" | "packets"): number | null {
    const { fields } = this.#record;
    const value = fields.get(`reverse.cflow.${what}`) ??
      fields.get(`reverse.cflow.permanent_${what}`);
    return value === undefined ? this.#number(`responder_${what}`) : Number(value[0]);
  }

  /** The first that is one; of the outer header where there are several. */
  #address(v4: string, v6: string, { zero = true }: { zero?: boolean } = {}): string | null {
    const all = [...this.#record.fields]
      .filter(([name]) => name === `cflow.${v4}` || name === `cflow.${v6}`)
      .flatMap(([, values]) => values);
    return all.find((value) => value !== "0.0.0.0" && value !== "::") ?? (zero ? all[0] : null) ??
      null;
  }

  #calendar(name: string): number | null {
    const text = this.#text(name);
    return text === null ? null : calendarMs(text);
  }

  #time(name: "start" | "end"): number | null {
    const { header } = this.#record;
    const calendar = this.#text(`abstime${name}`);
    if (calendar !== null && calendar !== NO_DATE) return calendarMs(calendar);
    const uptime = calendar === NO_DATE ? 0 : this.#number(`time${name}`);
    const now = calendarMs(header.get("cflow.timestamp") ?? "");
    if (uptime === null || now === null) return null;
    const sysUptime = header.get("cflow.sysuptime");
    const boot = this.#boots.get(this.#exporter) ??
      (sysUptime && now - Math.round(Number(sysUptime) * 1000));
    if (boot === undefined || boot === "") return null;
    // Before the export, or shortly after it: uptimes are of 32 bits.
    const difference = boot + Math.round(uptime * 1000) - now;
    return now + ((difference % WRAP) + WRAP + WRAP / 2) % WRAP - WRAP / 2;
  }
}

/** A time as in "Oct 21, 2022 11:07:58.660000000 UTC", in whole milliseconds. */
function calendarMs(text: string): number | null {
  const found = /^(.+:\d\d)\.(\d{3})\d* UTC$/.exec(text);
  return found === null ? null : Date.parse(`${found[1]} UTC`) + Number(found[2]);
}

/** What nfdump prints of a flow: it knows no absence, so that 0 stands for it. */
export type NfdumpSummary = {
  [name in Exclude<keyof FlowSummary, "next_hop" | "src_prefix_len" | "dst_prefix_len">]:
    | string
    | number;
};

const ICMP = [1, 58];

/** @param record that nfdump printed; of ICMP it prints type and code where the ports stood */
export function summaryOfNfdump(record: ReadonlyMap<string, string>): NfdumpSummary {
  const text = (label: string): string => record.get(label) ?? "";
  const number = (label: string): number => parseInt(record.get(label) ?? "0");
  const protocol = number("proto");
  return {
    src_addr: text("src addr"),
    dst_addr: text("dst addr"),
    src_port: number("src port"),
    dst_port: ICMP.includes(protocol) ? 0 : number("dst port"),
    protocol,
    bytes: number("in bytes"),
    packets: number("in packets"),
    start_ms: number("first"),
    end_ms: number("last"),
    in_if: number("input"),
    out_if: number("output"),
    tcp_flags: number("tcp flags"),
    ip_tos: number("src tos"),
    src_as: number("src as"),
    dst_as: number("dst as"),
  };
}

/** A summary as nfdump would print it. */
export function asNfdump(flow: FlowSummary): NfdumpSummary {
  const { next_hop: _, src_prefix_len: _src, dst_prefix_len: _dst, ...rest } = flow;
  const known = Object.entries(rest).map(([name, value]) => [name, value ?? 0]);
  return {
    ...Object.fromEntries(known),
    src_addr: flow.src_addr ?? "",
    dst_addr: flow.dst_addr ?? "",
    dst_port: ICMP.includes(flow.protocol ?? 0) ? 0 : flow.dst_port ?? 0,
  };
}
