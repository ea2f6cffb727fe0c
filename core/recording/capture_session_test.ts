import assert from "node:assert/strict";
import { netflowUdp } from "../../capabilities/netflow_udp/mod.ts";
import { buildCapability } from "../../tests/support/capabilities/probe/mod.ts";
import { hex, outlineOf, sampleDatagram, toHex } from "../../tests/support/sample_captures.ts";
import { AddressCipher } from "../wire/anonymise/address_cipher.ts";
import { CaptureSession } from "./capture_session.ts";
import { RecordingFailure } from "./recording_failure.ts";

const V9 = "0009 0001 00000001 65920080 00000001 00000007";
const TEMPLATE = hex(`${V9} 0000 000c 0100 0001 0008 0004`);
const OTHER_TEMPLATE = hex(`${V9} 0000 000c 0101 0001 0008 0004`);
const DATA = hex(`${V9} 0100 0008 0a000001`);

/** A session of a test, and the file that it writes. */
function sessionOf(
  { exporter, count = 1, secret }: { exporter?: string; count?: number; secret?: string },
) {
  const pieces: Uint8Array[] = [];
  const session = new CaptureSession({
    exporter,
    count,
    cipher: secret === undefined ? null : AddressCipher.of(secret),
    capabilities: [netflowUdp, { ...buildCapability(), defaultPort: 9999 }],
    write: (piece) => pieces.push(piece),
  });
  const file = () => Uint8Array.from(pieces.flatMap((piece) => [...piece]));
  return { session, file };
}

Deno.test("CaptureSession takes the datagrams of the first exporter, and counts others", async () => {
  const { session, file } = sessionOf({ count: 2 });
  session.take(sampleDatagram({ payload: TEMPLATE }));
  session.take(sampleDatagram({ payload: DATA, sourceAddress: hex("c0000209") }));
  assert.ok(!session.complete);
  session.take(sampleDatagram({ payload: DATA }));
  assert.ok(session.complete);
  assert.deepEqual(await outlineOf(file()), [toHex(TEMPLATE), toHex(DATA)]);
  assert.deepEqual(session.summary("a.pcap"), [
    "wrote 2 datagrams of 192.0.2.1 to a.pcap",
    "templates of all its data are in it (1)",
    "left out 1 datagram of other exporters",
  ]);
});

Deno.test("CaptureSession takes the exporter that is named, however it is written", () => {
  const { session } = sessionOf({ exporter: "::ffff:192.0.2.9" });
  session.take(sampleDatagram());
  assert.ok(!session.complete);
  session.take(sampleDatagram({ sourceAddress: hex("c0000209") }));
  assert.ok(session.complete);
  assert.throws(() => sessionOf({ exporter: "router" }), RecordingFailure);
});

Deno.test("CaptureSession waits for templates, and takes nothing else meanwhile", async () => {
  const { session, file } = sessionOf({ count: 1 });
  session.take(sampleDatagram({ payload: DATA }));
  assert.ok(!session.complete);
  assert.deepEqual(session.waitsFor, ["template 256 of domain 7"]);
  for (const payload of [DATA, OTHER_TEMPLATE]) session.take(sampleDatagram({ payload }));
  assert.ok(!session.complete);
  assert.match(session.summary("a.pcap")[1], /never came.*: template 256 of domain 7$/);
  session.take(sampleDatagram({ payload: TEMPLATE }));
  assert.ok(session.complete);
  assert.deepEqual(await outlineOf(file()), [toHex(DATA), toHex(TEMPLATE)]);
});

Deno.test("CaptureSession anonymises at the end, by templates that came late too", async () => {
  const { session, file } = sessionOf({ count: 2, secret: "a key of the test" });
  session.take(sampleDatagram({ payload: DATA }));
  session.take(sampleDatagram({ payload: TEMPLATE }));
  assert.deepEqual(await outlineOf(file()), []);
  session.finish();
  const octets = hex("0a000001");
  AddressCipher.of("a key of the test").replace(octets);
  assert.deepEqual(await outlineOf(file()), [
    toHex(DATA).replace("0a000001", toHex(octets)),
    toHex(TEMPLATE),
  ]);
  assert.ok(!toHex(file()).includes("c0000201"), "the exporter's address");
  assert.ok(!toHex(file()).includes("c6336402"), "the collector's address");
});

Deno.test("CaptureSession blanks data whose template never came", async () => {
  const { session, file } = sessionOf({ secret: "a key of the test" });
  session.take(sampleDatagram({ payload: DATA }));
  session.finish();
  assert.deepEqual(await outlineOf(file()), [toHex(DATA).replace("0a000001", "00000000")]);
  assert.match(session.summary("a.pcap")[1], /was blanked: template 256 of domain 7/);
});

Deno.test("CaptureSession leaves out what it cannot anonymise, or says that it cannot", () => {
  const { session } = sessionOf({ count: 2, secret: "a key of the test" });
  session.take(sampleDatagram({ payload: hex("ffff"), destinationPort: 1 }));
  session.finish();
  assert.ok(
    session.summary("a.pcap").some((line) => line.startsWith("left out 1 datagram of no")),
  );
  const refused = sessionOf({ secret: "a key of the test" }).session;
  refused.take(sampleDatagram({ payload: hex("ffff"), destinationPort: 9999 }));
  assert.throws(() => refused.finish(), /probe cannot be anonymised yet/);
});
