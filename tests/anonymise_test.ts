import assert from "node:assert/strict";
import { builtInCapabilities } from "../capabilities/registry.ts";
import { readCapture } from "../core/capture/read_capture.ts";
import { DatagramDecoder } from "../core/cli/datagram_decoder.ts";
import { addressBytes, formatAddressBytes } from "../core/flow/address.ts";
import { FLOW_FIELDS, type FlowRecord } from "../core/flow/schema.ts";
import { AddressCipher } from "../core/wire/anonymise/address_cipher.ts";
import type { DatagramSource } from "../core/wire/codec.ts";
import { captureCases } from "./support/captures.ts";

const KEY = "a key of the test";

interface Datagram {
  readonly payload: Uint8Array;
  readonly source: DatagramSource;
  readonly port: number;
  readonly receivedAtMs: number;
}

async function datagramsOf(path: string): Promise<Datagram[]> {
  using file = Deno.openSync(path);
  const datagrams: Datagram[] = [];
  for await (const event of readCapture(file.readable)) {
    if (event.kind !== "datagram") continue;
    const { payload, sourceAddress, sourcePort, destinationPort, receivedAtMs } = event.datagram;
    const source = { address: formatAddressBytes(sourceAddress), port: sourcePort };
    datagrams.push({ payload: payload.slice(), source, port: destinationPort, receivedAtMs });
  }
  return datagrams;
}

function anonymised(datagrams: readonly Datagram[], secret = KEY): Datagram[] {
  const cipher = AddressCipher.of(secret);
  const chooser = new DatagramDecoder(builtInCapabilities, () => {});
  const made = new Map(
    builtInCapabilities.map((capability) => [capability, capability.buildAnonymiser!(cipher)]),
  );
  const of = ({ payload, port }: Datagram) => made.get(chooser.choose(payload, port)!)!;
  for (const datagram of datagrams) of(datagram).learn(datagram.payload, datagram.source);
  return datagrams.map((datagram) => ({
    ...datagram,
    payload: of(datagram).anonymise(datagram.payload, datagram.source),
  }));
}

function decoded(datagrams: readonly Datagram[]): { records: FlowRecord[]; problems: string[] } {
  const problems: string[] = [];
  const decoder = new DatagramDecoder(builtInCapabilities, ({ code, count }) => {
    problems.push(`${count} ${code}`);
  });
  const records = datagrams.flatMap(({ payload, source, port, receivedAtMs }) => [
    ...decoder.decode(decoder.choose(payload, port)!, payload, { source, receivedAtMs }),
  ]);
  return { records, problems };
}

const cipher = AddressCipher.of(KEY);

/** What a field of a record has to be once it is anonymised. */
function expected(record: FlowRecord): Record<string, unknown> {
  return Object.fromEntries(
    FLOW_FIELDS.map(({ name, storage }) => {
      const value: unknown = record[name];
      // Of the packet's header, not of the payload, but for the agents of sFlow.
      const isAgent = record.export_format === "sflow5";
      if (value === null || (name === "exporter" && !isAgent)) return [name, value];
      if (storage === "string") return [name, "some text"];
      if (storage !== "address" && storage !== "mac") return [name, value];
      const octets = storage === "address"
        ? addressBytes(value as string)
        : Uint8Array.from((value as string).split(":"), (pair) => parseInt(pair, 16));
      cipher.replace(octets);
      return [
        name,
        storage === "address"
          ? formatAddressBytes(octets)
          : [...octets].map((octet) => octet.toString(16).padStart(2, "0")).join(":"),
      ];
    }),
  );
}

function withoutText(record: FlowRecord): Record<string, unknown> {
  return Object.fromEntries(
    FLOW_FIELDS.map(({ name, storage }) => [
      name,
      storage === "string" && record[name] !== null ? "some text" : record[name],
    ]),
  );
}

for (const { id: name, file: path } of captureCases(/./)) {
  Deno.test(`an anonymised ${name} decodes to the same, but for addresses and text`, async () => {
    const original = await datagramsOf(path);
    const changed = anonymised(original);
    assert.deepEqual(
      changed.map(({ payload }) => payload.length),
      original.map(({ payload }) => payload.length),
    );
    const [before, after] = [decoded(original), decoded(changed)];
    assert.equal(after.records.length, before.records.length);
    before.records.forEach((record, i) => {
      assert.deepEqual(withoutText(after.records[i]), expected(record), `record ${i}`);
    });
    assert.deepEqual(after.problems, before.problems);
  });

  Deno.test(`an anonymised ${name} has no address left, and depends on the key alone`, async () => {
    const original = await datagramsOf(path);
    const [once, again, other] = [KEY, KEY, "another key"].map((key) => anonymised(original, key));
    assert.deepEqual(once, again);
    const found = decoded(original).records.flatMap((record) => [record.src_addr, record.dst_addr])
      .filter((address) => address !== null && !/^(0\.0\.0\.0|::)$/.test(address));
    if (found.length === 0) return;
    assert.notDeepEqual(once, other);
    for (const address of new Set(found)) {
      const octets = addressBytes(address!);
      // Four octets are found by chance: only those of IPv6, and of IPv4 that looks like no number.
      if (octets.length === 4 && octets.some((octet) => octet < 64)) continue;
      for (const { payload } of once) assert.equal(indexOf(payload, octets), -1, address!);
    }
  });
}

function indexOf(payload: Uint8Array, octets: Uint8Array): number {
  for (let at = payload.indexOf(octets[0]); at >= 0; at = payload.indexOf(octets[0], at + 1)) {
    if (octets.every((octet, i) => payload[at + i] === octet)) return at;
  }
  return -1;
}
