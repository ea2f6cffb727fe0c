import assert from "node:assert/strict";
import {
  envelope,
  flowSample,
  sampledHeader,
  sflow,
  TCP_PACKET,
  text,
  word,
  words,
} from "../../../tests/support/sflow_messages.ts";
import { describeSample } from "./describe_sample.ts";

function describe(structures: readonly string[]): Record<string, unknown> {
  const octets = sflow([flowSample(structures)]);
  return describeSample(new DataView(octets.buffer), 28) as Record<string, unknown>;
}

Deno.test("a sample and its structures by name", () => {
  const elements = describe([
    envelope(1004, word(106) + text("alice") + word(106) + text("bob")),
    envelope(1003, "00000001c0000202" + words(65000, 1, 2, 2, 2, 2, 7, 8, 1, 1, 9, 1, 77, 50)),
    envelope(1036, word(4)),
    envelope(1015, text("net") + "0a0b0c0d0e0f0000" + words(4, 1, 2, 3, 6, 0, 54_000_000, 100)),
    envelope(99, "0102", 4413),
  ]);
  const expected = {
    "flow_sample.sequence_number": 1,
    "flow_sample.sampling_rate": 100,
    "extended_user.src_user": "alice",
    "extended_user.dst_user": "bob",
    "extended_gateway.nexthop": "192.0.2.2",
    "extended_gateway.dst_as_path.type": [2, 1],
    "extended_gateway.dst_as_path.as": [7, 8, 9],
    "extended_gateway.communities": 77,
    "extended_egress_queue.queue": 4,
    "extended_80211_tx.ssid": "net",
    "extended_80211_tx.bssid": "0a:0b:0c:0d:0e:0f",
    "extended_80211_tx.speed": 54_000_000,
    "extended_80211_tx.power": 100,
    "structure_4413:99": "2 octets",
  };
  for (const [name, value] of Object.entries(expected)) {
    assert.deepEqual(elements[name], value, name);
  }
});

Deno.test("the packet in a tunnel stands inside the sampled header", () => {
  // IP-in-IP: 10.8.0.1 to 10.8.0.2 around the packet of 10.0.0.1.
  const outer = TCP_PACKET.slice(0, 28) + "450000640000400040040000" + "0a080001" + "0a080002" +
    TCP_PACKET.slice(28);
  const elements = describe([sampledHeader(outer)]);
  assert.equal(elements["sampled_header.header.src_addr"], "10.8.0.1");
  assert.equal(elements["sampled_header.header.inner.src_addr"], "10.0.0.1");
  assert.equal(elements["sampled_header.header.inner.dst_port"], 443);
});

Deno.test("what is cut short is left out", () => {
  const elements = describe([envelope(1005, words(1, 400) + "61626364")]);
  assert.equal(elements["extended_url.direction"], 1);
  assert.ok(!("extended_url.url" in elements));
});
