/** Datagrams a second through the whole reader; each iteration reads a file of 100,000. */
import { readCapture } from "./read_capture.ts";
import {
  inChunks,
  joined,
  sampleDatagram,
  sampleEnhanced,
  sampleInterface,
  sampleSection,
} from "../../tests/support/sample_captures.ts";
import { encodeUdpPacket } from "./udp_packet.ts";
import { encodePcapHeader, encodePcapRecord } from "./write_pcap.ts";

const DATAGRAMS = 100_000;
const CHUNK_BYTES = 65_536;

function repeated(head: Uint8Array, record: Uint8Array): Uint8Array {
  const file = new Uint8Array(head.length + DATAGRAMS * record.length);
  file.set(head);
  for (let count = 0; count < DATAGRAMS; count++) {
    file.set(record, head.length + count * record.length);
  }
  return file;
}

async function readAll(file: Uint8Array): Promise<void> {
  let datagrams = 0;
  for await (const event of readCapture(inChunks(file, CHUNK_BYTES))) datagrams += event.records;
  if (datagrams !== DATAGRAMS) throw new Error(`read ${datagrams} datagrams, not ${DATAGRAMS}`);
}

// The functions are async because Deno.bench does not wait for a promise that another function returns.
for (const length of [72, 1_400]) {
  const payload = new Uint8Array(length);
  const datagram = sampleDatagram({ payload });
  const head = joined(sampleSection(), sampleInterface(101));
  const pcap = repeated(encodePcapHeader(), encodePcapRecord(datagram));
  const pcapng = repeated(head, sampleEnhanced(encodeUdpPacket(datagram)));
  Deno.bench(`pcap, 100,000 datagrams of ${length} bytes`, async () => await readAll(pcap));
  Deno.bench(`pcapng, 100,000 datagrams of ${length} bytes`, async () => await readAll(pcapng));
}
