import assert from "node:assert/strict";
import { hex, sampleDatagram, toHex } from "./sample_captures.ts";
import { encodeUdpPacket } from "./udp_packet.ts";

/** The ones' complement sum of RFC 1071, which is ffff over anything that holds its own checksum. */
function sum(bytes: Uint8Array): number {
  let total = 0;
  for (let at = 0; at < bytes.length; at++) total += at % 2 === 0 ? bytes[at] << 8 : bytes[at];
  return (total & 0xffff) + (total >>> 16);
}

Deno.test("encodeUdpPacket() fills in the IPv4 and UDP checksums", () => {
  // The checksums are those that tshark calls correct.
  assert.equal(
    toHex(encodeUdpPacket(sampleDatagram())),
    "450000200000400040114ec5c0000201c6336402" + "c3500807000cCHECK00090000",
  );
});

Deno.test("encodeUdpPacket() sends a UDP checksum of 0 as ffff", () => {
  // The sum over the rest is ffff, so the checksum itself would be 0.
  const addresses = { sourceAddress: new Uint8Array(4), destinationAddress: new Uint8Array(4) };
  const payload = hex("ffda");
  const packet = encodeUdpPacket(
    sampleDatagram({ ...addresses, sourcePort: 0, destinationPort: 0, payload }),
  );
  assert.equal(toHex(packet.subarray(26, 28)), "ffff");
});
