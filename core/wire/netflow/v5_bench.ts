import { ExporterTable } from "../../exporter/exporter_table.ts";
import { Dictionary } from "../../flow/dictionary.ts";
import { FlowRing } from "../../flow/ring.ts";
import { RingWriter } from "../../flow/ring_writer.ts";
import { FixedCodec } from "./fixed_codec.ts";
import { NETFLOW5 } from "./v5.ts";

const RECORDS = 30;
const DATAGRAMS = 1000;
const SOURCE = { address: "192.0.2.1", port: 50_000 };

/** A full datagram: header of 24 octets, 30 records of 48. */
function fullDatagram(): Uint8Array {
  const octets = new Uint8Array(24 + RECORDS * 48);
  const view = new DataView(octets.buffer);
  view.setUint16(0, 5);
  view.setUint16(2, RECORDS);
  view.setUint32(4, 8_569_672);
  view.setUint32(8, 1_704_067_200);
  for (let i = 0; i < RECORDS; i++) {
    const at = 24 + i * 48;
    view.setUint32(at, 0x0a000001 + i);
    view.setUint32(at + 4, 0xc0000201);
    view.setUint32(at + 8, 0xc6336401);
    view.setUint32(at + 16, 5 + i);
    view.setUint32(at + 20, 590 + i);
    view.setUint32(at + 24, 8_559_500);
    view.setUint32(at + 28, 8_559_504 + i);
    view.setUint8(at + 38, 6);
    view.setUint16(at + 40, 65_000);
  }
  return octets;
}

const codec = new FixedCodec({
  rows: new RingWriter(new FlowRing(FlowRing.allocate(1 << 18))),
  dictionary: new Dictionary(Dictionary.allocate()),
  exporters: new ExporterTable(ExporterTable.allocate()),
  templates: () => {},
  setsWithoutTemplate: () => {},
  report: ({ code }) => {
    throw new Error(code);
  },
}, NETFLOW5);
const datagram = fullDatagram();
const view = new DataView(datagram.buffer);
let sequence = 0;

Deno.bench(`NetFlow v5: ${DATAGRAMS} datagrams of ${RECORDS} records (divide by 30,000)`, () => {
  for (let i = 0; i < DATAGRAMS; i++) {
    view.setUint32(16, sequence);
    sequence = (sequence + RECORDS) >>> 0;
    codec.decode(datagram, SOURCE, 1_704_067_200_000);
  }
});
