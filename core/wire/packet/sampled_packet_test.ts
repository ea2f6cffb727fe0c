import assert from "node:assert/strict";
import { CRAFTED_PACKETS, type PacketFields } from "../../../tests/support/crafted_packets.ts";
import { hex } from "../../../tests/support/hex.ts";
import { Random } from "../../../tests/support/random.ts";
import { formatAddress } from "../../flow/address.ts";
import { columnBytes, isPresent, layColumns } from "../../flow/columns.ts";
import { formatMac } from "../../flow/record_reader.ts";
import { PRESENCE_WORDS, presenceBit, STORED_FIELDS } from "../../flow/schema.ts";
import { LIMITS } from "../limits.ts";
import { describePacket, type PacketDescription } from "./describe_packet.ts";
import { type FirstHeader, SampledPacket } from "./sampled_packet.ts";

const viewOf = (octets: Uint8Array) =>
  new DataView(octets.buffer, octets.byteOffset, octets.byteLength);

/** All that a packet says, what is not known left out. */
function fieldsOf(packet: SampledPacket): PacketFields {
  const isIp = packet.ipVersion !== 0;
  const all = {
    srcMac: packet.srcMac < 0 ? -1 : formatMac(packet.srcMac),
    dstMac: packet.dstMac < 0 ? -1 : formatMac(packet.dstMac),
    etherType: packet.etherType,
    vlan: packet.vlan,
    innerVlan: packet.innerVlan,
    mplsLabels: packet.mplsDepth > 0 ? [...packet.mplsLabels.subarray(0, packet.mplsDepth)] : -1,
    ipVersion: isIp ? packet.ipVersion : -1,
    srcAddr: isIp ? formatAddress(packet.srcAddr) : -1,
    dstAddr: isIp ? formatAddress(packet.dstAddr) : -1,
    protocol: packet.protocol,
    tos: packet.tos,
    ttl: packet.ttl,
    flowLabel: packet.flowLabel,
    ipLength: packet.ipLength,
    fragmentOffset: packet.fragmentOffset,
    srcPort: packet.srcPort,
    dstPort: packet.dstPort,
    tcpFlags: packet.tcpFlags,
    icmpType: packet.icmpType,
    icmpCode: packet.icmpCode,
    tunnel: packet.tunnel ?? -1,
    tunnelId: packet.tunnelId,
  };
  const known = Object.entries(all).filter(([, value]) => value !== -1);
  return Object.fromEntries(known) as PacketFields;
}

/** Whether nothing is said that the whole packet does not say, too. */
function assertPart(part: PacketFields, whole: PacketFields, where: string): void {
  for (const [name, value] of Object.entries(part)) {
    const known = whole[name as keyof PacketFields];
    if (name === "inner") assertPart(value as PacketFields, known as PacketFields, where);
    else if (name === "mplsLabels") {
      const labels = value as number[];
      assert.deepEqual(labels, (known as number[]).slice(0, labels.length), where);
    } else assert.deepEqual(value, known, `${name} of ${where}`);
  }
}

/** Reads octets as a view that ends where they end, so that reading on would throw. */
function read(octets: Uint8Array, first: FirstHeader): PacketFields | null {
  const packet = new SampledPacket();
  const view = viewOf(octets);
  if (!packet.read(view, 0, octets.length, first)) return null;
  const fields = fieldsOf(packet);
  if (packet.tunnel === null) return fields;
  const inside = octets.slice(packet.tunnelFrom, packet.tunnelTo);
  const inner = read(inside, packet.tunnelFirst);
  return inner === null ? fields : { ...fields, inner };
}

for (const { name, octets, fields, first } of CRAFTED_PACKETS) {
  Deno.test(`packets: ${name}`, () => {
    assert.deepEqual(read(hex(octets), first), fields);
  });
}

Deno.test("packets: of every prefix what is whole counts, and nothing behind it is read", () => {
  for (const { name, octets, fields, first } of CRAFTED_PACKETS) {
    const whole = hex(octets);
    for (let length = 0; length <= whole.length; length++) {
      const prefix = whole.slice(0, length);
      const where = `${name}, ${length} octets`;
      const found = read(prefix, first);
      if (found !== null) assertPart(found, fields!, where);
      // Whatever stands around a packet changes nothing.
      const around = new Uint8Array(length + 64).fill(0xff);
      around.set(prefix, 32);
      const packet = new SampledPacket();
      const readable = packet.read(viewOf(around), 32, 32 + length, first);
      assert.equal(readable, found !== null, where);
      if (found !== null) {
        const { inner: _, ...outer } = found;
        assert.deepEqual(fieldsOf(packet), outer, where);
      }
    }
  }
});

Deno.test("packets: nothing is left of the one before", () => {
  const packet = new SampledPacket();
  for (const { octets, first } of CRAFTED_PACKETS) packet.read(viewOf(hex(octets)), 0, 200, first);
  for (const { name, octets, fields, first } of CRAFTED_PACKETS) {
    const octetsOf = hex(octets);
    const readable = packet.read(viewOf(octetsOf), 0, octetsOf.length, first);
    assert.equal(readable, fields !== null, name);
    if (fields === null) continue;
    const { inner: _, ...outer } = fields;
    assert.deepEqual(fieldsOf(packet), outer, name);
  }
});

/** Deepest nesting of packets in a description. */
function depthOf({ inner }: PacketDescription): number {
  return inner === undefined ? 0 : 1 + depthOf(inner as PacketDescription);
}

