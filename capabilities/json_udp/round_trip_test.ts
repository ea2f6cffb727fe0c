import assert from "node:assert/strict";
import { formatAddress } from "../../core/flow/address.ts";
import { FLOW_FIELDS, type FlowField, type FlowRecord } from "../../core/flow/schema.ts";
import { protocolName } from "../../core/flow/protocol.ts";
import { CodecHarness } from "../../tests/support/codec_harness.ts";
import { hex } from "../../tests/support/hex.ts";
import { Random } from "../../tests/support/random.ts";
import { netflowUdp } from "../netflow_udp/mod.ts";
import { jsonUdp } from "./mod.ts";

// Whatever flow-agent prints as a FlowRecord, `json_udp` reads back as the same record: only what
// the collector knows better (its own name, the format, the arrival) differs.

const OWN = { capability: "json_udp", export_format: "json" } as const;

function withoutOwn(record: FlowRecord): Partial<FlowRecord> {
  const { capability: _c, export_format: _e, received_at: _r, ...rest } = record;
  return rest;
}

function readBack(records: readonly FlowRecord[]): FlowRecord[] {
  const decoded = new CodecHarness(jsonUdp).decode(JSON.stringify(records), {
    // Another sender: the exporter must come from the JSON.
    source: { address: "203.0.113.99", port: 1 },
  });
  assert.deepEqual(decoded.errors, []);
  return decoded.records;
}

function randomAddress(random: Random): string {
  const words = Uint32Array.from({ length: 4 }, () => random.uint32());
  if (random.below(2) === 0) words.set([0, 0, 0xffff]);
  return formatAddress(words);
}

/** A value of a field as the contract writes it, never one that means unknown. */
function randomValue(field: FlowField, random: Random): string | number {
  switch (field.storage) {
    case "u8":
      return random.below(256);
    case "u16":
      return random.below(65_536);
    case "u32":
      return random.uint32() || 1;
    case "f64":
      return random.pick([1, 1.5, 2 ** 31, 2 ** 53 - 1, random.uint32() / 8 + 1]);
    case "time":
      return new Date(random.uint32() * 1000 + random.below(1000)).toISOString();
    case "address":
      return randomAddress(random);
    case "mac":
      return [...random.bytes(6)].map((b) => b.toString(16).padStart(2, "0")).join(":");
    case "enum":
      return random.pick(field.values!);
    default:
      return random.pick(["eth0", "Zürich 😀", 'quote " and \\', "x".repeat(128), "{,}[]:"]);
  }
}

function randomRecord(random: Random, density: number): FlowRecord {
  const record: Record<string, string | number | null> = {};
  for (const field of FLOW_FIELDS) {
    record[field.name] = random.below(100) < density ? randomValue(field, random) : null;
  }
  record.src_addr ??= randomAddress(random);
  record.dst_addr ??= randomAddress(random);
  record.exporter ??= randomAddress(random);
  record.sampling_rate = random.pick([null, 1, 100, 16_383.5]);
  record.sampling_source ??= record.sampling_rate === null ? "assumed" : "in_record";
  const protocol = record.protocol as number | null;
  record.protocol_name = protocol === null ? null : protocolName(protocol);
  // Of start, end and duration any two give the third: a record that was decoded has all or one.
  if (record.start_at !== null && record.end_at !== null) {
    const ms = Date.parse(record.end_at as string) - Date.parse(record.start_at as string);
    record.duration_ms = ms < 0 ? null : ms;
  } else {
    record.duration_ms = null;
  }
  return { ...record, ...OWN } as FlowRecord;
}

Deno.test("random records survive JSON, whatever is present", () => {
  const random = new Random(2024);
  for (let round = 0; round < 400; round++) {
    const records = Array.from({ length: 5 }, () => randomRecord(random, random.below(101)));
    assert.deepEqual(readBack(records).map(withoutOwn), records.map(withoutOwn));
  }
});

Deno.test("a record with every field set survives JSON, and none is left out", () => {
  const random = new Random(50);
  const record = randomRecord(random, 100);
  record.start_at = "2024-01-01T00:00:00.001Z";
  record.end_at = "2024-01-01T00:00:01.000Z";
  record.duration_ms = 999;
  record.sampling_rate = 10;
  record.protocol = 6;
  record.protocol_name = "TCP";
  assert.ok(Object.values(record).every((value) => value !== null));
  assert.deepEqual(readBack([record]).map(withoutOwn), [withoutOwn(record)]);
});

Deno.test("a NetFlow v5 record survives JSON: its sampling is not applied again", () => {
  const header = "0005 0002 00001000 5bcdba1b 05976dc7 00000000 01 02 4064";
  const record = "0a800279 c0000201 c6336401 0009 0002 00000005 0000024e 00000800 00000900" +
    "0000 0800 00 00 01 b8 fde8 0001 18 20 0000";
  const late = "0a800279 c0000201 00000000 0009 0002 00000005 0000024e 00002000 00000900" +
    "1f90 b918 00 1b 06 b8 0000 0000 18 20 0000";
  const { records } = new CodecHarness(netflowUdp).decode(hex(header + record + late));
  assert.equal(records[0].bytes, 59_000);
  assert.deepEqual(readBack(records).map(withoutOwn), records.map(withoutOwn));
});
