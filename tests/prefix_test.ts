import assert from "node:assert/strict";
import { netflowUdp } from "../capabilities/netflow_udp/mod.ts";
import { sflowUdp } from "../capabilities/sflow_udp/mod.ts";
import { readCapture } from "../core/capture/read_capture.ts";
import type { Capability } from "../core/collector/capability.ts";
import { formatAddressBytes } from "../core/flow/address.ts";
import type { DatagramSource } from "../core/wire/codec.ts";
import { type CaptureCase, captureCases, NETFLOW_CASES } from "./support/captures.ts";
import { CodecHarness } from "./support/codec_harness.ts";

// Every datagram of every capture, cut at every octet: what is whole is decoded, nothing else is.

/** A datagram and who sent it. */
interface Sent {
  readonly datagram: Uint8Array;
  readonly source: DatagramSource;
}

async function readDatagrams(
  { file }: CaptureCase,
  { recognises }: Pick<Capability, "recognises">,
): Promise<Sent[]> {
  const sent: Sent[] = [];
  using opened = await Deno.open(file);
  for await (const event of readCapture(opened.readable)) {
    if (event.kind !== "datagram") continue;
    const { payload, sourceAddress } = event.datagram;
    // NetFlow and sFlow stand side by side in some.
    if (!recognises(payload)) continue;
    // One port: a template is borrowed from another only for a set that it fits, which a cut one
    // may not (docs/adr/0009).
    const source = { address: formatAddressBytes(sourceAddress), port: 50_000 };
    sent.push({ datagram: payload.slice(), source });
  }
  return sent;
}

/** Cases whose structures are shorter than what they hold: they are not more right where they are cut. */
const WRONG = new Set(["sflow-goflow-expanded-utils"]);
const SUITES = [
  { capability: netflowUdp, protocols: NETFLOW_CASES, least: 33 },
  { capability: sflowUdp, protocols: /sflow5/, least: 15 },
];

for (const { capability, protocols, least } of SUITES) {
  const cases = captureCases(protocols).filter(({ id }) => !WRONG.has(id));
  Deno.test(`there are captures of ${capability.name} to cut`, () => {
    assert.ok(cases.length >= least);
  });
  for (const each of cases) {
    Deno.test(`every prefix of every datagram gives its first whole records: ${each.id}`, () =>
      cutEverywhere(each, capability));
  }
}

async function cutEverywhere(each: CaptureCase, capability: Capability): Promise<void> {
  const harness = new CodecHarness(capability);
  const sent = await readDatagrams(each, capability);
  // Templates and options are known beforehand, so that a prefix differs by what is cut off alone.
  for (const { datagram, source } of sent) harness.decode(datagram, { source });
  for (const [n, { datagram, source }] of sent.entries()) {
    const whole = harness.decode(datagram, { source }).records;
    let before = 0;
    for (let length = 0; length < datagram.length; length++) {
      const { first, rows } = harness.feed(datagram.slice(0, length), { source });
      const place = `datagram ${n} cut at ${length}`;
      assert.ok(rows >= before && rows <= whole.length, `${place}: ${rows} rows`);
      // Rows that a longer prefix adds are compared once, when they first come.
      for (let row = before; row < rows; row++) {
        assert.deepEqual(harness.record(first + row), whole[row], place);
      }
      before = rows;
    }
  }
}
