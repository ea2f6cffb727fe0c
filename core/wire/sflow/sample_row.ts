import type { FlowColumns } from "../../flow/columns.ts";
import { EXPORT_FORMATS, SAMPLING_SOURCES } from "../../flow/schema.ts";
import type { CodecContext } from "../codec.ts";
import type { InterfaceNameKeeper } from "../interface_name_keeper.ts";
import { SampledPacket } from "../packet/sampled_packet.ts";
import { putSampledEthernet, putSampledIp, putSocket } from "./decoded_headers.ts";
import { dropForwardingStatus, dropReasonName } from "./drop_reason.ts";
import { FLOW } from "./flow_structures.ts";
import { firstHeaderOf, isLayer2 } from "./header_protocol.ts";
import { putInterfaceNames } from "./put_interface_names.ts";
import { type AddressField, RowCells } from "./row_cells.ts";
import type { XdrCursor } from "./xdr_cursor.ts";

const SFLOW5 = EXPORT_FORMATS.indexOf("sflow5");
const IN_RECORD = SAMPLING_SOURCES.indexOf("in_record");
const CONFIGURED = SAMPLING_SOURCES.indexOf("configured");
const ASSUMED = SAMPLING_SOURCES.indexOf("assumed");
const INGRESS = 0;
const EGRESS = 1;
const UNKNOWN = 0xffff_ffff;
const MAX_VLAN = 4094;
const MAX_PREFIX = 128;
/** `service_direction` of a transaction. */
const CLIENT = 1;

/** What may be written to latency_source, the most wanted first. */
const LATENCY_SOURCES = [
  "sflow_tcp_info",
  "sflow_transaction",
  "sflow_http_request",
  "sflow_app_operation",
  "sflow_memcache_operation",
  "sflow_transit",
] as const;

/** What the head of a flow sample or a discarded packet says; one object serves all. */
export interface SampleHead {
  receivedAt: number;
  /** Agent, four words; null when it is not known. */
  exporter: Uint32Array | null;
  /** Sub-agent id. */
  domain: number;
  /** One packet in this many; 0 where it is not known. */
  rate: number;
  /** Whether the operator says so. */
  rateConfigured: boolean;
  /** Class and index of the data source. */
  sourceClass: number;
  sourceIndex: number;
  /** ifIndex, or -1 where it is not known, or there is none, or are several. */
  input: number;
  output: number;
  /** Reason code of a packet that was discarded, or -1. */
  dropReason: number;
}

/**
 * Writes one flow sample into a row. Structures come in any order: what the agent says in words of
 * its own (VLAN, next hop, AS) counts before what stands in the sampled header, and the header
 * before the agent's reading of it (`sampled_ipv4` and its like). Nothing is allocated per sample.
 */
export class SampleRow {
  readonly #cells: RowCells;
  readonly #packet = new SampledPacket();
  readonly #words = new Uint32Array(4);
  #rate = 0;
  #rateConfigured = false;
  #dropReason = -1;
  /** Of the sampled header: protocol (0 where there is none) and octets of the frame. */
  #headerProtocol = 0;
  #frameLength = 0;
  /** Where the structures that wait for `finish` lie, -1 for nowhere, and octets of an address. */
  #ethernetAt = -1;
  #ethernetLength = 0;
  #ipAt = -1;
  #ipOctets = 4;
  #socketAt = -1;
  #socketOctets = 4;
  /** Whether the sample is of an application's operation, and of one that it asked for. */
  #operation = false;
  #client = false;
  /** Whether it says what addresses were translated to. */
  #nat = false;
  readonly #names: InterfaceNameKeeper | undefined;
  /** Place in LATENCY_SOURCES of the latency that was written. */
  #latencyRank: number = LATENCY_SOURCES.length;
  /** Protocol of a sampled header that cannot be decoded, or 0. */
  unknownProtocol = 0;

  /** @param context `columns` of the ring, its `dictionary`, and names that agents told */
  constructor(
    context: Pick<CodecContext, "dictionary" | "interfaceNames"> & { columns: FlowColumns },
  ) {
    this.#cells = new RowCells(context);
    this.#names = context.interfaceNames;
  }

