import assert from "node:assert/strict";
import { hex } from "../../../tests/support/hex.ts";
import { CRAFTED_PACKETS } from "../../../tests/support/crafted_packets.ts";
import { addressBytes, formatAddressBytes } from "../../flow/address.ts";
import { describePacket, type PacketDescription } from "../packet/describe_packet.ts";
import { SampledPacket } from "../packet/sampled_packet.ts";
import { AddressCipher } from "./address_cipher.ts";
import { internetSum, updateChecksum } from "./internet_checksum.ts";
import { PacketAnonymiser } from "./packet_anonymiser.ts";

const KEY = "a key of the test";
const anonymiser = new PacketAnonymiser(AddressCipher.of(KEY));

/** An address, or several octets of one, replaced; as hex. */
function other(text: string): string {
  const octets = hex(text);
  AddressCipher.of(KEY).replace(octets);
  return octets.toHex();
}

const MACS = "020000000002" + "020000000001";
const OTHER_MACS = other("020000000002") + other("020000000001");
const [A, B] = ["c0000201", "c6336402"];
const [A6, B6] = ["20010db8000000000000000000000001", "20010db8000000000000000000000002"];

/** An IPv4 packet with a right checksum, as hex. */
function ipv4(protocol: string, payload: string, { options = "", from = A, to = B } = {}): string {
  const words = 5 + options.length / 8;
  const length = (words * 4 + payload.length / 2).toString(16).padStart(4, "0");
  const head = (checksum: string) =>
    `4${words.toString(16)}00${length}0000000040${protocol}${checksum}${from}${to}${options}`;
  const sum = (~internetSum(hex(head("0000"))) & 0xffff).toString(16).padStart(4, "0");
  return head(sum) + payload;
}

/** UDP or TCP in IPv4 with a right checksum, as hex. */
function withChecksum(protocol: number, segment: string, at: number, [from, to] = [A, B]): string {
  const length = segment.length / 2;
  const pseudo = from + to + `00${protocol.toString(16).padStart(2, "0")}` +
    length.toString(16).padStart(4, "0");
  const sum = ~internetSum(hex(pseudo + segment + (length % 2 === 1 ? "00" : ""))) & 0xffff;
  return segment.slice(0, at * 2) + sum.toString(16).padStart(4, "0") + segment.slice(at * 2 + 4);
}

function anonymised(
  packet: string,
  first: "ethernet" | "ip" | "mpls" | "ppp" = "ethernet",
): string {
  const was = hex(packet);
  const out = anonymiser.anonymise(was, first);
  assert.equal(out.length, was.length);
  return out.toHex();
}

// deno-fmt-ignore: one row a packet reads as the table it is.
const PACKETS: readonly (readonly [what: string, first: "ethernet" | "ip" | "mpls" | "ppp", packet: string, left: string])[] = [
  ["a VLAN stays, with what follows", "ethernet", MACS + "8100a00a0800" + ipv4("11", "003500350008" + "0000"), OTHER_MACS + "8100a00a0800" + ipv4("11", "003500350008" + "0000", { from: other(A), to: other(B) })],
  ["payload becomes zeros", "ip", ipv4("11", "0035003500100000" + "6578616d706c652e"), ipv4("11", "0035003500100000" + "00".repeat(8), { from: other(A), to: other(B) })],
  ["what is no IP becomes zeros", "ethernet", MACS + "88cc" + "0207040a0b0c0d0e0f", OTHER_MACS + "88cc" + "00".repeat(9)],
  ["padding behind IP becomes zeros", "ip", ipv4("11", "0035003500080000") + "c0000207", ipv4("11", "0035003500080000", { from: other(A), to: other(B) }) + "00000000"],
  ["ARP", "ethernet", MACS + "0806" + "0001080006040001" + "020000000001" + A + "000000000000" + B + "c0000207", OTHER_MACS + "0806" + "0001080006040001" + other("020000000001") + other(A) + "000000000000" + other(B) + "00000000"],
  ["a later fragment has no header", "ip", "4500001c000020014011" + "0000" + A + B + "c0000201c0000202", "4500001c000020014011" + "...." + other(A) + other(B) + "00".repeat(8)],
  ["another protocol becomes zeros", "ip", ipv4("59", "0201002cc0000201"), ipv4("59", "00".repeat(8), { from: other(A), to: other(B) })],
  ["MPLS labels stay", "mpls", "0001e040" + "0001f140" + ipv4("fd", ""), "0001e040" + "0001f140" + ipv4("fd", "", { from: other(A), to: other(B) })],
  ["an unknown beginning becomes zeros", "ip", "c0000201c0000202", "00".repeat(8)],
];

