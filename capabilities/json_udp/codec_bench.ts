import { ExporterTable } from "../../core/exporter/exporter_table.ts";
import { Dictionary } from "../../core/flow/dictionary.ts";
import { FlowRing } from "../../core/flow/ring.ts";
import { RingWriter } from "../../core/flow/ring_writer.ts";
import { JsonCodec } from "./codec.ts";

const OBJECTS = 100;
const SOURCE = { address: "192.0.2.1", port: 50_000 };

const codec = new JsonCodec({
  rows: new RingWriter(new FlowRing(FlowRing.allocate(1 << 18))),
  dictionary: new Dictionary(Dictionary.allocate()),
  exporters: new ExporterTable(ExporterTable.allocate()),
  templates: () => {},
  setsWithoutTemplate: () => {},
  report: () => {},
});

const own = (i: number) => ({
  src_addr: `10.0.${i >> 8}.${i & 255}`,
  dst_addr: "192.0.2.1",
  src_port: 40_000 + i,
  dst_port: 443,
  protocol: 6,
  bytes: 1500 * i,
  packets: i,
  start_at: "2024-01-01T00:00:00.000Z",
  end_at: "2024-01-01T00:00:01.500Z",
  latency_ms: 12.5,
  application: "tls",
});
const ecs = (i: number) => ({
  "@timestamp": "2024-01-01T00:00:01.500Z",
  event: { duration: 1_500_000_000 },
  source: { ip: `10.0.${i >> 8}.${i & 255}`, port: 40_000 + i },
  destination: { ip: "192.0.2.1", port: 443 },
  network: { bytes: 1500 * i, packets: i, transport: "tcp", application: "tls" },
});

function datagram(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

const objects = Array.from({ length: OBJECTS }, (_, i) => own(i));
const array = datagram(JSON.stringify(objects));
const lines = datagram(objects.map((object) => JSON.stringify(object)).join("\n"));
const nested = datagram(JSON.stringify(objects.map((_, i) => ecs(i))));
const broken = datagram(JSON.stringify(objects).replace(":443", ":"));
const rubbish = datagram("{x}".repeat(21_000));

Deno.bench(`JSON: an array of ${OBJECTS} objects in flow-agent's names`, () => {
  codec.decode(array, SOURCE, 1_704_067_200_000);
});

Deno.bench(`JSON: ${OBJECTS} newline-separated objects`, () => {
  codec.decode(lines, SOURCE, 1_704_067_200_000);
});

Deno.bench(`JSON: an array of ${OBJECTS} nested ECS objects`, () => {
  codec.decode(nested, SOURCE, 1_704_067_200_000);
});

Deno.bench(`JSON: an array of ${OBJECTS} objects of which one is broken`, () => {
  codec.decode(broken, SOURCE, 1_704_067_200_000);
});

Deno.bench("JSON: 63 KB of broken objects", () => {
  codec.decode(rubbish, SOURCE, 1_704_067_200_000);
});
