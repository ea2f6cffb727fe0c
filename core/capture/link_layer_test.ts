import assert from "node:assert/strict";
import { locateIp } from "./link_layer.ts";
import { hex, samplePacket } from "../../tests/support/sample_captures.ts";

const MACS = "ffffffffffff 020000000001";
const TAG = "8100 0064";
const PPPOE = `${MACS} 8864 1100 0001 0016`;

const TABLE: readonly [what: string, linkType: number, bytes: string, found: number | string][] = [
  ["Ethernet with IPv4", 1, `${MACS} 0800 45`, 14],
  ["Ethernet with IPv6", 1, `${MACS} 86dd 60`, 14],
  ["Ethernet with one VLAN tag", 1, `${MACS} ${TAG} 0800 45`, 18],
  ["Ethernet with 802.1ad and 802.1Q tags", 1, `${MACS} 88a8 0001 ${TAG} 86dd 60`, 22],
  ["Ethernet with a 0x9100 tag", 1, `${MACS} 9100 0001 0800 45`, 18],
  ["Ethernet with 8 tags", 1, `${MACS} ${TAG.repeat(8)} 0800 45`, 46],
  ["Ethernet with 9 tags", 1, `${MACS} ${TAG.repeat(9)} 0800 45`, "malformed_frame"],
  ["Ethernet with ARP", 1, `${MACS} 0806 0001`, "not_ip"],
  ["Ethernet with a length and LLC", 1, `${MACS} 0026 4242 03`, "not_ip"],
  ["Ethernet cut in its header", 1, `${MACS} 08`, "malformed_frame"],
  ["Ethernet cut in a tag", 1, `${MACS} 8100 00`, "malformed_frame"],
  ["PPPoE with IPv4", 1, `${PPPOE} 0021 45`, 22],
  ["PPPoE with IPv6 in a VLAN", 1, `${MACS} ${TAG} 8864 1100 0001 0016 0057 60`, 26],
  ["PPPoE with LCP", 1, `${PPPOE} c021 01`, "not_ip"],
  ["PPPoE of another version", 1, `${MACS} 8864 2100 0001 0016 0021 45`, "malformed_frame"],
  ["PPPoE cut in its header", 1, `${MACS} 8864 1100 0001`, "malformed_frame"],
  ["PPP", 9, "ff03 0021 45", 4],
  ["PPP without address and control", 9, "0057 60", 2],
  ["PPP with a compressed protocol", 9, "ff03 21 45", 3],
  ["PPP cut", 9, "ff03 00", "malformed_frame"],
  ["NULL of a little-endian machine", 0, "02000000 45", 4],
  ["NULL of a big-endian machine", 0, "00000002 45", 4],
  ["NULL with IPv6 of macOS", 0, "1e000000 60", 4],
  ["NULL with another family", 0, "07000000 45", "not_ip"],
  ["NULL cut", 0, "0200", "malformed_frame"],
  ["LOOP with IPv6 of OpenBSD", 108, "00000018 60", 4],
  ["RAW", 101, "45", 0],
  ["RAW of BSD", 12, "45", 0],
  ["RAW of OpenBSD", 14, "60", 0],
  ["IPV4", 228, "45", 0],
  ["IPV6", 229, "60", 0],
  ["Linux SLL", 113, "0000 0001 0006 0200000000010000 0800 45", 16],
  ["Linux SLL with a VLAN tag", 113, `0000 0001 0006 0200000000010000 ${TAG} 0800 45`, 20],
  ["Linux SLL with ARP", 113, "0000 0001 0006 0200000000010000 0806 00", "not_ip"],
  ["Linux SLL cut", 113, "0000 0001 0006 020000000001", "malformed_frame"],
  ["Linux SLL2", 276, "86dd 0000 00000002 0001 00 06 0200000000010000 60", 20],
  ["Linux SLL2 cut", 276, "86dd 0000 00000002 0001 00 06", "malformed_frame"],
  ["IEEE 802.11", 105, "0800", "unsupported_link_type"],
];

for (const [what, linkType, bytes, found] of TABLE) {
  Deno.test(`locateIp() finds in ${what}: ${found}`, () => {
    assert.equal(locateIp(samplePacket(hex(bytes), { linkType })), found);
  });
}

Deno.test("locateIp() tells a packet cut by the capture from one that is too short", () => {
  const packet = samplePacket(hex(`${MACS} 81`), { linkType: 1, originalLength: 60 });
  assert.equal(locateIp(packet), "truncated_by_snaplen");
});

Deno.test("locateIp() counts from the packet's start", () => {
  const bytes = hex(`ffff ${MACS} 0800 45`);
  assert.equal(locateIp(samplePacket(bytes, { linkType: 1, start: 2 })), 16);
});