  /**
   * Begins a row.
   *
   * @param slot to write
   * @param head of the sample
   */
  begin(slot: number, head: SampleHead): void {
    this.#headerProtocol = this.#frameLength = this.unknownProtocol = 0;
    this.#ethernetAt = this.#ipAt = this.#socketAt = -1;
    this.#operation = this.#client = this.#nat = false;
    this.#latencyRank = LATENCY_SOURCES.length;
    this.#rate = head.rate;
    this.#rateConfigured = head.rateConfigured;
    this.#dropReason = head.dropReason;
    const cells = this.#cells;
    cells.open(slot);
    cells.put(cells.of.export_format, SFLOW5);
    cells.put(cells.of.observation_domain, head.domain);
    cells.put(cells.of.received_at, head.receivedAt);
    if (head.exporter !== null) cells.putWords(cells.of.exporter, head.exporter);
    const { input, output } = head;
    if (input >= 0) cells.put(cells.of.in_if, input);
    if (output >= 0) cells.put(cells.of.out_if, output);
    putInterfaceNames(cells, this.#names, head);
    if (head.sourceClass !== 0 || input === output) return;
    if (head.sourceIndex === input) cells.put(cells.of.direction, INGRESS);
    else if (head.sourceIndex === output) cells.put(cells.of.direction, EGRESS);
  }

  /**
   * Takes one structure of the sample.
   *
   * @param number of the structure
   * @param xdr at its first octet, its end set to the structure's; `overrun` says afterwards
   *   whether the structure was cut short
   * @returns whether the structure has a part in rows
   */
  structure(number: number, xdr: XdrCursor): boolean {
    switch (number) {
      case FLOW.sampledHeader:
        this.#sampledHeader(xdr);
        return true;
      case FLOW.sampledEthernet:
        this.#ethernetLength = xdr.left;
        this.#ethernetAt = xdr.take(20);
        return true;
      case FLOW.sampledIpv4:
        this.#ipOctets = 4;
        this.#ipAt = xdr.take(32);
        return true;
      case FLOW.sampledIpv6:
        this.#ipOctets = 16;
        this.#ipAt = xdr.take(56);
        return true;
      case FLOW.extendedSwitch:
        this.#switch(xdr);
        return true;
      case FLOW.extendedRouter:
        this.#router(xdr);
        return true;
      case FLOW.extendedGateway:
        this.#gateway(xdr);
        return true;
      case FLOW.extendedMpls:
        this.#address("next_hop", xdr);
        // Label stack entries, top first (RFC 3032 §2.1).
        if (xdr.count(4) > 0) this.#cells.put(this.#cells.of.mpls_label, xdr.u32() >>> 12);
        return true;
      case FLOW.extendedNat:
        this.#nat = true;
        this.#address("nat_src_addr", xdr);
        this.#address("nat_dst_addr", xdr);
        return true;
      case FLOW.extendedNatPort:
        this.#natPorts(xdr);
        return true;
      case FLOW.extendedVlanTunnel:
      case FLOW.extendedVlanIn:
        // Outermost first, each a TPID and a TCI.
        if (xdr.count(4) > 0) this.#vlan(xdr.u32() & 0xfff);
        return true;
      case FLOW.extendedTransit:
        this.#latency("sflow_transit", xdr.u32() / 1e6, xdr);
        return true;
      case FLOW.extendedTcpInfo:
        this.#tcpInfo(xdr);
        return true;
      case FLOW.extendedSocketIpv4:
        this.#socketOctets = 4;
        this.#socketAt = xdr.take(20);
        return true;
      case FLOW.extendedSocketIpv6:
        this.#socketOctets = 16;
        this.#socketAt = xdr.take(44);
        return true;
      default:
        return this.#operationOf(number, xdr);
    }
  }

  /**
   * Ends the row: works out what several structures say together.
   *
   * @param view the datagram
   */
  finish(view: DataView): void {
    const cells = this.#cells;
    const scale = this.#rate > 0 ? this.#rate : 1;
    const stated = this.#rateConfigured ? CONFIGURED : IN_RECORD;
    cells.put(cells.of.sampling_source, this.#rate > 0 ? stated : ASSUMED);
    if (this.#rate > 0) cells.put(cells.of.sampling_rate, this.#rate);
    this.#counters(view, scale);
    if (this.#dropReason >= 0) {
      cells.put(cells.of.dropped_packets, scale);
      cells.put(cells.of.forwarding_status, dropForwardingStatus(this.#dropReason));
    }
    this.#fill(view);
  }

  /**
   * Ends the row of a discarded packet. It is an event, so that it enters no sum of traffic, and
   * stands for one packet: discards are told of one by one and not sampled.
   *
   * @param view the datagram
   * @returns false where there is no room for the name of the event: the row must not be kept
   */
  finishDrop(view: DataView): boolean {
    const cells = this.#cells;
    cells.put(cells.of.sampling_source, ASSUMED);
    cells.put(cells.of.dropped_packets, 1);
    cells.put(cells.of.forwarding_status, dropForwardingStatus(this.#dropReason));
    this.#fill(view);
    return cells.overwriteText("event", `drop_${dropReasonName(this.#dropReason)}`);
  }

  #sampledHeader(xdr: XdrCursor): void {
    const protocol = xdr.u32();
    const frameLength = xdr.u32();
    xdr.u32(); // stripped: octets that the frame length counts and the header has not
    const from = xdr.at + 4;
    const length = xdr.opaque();
    // Of several, as in an aggregate of 802.11, the first counts.
    if (length < 0 || this.#headerProtocol !== 0) return;
    const first = firstHeaderOf(protocol);
    if (first === null) {
      this.unknownProtocol = protocol;
      return;
    }
    this.#headerProtocol = protocol;
    this.#frameLength = frameLength;
    this.#packet.read(xdr.view, from, from + length, first);
  }

  #switch(xdr: XdrCursor): void {
    const source = xdr.u32();
    xdr.take(12); // src_priority, dst_vlan, dst_priority
    if (!xdr.overrun) this.#vlan(source);
  }

  /** The VLAN of the incoming frame; 0 is none, all ones unknown. */
  #vlan(id: number): void {
    if (id > 0 && id <= MAX_VLAN) this.#cells.put(this.#cells.of.vlan, id);
  }

  #router(xdr: XdrCursor): void {
    this.#address("next_hop", xdr);
    const source = xdr.u32();
    const destination = xdr.u32();
    if (xdr.overrun) return;
    if (source <= MAX_PREFIX) this.#cells.put(this.#cells.of.src_prefix_len, source);
    if (destination <= MAX_PREFIX) this.#cells.put(this.#cells.of.dst_prefix_len, destination);
  }

  #gateway(xdr: XdrCursor): void {
    this.#address("bgp_next_hop", xdr);
    xdr.u32(); // as: the router's own
    const source = xdr.u32();
    xdr.u32(); // src_peer_as
    if (source !== 0) this.#cells.put(this.#cells.of.src_as, source);
    // An empty path may be one inside the router's own AS, or one that it does not know.
    let last = 0;
    const segments = xdr.count(8);
    for (let i = 0; i < segments && !xdr.overrun; i++) {
      xdr.u32(); // type: set or sequence
      const length = xdr.count(4);
      if (length === 0) continue;
      xdr.take((length - 1) * 4);
      last = xdr.u32();
    }
    if (last !== 0 && !xdr.overrun) this.#cells.put(this.#cells.of.dst_as, last);
  }

  #natPorts(xdr: XdrCursor): void {
    this.#nat = true;
    const source = xdr.u32();
    const destination = xdr.u32();
    if (xdr.overrun) return;
    this.#cells.putPort(this.#cells.of.nat_src_port, source);
    this.#cells.putPort(this.#cells.of.nat_dst_port, destination);
  }

  #tcpInfo(xdr: XdrCursor): void {
    xdr.take(20); // dir, snd_mss, rcv_mss, unacked, lost
    const retransmits = xdr.u32();
    xdr.u32(); // pmtu
    const rtt = xdr.u32();
    if (xdr.overrun) return;
    if (retransmits !== UNKNOWN) this.#cells.put(this.#cells.of.retransmits, retransmits);
    if (rtt !== UNKNOWN && rtt !== 0) this.#latency("sflow_tcp_info", rtt / 1000, xdr);
  }

  /** Structures of an application's operations: how long one took. */
  #operationOf(number: number, xdr: XdrCursor): boolean {
    switch (number) {
      case FLOW.transaction: {
        this.#client = xdr.u32() === CLIENT;
        const wait = xdr.u32();
        this.#took("sflow_transaction", wait + xdr.u32(), xdr);
        return true;
      }
      case FLOW.httpRequest:
        xdr.take(8); // method, protocol
        for (let i = 0; i < 7; i++) xdr.opaque();
        xdr.take(16); // req_bytes, resp_bytes
        this.#took("sflow_http_request", xdr.u32(), xdr);
        return true;
      case FLOW.appOperation:
        for (let i = 0; i < 4; i++) xdr.opaque();
        xdr.take(16); // req_bytes, resp_bytes
        this.#took("sflow_app_operation", xdr.u32(), xdr);
        return true;
      case FLOW.memcacheOperation:
        xdr.take(8); // protocol, cmd
        xdr.opaque();
        xdr.take(8); // nkeys, value_bytes
        this.#took("sflow_memcache_operation", xdr.u32(), xdr);
        return true;
      default:
        return false;
    }
  }

