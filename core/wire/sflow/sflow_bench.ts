import { ExporterTable } from "../../exporter/exporter_table.ts";
import { Dictionary } from "../../flow/dictionary.ts";
import { FlowRing } from "../../flow/ring.ts";
import { RingWriter } from "../../flow/ring_writer.ts";
import { SflowCodec } from "./sflow_codec.ts";

const SAMPLES = 7;
const DATAGRAMS = 1000;
const SOURCE = { address: "192.0.2.1", port: 50_000 };
/** Samples a run: what the time is to be divided by. */
const TOTAL = SAMPLES * DATAGRAMS;

/** What a switch sends: VLANs and 128 octets of a TCP packet, seven samples a datagram. */
function fullDatagram(): Uint8Array {
  const sample = [
    ...[1, 0, 1, 3, 1000, 1000, 0, 3, 4, 2],
    ...[1001, 16, 30, 0, 30, 0],
    ...[1, 144, 1, 1518, 4, 128],
    ...[0x02000000, 0x00020200, 0x00000001, 0x08004500, 0x05dc1234, 0x40003f06],
    ...[0x0000c000, 0x0201c633, 0x64029c40, 0x01bb0000, 0x00010000, 0x00025010],
    ...Array(20).fill(0x01020304),
  ];
  sample[1] = (sample.length - 2) * 4;
  const words = [5, 1, 0xc0000209, 0, 1, 60_000, SAMPLES, ...Array(SAMPLES).fill(sample).flat()];
  const view = new DataView(new ArrayBuffer(words.length * 4));
  words.forEach((word, i) => view.setUint32(i * 4, word));
  return new Uint8Array(view.buffer);
}

const datagram = fullDatagram();
const view = new DataView(datagram.buffer);
const sampleOctets = (datagram.length - 28) / SAMPLES;
let sequence = 0;
let sampleSequence = 0;

const codec = new SflowCodec({
  rows: new RingWriter(new FlowRing(FlowRing.allocate(1 << 18))),
  dictionary: new Dictionary(Dictionary.allocate()),
  exporters: new ExporterTable(ExporterTable.allocate()),
  templates: () => {},
  setsWithoutTemplate: () => {},
  report: ({ code }) => {
    throw new Error(code);
  },
});

Deno.bench(`sFlow: ${DATAGRAMS} datagrams of ${SAMPLES} samples (divide by ${TOTAL})`, () => {
  for (let i = 0; i < DATAGRAMS; i++) {
    sequence = (sequence + 1) >>> 0;
    view.setUint32(16, sequence);
    for (let n = 0; n < SAMPLES; n++) {
      sampleSequence = (sampleSequence + 1) >>> 0;
      view.setUint32(28 + n * sampleOctets + 8, sampleSequence);
      view.setUint32(28 + n * sampleOctets + 20, sampleSequence * 1000);
    }
    codec.decode(datagram, SOURCE, 1_704_067_200_000);
  }
});
