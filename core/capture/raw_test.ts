import assert from "node:assert/strict";
import { eventsOf, hex, inChunks, joined, outlineOf } from "../../tests/support/sample_captures.ts";

Deno.test("readFramed() reads datagrams by their lengths, empty ones too", async () => {
  const file = hex("04000000 00090000  00000000  01000000 ff");
  assert.deepEqual(await outlineOf(file), ["00090000", "", "ff"]);
});

Deno.test("readFramed() knows nothing of time and addresses", async () => {
  const [event] = await eventsOf(inChunks(hex("02000000 7b7d")));
  assert.deepEqual(event, {
    kind: "datagram",
    datagram: {
      receivedAtMs: NaN,
      sourceAddress: new Uint8Array(0),
      sourcePort: 0,
      destinationAddress: new Uint8Array(0),
      destinationPort: 0,
      payload: hex("7b7d"),
    },
    records: 1,
  });
});

Deno.test("readFramed() reports a cut length and a cut datagram", async () => {
  const whole = "04000000 00090000";
  for (const rest of ["04", "040000", "04000000", "04000000 0009"]) {
    assert.deepEqual(await outlineOf(hex(whole + rest)), ["00090000", "truncated_file x1 @8"]);
  }
});

Deno.test("readFramed() rejects a length above 65,535", async () => {
  const file = hex("04000000 00090000 00000100");
  await assert.rejects(outlineOf(file), { code: "oversized_record", offset: 8 });
});

Deno.test("readFramed() reads any first datagram when the format is named", async () => {
  assert.deepEqual(await outlineOf(hex("02000000 ffff"), { format: "framed" }), ["ffff"]);
});

Deno.test("readSingleDatagram() hands on the file up to 65,535 bytes", async () => {
  const datagram = joined(hex("0009"), new Uint8Array(65_533).fill(1));
  const events = await eventsOf(inChunks(datagram, 1_000));
  assert.deepEqual(events.map(({ kind }) => kind), ["datagram"]);
  assert.equal(events[0].kind === "datagram" && events[0].datagram.payload.length, 65_535);
  const longer = joined(datagram, hex("00"));
  await assert.rejects(outlineOf(longer), { code: "oversized_record", offset: 65_535 });
});
