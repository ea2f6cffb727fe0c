import assert from "node:assert/strict";
import { parseAddress } from "./address.ts";
import { columnBytes, type FlowColumns, layColumns } from "./columns.ts";
import { Dictionary } from "./dictionary.ts";
import { formatMac, formatTime, readRecord } from "./record_reader.ts";
import { FLOW_FIELDS, PRESENCE_WORDS, presenceBit, type StoredFieldName } from "./schema.ts";

function oneRow(): {
  columns: FlowColumns;
  dictionary: Dictionary;
  set: (n: StoredFieldName) => void;
} {
  const columns = layColumns(new SharedArrayBuffer(columnBytes(4)), { offset: 0, capacity: 4 });
  const dictionary = new Dictionary(Dictionary.allocate());
  const set = (name: StoredFieldName) => {
    const bit = presenceBit(name);
    columns.presence[2 * PRESENCE_WORDS + (bit >> 5)] |= 1 << (bit & 31);
  };
  return { columns, dictionary, set };
}

Deno.test("a row of which nothing is present is all nulls but its capability", () => {
  const { columns, dictionary } = oneRow();
  // What an older row left behind must not show through.
  for (const column of Object.values(columns)) if (column !== columns.presence) column.fill(1);
  const record = readRecord(columns, 2, { capability: "netflow_udp", dictionary });
  assert.deepEqual(
    record,
    Object.fromEntries(
      FLOW_FIELDS.map(({ name }) => [name, name === "capability" ? "netflow_udp" : null]),
    ),
  );
});

Deno.test("every storage kind is read as the contract writes it", () => {
  const { columns, dictionary, set } = oneRow();
  const slot = 2;
  columns.export_format[slot] = 2;
  parseAddress("::ffff:192.0.2.7", columns.exporter, slot * 4);
  parseAddress("2001:db8:0:0:1:0:0:1", columns.src_addr, slot * 4);
  columns.received_at[slot] = Date.UTC(2024, 1, 29, 23, 59, 59, 999);
  columns.start_at[slot] = 0.75;
  columns.protocol[slot] = 58;
  columns.bytes[slot] = 2 ** 53 - 1;
  columns.src_port[slot] = 65_535;
  columns.in_if[slot] = 0;
  columns.observation_domain[slot] = 0xffffffff;
  columns.src_mac[slot] = 0x00_1b_21_0a_ff_fe;
  columns.dst_mac[slot] = 0xff_ff_ff_ff_ff_ff;
  columns.direction[slot] = 1;
  columns.sampling_source[slot] = 3;
  columns.vrf[slot] = dictionary.intern("blue");
  // deno-fmt-ignore
  const present = ["export_format", "exporter", "src_addr", "received_at", "start_at", "protocol", "bytes", "src_port",
    "in_if", "observation_domain", "src_mac", "dst_mac", "direction", "sampling_source", "vrf"] as const;
  present.forEach(set);
  const record = readRecord(columns, slot, { capability: "x", dictionary });
  assert.deepEqual(
    Object.fromEntries(Object.entries(record).filter(([, value]) => value !== null)),
    {
      capability: "x",
      export_format: "netflow5",
      exporter: "192.0.2.7",
      observation_domain: 4_294_967_295,
      received_at: "2024-02-29T23:59:59.999Z",
      start_at: "1970-01-01T00:00:00.000Z",
      src_addr: "2001:db8::1:0:0:1",
      src_port: 65_535,
      protocol: 58,
      protocol_name: "IPv6-ICMP",
      bytes: 9_007_199_254_740_991,
      sampling_source: "assumed",
      in_if: 0,
      direction: "egress",
      vrf: "blue",
      src_mac: "00:1b:21:0a:ff:fe",
      dst_mac: "ff:ff:ff:ff:ff:ff",
    },
  );
  assert.deepEqual(Object.keys(record), FLOW_FIELDS.map(({ name }) => name));
});

Deno.test("formatTime() is ISO 8601 UTC in milliseconds, null beyond the calendar", () => {
  const cases: [number, string | null][] = [
    [0, "1970-01-01T00:00:00.000Z"],
    [1_704_067_200_123.9, "2024-01-01T00:00:00.123Z"],
    [-0.5, "1969-12-31T23:59:59.999Z"],
    [8.64e15, "+275760-09-13T00:00:00.000Z"],
    [8.64e15 + 1, null],
    [Infinity, null],
    [NaN, null],
  ];
  for (const [ms, text] of cases) assert.equal(formatTime(ms), text, String(ms));
});

Deno.test("formatMac() writes six pairs", () => {
  assert.equal(formatMac(0), "00:00:00:00:00:00");
  assert.equal(formatMac(0x0102030405), "00:01:02:03:04:05");
});
