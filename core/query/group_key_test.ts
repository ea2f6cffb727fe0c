import assert from "node:assert/strict";
import { type FixtureRow, FlowFixture } from "../../tests/support/flow_fixture.ts";
import { STORED_FIELDS, type StoredFieldName } from "../flow/schema.ts";
import { readRecord } from "../flow/record_reader.ts";
import { GroupKey } from "./group_key.ts";

/** A value of each field, and how an answer shows it. */
const VALUES: Partial<Record<StoredFieldName, [string | number, string | number]>> = {
  exporter: ["192.0.2.1", "192.0.2.1"],
  src_addr: ["2001:db8::1", "2001:db8::1"],
  received_at: [Date.UTC(2024, 0, 1), "2024-01-01T00:00:00.000Z"],
  duration_ms: [0.1 + 0.2, 0.1 + 0.2],
  bytes: [2 ** 53, 2 ** 53],
  protocol: [6, "TCP"],
  dst_port: [65_535, 65_535],
  src_as: [0xffffffff, 0xffffffff],
  export_format: ["ipfix", "ipfix"],
  sampling_source: ["announced", "announced"],
  src_mac: [0x00005e005301, "00:00:5e:00:53:01"],
  application: ["dns", "dns"],
};

Deno.test("GroupKey gives every kind of value back, and unknown as null", () => {
  const names = Object.keys(VALUES) as StoredFieldName[];
  const fixture = new FlowFixture();
  fixture.add(
    Object.fromEntries(names.map((name) => [name, VALUES[name]![0]])) as FixtureRow,
    {},
  );
  const key = new GroupKey(names);
  const words = new Uint32Array(key.words);
  const { source } = fixture;
  key.write(source.ring.columns, { slot: 0, source }, words);
  assert.deepEqual(key.read(words), names.map((name) => VALUES[name]![1]));
  key.write(source.ring.columns, { slot: 1, source }, words);
  const known = (name: string) => name === "sampling_source" || name === "received_at";
  assert.deepEqual(key.read(words).map((value) => value === null), names.map((n) => !known(n)));
});

Deno.test("GroupKey shows every field as a FlowRecord does, but a protocol by its name", () => {
  const fixture = new FlowFixture();
  fixture.add(Object.fromEntries(STORED_FIELDS.map(({ name, storage, values }) => [
    name,
    storage === "address"
      ? "10.1.2.3"
      : storage === "string"
      ? `text of ${name}`
      : storage === "enum"
      ? values![values!.length - 1]
      : 17,
  ])) as FixtureRow);
  const { source } = fixture;
  const record = readRecord(source.ring.columns, 0, source);
  for (const { name } of STORED_FIELDS) {
    const key = new GroupKey([name]);
    const words = new Uint32Array(key.words);
    key.write(source.ring.columns, { slot: 0, source }, words);
    assert.deepEqual(key.read(words), [name === "protocol" ? "UDP" : record[name]], name);
  }
});

Deno.test("a number without a name stays a number", () => {
  const fixture = new FlowFixture();
  fixture.add({ protocol: 253 });
  const key = new GroupKey(["protocol"]);
  const words = new Uint32Array(key.words);
  key.write(fixture.source.ring.columns, { slot: 0, source: fixture.source }, words);
  assert.deepEqual(key.read(words), [253]);
});

Deno.test("one string is one key, whatever number each collector has given it", () => {
  const [a, b] = [new FlowFixture(), new FlowFixture()];
  a.add({ application: "dns" }, { application: "web" });
  b.add({ application: "web" }, { application: "dns" });
  const key = new GroupKey(["application"]);
  const write = ({ source }: FlowFixture, slot: number) => {
    const words = new Uint32Array(key.words);
    key.write(source.ring.columns, { slot, source }, words);
    return words;
  };
  assert.deepEqual(write(a, 0), write(b, 1));
  assert.deepEqual(write(a, 1), write(b, 0));
  assert.notDeepEqual(write(a, 0), write(a, 1));
  assert.deepEqual(key.read(write(b, 0)), ["web"]);
});

Deno.test("grouping by nothing gives one empty key", () => {
  const fixture = new FlowFixture();
  fixture.add({ src_port: 1 }, { src_port: 2 });
  const key = new GroupKey([]);
  const words = new Uint32Array(key.words).fill(9);
  key.write(fixture.source.ring.columns, { slot: 1, source: fixture.source }, words);
  assert.deepEqual([...words], [0]);
  assert.deepEqual(key.read(words), []);
});
