import assert from "node:assert/strict";
import { detectFormat } from "./detect_format.ts";
import { hex } from "../../tests/support/sample_captures.ts";

const TABLE: readonly [what: string, head: string, format: string | undefined][] = [
  ["pcap, big-endian microseconds", "a1b2c3d4 00020004", "pcap"],
  ["pcap, little-endian microseconds", "d4c3b2a1 02000400", "pcap"],
  ["pcap, big-endian nanoseconds", "a1b23c4d 00020004", "pcap"],
  ["pcap, little-endian nanoseconds", "4d3cb2a1 02000400", "pcap"],
  ["modified pcap", "a1b2cd34 00020004", undefined],
  ["pcapng, little-endian", "0a0d0d0a 1c000000 4d3c2b1a", "pcapng"],
  ["pcapng, big-endian", "0a0d0d0a 0000001c 1a2b3c4d", "pcapng"],
  ["pcapng cut before its magic", "0a0d0d0a 1c", "pcapng"],
  ["pcapng with another magic", "0a0d0d0a 1c000000 00000000", undefined],
  ["JSON after the line ends of a pcapng type", "0a0d0d0a 0a0a0a0a 0a0a0a0a 7b7d", "json_text"],
  ["framed NetFlow 9", "14000000 0009 0000", "framed"],
  ["framed NetFlow 5 of 1,280 bytes", "00050000 0005 001e", "framed"],
  ["framed sFlow", "20000000 00000005", "framed"],
  ["framed JSON", "02000000 7b7d", "framed"],
  ["framed, but longer than a datagram", "14000100 0009", undefined],
  ["framed, but no known datagram", "14000000 ffff", undefined],
  ["NetFlow 1", "0001 0018 00000000", "datagram"],
  ["NetFlow 5", "0005 001e 00000000", "datagram"],
  ["NetFlow 5 of no records", "0005 0000 12345678", "datagram"],
  ["NetFlow 9", "0009 0002 00000000", "datagram"],
  ["IPFIX", "000a 0100 00000000", "datagram"],
  ["sFlow 5", "00000005 00000001", "datagram"],
  ["NetFlow version 2", "0002 0001 00000000", undefined],
  ["two bytes of NetFlow 9", "0009", "datagram"],
  ["a JSON object", "7b22", "json_text"],
  ["a JSON array after white space", "0d0a2009 5b", "json_text"],
  ["JSON after a byte-order mark", "efbbbf 7b", "json_text"],
  ["plain text", "68656c6c6f", undefined],
  ["zstd", "28b52ffd 04000000", undefined],
  ["nothing", "", undefined],
];

for (const [what, head, format] of TABLE) {
  Deno.test(`detectFormat() calls ${what} ${format ?? "unknown"}`, () => {
    assert.equal(detectFormat(hex(head)), format);
  });
}