for (const [what, first, packet, left] of PACKETS) {
  Deno.test(`PacketAnonymiser: ${what}`, () => {
    assert.match(anonymised(packet, first), new RegExp(`^${left}$`));
  });
}

Deno.test("PacketAnonymiser: routes in options are gone, and the header's checksum is right", () => {
  const out = hex(anonymised(ipv4("fd", "", { options: "0707" + "04" + "c0000207" + "00" }), "ip"));
  assert.equal(internetSum(out.subarray(0, 28)), 0xffff);
  assert.equal(out.subarray(20).toHex(), "00".repeat(8));
});

Deno.test("PacketAnonymiser: checksums of TCP, UDP and ICMP are as right as they were", () => {
  const cases = [
    [6, "9c4001bb0000000100000002" + "50180400" + "00000000" + "474554202f", 16],
    [17, "9c400035000d0000" + "6162636465", 6],
  ] as const;
  for (const [protocol, segment, at] of cases) {
    const right = withChecksum(protocol, segment, at);
    const packet = ipv4(protocol.toString(16).padStart(2, "0"), right);
    const out = hex(anonymised(packet, "ip"));
    const zeros = segment.slice(0, segment.length - 10) + "00".repeat(5);
    const wanted = withChecksum(protocol, zeros, at, [other(A), other(B)]);
    assert.equal(out.subarray(20).toHex(), wanted);
    // One that was wrong is wrong still.
    const bad = hex(packet);
    bad[20 + at] ^= 1;
    assert.notEqual(anonymiser.anonymise(bad, "ip").toHex(), out.toHex());
  }
  const icmp = hex(anonymised(ipv4("01", "0301" + "fcfe" + "00000000"), "ip"));
  assert.equal(internetSum(icmp.subarray(20)), 0xffff);
  const none = anonymised(ipv4("11", "9c400035000c0000" + "61626364"), "ip");
  assert.equal(none.slice(40, 56), "9c400035000c0000", "no checksum is none still");
});

Deno.test("PacketAnonymiser: every tunnel is gone through", () => {
  const inner = ipv4("11", "0035003500080000", { from: "cb007101", to: "cb007102" });
  const left = ipv4("11", "0035003500080000", { from: other("cb007101"), to: other("cb007102") });
  const frame = MACS + "0800" + inner;
  const leftFrame = OTHER_MACS + "0800" + left;
  const udp = (port: string, payload: string) =>
    `9c40${port}${(8 + payload.length / 2).toString(16).padStart(4, "0")}0000${payload}`;
  for (
    const [what, protocol, payload, wanted] of [
      ["IP in IP", "04", inner, left],
      ["GRE", "2f", "20000800" + "00000007" + inner, "20000800" + "00000007" + left],
      [
        "VXLAN",
        "11",
        udp("12b5", "08000000" + "00002a00" + frame),
        udp("12b5", "08000000" + "00002a00" + leftFrame),
      ],
      [
        "Geneve",
        "11",
        udp("17c1", "01006558" + "00002a00" + "c0000299" + frame),
        udp("17c1", "01006558" + "00002a00" + "00000000" + leftFrame),
      ],
    ] as const
  ) {
    const out = anonymised(ipv4(protocol, payload), "ip");
    assert.equal(out.slice(40), wanted, what);
  }
  let nested = inner;
  for (let depth = 0; depth < 12; depth++) nested = ipv4("04", nested, { from: "cb007103" });
  assert.ok(!anonymised(nested, "ip").includes("cb0071"));
});

