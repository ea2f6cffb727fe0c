import assert from "node:assert/strict";
import { netflowUdp } from "../capabilities/netflow_udp/mod.ts";
import { readCapture } from "../core/capture/read_capture.ts";
import { formatAddressBytes } from "../core/flow/address.ts";
import type { SequenceUnit } from "../core/wire/codec.ts";
import { CodecHarness } from "./support/codec_harness.ts";

// What real exporters number, found in captures in which nothing is missing. Part of them stands in
// corpus/, the rest beside some checkouts only.

const FOLDERS = [
  new URL("corpus/", import.meta.url),
  new URL("../../shared/corpus/cases/", import.meta.url),
];

/** Contiguous captures, with the unit of each exporter and domain that has several datagrams. */
// deno-fmt-ignore: one row a capture reads as the table it is.
const CONTIGUOUS: readonly (readonly [id: string, ...units: SequenceUnit[]])[] = [
  ["gen-pmacctd-ipfix-mal7", "records"],
  ["gen-pmacctd-ipfix-synscan", "records"],
  ["gen-softflowd-ipfix-cc1", "records"],
  ["gen-softflowd-ipfix-icmpscan", "records"],
  ["gen-softflowd-ipfix-micro-mal7", "records"],
  ["gen-softflowd-ipfix-nano-mal7", "records"],
  ["gen-softflowd-ipfix-sampled10-cc1", "records"],
  ["gen-softflowd-ipfix-sec-ether-mal7", "records"],
  ["gen-softflowd-ipfix-synscan", "records"],
  ["gen-softflowd-psamp-icmpscan", "records"],
  ["gen-softflowd-v5-synflood", "flows"],
  ["gen-softflowd-v5-synscan", "flows"],
  ["gen-softflowd-v9-icmpscan", "datagrams"],
  ["gen-softflowd-v9-sampled10-cc1", "datagrams"],
  ["gen-softflowd-v9-synscan", "datagrams"],
  ["ipfix-openbsd-pflow", "records"],
  ["ipfix-options-template-from-juniper-mx240-junos-15-1-r6-s3", "records"],
  ["ipfix-pcap-cisco", "records"],
  ["netflow5-graylog-pmacctd", "flows"],
  ["netflow5-softflowd-split", "flows"],
  ["netflow9-pcap-ubiquiti-edgerouter", "datagrams"],
  ["netflow9-softflowd-bitkeks", "datagrams"],
  ["ng-100-ipfixv10-cisco", "records", "records"],
  ["ng-401-ipfixv10-bmp-ipv6-cisco-mpls-multiple-sources-01", "records"],
  ["ng-srv6", "records"],
  ["tg-ipfix-options", "records"],
];

function folderOf(id: string): URL | undefined {
  return FOLDERS.map((folder) => new URL(`${id}/`, folder)).find((folder) => {
    try {
      return Deno.statSync(folder).isDirectory;
    } catch {
      return false;
    }
  });
}

for (const [id, ...units] of CONTIGUOUS) {
  const folder = folderOf(id);
  Deno.test({
    name: `${id}: nothing is missing, and nothing is said to be${folder ? "" : " (not copied)"}`,
    ignore: folder === undefined,
    async fn() {
      const harness = new CodecHarness(netflowUdp, { rows: 1 << 16 });
      const file = await Deno.open(new URL("capture.pcap", folder));
      for await (const event of readCapture(file.readable)) {
        if (event.kind !== "datagram") continue;
        const { payload, sourceAddress, sourcePort, receivedAtMs } = event.datagram;
        const source = { address: formatAddressBytes(sourceAddress), port: sourcePort };
        harness.decode(payload, { source, at: receivedAtMs });
      }
      const found = harness.exporters.summaries().filter(({ datagrams }) => datagrams > 1);
      assert.deepEqual(
        found.map(({ sequence_lost, restarts }) => [sequence_lost, restarts]),
        units.map(() => [0, 0]),
      );
      assert.deepEqual(found.map(({ sequence_unit }) => sequence_unit), units);
    },
  });
}