Deno.test("packets: mutations give values of their range, or nothing", () => {
  const random = new Random(20_26);
  const MOST: Partial<Record<keyof PacketFields, number>> = {
    vlan: 4095,
    innerVlan: 4095,
    etherType: 0xffff,
    protocol: 255,
    tcpFlags: 0xfff,
    ipLength: 65_575,
    fragmentOffset: 65_528,
    srcPort: 65_535,
  };
  for (let i = 0; i < 60_000; i++) {
    const { octets, first } = random.pick(CRAFTED_PACKETS);
    const bytes = hex(octets).slice(0, 1 + random.below(octets.length / 2));
    for (let n = random.below(4); n >= 0; n--) {
      bytes[random.below(bytes.length)] = random.below(256);
    }
    const fields = read(bytes, first);
    if (fields === null) continue;
    for (const [name, most] of Object.entries(MOST)) {
      const value = fields[name as keyof PacketFields];
      if (value !== undefined) assert.ok(value as number >= 0 && value as number <= most, name);
    }
    const description = describePacket(viewOf(bytes), { from: 0, to: bytes.length }, first);
    assert.ok(description !== null && depthOf(description) <= LIMITS.tunnels);
  }
});

Deno.test("packets: headers without end are read up to a bound", () => {
  const tags = "0200000000aa0200000000bb" + "81000001".repeat(10_000);
  assert.deepEqual(read(hex(tags), "ethernet"), {
    dstMac: "02:00:00:00:00:aa",
    srcMac: "02:00:00:00:00:bb",
    vlan: 1,
    innerVlan: 1,
  });
  const labels = read(hex("00064040".repeat(10_000)), "mpls");
  assert.deepEqual(labels?.mplsLabels, new Array(16).fill(100));
  // IPv4 in IPv4 in IPv4 …, each 20 octets shorter.
  const nested = new Uint8Array(20 * 1000);
  const view = viewOf(nested);
  for (let at = 0; at < nested.length; at += 20) {
    view.setUint8(at, 0x45);
    view.setUint16(at + 2, nested.length - at);
    view.setUint8(at + 9, 4);
  }
  const description = describePacket(view, { from: 0, to: nested.length }, "ip");
  assert.equal(depthOf(description!), LIMITS.tunnels);
});

/** Columns full of what older rows left; presence bits only of the named fields. */
function rowWith(names: readonly (typeof STORED_FIELDS)[number]["name"][]) {
  const columns = layColumns(new SharedArrayBuffer(columnBytes(4)), { offset: 0, capacity: 4 });
  new Uint8Array(columns.presence.buffer).fill(0x5a);
  columns.presence.fill(0, 2 * PRESENCE_WORDS, 3 * PRESENCE_WORDS);
  for (const name of names) {
    const bit = presenceBit(name);
    columns.presence[2 * PRESENCE_WORDS + (bit >> 5)] |= 1 << (bit & 31);
  }
  return columns;
}

Deno.test("fill: columns get what the row does not know, and counters nothing", () => {
  const { octets } = CRAFTED_PACKETS.find(({ name }) => name === "802.1Q")!;
  const packet = new SampledPacket();
  packet.read(viewOf(hex(octets)), 0, octets.length / 2, "ethernet");
  const columns = rowWith(["src_port", "src_addr"]);
  const before = { port: columns.src_port[2], address: columns.src_addr.slice(8, 12) };
  packet.fill(columns, 2);
  const known = STORED_FIELDS.map(({ name }) => name).filter((name) =>
    isPresent(columns, { slot: 2, bit: presenceBit(name) })
  );
  assert.deepEqual(known.toSorted(), [
    ...["dst_addr", "dst_mac", "dst_port", "ip_tos", "protocol"],
    ...["src_addr", "src_mac", "src_port", "tcp_flags", "vlan"],
  ]);
  assert.equal(columns.src_port[2], before.port);
  assert.deepEqual(columns.src_addr.slice(8, 12), before.address);
  assert.equal(formatAddress(columns.dst_addr, 8), "198.51.100.2");
  assert.deepEqual(
    [columns.dst_port[2], columns.protocol[2], columns.ip_tos[2], columns.tcp_flags[2]],
    [49_153, 6, 0x28, 0x18],
  );
  assert.deepEqual([columns.vlan[2], columns.src_mac[2], columns.dst_mac[2]], [
    100,
    0x0200000000bb,
    0x0200000000aa,
  ]);
  // Rows on either side are as they were.
  assert.deepEqual([columns.vlan[1], columns.vlan[3]], [0x5a5a, 0x5a5a]);
});

Deno.test("describePacket() names the headers, and what a tunnel carries", () => {
  const { octets } = CRAFTED_PACKETS.find(({ name }) => name === "VXLAN")!;
  const bytes = hex(octets);
  const description = describePacket(viewOf(bytes), { from: 0, to: bytes.length }, "ethernet");
  const frame = {
    dst_mac: "02:00:00:00:00:aa",
    src_mac: "02:00:00:00:00:bb",
    ether_type: "0x0800",
    ip_version: 4,
    src_addr: "192.0.2.1",
    dst_addr: "198.51.100.2",
    ip_tos: 0x28,
    ttl: 63,
  };
  assert.deepEqual(description, {
    ...frame,
    protocol: 17,
    ip_length: 90,
    src_port: 49_153,
    dst_port: 4789,
    tunnel: "vxlan",
    tunnel_id: 5000,
    inner: {
      ...frame,
      protocol: 6,
      ip_length: 40,
      src_port: 443,
      dst_port: 49_153,
      tcp_flags: 0x18,
    },
  });
  assert.equal(describePacket(viewOf(bytes), { from: 0, to: 13 }, "ethernet"), null);
});
