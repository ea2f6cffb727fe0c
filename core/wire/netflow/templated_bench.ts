import { ExporterTable } from "../../exporter/exporter_table.ts";
import { Dictionary } from "../../flow/dictionary.ts";
import { FlowRing } from "../../flow/ring.ts";
import { RingWriter } from "../../flow/ring_writer.ts";
import { ipfix, set, template, u, v9 } from "../../../tests/support/netflow_messages.ts";
import { IPFIX } from "./ipfix.ts";
import { TemplatedCodec } from "./templated_codec.ts";
import { NETFLOW9 } from "./v9.ts";

const RECORDS = 24;
const DATAGRAMS = 1000;
const SOURCE = { address: "192.0.2.1", port: 50_000 };
const KEY = [[8, 4], [12, 4], [15, 4], [10, 4], [14, 4]] as const;
const REST = [[7, 2], [11, 2], [6, 1], [4, 1], [5, 1], [16, 4], [17, 4], [9, 1], [13, 1]] as const;
const KEY_OCTETS = "0a000001c0000201c63364010000000900000012";
const REST_OCTETS = "1f9001bb1b06b80000fde80000fde91810";

const CONTEXT = () => ({
  rows: new RingWriter(new FlowRing(FlowRing.allocate(1 << 18))),
  dictionary: new Dictionary(Dictionary.allocate()),
  exporters: new ExporterTable(ExporterTable.allocate()),
  templates: () => {},
  setsWithoutTemplate: () => {},
  report: ({ code }: { code: string }) => {
    throw new Error(code);
  },
});

/** Decodes datagrams of data alone, their sequence numbers as they should be. */
function bench(
  name: string,
  { codec, templates, data, sequence, units }: {
    codec: TemplatedCodec;
    templates: Uint8Array;
    data: Uint8Array;
    /** Octet of the sequence number, and how far a datagram moves it on. */
    sequence: number;
    units: number;
  },
): void {
  const view = new DataView(data.buffer);
  let next = 1;
  codec.decode(templates, SOURCE, 1_704_067_200_000);
  Deno.bench(`${name}: ${DATAGRAMS} datagrams of ${RECORDS} records (divide by 24,000)`, () => {
    for (let i = 0; i < DATAGRAMS; i++) {
      view.setUint32(sequence, next);
      next = (next + units) >>> 0;
      codec.decode(data, SOURCE, 1_704_067_200_000);
    }
  });
}

const COUNTERS = u(5, 4) + u(590, 4);
bench("NetFlow v9", {
  codec: new TemplatedCodec(CONTEXT(), NETFLOW9),
  templates: v9([set(0, template(256, [...KEY, [2, 4], [1, 4], [22, 4], [21, 4], ...REST]))], {
    sequence: 0,
  }),
  data: v9([set(256, (KEY_OCTETS + COUNTERS + "0001863c00018678" + REST_OCTETS).repeat(RECORDS))]),
  sequence: 12,
  units: 1,
});

bench("IPFIX", {
  codec: new TemplatedCodec(CONTEXT(), IPFIX),
  templates: ipfix([set(2, template(256, [...KEY, [2, 4], [1, 4], [152, 8], [153, 8], ...REST]))]),
  data: ipfix([
    set(
      256,
      (KEY_OCTETS + COUNTERS + "0000018cc251f4000000018cc251f40a" + REST_OCTETS).repeat(RECORDS),
    ),
  ]),
  sequence: 8,
  units: RECORDS,
});

bench("IPFIX, totals to be differenced", {
  codec: new TemplatedCodec(CONTEXT(), IPFIX),
  templates: ipfix([
    set(2, template(256, [...KEY, [86, 4], [85, 4], [152, 8], [153, 8], ...REST])),
  ]),
  data: ipfix([
    set(
      256,
      (KEY_OCTETS + COUNTERS + "0000018cc251f4000000018cc251f40a" + REST_OCTETS).repeat(RECORDS),
    ),
  ]),
  sequence: 8,
  units: RECORDS,
});

bench("IPFIX, latency of sums and counts", {
  codec: new TemplatedCodec(CONTEXT(), IPFIX),
  templates: ipfix([
    set(
      2,
      template(256, [
        ...KEY,
        [2, 4],
        [1, 4],
        [9313, 4, 9],
        [278, 4],
        [9309, 4, 9],
        [9292, 4, 9],
        ...REST,
      ]),
    ),
  ]),
  data: ipfix([
    set(
      256,
      (KEY_OCTETS + COUNTERS + u(30, 4) + u(2, 4) + u(100, 4) + u(5, 4) + REST_OCTETS)
        .repeat(RECORDS),
    ),
  ]),
  sequence: 8,
  units: RECORDS,
});
