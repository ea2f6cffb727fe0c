import assert from "node:assert/strict";
import type { CapturedDatagram } from "./capture_event.ts";
import {
  eventsOf,
  hex,
  inChunks,
  sampleDatagram,
  toHex,
} from "../../tests/support/sample_captures.ts";
import { encodePcap, encodePcapRecord } from "./write_pcap.ts";

const V6 = {
  sourceAddress: hex("20010db8000000000000000000000001"),
  destinationAddress: hex("20010db8000000000000000000000002"),
};

const READ_BACK: readonly [what: string, changes: Partial<CapturedDatagram>][] = [
  ["IPv4", {}],
  ["IPv6", V6],
  ["an empty payload", { payload: hex("") }],
  ["an odd payload", { payload: hex("010203") }],
  ["the largest IPv4 payload", { payload: new Uint8Array(65_507) }],
  ["the largest IPv6 payload", { ...V6, payload: new Uint8Array(65_527) }],
  ["a time of nanoseconds", { receivedAtMs: 1_700_000_000_123.456_789 }],
  ["a time just below a second", { receivedAtMs: 1_700_000_000_999.999_8 }],
  ["the first and last time", { receivedAtMs: 4_294_967_295_000 }],
];

for (const [what, changes] of READ_BACK) {
  Deno.test(`encodePcap() writes ${what} as readCapture() reads it`, async () => {
    const datagrams = [sampleDatagram(changes), sampleDatagram()];
    const events = await eventsOf(inChunks(encodePcap(datagrams), 1_000));
    assert.deepEqual(
      events,
      datagrams.map((datagram) => ({ kind: "datagram", datagram, records: 1 })),
    );
  });
}

Deno.test("encodePcapRecord() writes 0 for a time that is not known", () => {
  const record = encodePcapRecord(sampleDatagram({ receivedAtMs: NaN }));
  assert.equal(toHex(record.subarray(0, 8)), "0000000000000000");
});

Deno.test("encodePcapRecord() rejects what no pcap file can hold", () => {
  const refused: Partial<CapturedDatagram>[] = [
    { receivedAtMs: -1 },
    { receivedAtMs: 4_294_967_296_000 },
    { sourceAddress: hex("") },
    { destinationAddress: V6.destinationAddress },
    { sourceAddress: hex("0102"), destinationAddress: hex("0102") },
    { payload: new Uint8Array(65_508) },
    { ...V6, payload: new Uint8Array(65_528) },
  ];
  for (const changes of refused) {
    assert.throws(() => encodePcapRecord(sampleDatagram(changes)), RangeError);
  }
});
