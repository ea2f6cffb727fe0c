import assert from "node:assert/strict";
import { builtInCapabilities } from "../capabilities/registry.ts";
import { readCapture } from "../core/capture/read_capture.ts";
import type { FlowRecord } from "../core/flow/schema.ts";
import { CodecHarness, countByCode } from "./support/codec_harness.ts";

// Goldens made by other decoders: see corpus/README.md. Nothing here is rewritten from our output.

const CORPUS = new URL("corpus/", import.meta.url);

/** What is wrong with a case, from its notes: everything else decodes without a problem. */
const PROBLEMS: Readonly<Record<string, Record<string, number>>> = {
  // "header count 163 but only 30 complete records (1464 bytes)"
  "netflow5-invalid-02": { records_beyond_payload: 133 },
  // "1608 trailing bytes after 2 records", one datagram
  "netflow5-valid-01": { trailing_octets: 1 },
};

type Expected = Record<string, unknown> & { raw?: Record<string, number> };
type Check = (value: never, record: FlowRecord, expected: Expected) => void;

/** The exported value of a counter. */
function unscaled(value: number | null, { sampling_rate }: FlowRecord): number | null {
  return value === null ? null : value / (sampling_rate ?? 1);
}

const same = (name: keyof FlowRecord): Check => (value, record) => {
  assert.deepEqual(record[name], value, name);
};
const counter = (name: "bytes" | "packets"): Check => (value, record) => {
  assert.deepEqual(unscaled(record[name], record), value, name);
};
/** Zero stands for unknown, in numbers and addresses. */
const zeroUnknown = (name: keyof FlowRecord): Check => (value: unknown, record) => {
  assert.deepEqual(record[name], value === 0 || value === "0.0.0.0" ? null : value, name);
};
/** Whole milliseconds of the same moment. */
const time = (name: "start_at" | "end_at"): Check => (value: number, record) => {
  assert.equal(record[name], new Date(Math.floor(value)).toISOString(), name);
};

/** How every key of an expectation is compared. A key that is missing here fails the test. */
const CHECKS: Readonly<Record<string, Check>> = {
  kind: (value) => assert.equal(value, "flow"),
  srcAddr: same("src_addr"),
  dstAddr: same("dst_addr"),
  srcPort: same("src_port"),
  dstPort: same("dst_port"),
  protocol: same("protocol"),
  bytes: counter("bytes"),
  packets: counter("packets"),
  tcpFlags: same("tcp_flags"),
  tos: same("ip_tos"),
  inIf: same("in_if"),
  outIf: same("out_if"),
  srcAs: zeroUnknown("src_as"),
  dstAs: zeroUnknown("dst_as"),
  nextHop: zeroUnknown("next_hop"),
  srcMask: same("src_prefix_len"),
  dstMask: same("dst_prefix_len"),
  samplingRate: zeroUnknown("sampling_rate"),
  startMs: time("start_at"),
  endMs: time("end_at"),
  // The duration is the distance of both times, or of both uptimes where no time is expected.
  lastSwitched: (value: number, record, { firstSwitched, startMs, endMs }) => {
    const duration = startMs !== undefined && endMs !== undefined
      ? Math.round((endMs as number) - (startMs as number))
      : (value - (firstSwitched as number)) | 0;
    assert.equal(record.duration_ms, duration < 0 ? null : duration, "duration_ms");
  },
  raw: (value: Record<string, number>, record) => {
    if (value.engineType !== undefined) {
      assert.equal(record.observation_domain, value.engineType * 256 + value.engineId);
    }
    if (value.version !== undefined) assert.equal(record.export_format, `netflow${value.version}`);
  },
  // Compared with `lastSwitched`.
  firstSwitched: () => {},
  // The export time stands in no record; startMs and endMs are checked against it.
  exportMs: () => {},
  // The two mode bits are not kept.
  samplingMode: () => {},
  // The reference knows no domain in version 5; engine type and id are compared under `raw`.
  observationDomain: (value) => assert.equal(value, null),
  // Places: compared by order.
  index: () => {},
  packetIndex: () => {},
  // Says that upstream names only some of the values.
  partial: () => {},
};

function compare(record: FlowRecord, expected: Expected): void {
  for (const [key, value] of Object.entries(expected)) {
    const check = CHECKS[key];
    if (check === undefined) assert.fail(`nothing compares the key ${key}`);
    check(value as never, record, expected);
  }
}

async function readJson<T>(name: string): Promise<T> {
  return JSON.parse(await Deno.readTextFile(new URL(name, CORPUS)));
}

/** Decodes a capture; the records stand under the index of their datagram. */
async function decodeCase(id: string, protocol: string): Promise<
  { byDatagram: FlowRecord[][]; problems: Record<string, number> }
> {
  const capability = builtInCapabilities.find(({ formats }) =>
    (formats as readonly string[]).includes(protocol)
  );
  assert.ok(capability !== undefined, `no capability decodes ${protocol}`);
  const harness = new CodecHarness(capability);
  const byDatagram: FlowRecord[][] = [];
  const errors = [];
  const file = await Deno.open(new URL(`${id}/capture.pcap`, CORPUS));
  for await (const event of readCapture(file.readable)) {
    assert.equal(event.kind, "datagram", "the capture holds nothing else");
    if (event.kind !== "datagram") continue;
    const { datagram } = event;
    const decoded = harness.decode(datagram.payload, {
      source: { address: datagram.sourceAddress.join("."), port: datagram.sourcePort },
      at: datagram.receivedAtMs,
    });
    byDatagram.push(decoded.records);
    errors.push(...decoded.errors);
  }
  return { byDatagram, problems: countByCode(errors) };
}

interface Case {
  protocol: string;
  licence: string;
  packetCount: number;
  expected_count: number;
}

const ids = [...Deno.readDirSync(CORPUS)].filter(({ isDirectory }) => isDirectory)
  .map(({ name }) => name).sort();

for (const id of ids) {
  Deno.test(`corpus: ${id}`, async (t) => {
    const { protocol, licence, packetCount, expected_count } = await readJson<Case>(
      `${id}/case.json`,
    );
    assert.match(licence, /^(Apache-2\.0|MIT|BSD-[23]-Clause)$/, "only permissive licences");
    const { byDatagram, problems } = await decodeCase(id, protocol);
    const records = byDatagram.flat();

    await t.step("every datagram and record is there, and every problem is counted", () => {
      assert.equal(byDatagram.length, packetCount);
      assert.equal(records.length, expected_count);
      assert.deepEqual(problems, PROBLEMS[id] ?? {});
    });

    await t.step("every value is what the reference decoder reads", async () => {
      const expected = await readJson<Expected[]>(`${id}/expected_ref.json`);
      assert.equal(records.length, expected.length);
      let within = { datagram: -1, place: 0 };
      for (const want of expected) {
        const datagram = want.packetIndex as number;
        within = { datagram, place: datagram === within.datagram ? within.place + 1 : 0 };
        compare(byDatagram[datagram][within.place], want);
      }
    });

    const files = [...Deno.readDirSync(new URL(`${id}/`, CORPUS))].map(({ name }) => name);
    await t.step({
      name: "every value that the source project's own test names",
      // Not every source project states values.
      ignore: !files.includes("expected.json"),
      fn: async () => {
        const expected = await readJson<Expected[]>(`${id}/expected.json`);
        assert.ok(expected.length > 0);
        for (const want of expected) compare(records[want.index as number], want);
      },
    });
  });
}

Deno.test("the corpus is not empty", () => assert.ok(ids.length >= 6));