Deno.test("PacketAnonymiser: IPv6 with routes, options and fragments", () => {
  const segment = "20010db8000000000000000000000009";
  const route = "06" + "02" + "04" + "00" + "00" + "000000" + segment;
  const options = "2b" + "02" + "c910" + B6 + "00".repeat(4);
  const tcp = "9c4001bb" + "00".repeat(8) + "5002" + "0000" + "0000" + "0000";
  const length = (24 + 24 + 20).toString(16).padStart(4, "0");
  const head = `60000000${length}0040`;
  const out = anonymised(head + A6 + B6 + options + route + tcp, "ip");
  assert.equal(
    out.slice(0, -8),
    head + other(A6) + other(B6) + "2b02" + "00".repeat(22) + "060204000" + "0000000" +
      other(segment) + tcp.slice(0, -8),
  );
  const packet = new SampledPacket();
  const octets = hex(out);
  assert.ok(packet.read(new DataView(octets.buffer), 0, octets.length, "ip"));
  assert.deepEqual([packet.protocol, packet.srcPort, packet.dstPort, packet.tcpFlags], [
    6,
    40000,
    443,
    2,
  ]);
});

Deno.test("PacketAnonymiser: no prefix of a packet keeps an address", () => {
  const inner = ipv4("01", "0301fcfe00000000" + ipv4("11", "0035003500080000"));
  const packet = hex(MACS + "8100a00a0800" + ipv4("2f", "00000800" + inner));
  for (let to = 0; to <= packet.length; to++) {
    const left = anonymiser.anonymise(packet.subarray(0, to), "ethernet").toHex();
    assert.equal(left.length, to * 2);
    assert.doesNotMatch(left, /c00002|c63364|0200000000/, `cut at ${to}`);
  }
});

Deno.test("updateChecksum() is what a sum over everything is", () => {
  const octets = hex("4500001c1c4640004006" + "0000" + "ac100a63ac100a0c" + "abcd");
  const checksum = ~internetSum(octets) & 0xffff;
  const changed = octets.slice();
  changed.set(hex("c0000201"), 12);
  const change = { before: internetSum(octets), after: internetSum(changed) };
  assert.equal(updateChecksum(checksum, change), ~internetSum(changed) & 0xffff);
});

/** What a description is once its addresses are replaced. */
function replaced(description: PacketDescription): PacketDescription {
  const cipher = AddressCipher.of(KEY);
  return Object.fromEntries(
    Object.entries(description).map(([name, value]) => {
      if (typeof value === "object" && !Array.isArray(value)) {
        return [name, replaced(value as PacketDescription)];
      }
      if (/_mac$/.test(name)) {
        const octets = hex((value as string).replaceAll(":", ""));
        cipher.replace(octets);
        return [name, octets.toHex().match(/../g)!.join(":")];
      }
      if (!/_addr$/.test(name)) return [name, value];
      const octets = addressBytes(value as string);
      cipher.replace(octets);
      return [name, formatAddressBytes(octets)];
    }),
  );
}

Deno.test("PacketAnonymiser: every crafted packet reads as before, but for its addresses", () => {
  for (const { name, octets, first } of CRAFTED_PACKETS) {
    const describe = (packet: Uint8Array) =>
      describePacket(new DataView(packet.buffer), { from: 0, to: packet.length }, first);
    const packet = hex(octets);
    const was = describe(packet);
    const left = describe(anonymiser.anonymise(packet, first).slice());
    assert.deepEqual(left, was === null ? null : replaced(was), name);
  }
});