  #took(source: (typeof LATENCY_SOURCES)[number], microseconds: number, xdr: XdrCursor): void {
    this.#operation = true;
    this.#latency(source, microseconds / 1000, xdr);
  }

  #latency(source: (typeof LATENCY_SOURCES)[number], ms: number, xdr: XdrCursor): void {
    const rank = LATENCY_SOURCES.indexOf(source);
    if (xdr.overrun || rank >= this.#latencyRank) return;
    // A latency of which nobody knows what it is, is none.
    if (!this.#cells.overwriteText("latency_source", source)) return;
    this.#latencyRank = rank;
    this.#cells.overwrite(this.#cells.of.latency_ms, ms);
  }

  /** A sample stands for as many packets as its rate says. */
  #counters(view: DataView, scale: number): void {
    const ethernet = this.#ethernetAt >= 0;
    const header = this.#headerProtocol !== 0;
    // The octets of a request are not those of its packets, which switches sample too.
    if (this.#operation && !header && !ethernet && this.#ipAt < 0) return;
    this.#cells.put(this.#cells.of.packets, scale);
    let length = header ? this.#packet.ipLength : -1;
    if (length < 0 && this.#ipAt >= 0) length = view.getUint32(this.#ipAt);
    if (length >= 0) this.#cells.put(this.#cells.of.bytes, length * scale);
    const frame = header ? this.#frameLength : ethernet ? view.getUint32(this.#ethernetAt) : 0;
    // A packet sampled without its frame may still tell how long that was.
    const whole = !header || isLayer2(this.#headerProtocol) || frame > length;
    if (frame > 0 && whole) this.#cells.put(this.#cells.of.l2_bytes, frame * scale);
  }

  /** What is known of the packet. */
  #fill(view: DataView): void {
    const cells = this.#cells;
    if (this.#headerProtocol !== 0) this.#packet.fill(cells.columns, cells.slot);
    if (this.#ipAt >= 0) putSampledIp(cells, view, { at: this.#ipAt, octets: this.#ipOctets });
    if (this.#ethernetAt >= 0) {
      putSampledEthernet(cells, view, { at: this.#ethernetAt, length: this.#ethernetLength });
    }
    if (this.#socketAt >= 0) {
      const place = { at: this.#socketAt, octets: this.#socketOctets };
      putSocket(cells, view, { ...place, client: this.#client });
    }
    if (!this.#nat) return;
    // "If an address was not translated it should be equal to that reported for the header."
    const { of } = cells;
    cells.clearSame(of.nat_src_addr, of.src_addr, 4);
    cells.clearSame(of.nat_dst_addr, of.dst_addr, 4);
    cells.clearSame(of.nat_src_port, of.src_port, 1);
    cells.clearSame(of.nat_dst_port, of.dst_port, 1);
  }

  /** An address of the structure; zeros are none. */
  #address(name: AddressField, xdr: XdrCursor): void {
    const words = this.#words;
    if (!xdr.address(words)) return;
    const isZero = (words[0] | words[1] | words[3]) === 0 &&
      (words[2] === 0 || words[2] === 0xffff);
    if (!isZero) this.#cells.putWords(this.#cells.of[name], words);
  }
}
