import assert from "node:assert/strict";
import type { CapturedDatagram } from "./capture_event.ts";
import { hex, sampleDatagram, toHex } from "../../tests/support/sample_captures.ts";
import { encodeUdpPacket } from "./udp_packet.ts";

const V6 = {
  sourceAddress: hex("20010db8000000000000000000000001"),
  destinationAddress: hex("20010db8000000000000000000000002"),
};

/** The sums at their places in the packet are those that tshark's own check calls good. */
const TABLE: readonly [what: string, changes: Partial<CapturedDatagram>, packet: string][] = [
  [
    "IPv4",
    {},
    "45000020 00004000 4011 4e96 c0000201 c6336402 c350 0807 000c 483e 00090000",
  ],
  [
    "IPv4 with an odd payload",
    { payload: hex("010203") },
    "4500001f 00004000 4011 4e97 c0000201 c6336402 c350 0807 000b 4447 010203",
  ],
  [
    "IPv6",
    V6,
    "60000000 000c1140 20010db8000000000000000000000001 20010db8000000000000000000000002 " +
    "c350 0807 000c d900 00090000",
  ],
  [
    "a sum of 0, sent as ffff",
    {
      sourceAddress: new Uint8Array(4),
      destinationAddress: new Uint8Array(4),
      sourcePort: 0,
      destinationPort: 0,
      payload: hex("ffda"),
    },
    "4500001e 00004000 4011 3ad0 00000000 00000000 0000 0000 000a ffff ffda",
  ],
];

for (const [what, changes, packet] of TABLE) {
  Deno.test(`encodeUdpPacket() builds ${what}`, () => {
    const encoded = encodeUdpPacket(sampleDatagram(changes));
    assert.equal(toHex(encoded), packet.replaceAll(" ", ""));
  });
}
